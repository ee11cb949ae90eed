/** What a published plan comes to, counted anew from its rows: to be compared with the record of its run. */
import type { PlanCounts } from '../../src/domain/books.ts';
import { PlanChecksum } from '../../src/domain/plan-checksum.ts';
import { readFacts } from '../../src/db/read-facts.ts';
import { inTransaction } from '../../src/db/transaction.ts';
import { countsOf, dailyCapOf } from './expected-plan.ts';
import { readLedger, readPlan, type StoredRow } from './model-database.ts';
import type { PlanningWorld } from './planning-world.ts';

export interface Recount {
  readonly checksum: string;
  readonly counts: Omit<PlanCounts, 'warnings'>;
  /** Days on which the flag `over_cap` is not what the volume says. */
  readonly wrongFlags: string[];
}

/** @param former the plan in force, and what was overdue, when the run began */
export async function recount(
  world: PlanningWorld,
  runId: number,
  former: readonly StoredRow[],
): Promise<Recount> {
  const { db, organizationId, input } = world;
  const plan = await readPlan(db.pool, organizationId);
  const ledger = await readLedger(db.pool, organizationId);
  const planned = plan.filter((row) => row.scheduled_send_date >= input.asOf);
  const { rows: rejected } = await db.pool.query<{ contact_id: number; reason: string }>(
    'SELECT contact_id::integer AS contact_id, reason FROM rejected_contacts WHERE run_id = $1 ORDER BY contact_id',
    [runId],
  );
  const found = new Set([...planned, ...rejected].map((of) => of.contact_id));
  const nothing_due = input.contacts.map(({ id }) => id).filter((id) => !found.has(id));
  const changes = changesSince(former, { planned, ledger, runId }, world);
  return {
    checksum: await checksumOf(world),
    counts: countsOf(input, { rows: planned, rejected, nothing_due }, changes),
    wrongFlags: wrongFlags(plan, ledger, world),
  };
}

function changesSince(
  former: readonly StoredRow[],
  now: { planned: readonly StoredRow[]; ledger: readonly StoredRow[]; runId: number },
  { input }: PlanningWorld,
): PlanCounts['changes'] {
  const settled = new Map(now.ledger.map((row) => [row.id, row]));
  const open = former.filter(
    ({ scheduled_send_date: day, status }) =>
      day >= input.asOf || (day < input.today && status === 'pre-scheduled'),
  );
  const openIds = new Set(open.map(({ id }) => id));
  const plannedIds = new Set(now.planned.map(({ id }) => id));
  const gone = open.filter(({ id }) => !plannedIds.has(id));
  const stayed = now.planned.filter(({ id }) => openIds.has(id));
  const changed = stayed.filter((row) => row.run_id === now.runId).length;
  return {
    added: now.planned.length - stayed.length,
    changed,
    removed: gone.filter(({ id }) => !settled.has(id)).length,
    missed: gone.filter(({ id }) => settled.get(id)?.skip_reason === 'missed').length,
    unchanged: stayed.length - changed,
  };
}

async function checksumOf({ db, organizationId }: PlanningWorld): Promise<string> {
  const { rows } = await db.pool.query<{ base_id: string; run_ids: string[] }>(
    `SELECT s.base_id, array_agg(s.run_id) AS run_ids FROM organizations o
     JOIN plan_segments s ON s.base_id = o.plan_base_id WHERE o.id = $1 GROUP BY s.base_id`,
    [organizationId],
  );
  const facts = await inTransaction(db.pool, (client) =>
    readFacts(client, {
      organizationId,
      selection: { afterContactId: -1, lastContactId: Number.MAX_SAFE_INTEGER },
      planInForce: { baseId: Number(rows[0]!.base_id), segmentRunIds: rows[0]!.run_ids.map(Number) },
      instanceIds: [],
      snapshot: null,
    }),
  );
  const checksum = new PlanChecksum();
  for (const { planRows } of facts) for (const row of planRows) checksum.add(row);
  return checksum.toString();
}

function wrongFlags(
  plan: readonly StoredRow[],
  ledger: readonly StoredRow[],
  { input }: PlanningWorld,
): string[] {
  const volumes = new Map<string, number>();
  const add = ({ scheduled_send_date: day }: StoredRow): unknown =>
    volumes.set(day, (volumes.get(day) ?? 0) + 1);
  plan.filter((row) => row.status === 'pre-scheduled' || row.skip_reason === 'frequency_limit').forEach(add);
  ledger.filter(({ status }) => !['skipped', 'cancelled', 'failed'].includes(status)).forEach(add);
  const threshold = (dailyCapOf(input) * input.config.load.redistribute_above_percent) / 100;
  return plan
    .filter((row) => row.scheduled_send_date >= input.asOf)
    .filter(
      (row) =>
        row.over_cap !==
        (row.status === 'pre-scheduled' && (volumes.get(row.scheduled_send_date) ?? 0) > threshold),
    )
    .map((row) => row.scheduled_send_date);
}
