import { setTimeout as delay } from 'node:timers/promises';
import type { Connection } from '@temporalio/client';
import { SchedulerError } from '../contracts/errors.ts';
import { SEARCH_ATTRIBUTES, type SearchAttributeName } from '../contracts/search-attributes.ts';

/** INDEXED_VALUE_TYPE_KEYWORD of Temporal's API. */
const KEYWORD = 2;
const NAMES = Object.keys(SEARCH_ATTRIBUTES) as SearchAttributeName[];

/** A new attribute is known after the servers have read their metadata again. */
const KNOWN_WITHIN_MS = 30_000;
const POLL_MS = 250;

/**
 * Registers the search attributes that a server does not know, or refuses: a workflow that sets an unknown
 * one hangs, its task failing again and again. Works for Connection and NativeConnection.
 */
export async function ensureSearchAttributes(
  connection: Pick<Connection, 'operatorService'>,
  namespace: string,
): Promise<void> {
  const missing = await missingOnceNamespaceIsKnown(connection, namespace);
  if (missing.length === 0) return;
  try {
    await connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(missing.map((name) => [name, KEYWORD])),
    });
  } catch (error) {
    // Another worker may have registered them at the same moment.
    const stillMissing = await missingAttributes(connection, namespace);
    if (stillMissing.length > 0) throw refusal(stillMissing, namespace, error);
  }
  const deadline = performance.now() + KNOWN_WITHIN_MS;
  for (;;) {
    const unknown = await missingAttributes(connection, namespace);
    if (unknown.length === 0) return;
    if (performance.now() > deadline) throw refusal(unknown, namespace);
    await delay(POLL_MS);
  }
}

const NOT_FOUND = 5;
/** A namespace that was made a moment ago is known after the servers have read the list of them again. */
const NAMESPACE_KNOWN_WITHIN_MS = 15_000;

async function missingOnceNamespaceIsKnown(
  connection: Pick<Connection, 'operatorService'>,
  namespace: string,
): Promise<SearchAttributeName[]> {
  const deadline = performance.now() + NAMESPACE_KNOWN_WITHIN_MS;
  for (;;) {
    try {
      return await missingAttributes(connection, namespace);
    } catch (error) {
      const isUnknown = error instanceof Error && 'code' in error && error.code === NOT_FOUND;
      if (!isUnknown || performance.now() > deadline) throw error;
    }
    await delay(POLL_MS);
  }
}

async function missingAttributes(
  connection: Pick<Connection, 'operatorService'>,
  namespace: string,
): Promise<SearchAttributeName[]> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const wrong = NAMES.filter((name) => (customAttributes[name] ?? KEYWORD) !== KEYWORD);
  if (wrong.length > 0) {
    throw new SchedulerError(
      'SEARCH_ATTRIBUTES_MISSING',
      `The Temporal namespace ${namespace} has the search attributes ${wrong.join(', ')} with another type than Keyword: remove them with \`temporal operator search-attribute remove\`, or use another namespace.`,
      { place: namespace },
    );
  }
  return NAMES.filter((name) => customAttributes[name] === undefined);
}

function refusal(missing: readonly string[], namespace: string, cause?: unknown): SchedulerError {
  const flags = missing.map((name) => `--name ${name} --type Keyword`).join(' ');
  const reason = cause instanceof Error ? ` (${cause.message})` : '';
  return new SchedulerError(
    'SEARCH_ATTRIBUTES_MISSING',
    `The Temporal namespace ${namespace} lacks the search attributes ${missing.join(', ')}, and does not let them be registered${reason}: have its operator run \`temporal operator search-attribute create --namespace ${namespace} ${flags}\`.`,
    { place: namespace },
    { cause },
  );
}
