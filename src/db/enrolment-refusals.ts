/** Why an enrolment was not stored: everything that stands against it, at once. */
import type { Finding } from '../contracts/finding.ts';
import { unknownOrganization } from './unknown-organization.ts';
import { checkTarget, type TargetFields } from './campaign-fields/target-fields.ts';
import { alreadyTarget, asFinding, deletedContact } from './campaign-target-refusals.ts';
import { draftInstance, endedInstance, inactiveType, unknownInstance } from './instance-refusals.ts';
import { ambiguousContact, unknownContact } from './queries/find-contact.ts';
import type { EnrolledInstance, EnrolmentAttempt, EnrolmentRequest } from './queries/insert-enrolment.ts';

/**
 * @param findings of the values themselves
 * @returns none: nothing stands against it, but another enrolment of the same moment, which it could not see
 */
export function findingsOfEnrolment(
  request: EnrolmentRequest,
  target: TargetFields,
  attempt: EnrolmentAttempt,
  findings: readonly Finding[],
): readonly Finding[] {
  const { organization: name } = request;
  if (attempt.isStored) return [];
  if (attempt.organization === null)
    return [asFinding(unknownOrganization(name, 'organization'), 'organization')];
  const { instance } = attempt;
  const together = instance === null ? [] : checkTarget(target, instance, findings);
  const all = [
    ...instanceFindings(request, instance),
    ...contactFindings(request, attempt),
    ...findings,
    ...together,
  ];
  if (all.length > 0 || attempt.former === null) return all;
  return [alreadyTarget(name, request, attempt.former.triggerDate)];
}

function instanceFindings(request: EnrolmentRequest, instance: EnrolledInstance | null): Finding[] {
  const { organization, instance: name } = request;
  if (instance === null) return [asFinding(unknownInstance(organization, name), 'instance')];
  const errors = [
    ...(instance.status === 'draft' ? [draftInstance(organization, name, request)] : []),
    ...(instance.status === 'ended' ? [endedInstance(organization, name)] : []),
    ...(instance.isTypeActive ? [] : [inactiveType(organization, name, instance.type)]),
  ];
  return errors.map((error) => asFinding(error, 'instance'));
}

function contactFindings(
  { organization, contact: reference }: EnrolmentRequest,
  { contact, contactCount }: EnrolmentAttempt,
): Finding[] {
  if (contact === null) return [asFinding(unknownContact(organization, reference), 'contact')];
  if (contactCount > 1) return [asFinding(ambiguousContact(reference), 'contact')];
  return contact.isDeleted ? [deletedContact(organization, reference)] : [];
}
