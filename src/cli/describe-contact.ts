/** Everything that `contacts show` says of a contact. */
import type { PoolClient } from 'pg';
import { readCampaigns } from '../db/campaigns.ts';
import { listFormerContacts, readContactRecord, type ContactRecord } from '../db/contact-record.ts';
import { readOrganization } from '../db/organizations.ts';
import { readFacts } from '../db/read-facts.ts';
import { findContact } from '../db/queries/find-contact.ts';
import type { OrganizationProfile } from '../db/queries/find-organization.ts';
import { listContactTargets, type ContactTarget } from '../db/queries/list-contact-targets.ts';
import { listContactLedger } from '../db/queries/list-contact-ledger.ts';
import { listSuppressions, type ListedSuppression } from '../db/suppressions.ts';
import { readContactAddition, type ContactAddition } from '../db/queries/read-contact-addition.ts';
import { parseDay, type DayNumber } from '../domain/calendar.ts';
import type { Contact } from '../domain/contact.ts';
import { CampaignBook } from '../domain/campaigns.ts';
import { traceContact, type ContactTrace } from '../domain/contact-trace.ts';
import { isCampaignMailDue } from '../domain/placing.ts';
import { dayAt } from '../domain/time-zone.ts';
import { findPlanInForce } from './plan-in-force.ts';
import { historyEvents, type HistoryEvent } from './contact-history.ts';

export interface ContactDescription {
  readonly organization: OrganizationProfile;
  readonly record: ContactRecord;
  /** As planning sees it. */
  readonly contact: Contact;
  /** What planning makes of it; `null`: it is deleted. */
  readonly trace: ContactTrace | null;
  /** The day by which that is so. */
  readonly today: DayNumber;
  readonly suppressions: readonly ListedSuppression[];
  readonly targets: readonly ContactTarget[];
  readonly settledMails: number;
  readonly addition: ContactAddition;
  /** Newest first. */
  readonly history: readonly HistoryEvent[];
  /** Of a deleted contact: the last that applied. */
  readonly keptStates: readonly string[];
  readonly keptDates: Pick<ContactRecord['values'], 'birth_date' | 'effective_date'>;
}

/** @throws SchedulerError UNKNOWN_CONTACT, INVALID_INPUT */
export async function describeContact(
  client: PoolClient,
  organization: OrganizationProfile,
  reference: string,
): Promise<ContactDescription> {
  const { id } = await findContact(client, organization, reference, 'CONTACT');
  const record = await readContactRecord(client, organization.id, id);
  const former = await listFormerContacts(client, organization.id, id);
  const { isSandbox, sandboxToday, timeZone } = await readOrganization(client, { id: organization.id });
  const today = (isSandbox ? sandboxToday : null) ?? dayAt(Date.now(), timeZone);
  const suppressions = await suppressionsOf(client, organization.id, record.values.email);
  const contact = asPlanned(record, suppressions);
  const last = former.findLast(({ states }) => states !== null);
  return {
    organization,
    record,
    contact,
    trace:
      record.deletedAt === null
        ? traceContact(contact, today, await isNoticeDue(client, organization, contact, today))
        : null,
    today,
    suppressions,
    targets: await listContactTargets(client, organization.id, id),
    settledMails: (await listContactLedger(client, organization.id, id)).length,
    addition: await readContactAddition(client, organization.id, record),
    history: historyEvents(former, record),
    keptStates: last?.states ?? [],
    keptDates: {
      birth_date: last?.values.birth_date ?? null,
      effective_date: last?.values.effective_date ?? null,
    },
  };
}

/** Of one who has unsubscribed from marketing: only for required notices is the contact planned (SPEC 3). */
async function isNoticeDue(
  client: PoolClient,
  organization: OrganizationProfile,
  contact: Contact,
  today: DayNumber,
): Promise<boolean> {
  if (contact.suppression !== 'marketing') return false;
  const inForce = await findPlanInForce(client, organization);
  const { types, instances } = await readCampaigns(client, organization.id);
  const settings = { asOfDay: today, isSwitchedOn: inForce?.hasCampaigns ?? true };
  const campaigns = new CampaignBook(types, instances, settings);
  const [facts] = await readFacts(client, {
    organizationId: organization.id,
    selection: { contactIds: [contact.id] },
    planInForce: inForce?.plan ?? null,
    instanceIds: campaigns.plannedIds,
    snapshot: null,
  });
  return facts !== undefined && isCampaignMailDue({ today, asOfDay: today, campaigns }, facts);
}

/** An address has one of each scope at most. */
async function suppressionsOf(
  client: PoolClient,
  organizationId: number,
  address: string | null,
): Promise<readonly ListedSuppression[]> {
  if (address === null) return [];
  const { suppressions } = await listSuppressions(client, organizationId, {
    address,
    scope: null,
    limit: 10,
  });
  return suppressions;
}

function asPlanned({ id, values }: ContactRecord, suppressions: readonly ListedSuppression[]): Contact {
  const scopes = suppressions.map(({ scope }) => scope);
  return {
    id,
    email: values.email,
    zipCode: values.zip_code,
    state: values.state,
    birthDay: values.birth_date === null ? null : parseDay(values.birth_date),
    effectiveDay: values.effective_date === null ? null : parseDay(values.effective_date),
    suppression: scopes.includes('all') ? 'all' : scopes.includes('marketing') ? 'marketing' : null,
  };
}
