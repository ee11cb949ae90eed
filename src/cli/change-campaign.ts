/** Commands that add or change one campaign type or instance. */
import type { ChangePlanning } from '../client/plan-changes.ts';
import { SchedulerError } from '../contracts/errors.ts';
import { shellWord } from '../contracts/wording.ts';
import type { CampaignEntry } from '../db/campaign-fields/entry.ts';
import type { CampaignOutcome } from '../db/store-campaigns.ts';
import { byOptions } from './campaign-options.ts';
import { changeOrganization, planningSentence } from './change-organization.ts';
import { changeLines } from './output/campaign-change.ts';

export interface CampaignChangeOptions {
  readonly organization: string;
  readonly as?: string;
  readonly json?: true;
}

const NOUNS = { type: 'Campaign type', instance: 'Campaign instance' } as const;

/**
 * Stores it, and says what was done.
 * @param command as `campaigns types add`
 */
export async function changeCampaign(
  command: string,
  options: CampaignChangeOptions,
  entry: CampaignEntry,
): Promise<void> {
  const [{ storeCampaigns }] = await Promise.all([import('../db/store-campaigns.ts')]);
  const { result, planning } = await byOptions(
    () =>
      changeOrganization(command, options, async (client, organization) => {
        const [outcome] = await storeCampaigns(client, organization, [entry]);
        return outcome!;
      }),
    { name: entry.mode === 'add' ? 'name' : '--name' },
  );
  if (options.json) {
    console.log(JSON.stringify({ organization: options.organization, ...result, planning }, null, 2));
    return;
  }
  console.log(outcomeLines(options.organization, result).join('\n'));
  const note = noteOn(result, options.organization);
  if (note !== null) console.log(note);
  if (note === null && result.outcome !== 'unchanged') sayPlanning(planning, options.organization);
  else sayPlanned(planning, options.organization);
}

/** What people should know of an instance of which nothing is planned. */
function noteOn({ name, type, notPlanned }: CampaignOutcome, organization: string): string | null {
  // Of a type, nothing.
  if (type === null) return null;
  const word = shellWord(name);
  switch (notPlanned) {
    case 'draft':
      return `It is a draft: \`npx email-scheduler campaigns preview ${word} --organization ${organization}\` shows what it would do, and \`npx email-scheduler campaigns instances change ${word} --status active --organization ${organization}\` plans it.`;
    case 'type_inactive':
      return `Its type is inactive: nothing of it is planned until \`npx email-scheduler campaigns types change ${shellWord(type)} --active yes --organization ${organization}\` makes the type active.`;
    default:
      return null;
  }
}

/** What has become of the plan, after what concerns no mail: only if something of before was planned. */
export function sayPlanned(planning: ChangePlanning, organization: string): void {
  if (planning.outcome !== 'no_plan') sayPlanning(planning, organization);
}

export function sayPlanning(planning: ChangePlanning, organization: string): void {
  const sentence = planningSentence(planning, organization);
  if (sentence !== null) console.log(sentence);
}

function outcomeLines(organization: string, { kind, name, outcome, changes }: CampaignOutcome): string[] {
  const what = `${NOUNS[kind]} ${name} of ${organization}`;
  if (outcome === 'unchanged') return [`${what} is like that already.`];
  return [`${what} was ${outcome}${changes.length === 0 ? '.' : ':'}`, ...changeLines(changes)];
}

/** Refuses a change of nothing. */
export function assertSomethingGiven(given: object, findings: readonly unknown[], command: string): void {
  if (Object.keys(given).length > 0 || findings.length > 0) return;
  throw new SchedulerError(
    'INVALID_INPUT',
    `Nothing is given that is to be changed: name at least one field (\`npx email-scheduler ${command} --help\` lists them).`,
    { place: command, allowed: 'at least one field' },
  );
}

/** What was removed, for people and for programs. */
export function sayRemoved(
  { organization, json }: CampaignChangeOptions,
  sentence: string,
  document: object,
  planning: ChangePlanning,
): void {
  if (json) {
    console.log(JSON.stringify({ organization, ...document, outcome: 'removed', planning }, null, 2));
    return;
  }
  console.log(sentence);
  sayPlanning(planning, organization);
}
