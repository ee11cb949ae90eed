/** Reads all that planning knows of a range of contacts: themselves, their ledger, their plan in force. */
import type { ClientBase } from 'pg';
import type { Contact } from '../domain/contact.ts';
import type { ContactFacts } from '../domain/placing.ts';
import type { LedgerMail, PlacedBy, PlanRow, PlanSkipReason, PlannedStatus } from '../domain/schedule-row.ts';
import type { BinaryCopyReader } from './binary-copy.ts';
import { copyOut } from './copy.ts';

/** Which contacts: those above one id and up to another, or a list. */
type ContactSelection =
  | { readonly afterContactId: number; readonly lastContactId: number }
  | { readonly contactIds: readonly number[] };

/** The plan in force, where its rows are. */
export interface PlanInForce {
  readonly baseId: number;
  /** The runs whose rows it is made of. */
  readonly segmentRunIds: readonly number[];
}

/** In the order of contact ids; contacts that are gone are there as long as the plan has rows of them. */
export async function readFacts(client: ClientBase, scope: FactsScope): Promise<ContactFacts[]> {
  const contacts = await readContacts(client, scope);
  const ledger = await readLedger(client, scope);
  const planRows = scope.planInForce === null ? [] : await readPlanRows(client, scope.planInForce, scope);
  return joinFacts(contacts, ledger, planRows);
}

export interface FactsScope {
  readonly organizationId: number;
  readonly selection: ContactSelection;
  readonly planInForce: PlanInForce | null;
  /**
   * See plan and ledger as they were in this snapshot, whatever was claimed since; `null`: as they are.
   * So all batches of a run plan from the same plan, whenever each of them reads.
   */
  readonly snapshot: string | null;
}

function selects(column: string, selection: ContactSelection): string {
  return 'contactIds' in selection
    ? `${column} = ANY ('{${selection.contactIds.map(Number).join(',')}}'::bigint[])`
    : `${column} > ${selection.afterContactId} AND ${column} <= ${selection.lastContactId}`;
}

async function readContacts(
  client: ClientBase,
  { organizationId, selection }: FactsScope,
): Promise<Contact[]> {
  const reader = await copyOut(
    client,
    `SELECT c.id, c.email, c.zip_code, c.state, c.birth_date, c.effective_date, s.scope
     FROM contacts c
     LEFT JOIN suppressions s
       ON s.organization_id = ${organizationId} AND s.address = normal_address(c.email)
     WHERE c.organization_id = ${organizationId} AND c.deleted_at IS NULL AND ${selects('c.id', selection)}
     ORDER BY c.id, s.scope`,
  );
  const contacts: Contact[] = [];
  let lastId = 0;
  while (reader.nextRow()) {
    const contact = {
      id: reader.int8()!,
      email: reader.text(),
      zipCode: reader.text(),
      state: reader.text(),
      birthDay: reader.date(),
      effectiveDay: reader.date(),
      suppression: reader.text() as Contact['suppression'],
    };
    // An address may be suppressed in both scopes; the wider one, `all`, comes first.
    if (contact.id !== lastId) contacts.push(contact);
    lastId = contact.id;
  }
  return contacts;
}

interface OfContact<T> {
  readonly contactId: number;
  readonly item: T;
}

async function readLedger(
  client: ClientBase,
  { organizationId, selection, snapshot }: FactsScope,
): Promise<OfContact<LedgerMail>[]> {
  // Follow-ups count for nothing in planning, and requeued rows are history.
  const reader = await copyOut(
    client,
    `SELECT contact_id, email_type, campaign_instance_id, event_date, scheduled_send_date, status,
       skip_reason, transactional
     FROM ledger
     WHERE organization_id = ${organizationId} AND ${selects('contact_id', selection)}
       AND status <> 'requeued' AND parent_id IS NULL
       ${snapshot === null ? '' : `AND pg_visible_in_snapshot(settled_in, '${snapshot}')`}
     ORDER BY contact_id, email_type, campaign_instance_id, event_date`,
  );
  const mails: OfContact<LedgerMail>[] = [];
  while (reader.nextRow()) {
    mails.push({
      contactId: reader.int8()!,
      item: {
        emailType: reader.text()!,
        campaignInstanceId: reader.int8(),
        eventDay: reader.date()!,
        day: reader.date()!,
        status: reader.text()!,
        skipReason: reader.text(),
        isTransactional: reader.boolean()!,
        isFollowUp: false,
      },
    });
  }
  return mails;
}

