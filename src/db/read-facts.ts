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

/**
 * In the order of contact ids; contacts that are gone are there as long as the plan has rows of them. All is
 * read at once, as bytes, and becomes objects contact by contact: those of a whole batch would outlive the
 * garbage collector's young generation, which costs a quarter of a run.
 */
export async function readFacts(client: ClientBase, scope: FactsScope): Promise<Iterable<ContactFacts>> {
  const contacts = await copyOut(client, contactsQuery(scope));
  const ledger = await copyOut(client, ledgerQuery(scope));
  const planRows =
    scope.planInForce === null ? null : await copyOut(client, planRowsQuery(scope.planInForce, scope));
  return joinFacts(
    new Cursor(contacts, decodeContact),
    new Cursor(ledger, decodeLedgerMail),
    new Cursor(planRows, decodePlanRow),
  );
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

function contactsQuery({ organizationId, selection }: FactsScope): string {
  return `SELECT c.id, c.email, c.zip_code, c.state, c.birth_date, c.effective_date, s.scope
     FROM contacts c
     LEFT JOIN suppressions s
       ON s.organization_id = ${organizationId} AND s.address = normal_address(c.email)
     WHERE c.organization_id = ${organizationId} AND c.deleted_at IS NULL AND ${selects('c.id', selection)}
     ORDER BY c.id, s.scope`;
}

function decodeContact(reader: BinaryCopyReader): Contact {
  return {
    id: reader.int8()!,
    email: reader.text(),
    zipCode: reader.text(),
    state: reader.text(),
    birthDay: reader.date(),
    effectiveDay: reader.date(),
    suppression: reader.text() as Contact['suppression'],
  };
}

function ledgerQuery({ organizationId, selection, snapshot }: FactsScope): string {
  // Follow-ups count for nothing in planning, and requeued rows are history.
  return `SELECT contact_id, email_type, campaign_instance_id, event_date, scheduled_send_date, status,
       skip_reason, transactional
     FROM ledger
     WHERE organization_id = ${organizationId} AND ${selects('contact_id', selection)}
       AND status <> 'requeued' AND parent_id IS NULL
       ${snapshot === null ? '' : `AND pg_visible_in_snapshot(settled_in, '${snapshot}')`}
     ORDER BY contact_id, email_type, campaign_instance_id, event_date`;
}

interface ContactLedgerMail {
  readonly contactId: number;
  readonly mail: LedgerMail;
}

function decodeLedgerMail(reader: BinaryCopyReader): ContactLedgerMail {
  return {
    contactId: reader.int8()!,
    mail: {
      emailType: reader.text()!,
      campaignInstanceId: reader.int8(),
      eventDay: reader.date()!,
      day: reader.date()!,
      status: reader.text()!,
      skipReason: reader.text(),
      isTransactional: reader.boolean()!,
      isFollowUp: false,
    },
  };
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

function planRowsQuery({ baseId, segmentRunIds }: PlanInForce, { selection, snapshot }: FactsScope): string {
  return `SELECT ${PLAN_ROW_COLUMNS} FROM plan_rows
     WHERE base_id = ${baseId} AND segment_run_id = ANY ('{${segmentRunIds.join(',')}}'::bigint[])
       AND ${isInForce(snapshot)} AND ${selects('contact_id', selection)}
     ORDER BY contact_id, email_type, campaign_instance_id, event_date`;
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

/** Goes through what was read, a row at a time. */
class Cursor<T> {
  current: T | null;
  private readonly reader: BinaryCopyReader | null;
  private readonly decode: (reader: BinaryCopyReader) => T;

  /** @param reader `null`: nothing was read */
  constructor(reader: BinaryCopyReader | null, decode: (reader: BinaryCopyReader) => T) {
    this.reader = reader;
    this.decode = decode;
    this.current = null;
    this.advance();
  }

  advance(): void {
    this.current = this.reader?.nextRow() === true ? this.decode(this.reader) : null;
  }
}

/** All three are ordered by contact id. */
function* joinFacts(
  contacts: Cursor<Contact>,
  ledger: Cursor<ContactLedgerMail>,
  planRows: Cursor<PlanRow>,
): Generator<ContactFacts> {
  for (;;) {
    const contactId = Math.min(contacts.current?.id ?? Infinity, planRows.current?.contactId ?? Infinity);
    if (contactId === Infinity) return;
    const contact = contacts.current?.id === contactId ? contacts.current : null;
    // An address may be suppressed in both scopes; the wider one, `all`, comes first.
    while (contacts.current?.id === contactId) contacts.advance();
    while (ledger.current !== null && ledger.current.contactId < contactId) ledger.advance();
    const mails: LedgerMail[] = [];
    while (ledger.current?.contactId === contactId) {
      mails.push(ledger.current.mail);
      ledger.advance();
    }
    const rows: PlanRow[] = [];
    while (planRows.current?.contactId === contactId) {
      rows.push(planRows.current);
      planRows.advance();
    }
    yield { contactId, contact, ledger: mails, planRows: rows };
  }
}
