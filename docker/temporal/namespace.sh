#!/bin/sh
# Creates the namespace unless it is there. Its retention is set then and never again: whoever changes it
# later, changes it for good. The command line takes the server from TEMPORAL_ADDRESS.
set -eu

tries=30
# A server that answers may not have found its other parts yet.
until temporal operator cluster health; do
  tries=$((tries - 1))
  [ "$tries" -gt 0 ] || exit 1
  sleep 2
done
temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" ||
  temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "$RETENTION"
