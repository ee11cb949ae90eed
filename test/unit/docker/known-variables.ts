/** The environment variables that each image of docker-compose.yml reads. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKOUT, type ComposeService } from '../../support/compose-file.ts';

/** Those of other projects' images that docker-compose.yml uses; `npm run test:production` asks the server. */
export const FOREIGN_VARIABLES: Readonly<Record<string, readonly string[]>> = {
  postgres: ['POSTGRES_USER', 'POSTGRES_PASSWORD', 'POSTGRES_DB'],
  'temporalio/server': [
    ...['DB', 'DB_PORT', 'POSTGRES_SEEDS', 'POSTGRES_USER', 'POSTGRES_PWD', 'DBNAME', 'VISIBILITY_DBNAME'],
    ...['SQL_MAX_CONNS', 'SQL_MAX_IDLE_CONNS', 'SQL_VIS_MAX_CONNS', 'SQL_VIS_MAX_IDLE_CONNS'],
    ...['NUM_HISTORY_SHARDS', 'BIND_ON_IP', 'DYNAMIC_CONFIG_FILE_PATH', 'LOG_LEVEL'],
    'TEMPORAL_ALLOW_NO_AUTH',
  ],
  'temporalio/admin-tools': [
    ...['SQL_PLUGIN', 'SQL_HOST', 'SQL_PORT', 'SQL_USER', 'SQL_PASSWORD', 'TEMPORAL_ADDRESS'],
  ],
  'temporalio/ui': ['TEMPORAL_ADDRESS', 'TEMPORAL_DEFAULT_NAMESPACE', 'TEMPORAL_CSRF_COOKIE_INSECURE'],
};

/** What the client library for PostgreSQL takes from the environment where the address does not say it. */
const BY_POSTGRES_CLIENT = ['PGPASSWORD'];

export function variablesReadBy(service: ComposeService): ReadonlySet<string> {
  const [name = ''] = (service.image ?? '').split(':');
  if (service.build !== undefined) return new Set([...namesInProgram(), ...BY_POSTGRES_CLIENT]);
  return new Set([...(FOREIGN_VARIABLES[name] ?? []), ...namesInScript(service)]);
}

function namesInProgram(): string[] {
  const sources = ['src/cli/environment.ts', 'src/local/environment.ts', 'src/worker/workflow-bundle.ts'];
  return sources.flatMap((file) =>
    [...readFileSync(join(CHECKOUT, file), 'utf8').matchAll(/\b(?:variables|process\.env)\.([A-Z_]+)/g)].map(
      ([, name]) => name ?? '',
    ),
  );
}

/** A job's script, which is mounted into the image, reads variables of its own. */
function namesInScript(service: ComposeService): string[] {
  const scripts = readdirSync(join(CHECKOUT, 'docker/temporal')).filter((file) => file.endsWith('.sh'));
  return scripts
    .filter((file) => service.entrypoint?.some((argument) => argument.endsWith(`/${file}`)) === true)
    .flatMap((file) =>
      [...readFileSync(join(CHECKOUT, 'docker/temporal', file), 'utf8').matchAll(/\$([A-Z_]+)/g)].map(
        ([, name]) => name ?? '',
      ),
    );
}
