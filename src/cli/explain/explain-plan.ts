/** Explains the plan in force: its rows as they were published, beside what the rules say by what was known then. */
import type { PoolClient } from 'pg';
import {
  readContactBeforeChanges,
  readUncoveredChanges,
  type UncoveredChange,
} from '../../db/contact-changes.ts';
import { readPublishedRows, readRejection, readSmoothedDays } from '../../db/published-plan.ts';
import { listContactLedger, type LedgerEntry } from '../../db/queries/list-contact-ledger.ts';
import { listRunDays } from '../../db/queries/list-run-days.ts';
import { readLoadCalendar } from '../../db/queries/read-load-calendar.ts';
import { wasErased } from '../../db/queries/was-erased.ts';
import { readFacts } from '../../db/read-facts.ts';
import { findStoredPlan, type StoredPlan } from '../../db/stored-plan.ts';
import { SchedulerError } from '../../contracts/errors.ts';
import type { DayNumber } from '../../domain/calendar.ts';
import { NO_TARGETS } from '../../domain/campaigns.ts';
import type { Contact } from '../../domain/contact.ts';
import { isUnchanged } from '../../domain/draft-row.ts';
import { explainPublished, type ContactExplanation } from '../../domain/explain.ts';
import { occurrenceText } from '../../domain/occurrence.ts';
import type { ContactFacts } from '../../domain/placing.ts';
import { findOccurrence, type PlanRow } from '../../domain/schedule-row.ts';
import { loadLimits } from '../../domain/shaping.ts';
import { EFFECTIVE_DATE } from '../../domain/yearly.ts';
import { notesOfChanges } from './changes-since.ts';
import type { ExplainedContact, ExplainedRow, Explanation, Note } from './explanation.ts';
import { volumesOf } from './load-volumes.ts';
import { findPlannedBy, type PlannedBy } from './planned-by.ts';

export async function explainPlanInForce(
  client: PoolClient,
  explained: ExplainedContact,
): Promise<Explanation> {
  const { organization, profile } = explained;
  const plan = await findPlanInForce(client, organization.id, organization.name);
  const by = await findPlannedBy(client, plan, explained);
  const known = await readWhatWasKnown(client, plan, by, profile);
  const decided = await decide(client, plan, by, known);
  const ledger = await listContactLedger(client, organization.id, profile.id);
  const { rows, differences } = await explainRows(client, { by, decided, rows: known.rows, ledger });
  const { published } = by;
  return {
    organization: organization.name,
    timeZone: organization.timeZone,
    profile,
    contact: known.facts?.contact ?? null,
    suppression: isSuppressionChanged(known.changes) ? null : (known.facts?.contact?.suppression ?? null),
    basis: {
      kind: 'plan',
      planNumber: published.number,
      planAsOfDay: plan.asOfDay,
      planRunId: published.runId,
      publishedAt: published.publishedAt,
      runId: by.runId,
      replannedAt: by.replan?.at ?? null,
      formerPlanNumber: by.formerPlanNumber,
      configurationVersion: by.configurationVersion,
    },
    context: by.context,
    notes: [
      ...notesOfChanges(known.changes, profile.isDeleted, organization.timeZone),
      ...notesOfPlan(by),
      ...(by.isFormerPlanKnown ? notesOfDifferences(decided, known, differences) : []),
    ],
    decided,
    errorCode: known.rejection?.code ?? null,
    rows,
    ledger,
  };
}

async function findPlanInForce(
  client: PoolClient,
  organizationId: number,
  name: string,
): Promise<StoredPlan> {
  try {
    return await findStoredPlan(client, organizationId, 'current');
  } catch (error) {
    if (!(error instanceof SchedulerError) || error.code !== 'UNKNOWN_PLAN') throw error;
    throw new SchedulerError(
      'UNKNOWN_PLAN',
      `${name} has no plan yet: \`npx email-scheduler plan run --organization ${name}\` makes the first, and --as-of DATE explains what planning would do on a day.`,
      error.detail,
    );
  }
}

interface Known {
  /** What the contact was planned by; `null`: it is not known any more. */
  readonly facts: ContactFacts | null;
  readonly rows: readonly PlanRow[];
  readonly changes: readonly UncoveredChange[];
  readonly rejection: { readonly reason: string; readonly code: string | null } | null;
}

async function readWhatWasKnown(
  client: PoolClient,
  plan: StoredPlan,
  by: PlannedBy,
  { id: contactId, isDeleted }: { readonly id: number; readonly isDeleted: boolean },
): Promise<Known> {
  const { organizationId } = plan;
  const rows = await readPublishedRows(client, plan, contactId);
  const rejection = await readRejection(client, by.runId, contactId);
  const replanSnapshot = by.replan?.snapshot ?? null;
  const changes = await readUncoveredChanges(client, organizationId, contactId, replanSnapshot);
  const [found] = await readFacts(client, {
    organizationId,
    selection: { contactIds: [contactId] },
    planInForce: by.formerPlan,
    // Also of those that are not planned: why not is told.
    instanceIds: by.context.campaigns.instanceIds,
    snapshot: by.snapshot,
  });
  const before = await readContactBeforeChanges(client, organizationId, contactId, replanSnapshot);
  const contact = asPlanned(before, changes, rejection?.reason ?? null);
  // With its address, a deleted contact has lost what it was judged by.
  const isWithoutData = contact?.email === null && rejection?.reason !== 'missing_email';
  const isErased = isWithoutData && (isDeleted || (await wasErased(client, organizationId, contactId)));
  const facts = {
    ...(found ?? { contactId, targets: NO_TARGETS, ledger: [], planRows: [] }),
    ...(by.isFormerPlanKnown ? {} : { planRows: rows }),
    contact,
  };
  return { facts: isErased ? null : facts, rows, changes, rejection };
}

