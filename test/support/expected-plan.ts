/** What a run must leave behind, by the model: plan, ledger, books. */
import { isDeepStrictEqual } from 'node:util';
import type { PlanCounts } from '../../src/domain/books.ts';
import { dayNumber } from '../model/calendar.ts';
import { textOfRow } from '../model/identity.ts';
import { planByModel } from '../model/model.ts';
import type { ModelInput, ModelOutput, ModelPlannedRow, ModelRow } from '../model/types.ts';
import type { StoredRow } from './model-database.ts';
import { asModelSays } from './row-comparison.ts';

export interface StoredInput extends ModelInput {
  ledger: StoredRow[];
  planInForce: StoredRow[];
}

export interface ExpectedPlan {
  readonly output: ModelOutput;
  /** Ids and runs of rows that are new are those of the rows found: nobody can know them before. */
  readonly plan: StoredRow[];
  readonly ledger: StoredRow[];
  readonly counts: Omit<PlanCounts, 'warnings'>;
}

/** @param runId of the run that published; @param actual the plan that was found */
export function expectedAfterRun(
  input: StoredInput,
  runId: number,
  actual: readonly StoredRow[],
): ExpectedPlan {
  const output = planByModel(input);
  const { planned, missed, changes } = storedRows(input, output, runId, actual);
  const isPast = (row: ModelRow): boolean => row.scheduled_send_date < input.today;
  const frozen = input.planInForce.filter((row) => !isPast(row) && row.scheduled_send_date < input.asOf);
  const pastSkipped = input.planInForce.filter((row) => isPast(row) && row.status === 'skipped');
  return {
    output,
    plan: [...frozen, ...planned],
    ledger: [...input.ledger, ...missed, ...pastSkipped],
    counts: countsOf(input, output, changes),
  };
}

/** What has been planned, as rows of the plan and of the ledger, and what that changes of the plan in force. */
export function storedRows(
  input: Pick<StoredInput, 'today' | 'asOf' | 'planInForce'>,
  output: Pick<ModelOutput, 'rows' | 'missed'>,
  runId: number,
  actual: readonly StoredRow[],
): { planned: StoredRow[]; missed: StoredRow[]; changes: PlanCounts['changes'] } {
  const missedTexts = new Set(output.missed.map(textOfRow));
  const isPast = (row: ModelRow): boolean => row.scheduled_send_date < input.today;
  const missed = input.planInForce
    .filter((row) => isPast(row) && row.status === 'pre-scheduled' && missedTexts.has(textOfRow(row)))
    .map((row) => ({ ...row, status: 'skipped', skip_reason: 'missed', run_id: runId, over_cap: false }));

  const formerByText = new Map(
    input.planInForce
      .filter((row) => row.scheduled_send_date >= input.asOf || (isPast(row) && row.status !== 'skipped'))
      .map((row) => [textOfRow(row), row]),
  );
  const foundByText = new Map(actual.map((row) => [textOfRow(row), row]));
  const changes = { added: 0, changed: 0, removed: 0, missed: missed.length, unchanged: 0 };
  const planned = output.rows.map((row): StoredRow => {
    const former = formerByText.get(textOfRow(row));
    const { email_template = row.email_type, sms_template = null } = row;
    if (former === undefined) {
      changes.added += 1;
      const id = foundByText.get(textOfRow(row))?.id ?? -1;
      return { ...row, id, run_id: runId, email_template, sms_template };
    }
    formerByText.delete(textOfRow(row));
    // The rule that blocked a day is named by the product only: what it says counts.
    const { metadata = null } = foundByText.get(textOfRow(row)) ?? {};
    const isUnchanged =
      isSameRow({ ...row, email_template, sms_template }, former) &&
      isDeepStrictEqual(metadata, former.metadata);
    changes[isUnchanged ? 'unchanged' : 'changed'] += 1;
    return {
      ...row,
      id: former.id,
      run_id: isUnchanged ? former.run_id : runId,
      email_template,
      sms_template,
    };
  });
  changes.removed = formerByText.size - missed.length;
  return { planned, missed, changes };
}

function isSameRow(row: ModelPlannedRow, former: StoredRow): boolean {
  const told = ({
    scheduled_send_date,
    scheduled_send_time,
    ideal_date,
    status,
    skip_reason,
    priority,
    email_template,
    sms_template,
    metadata,
  }: ModelPlannedRow | StoredRow): string =>
    JSON.stringify([
      scheduled_send_date,
      scheduled_send_time,
      ideal_date,
      status,
      skip_reason,
      priority,
      email_template,
      sms_template,
      metadata === null ? null : Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1)),
    ]);
  return told(asModelSays(row)) === told(asModelSays(former));
}

export interface CountedPlan extends Pick<ModelOutput, 'rejected' | 'nothing_due'> {
  readonly rows: readonly (ModelRow & { readonly over_cap: boolean })[];
}

/** What the record of a run must say of these rows. */
export function countsOf(
  input: Pick<ModelInput, 'contacts'>,
  { rows, rejected, nothing_due: nothingDue }: CountedPlan,
  changes: PlanCounts['changes'],
): ExpectedPlan['counts'] {
  const skipped = rows.filter((row) => row.skip_reason !== null);
  const types = [...new Set(rows.map((row) => row.email_type))];
  const placedBy = (by: string): number => rows.filter((row) => row.metadata?.placed_by === by).length;
  return {
    contacts: {
      read: input.contacts.length,
      planned: new Set(rows.map((row) => row.contact_id)).size,
      rejected: rejected.length,
      nothing_due: nothingDue.length,
    },
    rejected: countBy(rejected, ({ reason }) => reason),
    occurrences: {
      total: rows.length,
      pre_scheduled: rows.length - skipped.length,
      skipped: countBy(skipped, (row) => row.skip_reason!),
    },
    by_type: Object.fromEntries(
      types.map((type) => [
        type,
        {
          pre_scheduled: rows.filter((row) => row.email_type === type && row.skip_reason === null).length,
          skipped: countBy(
            skipped.filter((row) => row.email_type === type),
            (row) => row.skip_reason!,
          ),
        },
      ]),
    ),
    moves: {
      caught_up: placedBy('catch_up'),
      smoothed: placedBy('smoothed'),
      redistributed: placedBy('redistributed'),
      over_cap: rows.filter((row) => row.over_cap).length,
    },
    changes,
  };
}

function countBy<T>(items: readonly T[], keyOf: (item: T) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const item of items) counts[keyOf(item)] = (counts[keyOf(item)] ?? 0) + 1;
  return counts;
}

/** Mails per day and type as `plan_days` keeps them: `2027-03-04 birthday 3 0 1`. */
export function planDayLines(plan: readonly StoredRow[]): string[] {
  const days = new Map<string, [number, number, number]>();
  for (const row of plan) {
    const key = `${row.scheduled_send_date} ${row.email_type}`;
    const counts = days.get(key) ?? [0, 0, 0];
    const hasPlace = row.skip_reason === 'campaign_conflict' || row.skip_reason === 'frequency_limit';
    counts[row.skip_reason === null ? 0 : hasPlace ? 1 : 2] += 1;
    days.set(key, counts);
  }
  return [...days].map(([key, counts]) => `${key} ${counts.join(' ')}`).sort();
}

/** SPEC 7: 7 % of the contacts, rounded down, at least 1. */
export function dailyCapOf({ contacts, config }: ModelInput): number {
  return Math.max(1, Math.floor((contacts.length * config.load.daily_cap_percent) / 100));
}

export function addDays(day: string, days: number): string {
  return new Date((dayNumber(day) + days) * 86_400_000).toISOString().slice(0, 10);
}
