/**
 * Adds and changes campaign types and instances: what commands, files and programs give is checked as a whole, and
 * stored as a whole or not at all.
 */
import type { ClientBase } from 'pg';
import { Refusal, type Finding } from '../contracts/finding.ts';
import { holdCampaigns } from './campaign-catalog.ts';
import {
  changesOf,
  judgeEntry,
  type CampaignEntry,
  type FieldChange,
  type JudgedEntry,
  type Tier,
} from './campaign-fields/entry.ts';
import { INSTANCE_FIELD_NAMES, type CampaignInstanceFields } from './campaign-fields/instance-fields.ts';
import { instanceTier, typeTier } from './campaign-fields/tiers.ts';
import { TYPE_FIELD_NAMES, type CampaignTypeFields } from './campaign-fields/type-fields.ts';
import { instanceUseFindings, typeUseFindings } from './campaign-use.ts';
import type { OrganizationProfile } from './queries/find-organization.ts';
import { normalJson } from './queries/normal-json.ts';
import { writeCampaignInstance } from './queries/write-campaign-instance.ts';
import { writeCampaignType } from './queries/write-campaign-type.ts';

export interface CampaignOutcome {
  readonly kind: CampaignEntry['kind'];
  readonly id: number;
  readonly name: string;
  /** Of an instance: the name of its type. */
  readonly type: string | null;
  readonly outcome: 'added' | 'changed' | 'unchanged';
  /** Of one that was changed. */
  readonly changes: readonly FieldChange[];
  /** Why nothing of it is planned; `null`: it is, as far as this goes. */
  readonly notPlanned: 'draft' | 'ended' | 'type_inactive' | null;
}

/**
 * Of one transaction, which is rolled back if this throws.
 * @param outline what is wrong around the entries
 * @returns outcomes in the order of the entries, types first
 * @throws Refusal with everything that is wrong
 */
export async function storeCampaigns(
  client: ClientBase,
  organization: OrganizationProfile,
  entries: readonly CampaignEntry[],
  outline: readonly Finding[] = [],
): Promise<CampaignOutcome[]> {
  const catalog = await holdCampaigns(client, organization.id);
  const types = judgeAll(typeTier(organization.name, catalog), entriesOf(entries, 'type'));
  const instances = judgeAll(instanceTier(organization.name, catalog), entriesOf(entries, 'instance'));
  const typeRows = new Map(
    [...catalog.types].map(([name, type]): [string, CampaignTypeFields] => [name, type]),
  );
  for (const { row } of types) if (row !== null) typeRows.set(row.name, row);
  const findings = [
    ...outline,
    ...(await findingsOf(types, (type) =>
      typeUseFindings(client, organization, type, [...catalog.instances.values()]),
    )),
    ...(await findingsOf(instances, (instance) =>
      instanceUseFindings(client, organization, instance, typeRows),
    )),
  ];
  if (findings.length > 0) throw new Refusal(findings);
  return [
    ...(await storeTypes(client, organization.id, types)),
    ...(await storeInstances(client, organization.id, instances)),
  ];
}

function entriesOf(entries: readonly CampaignEntry[], kind: CampaignEntry['kind']): CampaignEntry[] {
  return entries.filter((entry) => entry.kind === kind);
}

function judgeAll<Row extends { readonly name: string }>(
  tier: Tier<Row>,
  entries: readonly CampaignEntry[],
): JudgedEntry<Row>[] {
  const taken = new Set<string>();
  return entries.map((entry) => {
    const judged = judgeEntry(tier, entry, taken);
    if (typeof entry.given['name'] === 'string') taken.add(entry.given['name']);
    return judged;
  });
}

async function findingsOf<Row>(
  judged: readonly JudgedEntry<Row>[],
  ofUse: (judged: JudgedEntry<Row>) => Promise<Finding[]>,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const each of judged) {
    const further = (await ofUse(each)).map((finding) => ({
      ...finding,
      path: [...each.entry.path, ...finding.path],
    }));
    findings.push(...each.findings, ...further);
  }
  return findings;
}

async function storeTypes(
  client: ClientBase,
  organizationId: number,
  types: readonly JudgedEntry<CampaignTypeFields>[],
): Promise<CampaignOutcome[]> {
  const outcomes: CampaignOutcome[] = [];
  for (const { stored, row } of types) {
    const outcome = await store(TYPE_FIELD_NAMES, stored, row!, (id, type) =>
      writeCampaignType(client, organizationId, id, type),
    );
    outcomes.push({ kind: 'type', ...outcome, type: null, notPlanned: row!.active ? null : 'type_inactive' });
  }
  return outcomes;
}

async function storeInstances(
  client: ClientBase,
  organizationId: number,
  instances: readonly JudgedEntry<CampaignInstanceFields>[],
): Promise<CampaignOutcome[]> {
  const metadata = await normalJson(
    client,
    instances.map(({ row }) => row!.metadata),
  );
  const types = await readTypes(client, organizationId);
  const outcomes: CampaignOutcome[] = [];
  for (const [index, { stored, row }] of instances.entries()) {
    const normal = { ...row!, metadata: metadata[index]! };
    const type = types.get(normal.type)!;
    const outcome = await store(INSTANCE_FIELD_NAMES, stored, normal, (id, instance) =>
      writeCampaignInstance(client, organizationId, id, type.id, instance),
    );
    const notPlanned = whyNotPlanned(normal, type.isActive);
    outcomes.push({ kind: 'instance', ...outcome, type: normal.type, notPlanned });
  }
  return outcomes;
}

function whyNotPlanned(
  { status }: CampaignInstanceFields,
  isTypeActive: boolean,
): CampaignOutcome['notPlanned'] {
  if (status === 'draft' || status === 'ended') return status;
  return isTypeActive ? null : 'type_inactive';
}

async function store<Row extends { readonly name: string }>(
  fields: readonly (keyof Row)[],
  stored: (Row & { readonly id: number }) | null,
  row: Row,
  write: (id: number | null, row: Row) => Promise<number>,
): Promise<Omit<CampaignOutcome, 'kind' | 'type' | 'notPlanned'>> {
  if (stored === null) {
    return { id: await write(null, row), name: row.name, outcome: 'added', changes: [] };
  }
  const changes = changesOf(fields, stored as Row, row);
  if (changes.length > 0) await write(stored.id, row);
  return {
    id: stored.id,
    name: row.name,
    outcome: changes.length > 0 ? 'changed' : 'unchanged',
    changes,
  };
}

/** Those of this transaction, too. */
async function readTypes(
  client: ClientBase,
  organizationId: number,
): Promise<ReadonlyMap<string, { readonly id: number; readonly isActive: boolean }>> {
  const { rows } = await client.query<{ id: string; name: string; active: boolean }>(
    'SELECT id, name, active FROM campaign_types WHERE organization_id = $1',
    [organizationId],
  );
  return new Map(rows.map(({ id, name, active }) => [name, { id: Number(id), isActive: active }]));
}
