/** What `campaigns import` did, for programs and for people. */
import type { CampaignOutcome } from '../../db/store-campaigns.ts';
import { changeLines } from './campaign-change.ts';
import { table } from './table.ts';

interface Counts {
  readonly added: number;
  readonly changed: number;
  readonly unchanged: number;
}

export interface CampaignsImportReport {
  readonly file: string;
  readonly organization: string;
  readonly types: Counts;
  readonly instances: Counts;
  readonly campaigns: readonly CampaignOutcome[];
}

export function importReport(
  file: string,
  organization: string,
  campaigns: readonly CampaignOutcome[],
): CampaignsImportReport {
  const of = (kind: CampaignOutcome['kind']): Counts => {
    const count = (outcome: CampaignOutcome['outcome']): number =>
      campaigns.filter((each) => each.kind === kind && each.outcome === outcome).length;
    return { added: count('added'), changed: count('changed'), unchanged: count('unchanged') };
  };
  return { file, organization, types: of('type'), instances: of('instance'), campaigns };
}

export function importReportText({
  file,
  organization,
  types,
  instances,
  campaigns,
}: CampaignsImportReport): string {
  const counts = table(
    ['', 'added', 'changed', 'unchanged'],
    [
      ['campaign types', types.added, types.changed, types.unchanged],
      ['campaign instances', instances.added, instances.changed, instances.unchanged],
    ],
  );
  const lines = campaigns.flatMap(({ kind, name, outcome, changes }) =>
    outcome === 'unchanged'
      ? []
      : [`${outcome === 'added' ? 'Added' : 'Changed'}: campaign ${kind} ${name}`, ...changeLines(changes)],
  );
  return [`${file} into ${organization}`, counts, ...lines].join('\n');
}
