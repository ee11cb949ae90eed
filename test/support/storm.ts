/** Runs on servers of their own while worker, Temporal and PostgreSQL are killed with -9 and started again. */
import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { Pool } from 'pg';
import type { ScheduleRunInput } from '../../src/contracts/schedule-run.ts';
import { migrate } from '../../src/db/migrate.ts';
import { startPrivateServers, type PrivateServers } from './private-servers.ts';
import { until } from './until.ts';
import { startWorkerProcess, type WorkerPlace, type WorkerProcess } from './worker-process.ts';

export type Victim = 'worker' | 'temporal' | 'postgres';

export interface EndedRun {
  readonly runId: number;
  readonly state: string;
  readonly checksum: string | null;
  readonly rounds: number;
  readonly error: unknown;
}

const RESTART_PAUSE_MS = 200;
const DOWN_AT_MOST_MS = 1_000;

/** Numbers in [0, 1) that follow from the seed (xorshift32). */
export function randomFrom(seed: number): () => number {
  let state = seed === 0 ? 1 : seed | 0;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 0x1_0000_0000;
  };
}

export class Storm {
  readonly servers: PrivateServers;
  readonly owner: Pool;
  readonly client: Client;
  /** The last words of workers that ended and that nobody had killed. */
  readonly fallen: string[] = [];
  private readonly connection: Connection;
  private readonly place: WorkerPlace;
  private readonly random: () => number;
  private readonly crew = new Map<number, WorkerProcess>();
  private readonly shifts: Promise<void>[] = [];
  private readonly killed = new Set<WorkerProcess>();
  private isOver = false;

  private constructor(servers: PrivateServers, connection: Connection, random: () => number) {
    this.servers = servers;
    this.connection = connection;
    this.random = random;
    this.client = new Client({ connection });
    const { databaseUrl } = servers.postgres;
    this.place = { databaseUrl, temporalAddress: servers.temporal.address, namespace: 'default' };
    this.owner = new Pool({ connectionString: databaseUrl, max: 2 });
    this.owner.on('error', () => undefined);
  }

  static async begin(random: () => number): Promise<Storm> {
    const servers = await startPrivateServers();
    await migrate(servers.postgres.databaseUrl, () => undefined);
    return new Storm(servers, await Connection.connect({ address: servers.temporal.address }), random);
  }

  async end(): Promise<void> {
    this.isOver = true;
    await Promise.all(this.workers.map((worker) => this.killWorker(worker)));
    await Promise.all(this.shifts);
    await this.connection.close();
    // Connections to a server that was killed may hang in their farewell.
    await Promise.race([this.owner.end(), delay(2_000)]);
    await this.servers.stop();
  }

  /** Workers that are started again whenever they end, as an operator's supervisor does. */
  async employ(workers: number): Promise<void> {
    for (let slot = 0; slot < workers; slot += 1) this.shifts.push(this.keepWorking(slot));
    await until('the workers are ready', () => this.crew.size === workers);
  }

  get workers(): readonly WorkerProcess[] {
    return [...this.crew.values()];
  }

  /** Kills them all at once; each is started again after up to a second. */
  async kill(victims: readonly Victim[]): Promise<void> {
    await Promise.all(
      victims.map(async (victim) => {
        if (victim === 'worker') {
          const worker = this.workers[Math.floor(this.random() * this.workers.length)];
          if (worker !== undefined) await this.killWorker(worker);
          return;
        }
        const server = this.servers[victim];
        await server.kill();
        await delay(this.random() * DOWN_AT_MOST_MS);
        await server.startAgain();
      }),
    );
  }

  async start(workflowId: string, input: ScheduleRunInput): Promise<void> {
    await this.client.workflow.start('scheduleRun', {
      taskQueue: 'email-scheduler',
      workflowId,
      args: [input],
    });
  }

  /** Checkpoints of the workflow's run that are done; undefined while nobody can tell. */
  async checkpointsDone(workflowId: string): Promise<number | undefined> {
    const rows = await this.ask<{ done: number; state: string }>(
      `SELECT r.state, count(c.*) FILTER (WHERE c.done)::integer AS done
       FROM scheduler_runs r LEFT JOIN scheduler_checkpoints c ON c.run_id = r.id
       WHERE r.workflow_id = $1 GROUP BY r.id`,
      [workflowId],
    );
    if (rows?.[0] === undefined) return undefined;
    return rows[0].state === 'running' ? rows[0].done : Infinity;
  }

  /** Waits until the workflow has closed, whoever is down meanwhile. */
  async untilEnded(workflowId: string, timeoutMs: number): Promise<EndedRun> {
    await until(
      `workflow ${workflowId} has closed`,
      async () => {
        try {
          const { status } = await this.client.workflow.getHandle(workflowId).describe();
          return status.name !== 'RUNNING';
        } catch {
          return false;
        }
      },
      timeoutMs,
    );
    const rows = await until('the record of the run', () =>
      this.ask<{ id: string; state: string; plan_checksum: string | null; rounds: number; error: unknown }>(
        'SELECT id, state, plan_checksum, rounds, error FROM scheduler_runs WHERE workflow_id = $1',
        [workflowId],
      ),
    );
    const { id, state, plan_checksum: checksum, rounds, error } = rows[0]!;
    return { runId: Number(id), state, checksum, rounds, error };
  }

  private hasEnded(): boolean {
    return this.isOver;
  }

  private async killWorker(worker: WorkerProcess): Promise<void> {
    this.killed.add(worker);
    await worker.kill();
  }

  private async ask<Row extends object>(text: string, values: unknown[]): Promise<Row[] | undefined> {
    try {
      return (await this.owner.query<Row>(text, values)).rows;
    } catch {
      return undefined;
    }
  }

  private async keepWorking(slot: number): Promise<void> {
    while (!this.hasEnded()) {
      try {
        const worker = await startWorkerProcess(this.place);
        this.crew.set(slot, worker);
        if (this.hasEnded()) await this.killWorker(worker);
        await worker.ended;
        this.crew.delete(slot);
        if (!this.killed.has(worker)) this.fallen.push(worker.lines.slice(-5).join('\n'));
      } catch {
        // Its servers were down; a supervisor tries again, too.
        await delay(RESTART_PAUSE_MS);
      }
    }
  }
}