/** Suppressions have no history: whether the address was suppressed is told by what the run made of it. */
function asPlanned(
  contact: Contact | null,
  changes: readonly UncoveredChange[],
  rejection: string | null,
): Contact | null {
  if (contact === null || !isSuppressionChanged(changes)) return contact;
  return { ...contact, suppression: rejection === 'suppressed' ? 'all' : null };
}

function isSuppressionChanged(changes: readonly UncoveredChange[]): boolean {
  return changes.some(({ cause }) => cause === 'suppression changed');
}

async function decide(
  client: PoolClient,
  plan: StoredPlan,
  by: PlannedBy,
  { facts, rows }: Known,
): Promise<ContactExplanation | null> {
  if (facts === null) return null;
  const { context, published } = by;
  const loads = await readLoadCalendar(
    client,
    { organizationId: plan.organizationId, planNumber: published.number },
    { fromDay: context.asOfDay, untilDay: Math.max(context.asOfDay, ...rows.map(({ day }) => day)) },
  );
  return explainPublished(context, facts, rows, {
    limits: loadLimits(by.contactCount, context.configuration.load),
    volumes: volumesOf(loads).volumes,
    smoothedDays: await smoothedDaysNear(client, plan, by, rows),
    overCapDays: new Set(published.overCapDays),
  });
}

/** The days of the contact's effective-date mails that were spread, by what was moved off them. */
async function smoothedDaysNear(
  client: PoolClient,
  plan: StoredPlan,
  { runId, context }: PlannedBy,
  rows: readonly PlanRow[],
): Promise<ReadonlySet<DayNumber>> {
  const distanceDays = context.configuration.load.smoothingDays;
  const days: DayNumber[] = [];
  for (const { emailType, day } of rows) {
    if (emailType !== EFFECTIVE_DATE) continue;
    days.push(...(await readSmoothedDays(client, plan, runId, day - distanceDays, day + distanceDays)));
  }
  return new Set(days);
}

interface RowsToExplain {
  readonly by: PlannedBy;
  readonly decided: ContactExplanation | null;
  readonly rows: readonly PlanRow[];
  readonly ledger: readonly LedgerEntry[];
}

/** Each published row with the trace that comes to it; named are those to which none comes, and the reverse. */
async function explainRows(
  client: PoolClient,
  { by: { published, context }, decided, rows, ledger }: RowsToExplain,
): Promise<{ readonly rows: ExplainedRow[]; readonly differences: string[] }> {
  const runs = await listRunDays(client, [...new Set(rows.map(({ runId }) => runId))]);
  const traces = decided?.mails ?? [];
  const unchangedIds = new Set(decided?.plan.unchangedRows.map(({ id }) => id));
  const differences = traces
    .filter(({ row }) => findOccurrence(rows, row) === undefined)
    .map(({ row }) => occurrenceText(row.contactId, row));
  const explained = rows.map((row): ExplainedRow => {
    const isFrozen = row.day < context.asOfDay;
    const asked = traces.find(({ row: draft }) => findOccurrence([draft], row) !== undefined) ?? null;
    const trace = asked !== null && isUnchanged(asked.row, row) ? asked : null;
    const isExpected = trace !== null || unchangedIds.has(row.id);
    if (!isExpected) differences.push(occurrenceText(row.contactId, row));
    return {
      id: row.id,
      row,
      changedBy: runs.find(({ runId }) => runId === row.runId) ?? null,
      isFrozen,
      isOverCap: row.status === 'pre-scheduled' && published.overCapDays.includes(row.day),
      trace,
      settledAs: ledger.find(({ id }) => id === row.id) ?? null,
    };
  });
  return { rows: explained, differences };
}

function notesOfPlan({
  published,
  replan,
  configurationVersion,
  isPlannedAgain,
  isFormerPlanKnown,
}: PlannedBy): Note[] {
  const notes: Note[] = [];
  if (published.latestConfigurationVersion > configurationVersion) {
    notes.push({
      code: 'configuration_changed',
      text: `Configuration version ${published.latestConfigurationVersion} is newer than version ${configurationVersion}, by which the ${replan === null ? 'plan was made' : 'contact was planned'}; the next planning run goes by it, or by the files if they have changed.`,
    });
  }
  if (isPlannedAgain) {
    notes.push({
      code: 'planned_again',
      text: 'The contact was changed while the run was going on, and planned again just before the plan was published.',
    });
  }
  if (replan !== null) return notes;
  if (published.restoredPlanNumber !== null) {
    notes.push({
      code: 'put_back',
      text: `The plan puts plan ${published.restoredPlanNumber} back: its days are explained as kept.`,
    });
  } else if (!isFormerPlanKnown) {
    notes.push({
      code: 'former_plan_gone',
      text: 'The rows of the plan before this one are no longer kept: the days of this one are explained as kept.',
    });
  }
  return notes;
}

/** Nothing of the kind is expected where nothing has changed since. */
function notesOfDifferences(
  decided: ContactExplanation | null,
  { rejection }: Known,
  differences: readonly string[],
): Note[] {
  if (decided === null) return [];
  const found =
    decided.plan.rejection === (rejection?.reason ?? null)
      ? differences
      : [
          ...differences,
          `rejected: ${rejection?.reason ?? 'no'}, by the rules ${decided.plan.rejection ?? 'no'}`,
        ];
  if (found.length === 0) return [];
  return [
    {
      code: 'not_as_published',
      text: `Asked again, the rules do not come to what was published (${found.join('; ')}): what the run had read has changed since.`,
    },
  ];
}
