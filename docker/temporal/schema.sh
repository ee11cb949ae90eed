#!/bin/sh
# Brings both databases of the Temporal server up to the schema of its version; says so and changes nothing
# where they are. temporal-sql-tool takes the address and the password from SQL_HOST, SQL_PORT, SQL_USER,
# SQL_PASSWORD and SQL_PLUGIN.
set -eu

for part in temporal visibility; do
  case $part in
    temporal) database=$DBNAME ;;
    visibility) database=$VISIBILITY_DBNAME ;;
  esac
  temporal-sql-tool --database "$database" create-database --defaultdb "$SQL_DEFAULT_DATABASE"
  temporal-sql-tool --database "$database" setup-schema --version 0.0
  temporal-sql-tool --database "$database" update-schema --schema-name "postgresql/v12/$part"
done
