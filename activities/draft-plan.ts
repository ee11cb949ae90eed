/** From what planning says of some contacts to what is written for the run. */
import type { ClientBase } from 'pg';
import { isOnNewBase, type RunRecord } from '../src/db/runs.ts';
import { ScheduleIds } from '../src/db/schedule-ids.ts';
import { writeClosings, writeRejections, type Closing, type Rejection } from '../src/db/write-findings.ts';
import { PlanRowWriter, type Segment } from '../src/db/write-plan-rows.ts';
import { Books } from '../src/domain/books.ts';
import { isUnchanged } from '../src/domain/draft-row.ts';
import type { ContactPlan, PlannedMail } from '../src/domain/planning.ts';
import { SchedulerError } from '../src/contracts/errors.ts';

/**
 * Takes the plans of contacts, a few at a time, and keeps what is to be written as bytes. A new base takes
 * every row; one that is there already takes what changed, and ends what it replaces.
 */
export class PlanDraft {
  readonly books = new Books();
  /** Contacts that were read and for which nothing is due. */
  readonly nothingDue: number[] = [];
  private readonly client: ClientBase;
  private readonly run: RunRecord;
  private readonly isNewBase: boolean;
  private readonly ids: ScheduleIds;
  private readonly rows: PlanRowWriter;
  private readonly closings: Closing[] = [];
  private readonly rejections: Rejection[] = [];

  /** @param segment where the rows go; default: the run's own */
  constructor(client: ClientBase, run: RunRecord, segment: Segment = segmentOf(run)) {
    this.client = client;
    this.run = run;
    this.isNewBase = isOnNewBase(run);
    this.ids = new ScheduleIds(client);
    this.rows = new PlanRowWriter(segment);
  }

  async add(plans: readonly ContactPlan[]): Promise<void> {
    let added = 0;
    for (const { planned } of plans) for (const { former } of planned) if (former === null) added += 1;
    await this.ids.reserve(added);
    for (const plan of plans) this.addContact(plan);
  }

  private addContact(plan: ContactPlan): void {
    const { contactId } = plan;
    enterContact(this.books, plan);
    if (plan.rejection !== null) {
      this.rejections.push({
        contactId,
        reason: plan.rejection,
        code: plan.error === null ? null : codeOf(plan.error),
      });
    }
    if (plan.outcome === 'nothing_due') this.nothingDue.push(contactId);
    for (const mail of plan.planned) this.addPlannedMail(contactId, mail);
    for (const { row, outcome } of plan.endedRows) {
      this.books.counts.changes[outcome === 'missed' ? 'missed' : 'removed'] += 1;
      if (outcome === 'missed' || !this.isNewBase) this.closings.push({ contactId, rowId: row.id, outcome });
    }
    for (const row of plan.unchangedRows) {
      this.books.addUnchangedRow(row);
      if (this.isNewBase) this.rows.add(row.id, row.runId, row);
    }
  }

  private addPlannedMail(contactId: number, { row, former }: PlannedMail): void {
    const { changes } = this.books.counts;
    this.books.addPlannedRow(row);
    if (former === null) {
      changes.added += 1;
      this.rows.add(this.ids.next(), this.run.id, row);
    } else if (isUnchanged(row, former)) {
      changes.unchanged += 1;
      if (this.isNewBase) this.rows.add(former.id, former.runId, row);
    } else {
      changes.changed += 1;
      this.rows.add(former.id, this.run.id, row);
      if (!this.isNewBase) this.closings.push({ contactId, rowId: former.id, outcome: 'closed' });
    }
  }

  /** Whether rows of the plan in force are to be ended. */
  get endsRows(): boolean {
    return this.closings.length > 0;
  }

  /** @throws SchedulerError RUN_OUT_OF_BALANCE if PostgreSQL took other than what was drafted */
  async write(): Promise<void> {
    const { client, run } = this;
    const drafted = this.rows.count;
    const written = await this.rows.write(client);
    const closed = await writeClosings(client, run.id, this.closings);
    const rejected = await writeRejections(client, run.id, run.organizationId, this.rejections);
    const problem =
      this.books.imbalance() ??
      mismatch('rows of the plan', drafted, written) ??
      mismatch('closings', this.closings.length, closed) ??
      mismatch('rejected contacts', this.rejections.length, rejected);
    if (problem !== null) throw outOfBalance(run, problem);
  }
}

function segmentOf({ id: runId, organizationId, baseId }: RunRecord): Segment {
  return { organizationId, baseId: baseId!, runId };
}

/** Enters the contact itself, not yet its mails. */
export function enterContact(books: Books, { outcome, rejection, placement }: ContactPlan): void {
  books.addContact(outcome, rejection);
  for (const warning of placement.plannable?.warnings ?? []) books.addWarning(warning);
}

/** `TypeError at placing.ts:120`: what went wrong where, and nothing of the contact. */
function codeOf(error: Error): string {
  const place = /([\w.-]+\.ts:\d+)/.exec(error.stack ?? '');
  return place === null ? error.name : `${error.name} at ${place[1]}`;
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
