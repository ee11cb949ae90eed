/**
 * The Temporal of docker-compose.yml without Docker: its schema job, server and namespace job run as processes
 * of this machine, with the commands and the environment that the file gives them; only addresses, ports and
 * the password are others.
 */
import { execFile } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { lastLogLines } from '../../../src/local/logs.ts';
import { LOOPBACK, nextFreePort } from '../../../src/local/ports.ts';
import { isAlive, startServerProcess, type ProcessMark } from '../../../src/local/processes.ts';
import { composeService, onThisMachine } from '../compose-file.ts';
import { until } from '../until.ts';
import { findServerPrograms } from './server-programs.ts';

export interface ProductionTemporalOptions {
  /** A folder of its own, for its log and settings. */
  readonly folder: string;
  /** Any database of the server that holds the two of Temporal. */
  readonly databaseUrl: string;
  /** Temporal's own command line. */
  readonly cli: string;
  /** Where several Temporals have one PostgreSQL; appended to the names of their databases. */
  readonly databaseSuffix?: string;
  /** Settings beside those of docker/temporal/dynamic-config.yaml, as YAML. */
  readonly moreDynamicConfig?: string;
  readonly report?: (line: string) => void;
}

/** The ports of the server's parts, by the variable that sets each. */
const PORTS = [
  'FRONTEND_GRPC_PORT',
  'FRONTEND_HTTP_PORT',
  'FRONTEND_MEMBERSHIP_PORT',
  'HISTORY_GRPC_PORT',
  'HISTORY_MEMBERSHIP_PORT',
  'MATCHING_GRPC_PORT',
  'MATCHING_MEMBERSHIP_PORT',
  'WORKER_GRPC_PORT',
  'WORKER_MEMBERSHIP_PORT',
] as const;
const LOWEST_PORT = 20_000;
const HIGHEST_PORT = 32_000;
const FRONTEND_HTTP_PORT_IN_CONTAINER = 7243;
const HEALTHY_WITHIN_MS = 120_000;

type Variables = Readonly<Record<string, string>>;

export class ProductionTemporal {
  readonly address: string;
  private readonly binFolder: string;
  private readonly logFile: string;
  private readonly ports: Readonly<Record<(typeof PORTS)[number], string>>;
  private readonly options: ProductionTemporalOptions;

  private constructor(options: ProductionTemporalOptions, ports: ProductionTemporal['ports']) {
    this.options = options;
    this.ports = ports;
    this.address = `${LOOPBACK}:${ports.FRONTEND_GRPC_PORT}`;
    this.binFolder = join(options.folder, 'bin');
    this.logFile = join(options.folder, 'temporal-server.log');
  }

  /** With its databases, but not started. */
  static async prepare(options: ProductionTemporalOptions): Promise<ProductionTemporal> {
    const programs = await findServerPrograms(options.report ?? (() => undefined));
    const temporal = new ProductionTemporal(options, await distinctPorts());
    mkdirSync(temporal.binFolder, { recursive: true });
    for (const [name, program] of [
      ['temporal-server', programs.server],
      ['temporal-sql-tool', programs.sqlTool],
      ['temporal', options.cli],
    ] as const) {
      symlinkSync(program, join(temporal.binFolder, name));
    }
    await temporal.updateSchema();
    return temporal;
  }

  /** The job `temporal-schema`; returns what it said. */
  updateSchema(): Promise<string> {
    const { host, port, user, password } = this.database;
    return this.runJob('temporal-schema', {
      ...{ SQL_HOST: host, SQL_PORT: port, SQL_USER: user, SQL_PASSWORD: password },
      SQL_DEFAULT_DATABASE: 'postgres',
    });
  }

  /** The job `temporal-namespace`; returns what it said. */
  createNamespace(): Promise<string> {
    return this.runJob('temporal-namespace', { TEMPORAL_ADDRESS: this.address });
  }

