/** Why nobody is added to a campaign instance, each in its own sentence. */
import { SchedulerError } from '../contracts/errors.ts';
import { shellWord } from '../contracts/wording.ts';

export function unknownInstance(organization: string, name: string): SchedulerError {
  return new SchedulerError(
    'UNKNOWN_CAMPAIGN',
    `There is no campaign instance "${name}" in ${organization}: \`npx email-scheduler campaigns instances list --organization ${organization}\` shows what there is.`,
    { place: '--instance', value: name, allowed: 'the name of a campaign instance' },
  );
}

export function endedInstance(organization: string, name: string): SchedulerError {
  return new SchedulerError(
    'CAMPAIGN_CLOSED',
    `The campaign instance "${name}" of ${organization} has ended and takes nobody in: \`npx email-scheduler campaigns instances change ${shellWord(name)} --status active --organization ${organization}\` makes it active again.`,
    { place: '--instance', value: name, allowed: 'an instance that has not ended' },
  );
}

/** @param target who was to be added, as it was given */
export function draftInstance(
  organization: string,
  name: string,
  target: { readonly contact: string; readonly triggerDate?: string },
): SchedulerError {
  const command = 'npx email-scheduler campaigns';
  const trigger = target.triggerDate === undefined ? '' : ` --trigger-date ${shellWord(target.triggerDate)}`;
  return new SchedulerError(
    'CAMPAIGN_CLOSED',
    `The campaign instance "${name}" of ${organization} is a draft, of which no mail is planned: \`${command} preview ${shellWord(name)} --organization ${organization}\` shows what it would do, and \`${command} instances change ${shellWord(name)} --status active --organization ${organization}\` makes it active. (\`${command} targets add --instance ${shellWord(name)} --contact ${shellWord(target.contact)}${trigger} --organization ${organization}\` gives a draft its targets.)`,
    { place: '--instance', value: name, allowed: 'an instance that is active or paused' },
  );
}

export function inactiveType(organization: string, name: string, type: string): SchedulerError {
  return new SchedulerError(
    'CAMPAIGN_CLOSED',
    `The type ${type} of the campaign instance "${name}" is inactive, so that the contact would have no mail of it: \`npx email-scheduler campaigns types change ${type} --active yes --organization ${organization}\` makes it active.`,
    { place: '--instance', value: name, allowed: 'an instance of an active type' },
  );
}
