import { SchedulerError } from '../contracts/errors.ts';

/** @param place where the name was given */
export function unknownOrganization(name: string, place: string): SchedulerError {
  return new SchedulerError(
    'UNKNOWN_ORGANIZATION',
    `There is no organization "${name}": \`npx email-scheduler organizations list\` shows which there are; the first import of contacts makes one.`,
    { place, value: name, allowed: 'the name of an organization' },
  );
}
