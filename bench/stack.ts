/** What is measured runs on servers of its own, with a worker that is a process of its own, as `up` has it. */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import pg from 'pg';
import { runCommand, startCommand, type ChildContext } from '../src/cli/child-command.ts';
import { CHECKOUT, readEnvironment } from '../src/cli/environment.ts';
import { startThrowAwayStack } from '../src/cli/throw-away-stack.ts';
import { SchedulerError } from '../src/contracts/errors.ts';
import { TASK_QUEUE } from '../src/contracts/task-queues.ts';
import { lastLogLines, logFileOf } from '../src/local/logs.ts';
import { endProcess, isAlive, type ProcessMark } from '../src/local/processes.ts';
import type { Report } from '../src/local/report.ts';
import type { LocalStack } from '../src/local/stack.ts';
import { workflowBundle } from '../src/worker/workflow-bundle.ts';

const POLL_MS = 50;
const WORKER_READY_WITHIN_MS = 60_000;

interface StackOptions {
  readonly report: Report;
  readonly signal: AbortSignal;
}

/** Brings up a throw-away stack for the work, and removes it whatever comes of that. */
export async function withBenchStack<T>(
  { report, signal }: StackOptions,
  work: (stack: BenchStack) => Promise<T>,
): Promise<T> {
  const stack = new BenchStack(await startThrowAwayStack({ report, signal }));
  try {
    return await unlessAborted(
      signal,
      stack.open(signal).then(() => work(stack)),
    );
  } finally {
    await stack.close();
  }
}

export class BenchStack {
  /** Where files of the measurement may lie; removed at the end. */
  readonly folder: string;
  /** As the owner of the database: for CHECKPOINT, and for tables beside the schema. */
  readonly owner: pg.Pool;
  /** For commands of email-scheduler that run as processes of their own. */
  readonly context: ChildContext;
  readonly temporal: Client;
  private readonly stack: LocalStack;
  private readonly connection: Connection;
  private readonly workers: ProcessMark[] = [];

  constructor(stack: LocalStack) {
    this.stack = stack;
    this.folder = stack.home;
    this.context = contextOf(stack);
    this.owner = new pg.Pool({ connectionString: stack.databaseUrl, max: 2 });
    // An interruption stops the server under its connections.
    this.owner.on('error', () => undefined);
    // Without the SDK's retries: one that waits for its turn when the connection is closed ends the process.
    this.connection = Connection.lazy({ address: stack.temporalAddress, interceptors: [] });
    this.temporal = new Client({ connection: this.connection, namespace: stack.namespace });
  }

  get databaseUrl(): string {
    return this.stack.databaseUrl;
  }

  get temporalAddress(): string {
    return this.stack.temporalAddress;
  }

  get namespace(): string {
    return this.stack.namespace;
  }

  async open(signal: AbortSignal): Promise<void> {
    await runCommand(this.context, ['migrate'], { report: () => undefined, signal });
  }

  /** A fresh worker, known to Temporal: or waiting for it would be taken for waiting for Temporal. */
  async startWorker(): Promise<ProcessMark> {
    // A worker that has to bundle the workflows first keeps the memory that it took for that.
    await workflowBundle();
    const worker = await startCommand(this.context, 'worker', ['worker']);
    this.workers.push(worker);
    this.stack.note('worker', worker);
    const deadline = performance.now() + WORKER_READY_WITHIN_MS;
    while (performance.now() < deadline && isAlive(worker)) {
      if (await this.isPolling(worker)) return worker;
      await delay(POLL_MS);
    }
    const logFile = logFileOf(this.stack.home, 'worker');
    throw new SchedulerError('LOCAL_STACK', `The worker does not start: ${lastLogLines(logFile, 0)}.`);
  }

  private async isPolling(worker: ProcessMark): Promise<boolean> {
    const { pollers } = await this.connection.workflowService.describeTaskQueue({
      namespace: this.stack.namespace,
      taskQueue: { name: TASK_QUEUE },
    });
    return pollers.some(({ identity }) => identity?.startsWith(`${worker.pid}@`) === true);
  }

  async close(): Promise<void> {
    for (const worker of this.workers) {
      await endProcess(worker, [
        { signal: 'SIGTERM', graceMs: 15_000 },
        { signal: 'SIGKILL', graceMs: 5_000 },
      ]);
    }
    await this.connection.close();
    await this.stack.stop();
    // Last: it waits for queries, which end with the server.
    await this.owner.end();
  }
}

/** The configuration of the checkout, whatever the caller's shell would have: results are to be compared. */
function contextOf(stack: LocalStack): ChildContext {
  const environment = readEnvironment();
  const variables = {
    ...environment.variables,
    EMAIL_SCHEDULER_CONFIG: join(CHECKOUT, 'config'),
    EMAIL_SCHEDULER_ENVIRONMENT: undefined,
  };
  return { environment: { ...environment, home: stack.home, variables }, addresses: { ...stack, api: null } };
}

/** Whatever the work waits for when it is interrupted ends with the servers. */
async function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  work.catch(() => undefined);
  const aborted = new Promise<never>((_, reject) => {
    const abort = (): void => {
      reject(new Error('interrupted'));
    };
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort);
  });
  return Promise.race([work, aborted]);
}
