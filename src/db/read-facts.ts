/**
 * Reads all that planning knows of a range of contacts: themselves, the campaigns whose targets they are, their
 * ledger, their plan in force.
 */
import type { ClientBase } from 'pg';
import { NO_TARGETS, type CampaignTarget } from '../domain/campaigns.ts';
import type { Contact } from '../domain/contact.ts';
import { cleanText } from '../domain/contact-text.ts';
import type { ContactFacts } from '../domain/placing.ts';
import type { LedgerMail, PlacedBy, PlanRow, PlanSkipReason, PlannedStatus } from '../domain/schedule-row.ts';
import type { EarlierPlan } from '../domain/restoring.ts';
import type { BinaryCopyReader } from './binary-copy.ts';
import { selects, type ContactSelection } from './contact-selection.ts';
import { copyOut } from './copy.ts';
import { isOpenIn, wasInForce } from './open-rows.ts';
import { readTouchedContacts, type MadePlan } from './touched-contacts.ts';

/** The plan in force, where its rows are. */
export interface PlanInForce {
  readonly baseId: number;
  /** The runs whose rows it is made of. */
  readonly segmentRunIds: readonly number[];
}

/** An earlier plan that a restore puts back. */
export interface RestoredPlan extends PlanInForce, MadePlan {
  /** The configuration is another one since: every contact is planned again. */
  readonly isOfOtherConfiguration: boolean;
}

/**
 * In the order of contact ids; contacts that are gone are there as long as the plan has rows of them. All is
 * read at once, as bytes, and becomes objects contact by contact: those of a whole batch would outlive the
 * garbage collector's young generation, which costs a quarter of a run.
 */
export async function readFacts(client: ClientBase, scope: FactsScope): Promise<Iterable<ContactFacts>> {
  const isAnybodySuppressed = await hasSuppressions(client, scope.organizationId);
  const contacts = await copyOut(client, contactsQuery(scope, isAnybodySuppressed));
  const targets = scope.instanceIds.length === 0 ? null : await copyOut(client, targetsQuery(scope));
  const ledger = await copyOut(client, ledgerQuery(scope));
  const planRows =
    scope.planInForce === null ? null : await copyOut(client, planRowsQuery(scope.planInForce, scope));
  return joinFacts(
    new Cursor(contacts, decodeContact),
    new Cursor(targets, decodeTarget),
    new Cursor(ledger, decodeLedgerMail),
    new Cursor(planRows, decodePlanRow),
    await readEarlierPlan(client, scope),
  );
}

interface EarlierPlanReader {
  readonly rows: Cursor<PlanRow>;
  readonly touchedIds: ReadonlySet<number> | 'all';
}

/** In a restore: the rows that are put back, and who is planned again. */
async function readEarlierPlan(client: ClientBase, scope: FactsScope): Promise<EarlierPlanReader | null> {
  const { organizationId, selection, restoredPlan = null, snapshot } = scope;
  if (restoredPlan === null) return null;
  const rows = await copyOut(client, restoredRowsQuery(restoredPlan, scope));
  const isAll = restoredPlan.isOfOtherConfiguration || snapshot === null;
  return {
    rows: new Cursor(rows, decodePlanRow),
    touchedIds: isAll
      ? 'all'
      : await readTouchedContacts(client, organizationId, selection, restoredPlan, snapshot),
  };
}

export interface FactsScope {
  readonly organizationId: number;
  readonly selection: ContactSelection;
  readonly planInForce: PlanInForce | null;
  /** The campaign instances that are planned: targets of others are not read. */
  readonly instanceIds: readonly number[];
  /** Of a restore. */
  readonly restoredPlan?: RestoredPlan | null;
  /**
   * See plan and ledger as they were in this snapshot, whatever was claimed since; `null`: as they are, of
   * contacts that are to be planned again. So all batches of a run plan from the same plan, whenever each reads.
   */
  readonly snapshot: string | null;
}

/** To look each address up costs four times what reading the contact does. */
async function hasSuppressions(client: ClientBase, organizationId: number): Promise<boolean> {
  const { rows } = await client.query<{ found: boolean }>(
    'SELECT EXISTS (SELECT FROM suppressions WHERE organization_id = $1) AS found',
    [organizationId],
  );
  return rows[0]!.found;
}

