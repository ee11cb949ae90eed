/** Why a target is not added, changed or removed. */
import type { SchedulerError } from '../contracts/errors.ts';
import type { Finding } from '../contracts/finding.ts';
import { shellWord } from '../contracts/wording.ts';

/** Which target it is to be, as it was given. */
export interface TargetName {
  /** The instance's name. */
  readonly instance: string;
  /** An id or external id. */
  readonly contact: string;
}

/** An error that others throw, beside what else is wrong. */
export function asFinding({ code, message, detail }: SchedulerError, field: string): Finding {
  return {
    path: [field],
    value: detail.value,
    allowed: detail.allowed ?? '',
    ...(code === 'INVALID_INPUT' ? {} : { code }),
    sentence: message,
  };
}

export function deletedContact(organization: string, reference: string): Finding {
  return {
    path: ['contact'],
    value: reference,
    allowed: 'a contact that was not deleted',
    code: 'UNKNOWN_CONTACT',
    sentence: `Contact ${reference} of ${organization} was deleted and gets no mail.`,
  };
}

export function noTarget(organization: string, { instance, contact }: TargetName): Finding {
  return {
    path: ['contact'],
    value: contact,
    allowed: `a target of ${instance}`,
    code: 'UNKNOWN_CAMPAIGN',
    sentence: `Contact ${contact} has no target row of ${instance}: \`npx email-scheduler campaigns targets list --instance ${shellWord(instance)} --organization ${organization}\` shows who has.`,
  };
}

export function alreadyTarget(
  organization: string,
  { instance, contact }: TargetName,
  triggerDate: string | null,
): Finding {
  const trigger = triggerDate === null ? 'without a trigger date' : `with the trigger date ${triggerDate}`;
  return {
    path: ['contact'],
    value: contact,
    allowed: `a contact that is no target of ${instance} yet`,
    sentence: `Contact ${contact} is a target of ${instance} already, ${trigger}: \`npx email-scheduler campaigns targets change --instance ${shellWord(instance)} --contact ${shellWord(contact)} --trigger-date DATE --organization ${organization}\` gives it another date.`,
  };
}
