/** Servers that do not answer, as a sentence that names them and says what to do. */
import { SchedulerError } from '../contracts/errors.ts';

/** Of the network, and with which a server turns a connection down: it starts, stops, is full, knows no such user or database. */
const NO_CONNECTION =
  /^(ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|57P0\d|28\w{3}|3D000|53300)$/;
/** What the driver itself says when nobody answers in time, or hangs up. */
const NO_ANSWER = /timeout exceeded when trying to connect|Connection terminated/;

/** `null`: the error is another one. */
export function databaseUnreachable(error: unknown, databaseUrl: string): SchedulerError | null {
  if (!(error instanceof Error)) return null;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (!NO_CONNECTION.test(code) && !NO_ANSWER.test(error.message)) return null;
  const server = serverOf(databaseUrl);
  // The message of an error with several addresses is empty.
  const why = error.message === '' ? code : error.message;
  return new SchedulerError(
    'DATABASE_UNREACHABLE',
    `PostgreSQL at ${server} does not answer (${why}): start it (the local one: \`npx email-scheduler up\`), or correct DATABASE_URL. docs/runbook.md#postgresql-unreachable says more.`,
    { place: 'DATABASE_URL', value: server },
    { cause: error },
  );
}

export function temporalUnreachable(address: string, cause: unknown): SchedulerError {
  return new SchedulerError(
    'TEMPORAL_UNREACHABLE',
    `Temporal at ${address} does not answer: start it (the local one: \`npx email-scheduler up\`), or correct TEMPORAL_ADDRESS. docs/runbook.md#temporal-unreachable says more.`,
    { place: 'TEMPORAL_ADDRESS', value: address },
    { cause },
  );
}

/** Without user and password. */
function serverOf(databaseUrl: string): string {
  if (!URL.canParse(databaseUrl)) return 'the address that DATABASE_URL gives';
  const { host, pathname } = new URL(databaseUrl);
  return `${host}${pathname}`;
}