function contactsQuery({ organizationId, selection }: FactsScope, isAnybodySuppressed: boolean): string {
  if (!isAnybodySuppressed) {
    return `SELECT id, email, zip_code, state, birth_date, effective_date, NULL::text
     FROM contacts
     WHERE organization_id = ${organizationId} AND deleted_at IS NULL AND ${selects('id', selection)}
     ORDER BY id`;
  }
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

/** As they are, like contacts: those that change meanwhile are planned again before the plan is published. */
function targetsQuery({ organizationId, selection, instanceIds }: FactsScope): string {
  return `SELECT contact_id, campaign_instance_id, trigger_date, metadata->>'email_template',
       metadata->>'sms_template'
     FROM contact_campaigns
     WHERE organization_id = ${organizationId} AND ${selects('contact_id', selection)}
       AND campaign_instance_id = ANY ('{${instanceIds.map(Number).join(',')}}'::bigint[])
     ORDER BY contact_id, campaign_instance_id`;
}

interface ContactTarget {
  readonly contactId: number;
  readonly target: CampaignTarget;
}

function decodeTarget(reader: BinaryCopyReader): ContactTarget {
  return {
    contactId: reader.int8()!,
    target: {
      instanceId: reader.int8()!,
      triggerDay: reader.date(),
      emailTemplate: cleanText(reader.text()),
      smsTemplate: cleanText(reader.text()),
    },
  };
}

function ledgerQuery({ organizationId, selection, snapshot }: FactsScope): string {
  // Follow-ups count for nothing in planning, and requeued rows are history.
  return `SELECT contact_id, email_type, campaign_instance_id, event_date, scheduled_send_date, status,
       skip_reason, priority, transactional
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
      priority: reader.int2()!,
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
  return snapshot === null ? 'ended_in IS NULL' : wasInForce(snapshot, 'plan_rows');
}

function planRowsQuery({ baseId, segmentRunIds }: PlanInForce, { selection, snapshot }: FactsScope): string {
  return `SELECT ${PLAN_ROW_COLUMNS} FROM plan_rows
     WHERE base_id = ${baseId} AND segment_run_id = ANY ('{${segmentRunIds.join(',')}}'::bigint[])
       AND ${isInForce(snapshot)} AND ${selects('contact_id', selection)}
     ORDER BY contact_id, email_type, campaign_instance_id, event_date`;
}

/**
 * Rows of an earlier plan as it was published, but for those that the ledger holds: their mails have gone out
 * since, or will. Of a requeued mail the ledger keeps the row and its id as history, so that no plan may have it;
 * that is looked up row by row, since PostgreSQL would read all of the ledger to find these few.
 */
function restoredRowsQuery(plan: RestoredPlan, { organizationId, selection, snapshot }: FactsScope): string {
  return `SELECT ${PLAN_ROW_COLUMNS} FROM plan_rows r
     WHERE base_id = ${plan.baseId} AND segment_run_id = ANY ('{${plan.segmentRunIds.join(',')}}'::bigint[])
       AND ${isOpenIn(plan.number, 'r')} AND ${selects('contact_id', selection)}
       AND (SELECT h.status FROM ledger h WHERE h.id = r.id) IS DISTINCT FROM 'requeued'
       AND NOT EXISTS (SELECT FROM ledger l
         WHERE l.organization_id = ${organizationId} AND ${selects('l.contact_id', selection)}
           AND l.status <> 'requeued' AND l.parent_id IS NULL
           AND l.contact_id = r.contact_id AND l.email_type = r.email_type
           AND l.campaign_instance_id IS NOT DISTINCT FROM r.campaign_instance_id
           AND l.event_date = r.event_date
           ${snapshot === null ? '' : `AND pg_visible_in_snapshot(l.settled_in, '${snapshot}')`})
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

/** All are ordered by contact id. */
function* joinFacts(
  contacts: Cursor<Contact>,
  targets: Cursor<ContactTarget>,
  ledger: Cursor<ContactLedgerMail>,
  planRows: Cursor<PlanRow>,
  earlierPlan: EarlierPlanReader | null,
): Generator<ContactFacts> {
  for (;;) {
    const contactId = Math.min(
      contacts.current?.id ?? Infinity,
      planRows.current?.contactId ?? Infinity,
      earlierPlan?.rows.current?.contactId ?? Infinity,
    );
    if (contactId === Infinity) return;
    const contact = contacts.current?.id === contactId ? contacts.current : null;
    // An address may be suppressed in both scopes; the wider one, `all`, comes first.
    while (contacts.current?.id === contactId) contacts.advance();
    const ofContact = takeTargets(targets, contactId);
    while (ledger.current !== null && ledger.current.contactId < contactId) ledger.advance();
    const mails: LedgerMail[] = [];
    while (ledger.current?.contactId === contactId) {
      mails.push(ledger.current.mail);
      ledger.advance();
    }
    const facts = {
      contactId,
      contact,
      targets: ofContact,
      ledger: mails,
      planRows: takeRows(planRows, contactId),
    };
    yield earlierPlan === null ? facts : { ...facts, earlier: takeEarlier(earlierPlan, contactId) };
  }
}

/** Contacts that are gone may have some still, which are passed over. */
function takeTargets(targets: Cursor<ContactTarget>, contactId: number): readonly CampaignTarget[] {
  while (targets.current !== null && targets.current.contactId < contactId) targets.advance();
  const ofContact: CampaignTarget[] = [];
  while (targets.current?.contactId === contactId) {
    ofContact.push(targets.current.target);
    targets.advance();
  }
  return ofContact.length === 0 ? NO_TARGETS : ofContact;
}

function takeRows(rows: Cursor<PlanRow>, contactId: number): PlanRow[] {
  const ofContact: PlanRow[] = [];
  while (rows.current?.contactId === contactId) {
    ofContact.push(rows.current);
    rows.advance();
  }
  return ofContact;
}

function takeEarlier({ rows, touchedIds }: EarlierPlanReader, contactId: number): EarlierPlan {
  return {
    rows: takeRows(rows, contactId),
    isTouched: touchedIds === 'all' || touchedIds.has(contactId),
  };
}