  /** The service `temporal`, until it is healthy; `onProcess` is told of the process before that. */
  async start(onProcess: (server: ProcessMark) => void): Promise<ProcessMark> {
    const server = await startServerProcess({
      command: join(this.binFolder, 'temporal-server'),
      // As the image's own entrypoint does.
      args: ['start'],
      env: this.serverEnvironment(),
      logFile: this.logFile,
    });
    onProcess(server);
    await until(
      `the Temporal server is healthy (log: ${this.logFile})`,
      async () => {
        if (!isAlive(server)) throw new Error(`The Temporal server ended: ${lastLogLines(this.logFile, 0)}`);
        return this.isHealthy();
      },
      HEALTHY_WITHIN_MS,
    );
    return server;
  }

  /** What docker-compose.yml would find by its health check. */
  private async isHealthy(): Promise<boolean> {
    const url = new URL(composeService('temporal').healthcheck?.test.at(-1) ?? '');
    if (Number(url.port) !== FRONTEND_HTTP_PORT_IN_CONTAINER) {
      throw new Error(`The health check asks port ${url.port}`);
    }
    url.port = this.ports.FRONTEND_HTTP_PORT;
    return fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
  }

  private serverEnvironment(): Variables {
    const service = composeService('temporal');
    const { host, port, user, password } = this.database;
    return {
      PATH: '/usr/bin:/bin',
      ...this.environmentOf('temporal'),
      ...{ POSTGRES_SEEDS: host, DB_PORT: port, POSTGRES_USER: user, POSTGRES_PWD: password },
      ...{ BIND_ON_IP: LOOPBACK, TEMPORAL_BROADCAST_ADDRESS: LOOPBACK },
      DYNAMIC_CONFIG_FILE_PATH: this.dynamicConfigFile(service.environment?.DYNAMIC_CONFIG_FILE_PATH ?? ''),
      ...this.ports,
    };
  }

  private dynamicConfigFile(inContainer: string): string {
    const [file = ''] = onThisMachine(composeService('temporal'), [inContainer]);
    const { moreDynamicConfig, folder } = this.options;
    if (moreDynamicConfig === undefined) return file;
    const extended = join(folder, 'dynamic-config.yaml');
    writeFileSync(extended, `${readFileSync(file, 'utf8')}\n${moreDynamicConfig}\n`);
    return extended;
  }

  private async runJob(name: string, given: Variables): Promise<string> {
    const service = composeService(name);
    const [command = '', ...args] = onThisMachine(service, [
      ...(service.entrypoint ?? []),
      ...(service.command ?? []),
    ]);
    const env = {
      PATH: `${this.binFolder}:/usr/bin:/bin`,
      HOME: this.options.folder,
      ...this.environmentOf(name),
      ...given,
    };
    const { stdout, stderr } = await promisify(execFile)(command, args, { env });
    return `${stdout}${stderr}`;
  }

  /** As docker-compose.yml has it, but for the databases' names where several Temporals share a server. */
  private environmentOf(name: string): Variables {
    const environment = composeService(name).environment ?? {};
    const { databaseSuffix } = this.options;
    if (databaseSuffix === undefined) return environment;
    return Object.fromEntries(
      Object.entries(environment).map(([variable, value]) => [
        variable,
        variable.endsWith('DBNAME') ? `${value}${databaseSuffix}` : value,
      ]),
    );
  }

  private get database(): { host: string; port: string; user: string; password: string } {
    const { hostname: host, port, username: user, password } = new URL(this.options.databaseUrl);
    return { host, port, user, password };
  }
}

/** The server's schema keeps ports as smallint, so those that the operating system gives are too high. */
async function distinctPorts(): Promise<ProductionTemporal['ports']> {
  const ports = new Set<number>();
  while (ports.size < PORTS.length) ports.add(await nextFreePort([randomInt(LOWEST_PORT, HIGHEST_PORT)]));
  return Object.fromEntries([...ports].map((port, index) => [PORTS[index], String(port)])) as Record<
    (typeof PORTS)[number],
    string
  >;
}
