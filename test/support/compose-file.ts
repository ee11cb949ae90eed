/** docker-compose.yml as data, for the tests that hold it and for the tests that run what it says. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';

export interface ComposeService {
  readonly image?: string;
  readonly build?: string;
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly restart?: string;
  readonly init?: boolean;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
}

export interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

export const CHECKOUT = resolve(import.meta.dirname, '../..');
export const COMPOSE_TEXT = readFileSync(join(CHECKOUT, 'docker-compose.yml'), 'utf8');

export function readComposeFile(): ComposeFile {
  return parse(COMPOSE_TEXT, { merge: true }) as ComposeFile;
}

export function composeService(name: string): ComposeService {
  const service = readComposeFile().services[name];
  if (service === undefined) throw new Error(`docker-compose.yml has no service "${name}"`);
  return service;
}

/** The settings that the database server is started with, by name. */
export function postgresSettings(): Record<string, string> {
  const [program, ...rest] = composeService('postgres').command ?? [];
  if (program !== 'postgres') throw new Error('The command of the service postgres is not `postgres -c …`');
  const settings = rest.filter((argument) => argument !== '-c').map((argument) => argument.split('='));
  return Object.fromEntries(settings.map(([name = '', ...value]) => [name, value.join('=')]));
}

/** The arguments with each path in a container as the file of the checkout that is mounted there. */
export function onThisMachine(service: ComposeService, values: readonly string[]): string[] {
  const mounts = (service.volumes ?? []).map((volume) => volume.split(':'));
  return values.map((value) => {
    const source = mounts.find(([, target]) => target === value)?.[0];
    return source === undefined ? value : join(CHECKOUT, source);
  });
}
