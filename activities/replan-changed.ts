/** Plans contacts again that have changed since the run read them, before anyone sees its plan (SPEC 9). */
import type { ClientBase } from 'pg';
import { deletePreparedPlan, readPreparedPlan } from '../src/db/prepared-plan.ts';
import { readFacts } from '../src/db/read-facts.ts';
import { isOnNewBase, type RunRecord } from '../src/db/runs.ts';
import { readLedgerVolumes } from '../src/db/shape-shares.ts';
import type { Books } from '../src/domain/books.ts';
import { formatDay } from '../src/domain/calendar.ts';
import type { RejectionReason } from '../src/domain/contact.ts';
import type { ContactOutcome, PlanningContext } from '../src/domain/placing.ts';
import { planContacts, type SettledVolumes } from '../src/domain/planning.ts';
import { sortRows } from '../src/domain/restoring.ts';
import { findOccurrence, NO_ROWS, type PlanRow } from '../src/domain/schedule-row.ts';
import { EFFECTIVE_DATE } from '../src/domain/yearly.ts';
import { PlanDraft } from './draft-plan.ts';
import { limitsOf } from './run-planning.ts';

/** The books are changed in place: the contacts are struck out, and those that are still there entered anew. */
export async function replanChanged(
  client: ClientBase,
  run: RunRecord,
  context: PlanningContext,
  contactIds: readonly number[],
  books: Books,
): Promise<{ readonly contactsRead: number }> {
  if (contactIds.length === 0) return { contactsRead: 0 };
  await strikeOut(client, run, contactIds, books);
  await deletePreparedPlan(client, run, contactIds);

  const facts = [
    ...(await readFacts(client, {
      organizationId: run.organizationId,
      selection: { contactIds },
      planInForce: run.formerPlan,
      instanceIds: context.campaigns.plannedIds,
      restoredPlan: run.restoredPlan,
      snapshot: null,
    })),
  ];
  const settled = await settledVolumesOf(client, run, books);
  const { contacts } = planContacts(context, facts, settled, limitsOf(run, context));
  const draft = new PlanDraft(client, run);
  await draft.add(contacts);
  await draft.write();
  // Warnings are of what the run has read; those of the former version cannot be told any more.
  draft.books.counts.warnings = {};
  books.merge(draft.books);
  return { contactsRead: draft.books.counts.contacts.read };
}

/** The volume of each day from one on, by default the as-of date: the plan as the books have it, and the ledger. */
export async function settledVolumesOf(
  client: ClientBase,
  run: RunRecord,
  books: Books,
  fromDay = run.asOfDay,
): Promise<SettledVolumes> {
  const settled = await readLedgerVolumes(client, run.organizationId, formatDay(fromDay), null);
  for (const { emailType, day, counts } of books.daysWithMail()) {
    if (day < fromDay) continue;
    const placed = counts.pre_scheduled + counts.skipped_with_place;
    settled.volumes.add(day, placed);
    if (emailType === EFFECTIVE_DATE) settled.effectiveDate.add(day, placed);
  }
  return settled;
}

/** Takes out of the books what the run had entered for the contacts. */
async function strikeOut(
  client: ClientBase,
  run: RunRecord,
  contactIds: readonly number[],
  books: Books,
): Promise<void> {
  const prepared = await readPreparedPlan(client, run, contactIds);
  const asRunSaw = await readFacts(client, {
    organizationId: run.organizationId,
    selection: { contactIds },
    planInForce: run.formerPlan,
    // Only the rows are asked for.
    instanceIds: [],
    restoredPlan: run.restoredPlan,
    snapshot: run.snapshot,
  });
  const formerByContact = new Map([...asRunSaw].map((facts) => [facts.contactId, sortRows(facts, run)]));
  const isNewBase = isOnNewBase(run);
  const { changes } = books.counts;

  for (const contactId of contactIds) {
    const former = formerByContact.get(contactId) ?? NO_ROWS;
    const closings = prepared.closings.filter((closing) => closing.contactId === contactId);
    const closedIds = new Set(closings.map(({ rowId }) => rowId));
    const written = prepared.rows.filter((row) => row.contactId === contactId);
    // Of overdue rows only those are kept whose contact failed.
    const kept = isNewBase
      ? []
      : [...former.open, ...former.frozen, ...former.overdue].filter((row) => !closedIds.has(row.id));
    const rejection = (prepared.rejections.get(contactId) ?? null) as RejectionReason | null;
    const planned: PlanRow[] = [];
    for (const row of [...written, ...kept]) {
      if (rejection === 'internal_error' || row.day < run.asOfDay) books.addUnchangedRow(row, -1);
      else planned.push(row);
    }

    const formerIds = new Set([...former.open, ...former.overdue, ...former.elsewhere].map(({ id }) => id));
    for (const row of planned) {
      books.addPlannedRow(row, -1);
      const isChanged = row.runId === run.id;
      changes[isChanged ? (formerIds.has(row.id) ? 'changed' : 'added') : 'unchanged'] -= 1;
    }
    const missed = closings.filter(({ outcome }) => outcome === 'missed').length;
    changes.missed -= missed;
    const ended = [...former.open, ...former.overdue].filter(
      (row) => findOccurrence(planned, row) === undefined,
    );
    if (rejection !== 'internal_error') changes.removed -= ended.length - missed;
    books.addContact(outcomeOf(rejection, planned.length, prepared.nothingDue.has(contactId)), rejection, -1);
  }
}

function outcomeOf(
  rejection: RejectionReason | null,
  plannedRows: number,
  isNothingDue: boolean,
): ContactOutcome {
  if (rejection !== null) return 'rejected';
  if (plannedRows > 0) return 'planned';
  return isNothingDue ? 'nothing_due' : 'absent';
}
