/** Adds, changes and removes one target of a campaign instance (SPEC 6). */
import type { ClientBase } from 'pg';
import { SchedulerError } from '../contracts/errors.ts';
import { Refusal, type Finding } from '../contracts/finding.ts';
import { changesOf, type FieldChange } from './campaign-fields/entry.ts';
import type { Given } from './campaign-fields/read-fields.ts';
import {
  checkTarget,
  NEW_TARGET,
  readTargetFields,
  type TargetFields,
} from './campaign-fields/target-fields.ts';
import {
  alreadyTarget,
  asFinding,
  deletedContact,
  noTarget,
  type TargetName,
} from './campaign-target-refusals.ts';
import { endedInstance, unknownInstance } from './instance-refusals.ts';
import { findContact, type ContactProfile } from './queries/find-contact.ts';
import type { OrganizationProfile } from './queries/find-organization.ts';
import { holdInstance, type HeldInstance } from './queries/hold-instance.ts';
import { normalJson } from './queries/normal-json.ts';

/** Which target it is. */
interface TargetIdentity {
  readonly instance: HeldInstance;
  readonly contact: ContactProfile;
}

export type TargetOutcome = TargetIdentity & {
  readonly outcome: 'added' | 'changed' | 'unchanged' | 'removed';
  readonly changes: readonly FieldChange[];
};

/** @throws Refusal UNKNOWN_CAMPAIGN, UNKNOWN_CONTACT, CAMPAIGN_CLOSED, INVALID_INPUT */
export async function addTarget(
  client: ClientBase,
  organization: OrganizationProfile,
  name: TargetName,
  given: Given,
): Promise<TargetOutcome> {
  const { fields, findings } = readTargetFields(given);
  const row = { ...NEW_TARGET, ...fields };
  const found = await identify(client, organization, name);
  const { instance } = found;
  const closed =
    instance?.status === 'ended'
      ? [asFinding(endedInstance(organization.name, name.instance), 'instance')]
      : [];
  const together = instance === null ? [] : checkTarget(row, instance, findings);
  const identity = unlessWrong(found, [...found.findings, ...closed, ...findings, ...together]);
  const { rowCount } = await client.query(
    `INSERT INTO contact_campaigns (organization_id, contact_id, campaign_instance_id, trigger_date, metadata)
     VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
    [...keyOf(organization, identity), row.trigger_date, row.metadata],
  );
  if (rowCount === 0) {
    const stored = await holdTarget(client, organization, identity);
    throw new Refusal([alreadyTarget(organization.name, name, stored?.trigger_date ?? null)]);
  }
  return { ...identity, outcome: 'added', changes: [] };
}

/** As `addTarget`; only what is given is changed, and also of an instance that has ended. */
export async function changeTarget(
  client: ClientBase,
  organization: OrganizationProfile,
  name: TargetName,
  given: Given,
): Promise<TargetOutcome> {
  const { fields, findings } = readTargetFields(given);
  const found = await identify(client, organization, name);
  const identity = unlessWrong(found, [...found.findings, ...findings]);
  const stored = await holdTarget(client, organization, identity);
  if (stored === null) throw new Refusal([noTarget(organization.name, name)]);
  const row = { ...stored, ...fields };
  const together = checkTarget(row, identity.instance, findings);
  if (together.length > 0) throw new Refusal(together);
  const [metadata] = await normalJson(client, [row.metadata]);
  const changes = changesOf(['trigger_date', 'metadata'], stored, { ...row, metadata: metadata! });
  if (changes.length === 0) return { ...identity, outcome: 'unchanged', changes };
  await client.query(
    `UPDATE contact_campaigns SET trigger_date = $4, metadata = $5
     WHERE organization_id = $1 AND contact_id = $2 AND campaign_instance_id = $3`,
    [...keyOf(organization, identity), row.trigger_date, row.metadata],
  );
  return { ...identity, outcome: 'changed', changes };
}

/** As `addTarget`. A mail of it that is in the ledger stays there. */
export async function removeTarget(
  client: ClientBase,
  organization: OrganizationProfile,
  name: TargetName,
): Promise<TargetOutcome> {
  const found = await identify(client, organization, name, { maybeDeleted: true });
  const identity = unlessWrong(found, found.findings);
  const { rowCount } = await client.query(
    `DELETE FROM contact_campaigns
     WHERE organization_id = $1 AND contact_id = $2 AND campaign_instance_id = $3`,
    keyOf(organization, identity),
  );
  if (rowCount === 0) throw new Refusal([noTarget(organization.name, name)]);
  return { ...identity, outcome: 'removed', changes: [] };
}

interface Found {
  readonly instance: HeldInstance | null;
  readonly contact: ContactProfile | null;
  readonly findings: readonly Finding[];
}

async function identify(
  client: ClientBase,
  organization: OrganizationProfile,
  name: TargetName,
  { maybeDeleted = false } = {},
): Promise<Found> {
  const findings: Finding[] = [];
  const instance = await holdInstance(client, organization.id, name.instance);
  if (instance === null)
    findings.push(asFinding(unknownInstance(organization.name, name.instance), 'instance'));
  let contact: ContactProfile | null = null;
  try {
    contact = await findContact(client, organization, name.contact);
    if (contact.isDeleted && !maybeDeleted) findings.push(deletedContact(organization.name, name.contact));
  } catch (error) {
    if (!(error instanceof SchedulerError)) throw error;
    findings.push(asFinding(error, 'contact'));
  }
  return { instance, contact, findings };
}

function unlessWrong({ instance, contact }: Found, findings: readonly Finding[]): TargetIdentity {
  if (findings.length > 0 || instance === null || contact === null) throw new Refusal(findings);
  return { instance, contact };
}

async function holdTarget(
  client: ClientBase,
  organization: OrganizationProfile,
  identity: TargetIdentity,
): Promise<TargetFields | null> {
  const { rows } = await client.query<TargetFields>(
    `SELECT trigger_date::text, metadata::text FROM contact_campaigns
     WHERE organization_id = $1 AND contact_id = $2 AND campaign_instance_id = $3 FOR UPDATE`,
    keyOf(organization, identity),
  );
  return rows[0] ?? null;
}

function keyOf({ id }: OrganizationProfile, { contact, instance }: TargetIdentity): number[] {
  return [id, contact.id, instance.id];
}
