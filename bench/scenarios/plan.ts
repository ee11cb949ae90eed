/** A first plan against the bare COPY of its rows; then the plan of the next day, with nothing new. */
import type { Pool } from 'pg';
import { claimDay, settleClaimed } from '../../src/db/claim.ts';
import { lockOrganization } from '../../src/db/organizations.ts';
import { inTransaction } from '../../src/db/transaction.ts';
import { formatDay, parseDay } from '../../src/domain/calendar.ts';
import { measureBareCopy, type BareCopy } from '../bare-copy.ts';
import { storeCampaigns } from '../campaigns.ts';
import { storeContacts } from '../contacts-table.ts';
import { measurePlanningRun, type MeasuredRun } from '../planning-run.ts';
import type { MeasurementContext } from '../scenario.ts';
import type { BenchStack } from '../stack.ts';

const ORGANIZATION = 'bench';
/** The day of the demo's first plan; a fixed one, so that every measurement is of the same plan. */
const FIRST_DAY = parseDay('2026-11-23')!;

export interface PlanResult {
  readonly contacts: number;
  readonly firstPlan: MeasuredRun;
  readonly bareCopy: BareCopy;
  /** Of the first plan's wall time to the bare COPY. */
  readonly ratio: number;
  /** Sent before the next day, so that only time has passed. */
  readonly mailsSent: number;
  readonly nextDayPlan: MeasuredRun;
  /** Of the next day's wall time to the first plan's. */
  readonly nextDayRatio: number;
}

export async function measurePlan(context: MeasurementContext): Promise<PlanResult> {
  return measurePlanOf(context, () => Promise.resolve());
}

/** With campaigns beside the yearly mails. */
export async function measurePlanWithCampaigns(context: MeasurementContext): Promise<PlanResult> {
  return measurePlanOf(context, storeCampaigns);
}

async function measurePlanOf(
  { stack, contacts, report }: MeasurementContext,
  storeMore: (owner: Pool, organizationId: number) => Promise<void>,
): Promise<PlanResult> {
  report(`plan, ${contacts} contacts: storing the contacts …`);
  const organizationId = await storeContacts(stack.owner, ORGANIZATION, contacts);
  await storeMore(stack.owner, organizationId);
  const worker = await stack.startWorker();
  report(`plan, ${contacts} contacts: the first plan …`);
  const firstPlan = await measurePlanningRun(stack, worker, asOf(FIRST_DAY));
  report(`plan, ${contacts} contacts: the bare COPY of its ${firstPlan.rows} rows …`);
  const bareCopy = await measureBareCopy(stack.owner, {
    table: await baseInForce(stack, organizationId),
    folder: stack.folder,
  });
  assertSameRows(firstPlan, bareCopy);
  const mailsSent = await sendDay(stack, organizationId, FIRST_DAY);
  report(`plan, ${contacts} contacts: the plan of the next day …`);
  const nextDayPlan = await measurePlanningRun(stack, worker, asOf(FIRST_DAY + 1));
  return {
    contacts,
    firstPlan,
    bareCopy,
    ratio: firstPlan.wallTime.seconds / bareCopy.seconds,
    mailsSent,
    nextDayPlan,
    nextDayRatio: nextDayPlan.wallTime.seconds / firstPlan.wallTime.seconds,
  };
}

function asOf(day: number): { organization: string; asOf: string } {
  return { organization: ORGANIZATION, asOf: formatDay(day) };
}

/** The table of the plan's rows, which no other plan has written into. */
async function baseInForce({ owner }: BenchStack, organizationId: number): Promise<string> {
  const { rows } = await owner.query<{ table: string }>(
    "SELECT 'plan_base_' || plan_base_id AS table FROM organizations WHERE id = $1",
    [organizationId],
  );
  return rows[0]!.table;
}

/** Both sides of the ratio store the same rows, or it says nothing. */
function assertSameRows(firstPlan: MeasuredRun, bareCopy: BareCopy): void {
  if (firstPlan.rows === bareCopy.rows) return;
  throw new Error(`The plan has ${firstPlan.rows} rows by its books, and ${bareCopy.rows} were copied.`);
}

/** All mails of the day are claimed and sent: what is not would be overdue on the next. */
async function sendDay({ owner }: BenchStack, organizationId: number, day: number): Promise<number> {
  return inTransaction(owner, async (client) => {
    await lockOrganization(client, { id: organizationId });
    await claimDay(client, organizationId, day);
    const { rows } = await client.query<{ id: string }>(
      "SELECT id FROM ledger WHERE organization_id = $1 AND status = 'scheduled'",
      [organizationId],
    );
    const ids = rows.map(({ id }) => Number(id));
    return settleClaimed(client, organizationId, ids, 'sent');
  });
}
