/**
 * What is in the image, without Docker: the files that the Dockerfile copies, in a folder that the program cannot
 * write, run by another user than root with the environment and the commands of docker-compose.yml.
 */
import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { canReach, serverUser } from '../../src/local/server-user.ts';
import { CHECKOUT, composeService, onThisMachine } from '../support/compose-file.ts';
import { createEmptyDatabase, type TestDatabase } from '../support/database.ts';
import { copiedFiles, instructions } from '../support/dockerfile.ts';
import { insertContacts } from '../support/insert-contacts.ts';
import { auditOrganization } from '../support/plan-audit.ts';
import { until } from '../support/until.ts';

const CONTACTS = 500;
const folder = mkdtempSync(join(tmpdir(), 'email-scheduler-image-'));
const cacheHome = join(folder, 'cache');
const other = serverUser();
/** Nobody else reaches a checkout below /root. */
const user = other !== undefined && canReach(other, CHECKOUT) ? { uid: other.uid, gid: other.gid } : {};
let database: TestDatabase;

beforeAll(async () => {
  for (const file of copiedFiles()) cpSync(join(CHECKOUT, file), join(folder, file), { recursive: true });
  symlinkSync(join(CHECKOUT, 'node_modules'), join(folder, 'node_modules'));
  mkdirSync(cacheHome);
  chmodSync(folder, 0o755);
  const [, bundle = ''] = instructions('RUN');
  expect(bundle).toContain('workflow-bundle');
  execFileSync('/bin/sh', ['-c', bundle], {
    cwd: folder,
    env: { PATH: process.env.PATH, XDG_CACHE_HOME: cacheHome },
    stdio: 'inherit',
  });
  database = await createEmptyDatabase();
});

afterAll(async () => {
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

/** As docker-compose.yml gives it, with the addresses of this machine. */
function environmentOf(service: string): NodeJS.ProcessEnv {
  const compose = composeService(service);
  const { DATABASE_URL = '', EMAIL_SCHEDULER_CONFIG = '', ...environment } = compose.environment ?? {};
  const { host, pathname, password } = new URL(database.databaseUrl);
  const url = new URL(DATABASE_URL);
  Object.assign(url, { host, pathname });
  const [configuration] = onThisMachine(compose, [EMAIL_SCHEDULER_CONFIG]);
  return {
    PATH: process.env.PATH,
    NODE_ENV: 'production',
    XDG_CACHE_HOME: cacheHome,
    ...environment,
    DATABASE_URL: url.href,
    PGPASSWORD: password,
    TEMPORAL_ADDRESS: process.env.TEMPORAL_ADDRESS,
    EMAIL_SCHEDULER_ENVIRONMENT: '',
    EMAIL_SCHEDULER_CONFIG: configuration,
  };
}

/** The image's entry point, its paths in the image as those of the folder. */
function entryPoint(): string[] {
  const [text = '[]'] = instructions('ENTRYPOINT');
  const [imageFolder = ''] = instructions('WORKDIR');
  return (JSON.parse(text) as string[]).map((part) => part.replace(imageFolder, folder));
}

/** As `docker compose run --rm SERVICE ARGUMENTS`. */
async function run(service: string, args = composeService(service).command ?? []): Promise<string> {
  const [program = '', ...script] = entryPoint();
  const options = { cwd: folder, env: environmentOf(service), ...user };
  const { stdout } = await promisify(execFile)(program, [...script, ...args], options);
  return stdout;
}

test('the roles of the image migrate, work, are healthy, plan, and end when they are told to', async () => {
  expect(await run('migrate')).toMatch(/migration\(s\) applied/);
  const bundles = readdirSync(join(cacheHome, 'email-scheduler'));
  expect(bundles).toHaveLength(1);

  const [program = '', ...script] = entryPoint();
  const worker = spawn(program, [...script, ...(composeService('worker').command ?? [])], {
    ...{ cwd: folder, env: environmentOf('worker'), ...user },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exit = once(worker, 'exit');
  try {
    const lines: string[] = [];
    createInterface({ input: worker.stdout }).on('line', (line) => lines.push(line));
    await until('the worker is ready', () => lines.some((line) => line.includes('worker is ready')));

    const [, node = '', , ...check] = composeService('worker').healthcheck?.test ?? [];
    expect(node).toBe('node');
    await until('the worker is healthy', () =>
      run('worker', check).then(
        (said) => said.includes('asks for work'),
        () => false,
      ),
    );

    const organizationId = await insertContacts(database.owner, 'image', CONTACTS);
    const said = await run('worker', ['plan', 'run', '--organization', 'image', '--as-of', '2026-11-23']);
    expect(said).toContain('plan 1 is in force');
    expect(await auditOrganization(database.owner, organizationId)).toEqual([]);
  } finally {
    worker.kill('SIGTERM');
  }
  expect(await exit).toEqual([0, null]);
  expect(readdirSync(join(cacheHome, 'email-scheduler'))).toEqual(bundles);
});
