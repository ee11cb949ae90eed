/** The servers of docker-compose.yml: whether they are what the file says, and stay so. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Connection } from '@temporalio/client';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { endProcess, type ProcessMark } from '../../src/local/processes.ts';
import { CHECKOUT, composeService, postgresSettings } from '../support/compose-file.ts';
import { temporalBinary } from '../support/private-servers.ts';
import { ProductionTemporal } from '../support/production/production-temporal.ts';
import { findServerPrograms, type ServerPrograms } from '../support/production/server-programs.ts';
import { FOREIGN_VARIABLES } from '../unit/docker/known-variables.ts';

const SEVEN_DAYS_SECONDS = 7 * 86_400;
const SUFFIX = '_composition';
const AT_ONCE = [{ signal: 'SIGKILL', graceMs: 10_000 }] as const;
const PLEASE = [
  { signal: 'SIGTERM', graceMs: 60_000 },
  { signal: 'SIGKILL', graceMs: 5_000 },
] as const;

const folder = mkdtempSync(join(tmpdir(), 'email-scheduler-composition-'));
let programs: ServerPrograms;
let own: ProductionTemporal;
let server: ProcessMark | undefined;

beforeAll(async () => {
  programs = await findServerPrograms(() => undefined);
  own = await ProductionTemporal.prepare({
    folder,
    databaseUrl: process.env.DATABASE_URL ?? '',
    cli: await temporalBinary(),
    databaseSuffix: SUFFIX,
  });
});

afterAll(async () => {
  if (server !== undefined) await endProcess(server, AT_ONCE);
  rmSync(folder, { recursive: true, force: true });
});

async function query<Row extends object>(database: string, text: string): Promise<Row[]> {
  const url = new URL(process.env.DATABASE_URL ?? '');
  url.pathname = `/${database}`;
  const client = new Client({ connectionString: url.href });
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}

async function start(): Promise<void> {
  server = await own.start((mark) => {
    server = mark;
  });
}

async function retentionSeconds(address: string): Promise<number> {
  const connection = await Connection.connect({ address });
  try {
    const { config } = await connection.workflowService.describeNamespace({ namespace: 'default' });
    return Number(config?.workflowExecutionRetentionTtl?.seconds);
  } finally {
    await connection.close();
  }
}

test('PostgreSQL runs with the settings of docker-compose.yml', async () => {
  const names = Object.keys(postgresSettings());
  const rows = await query<{ name: string; setting: string }>(
    'postgres',
    `SELECT name, current_setting(name) AS setting FROM pg_settings WHERE lower(name) IN ('${names.join("', '")}')`,
  );
  expect(Object.fromEntries(rows.map(({ name, setting }) => [name.toLowerCase(), setting]))).toEqual({
    ...postgresSettings(),
    // The server's own name for the method that `on` stands for.
    wal_compression: expect.stringMatching(/^(on|pglz)$/) as string,
  });
});

test('a namespace keeps closed workflows for 7 days', async () => {
  expect(await retentionSeconds(process.env.TEMPORAL_ADDRESS ?? '')).toBe(SEVEN_DAYS_SECONDS);
});

test('histories are spread over the shards, and connections stay within what is set', async () => {
  const { environment = {} } = composeService('temporal');
  expect(await query('temporal', 'SELECT count(*)::integer AS shards FROM shards')).toEqual([
    { shards: Number(environment.NUM_HISTORY_SHARDS) },
  ]);
  const rows = await query<{ connections: number }>(
    'postgres',
    "SELECT count(*)::integer AS connections FROM pg_stat_activity WHERE datname IN ('temporal', 'temporal_visibility')",
  );
  const perPart = Number(environment.SQL_MAX_CONNS) + Number(environment.SQL_VIS_MAX_CONNS);
  expect(rows[0]?.connections).toBeGreaterThan(0);
  expect(rows[0]?.connections).toBeLessThanOrEqual(4 * perPart);
});

test('the schema job changes nothing where the schema is the server’s', async () => {
  const versions = () =>
    Promise.all(
      ['temporal', 'temporal_visibility'].map((database) =>
        query(
          `${database}${SUFFIX}`,
          'SELECT curr_version, count(h.*)::integer AS updates FROM schema_version, schema_update_history h GROUP BY 1',
        ),
      ),
    );
  const before = await versions();
  await own.updateSchema();
  expect(await versions()).toEqual(before);
});

test('a server that was killed, or told to end, is healthy again with its namespace', async () => {
  await start();
  await own.createNamespace();
  await endProcess(server!, AT_ONCE);
  await start();
  expect(await own.createNamespace()).toContain('default');
  await endProcess(server!, PLEASE);
  await start();
  expect(await retentionSeconds(own.address)).toBe(SEVEN_DAYS_SECONDS);
});

test('the server takes the dynamic settings without a complaint', async () => {
  const file = join(CHECKOUT, 'docker/temporal/dynamic-config.yaml');
  const { stdout } = await promisify(execFile)(programs.server, ['validate-dynamic-config', file]);
  expect(stdout.trim()).toBe(file);
});

test('each variable that docker-compose.yml sets for the server is one that the server reads', async () => {
  const settings = readFileSync(programs.server, 'latin1');
  const { stdout: help } = await promisify(execFile)(programs.server, ['--help']);
  const isRead = (name: string): boolean => settings.includes(`env "${name}"`) || help.includes(`[$${name}]`);
  expect(isRead('HISTORY_SHARDS')).toBe(false);
  expect(FOREIGN_VARIABLES['temporalio/server']?.filter((name) => !isRead(name))).toEqual([]);
});
