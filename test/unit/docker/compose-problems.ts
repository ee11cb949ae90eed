/** What is wrong with a compose file, one sentence each: by its specification, and by what this project asks. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { CHECKOUT, type ComposeFile, type ComposeService } from '../../support/compose-file.ts';
import { variablesReadBy } from './known-variables.ts';

const { $schema: _draft, ...specification } = JSON.parse(
  readFileSync(new URL('compose-spec.json', import.meta.url), 'utf8'),
) as Record<string, unknown>;
const followsSpecification = new Ajv({ allErrors: true, strict: false }).compile(specification);

const SECRET = /PASSWORD|PASS$|PWD|SECRET|TOKEN|KEY/;
const FROM_ENVIRONMENT_OR_REFUSED = /^\$\{[A-Z_]+:\?[^}]+\}$/;
/** Host, a port that may be chosen, and the port in the container. */
const LOOPBACK_PORT = /^127\.0\.0\.1:(\d+|\$\{[A-Z_]+:-\d+\}):\d+$/;
/** A whole version, which nobody publishes twice: three numbers, or PostgreSQL's two and its Debian. */
const WHOLE_VERSION = /:(\d+\.\d+\.\d+|\d+\.\d+-bookworm)$/;

export function problemsOf(file: ComposeFile): string[] {
  if (!followsSpecification(file)) {
    return (followsSpecification.errors ?? []).map(
      ({ instancePath, message }) => `${instancePath || '/'} ${message ?? ''}`,
    );
  }
  const mounted = new Set<string>();
  const problems = Object.entries(file.services).flatMap(([name, service]) => {
    for (const volume of service.volumes ?? []) mounted.add(volume.split(':')[0] ?? '');
    return serviceProblems(service, file).map((problem) => `${name}: ${problem}`);
  });
  const unused = Object.keys(file.volumes).filter((volume) => !mounted.has(volume));
  return [...problems, ...unused.map((volume) => `the volume ${volume} is used by no service`)];
}

function serviceProblems(service: ComposeService, file: ComposeFile): string[] {
  return [
    ...imageProblems(service),
    ...lifeProblems(service, file),
    ...environmentProblems(service),
    ...volumeProblems(service, file),
    ...(service.ports ?? [])
      .filter((port) => !LOOPBACK_PORT.test(port))
      .map((port) => `the port ${port} is not published on 127.0.0.1 only`),
  ];
}

function imageProblems({ image = '' }: ComposeService): string[] {
  return WHOLE_VERSION.test(image) ? [] : [`the image "${image}" has no whole version`];
}

/** A job ends by itself and is waited for; anything else is kept running and says whether it works. */
function isJob({ restart }: ComposeService): boolean {
  return restart === undefined;
}

function lifeProblems(service: ComposeService, { services }: ComposeFile): string[] {
  const problems: string[] = [];
  if (service.init !== true) problems.push('nothing passes on signals and waits for orphans (init)');
  if (!isJob(service) && service.healthcheck === undefined) problems.push('it has no health check');
  if (!isJob(service) && service.restart !== 'unless-stopped') problems.push('it is not started again');
  for (const [name, { condition }] of Object.entries(service.depends_on ?? {})) {
    const other = services[name];
    if (other === undefined) {
      problems.push(`it waits for ${name}, which is no service`);
      continue;
    }
    const expected = isJob(other) ? 'service_completed_successfully' : 'service_healthy';
    if (condition !== expected) problems.push(`it waits for ${name} by ${condition}, not by ${expected}`);
  }
  return problems;
}

function environmentProblems(service: ComposeService): string[] {
  const problems: string[] = [];
  const read = variablesReadBy(service);
  for (const [name, value] of Object.entries(service.environment ?? {})) {
    if (SECRET.test(name) && !FROM_ENVIRONMENT_OR_REFUSED.test(value)) {
      problems.push(`${name} is in the file, or may be empty`);
    }
    if (/:\/\/[^/@]*:[^/@]*@/.test(value)) problems.push(`${name} has a password in its address`);
    if (!read.has(name)) problems.push(`nothing reads ${name}`);
  }
  return problems;
}

function volumeProblems(service: ComposeService, { volumes }: ComposeFile): string[] {
  return (service.volumes ?? []).flatMap((volume) => {
    const [source = '', , mode] = volume.split(':');
    if (!source.startsWith('.')) {
      return source in volumes ? [] : [`the volume ${source} is not declared`];
    }
    if (!existsSync(join(CHECKOUT, source))) return [`there is no ${source} in the checkout`];
    return mode === 'ro' ? [] : [`${source} can be written`];
  });
}
