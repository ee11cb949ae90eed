import type { Finding } from '../../contracts/finding.ts';

const MAX_NAMES = 20;

/** As many as fit into a sentence. */
export function someNames(names: readonly string[]): string {
  return `${names.slice(0, MAX_NAMES).join(', ')}${names.length > MAX_NAMES ? ' and more' : ''}`;
}

/** There is none of this name: what there is instead. */
export function unknownCampaign(
  organization: string,
  kind: 'type' | 'instance',
  name: string,
  names: readonly string[],
): Finding {
  const noun = `campaign ${kind}`;
  const shown = names.length === 0 ? 'It has none yet.' : `It has ${someNames(names)}.`;
  return {
    path: ['name'],
    value: name,
    allowed: `a ${noun} of ${organization}`,
    code: 'UNKNOWN_CAMPAIGN',
    sentence: `${organization} has no ${noun} "${name}". ${shown} \`npx email-scheduler campaigns ${kind}s list --organization ${organization}\` lists them.`,
  };
}
