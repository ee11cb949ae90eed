/** From what planning says of some contacts to what is written for the run. */
import type { ClientBase } from 'pg';
import type { RunRecord } from '../src/db/runs.ts';
import { ScheduleIds } from '../src/db/schedule-ids.ts';
import { writeClosings, writeRejections, type Closing, type Rejection } from '../src/db/write-findings.ts';
import { writePlanRows, type NumberedRow } from '../src/db/write-plan-rows.ts';
import { Books } from '../src/domain/books.ts';
import { isUnchanged } from '../src/domain/draft-row.ts';
import type { ContactPlan } from '../src/domain/planning.ts';
import { SchedulerError } from '../src/contracts/errors.ts';

export interface PlanDraft {
  readonly rows: readonly NumberedRow[];
  readonly closings: readonly Closing[];
  readonly rejections: readonly Rejection[];
  /** Contacts that were read and for which nothing is due. */
  readonly nothingDue: readonly number[];
  readonly books: Books;
}

/** A new base takes every row; one that is there already takes what changed, and ends what it replaces. */
export async function draftPlan(
  client: ClientBase,
  run: RunRecord,
  plans: readonly ContactPlan[],
): Promise<PlanDraft> {
  const isNewBase = run.baseId !== run.formerPlan?.baseId;
  const added = plans.reduce(
    (sum, plan) => sum + plan.planned.filter(({ former }) => former === null).length,
    0,
  );
  const ids = await ScheduleIds.reserve(client, added);
  const rows: NumberedRow[] = [];
  const closings: Closing[] = [];
  const rejections: Rejection[] = [];
  const nothingDue: number[] = [];
  const books = new Books();
  const { changes } = books.counts;

  for (const plan of plans) {
    const { contactId } = plan;
    books.addContact(plan.outcome, plan.rejection);
    for (const warning of plan.placement.plannable?.warnings ?? []) books.addWarning(warning);
    if (plan.rejection !== null) {
      rejections.push({ contactId, reason: plan.rejection, code: plan.error?.name ?? null });
    }
    if (plan.outcome === 'nothing_due') nothingDue.push(contactId);

    for (const { row, former } of plan.planned) {
      books.addPlannedRow(row);
      if (former === null) {
        changes.added += 1;
        rows.push({ id: ids.next(), runId: run.id, row });
      } else if (isUnchanged(row, former)) {
        changes.unchanged += 1;
        if (isNewBase) rows.push({ id: former.id, runId: former.runId, row });
      } else {
        changes.changed += 1;
        rows.push({ id: former.id, runId: run.id, row });
        if (!isNewBase) closings.push({ contactId, rowId: former.id, outcome: 'closed' });
      }
    }
    for (const { row, outcome } of plan.endedRows) {
      changes[outcome === 'missed' ? 'missed' : 'removed'] += 1;
      if (outcome === 'missed' || !isNewBase) closings.push({ contactId, rowId: row.id, outcome });
    }
    for (const row of plan.unchangedRows) {
      books.addUnchangedRow(row);
      if (isNewBase) rows.push({ id: row.id, runId: row.runId, row });
    }
  }
  return { rows, closings, rejections, nothingDue, books };
}

/** @throws SchedulerError RUN_OUT_OF_BALANCE if PostgreSQL took other than what was drafted */
export async function writeDraft(client: ClientBase, run: RunRecord, draft: PlanDraft): Promise<void> {
  const segment = { organizationId: run.organizationId, baseId: run.baseId!, runId: run.id };
  const written = await writePlanRows(client, segment, draft.rows);
  const closed = await writeClosings(client, run.id, draft.closings);
  const rejected = await writeRejections(client, run.id, run.organizationId, draft.rejections);
  const problem =
    draft.books.imbalance() ??
    mismatch('rows of the plan', draft.rows.length, written) ??
    mismatch('closings', draft.closings.length, closed) ??
    mismatch('rejected contacts', draft.rejections.length, rejected);
  if (problem !== null) throw outOfBalance(run, problem);
}

function mismatch(what: string, drafted: number, written: number): string | null {
  return drafted === written ? null : `${what}: ${drafted} were drafted and ${written} written`;
}

export function outOfBalance(run: { readonly id: number }, problem: string): SchedulerError {
  return new SchedulerError(
    'RUN_OUT_OF_BALANCE',
    `The books of run ${run.id} do not balance (${problem}); nothing was published. This is a fault of the program: please report it with the record of the run.`,
  );
}
