/** Starts the servers of docker-compose.yml for the tests of `npm run test:production`. */
import { startPrivateServers } from '../private-servers.ts';

export default async function setUp(): Promise<() => Promise<void>> {
  const { postgres, temporal, stop } = await startPrivateServers('production', say);
  say(`The servers of docker-compose.yml run: Temporal, on ${temporal.address}, on PostgreSQL.`);
  // The processes of the tests inherit them.
  process.env.DATABASE_URL = postgres.databaseUrl;
  process.env.TEMPORAL_ADDRESS = temporal.address;
  process.env.TEMPORAL_NAMESPACE = 'default';
  return stop;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