export const PLAN_ROW_COLUMNS = `id, run_id, contact_id, email_type, campaign_instance_id, event_date,
  ideal_date, scheduled_send_date, scheduled_send_time, status, skip_reason, priority, placed_by,
  moved_from, email_template, sms_template, details`;

/** The condition on `plan_rows`, now or in a snapshot. */
function isInForce(snapshot: string | null): string {
  return snapshot === null
    ? 'ended_in IS NULL'
    : `(ended_in IS NULL OR NOT pg_visible_in_snapshot(ended_in, '${snapshot}'))`;
}

async function readPlanRows(
  client: ClientBase,
  { baseId, segmentRunIds }: PlanInForce,
  { selection, snapshot }: FactsScope,
): Promise<PlanRow[]> {
  const reader = await copyOut(
    client,
    `SELECT ${PLAN_ROW_COLUMNS} FROM plan_rows
     WHERE base_id = ${baseId} AND segment_run_id = ANY ('{${segmentRunIds.join(',')}}'::bigint[])
       AND ${isInForce(snapshot)} AND ${selects('contact_id', selection)}
     ORDER BY contact_id, email_type, campaign_instance_id, event_date`,
  );
  const rows: PlanRow[] = [];
  while (reader.nextRow()) rows.push(decodePlanRow(reader));
  return rows;
}

/** A row of `PLAN_ROW_COLUMNS`. */
export function decodePlanRow(reader: BinaryCopyReader): PlanRow {
  return {
    id: reader.int8()!,
    runId: reader.int8()!,
    contactId: reader.int8()!,
    emailType: reader.text()!,
    campaignInstanceId: reader.int8(),
    eventDay: reader.date()!,
    idealDay: reader.date()!,
    day: reader.date()!,
    sendTime: reader.time()!,
    status: reader.text() as PlannedStatus,
    skipReason: reader.text() as PlanSkipReason | null,
    priority: reader.int2()!,
    placedBy: reader.text() as PlacedBy | null,
    movedFrom: reader.date(),
    emailTemplate: reader.text(),
    smsTemplate: reader.text(),
    details: reader.text(),
  };
}

/** All three lists are ordered by contact id. */
function joinFacts(
  contacts: readonly Contact[],
  ledger: readonly OfContact<LedgerMail>[],
  planRows: readonly PlanRow[],
): ContactFacts[] {
  const facts: ContactFacts[] = [];
  let [contactAt, ledgerAt, rowAt] = [0, 0, 0];
  for (;;) {
    const contactId = Math.min(contacts[contactAt]?.id ?? Infinity, planRows[rowAt]?.contactId ?? Infinity);
    if (contactId === Infinity) return facts;
    const contact = contacts[contactAt]?.id === contactId ? contacts[contactAt++]! : null;
    while (ledgerAt < ledger.length && ledger[ledgerAt]!.contactId < contactId) ledgerAt += 1;
    const ledgerFrom = ledgerAt;
    while (ledger[ledgerAt]?.contactId === contactId) ledgerAt += 1;
    const rowFrom = rowAt;
    while (planRows[rowAt]?.contactId === contactId) rowAt += 1;
    facts.push({
      contactId,
      contact,
      ledger:
        ledgerAt === ledgerFrom
          ? NOTHING_SETTLED
          : ledger.slice(ledgerFrom, ledgerAt).map(({ item }) => item),
      planRows: rowAt === rowFrom ? NOTHING_PLANNED : planRows.slice(rowFrom, rowAt),
    });
  }
}

const NOTHING_SETTLED: readonly LedgerMail[] = [];
const NOTHING_PLANNED: readonly PlanRow[] = [];
