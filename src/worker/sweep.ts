/**
 * Changes whose process has died between its commit and its call for a replan: every worker looks for them, and has
 * them planned (DESIGN 2, Changes). It starts workflows and waits for none.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { startRunForChanges } from '../client/plan-changes.ts';
import { titleOf } from '../client/replan-contacts.ts';
import { MAX_REPLANNED_CONTACTS, replanWorkflowId, SWEEP_PRIORITY } from '../contracts/replan-contacts.ts';
import { TASK_QUEUE } from '../contracts/task-queues.ts';
import { findPendingChanges } from '../db/queries/find-pending-changes.ts';
import {
  listOrganizationsWithChanges,
  type OrganizationWithChanges,
} from '../db/queries/list-unplanned-changes.ts';

const LOOK_EVERY_MS = 5_000;
/** Who makes a change has it planned at once. */
const OLDER_THAN_MS = 10_000;
/** What fails is not tried again and again: its cause is in the log of runs and replans. */
const AGAIN_AFTER_MS = { replan: 30_000, run: 300_000 };

export interface SweepOptions {
  readonly pool: Pool;
  readonly client: Client;
  readonly logger: Logger;
}

/** @returns ends it, and waits for what it is in the middle of */
export function startSweep(options: SweepOptions): () => Promise<void> {
  const ending = new AbortController();
  const swept = sweepUntil(ending.signal, options);
  return async () => {
    ending.abort();
    await swept;
  };
}

async function sweepUntil(signal: AbortSignal, { pool, client, logger }: SweepOptions): Promise<void> {
  const startedAtMs = new Map<string, number>();
  while (await hasWaited(signal)) {
    try {
      for (const organization of await listOrganizationsWithChanges(pool, OLDER_THAN_MS)) {
        await sweep(organization, { pool, client, logger }, startedAtMs);
      }
    } catch (error) {
      // A server that is away comes back; whatever else is wrong says so at every look.
      logger.warn({ err: error }, 'changes that nobody has planned with could not be looked for');
    }
  }
}

/** False: it was to end. */
async function hasWaited(signal: AbortSignal): Promise<boolean> {
  await delay(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  return !signal.aborted;
}

async function sweep(
  organization: OrganizationWithChanges,
  { pool, client, logger }: SweepOptions,
  startedAtMs: Map<string, number>,
): Promise<void> {
  const pending = await findPendingChanges(pool, organization.id, MAX_REPLANNED_CONTACTS);
  if (pending === null) return;
  const { contactIds } = pending;
  const kind = contactIds === 'many' ? 'run' : 'replan';
  const key = `${kind} ${organization.id}`;
  if (performance.now() - (startedAtMs.get(key) ?? -Infinity) < AGAIN_AFTER_MS[kind]) return;
  startedAtMs.set(key, performance.now());
  const workflowId =
    contactIds === 'many'
      ? await startRunForChanges(client, organization.name)
      : await startReplan(client, organization.name, contactIds);
  const what = { organization: organization.id, workflowId };
  logger.info(what, `changes that nobody has planned with: a ${kind} was started`);
}

/** One per organization at a time, over all workers. */
async function startReplan(
  client: Client,
  organization: string,
  contactIds: readonly number[],
): Promise<string> {
  const input = { organization, contactIds };
  const { workflowId } = await client.workflow.start('replanContacts', {
    taskQueue: TASK_QUEUE,
    workflowId: replanWorkflowId(organization, 'swept'),
    workflowIdConflictPolicy: 'USE_EXISTING',
    args: [input],
    priority: { priorityKey: SWEEP_PRIORITY },
    requestEagerStart: true,
    workflowExecutionTimeout: '15m',
    staticSummary: titleOf(input),
  });
  return workflowId;
}
