/** A campaign type or instance as a command, a file or a program gives it, against what is stored. */
import type { Finding, Path } from '../../contracts/finding.ts';
import { shellWord } from '../../contracts/wording.ts';
import type { Given, ReadFields } from './read-fields.ts';
import { unknownCampaign } from './unknown-campaign.ts';

export interface CampaignEntry {
  readonly kind: 'type' | 'instance';
  /** Where it was given; the field comes after it. */
  readonly path: Path;
  /** `import`: adds one of a new name, changes the one that has it. */
  readonly mode: 'add' | 'change' | 'import';
  /** Of one that is to be changed: the name that it has; `name` among the fields is then its new one. */
  readonly currentName?: string;
  readonly given: Given;
  /** What its reader has found already. */
  readonly findings?: readonly Finding[];
}

/** Types, or instances: what they have in common. */
export interface Tier<Row extends { readonly name: string }> {
  readonly organization: string;
  readonly kind: CampaignEntry['kind'];
  readonly stored: ReadonlyMap<string, Row & { readonly id: number }>;
  readonly newRow: Partial<Row>;
  readonly read: (given: Given, isNew: boolean) => ReadFields<Row>;
  /** Values that are allowed one by one and not together. */
  readonly check: (row: Row, given: Given, findings: readonly Finding[]) => Finding[];
}

export interface JudgedEntry<Row> {
  readonly entry: CampaignEntry;
  readonly stored: (Row & { readonly id: number }) | null;
  /** As it would be stored, of use only if there are no findings; `null`: there is nothing to change. */
  readonly row: Row | null;
  readonly findings: readonly Finding[];
}

/** @param taken names of entries before this one */
export function judgeEntry<Row extends { readonly name: string }>(
  tier: Tier<Row>,
  entry: CampaignEntry,
  taken: ReadonlySet<string>,
): JudgedEntry<Row> {
  const name = entry.currentName ?? entry.given['name'];
  const stored = (typeof name === 'string' ? tier.stored.get(name) : undefined) ?? null;
  const isNew = entry.mode === 'add' || (entry.mode === 'import' && stored === null);
  const read = tier.read(entry.given, isNew);
  const own = [...(entry.findings ?? []), ...read.findings];
  const isMissing = entry.mode === 'change' && stored === null;
  const row = { ...(isNew ? tier.newRow : stored), ...read.fields } as Row;
  const together = isMissing ? [] : tier.check(row, entry.given, own);
  const findings = [
    ...(isMissing
      ? [unknownCampaign(tier.organization, tier.kind, String(name), [...tier.stored.keys()])]
      : []),
    ...own,
    ...nameFindings(tier, entry, stored, taken),
    ...together,
  ];
  return {
    entry,
    stored: entry.mode === 'add' ? null : stored,
    row: isMissing ? null : row,
    findings: findings.map((finding) => ({ ...finding, path: [...entry.path, ...finding.path] })),
  };
}

/** Two of one name are refused (SPEC 6). */
function nameFindings<Row extends { readonly name: string }>(
  { organization, kind, stored: all }: Tier<Row>,
  { mode, given }: CampaignEntry,
  stored: Row | null,
  taken: ReadonlySet<string>,
): Finding[] {
  const { name } = given;
  if (typeof name !== 'string') return [];
  const path = ['name'];
  if (taken.has(name))
    return [{ path, value: name, allowed: 'each name once; this one is given above already' }];
  const other = all.get(name);
  if (other === undefined || mode === 'import' || (mode === 'change' && other === stored)) return [];
  return [
    {
      path,
      value: name,
      allowed: `a name that no campaign ${kind} of ${organization} has`,
      sentence: `${organization} has a campaign ${kind} "${name}" already: \`npx email-scheduler campaigns ${kind}s show ${shellWord(name)} --organization ${organization}\` shows it.`,
    },
  ];
}

export interface FieldChange {
  readonly field: string;
  readonly old: unknown;
  readonly new: unknown;
}

export function changesOf<Row>(fields: readonly (keyof Row)[], before: Row, after: Row): FieldChange[] {
  return fields.flatMap((field) =>
    before[field] === after[field] ? [] : [{ field: String(field), old: before[field], new: after[field] }],
  );
}
