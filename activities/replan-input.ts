import { z } from 'zod';
import { MAX_REPLANNED_CONTACTS, type ReplanContactsInput } from '../src/contracts/replan-contacts.ts';
import { invalidInput } from './invalid-input.ts';

const CONTACT_IDS = `a list of 1 to ${MAX_REPLANNED_CONTACTS} contact ids`;

const schema = z.strictObject({
  organization: z.string('the name of an organization').min(1, 'the name of an organization'),
  contactIds: z
    .array(z.int('a contact’s id, a whole number').positive('a contact’s id, a whole number'), CONTACT_IDS)
    .min(1, CONTACT_IDS)
    .max(MAX_REPLANNED_CONTACTS, CONTACT_IDS),
});

/** @throws SchedulerError INVALID_INPUT that names every wrong field, its value and what is allowed */
export function checkReplanInput(input: unknown): ReplanContactsInput {
  const parsed = schema.safeParse(input);
  if (parsed.success) {
    const { organization, contactIds } = parsed.data;
    return { organization, contactIds: [...new Set(contactIds)].sort((a, b) => a - b) };
  }
  throw invalidInput('replanContacts', parsed.error, input, Object.keys(schema.shape));
}
