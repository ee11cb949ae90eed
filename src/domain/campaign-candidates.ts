/** The campaign mails that a contact is due (SPEC 6). */
import type { CampaignBook, CampaignTarget, PlannedInstance } from './campaigns.ts';
import type { Candidate } from './mail.ts';
import { isSameOccurrence } from './occurrence.ts';
import { isSkipped, type LedgerMail } from './schedule-row.ts';

/** @param targets the instances of which the contact is a target, each once */
export function campaignCandidates(
  { planned, forAllContacts }: CampaignBook,
  targets: readonly CampaignTarget[],
  ledger: readonly LedgerMail[],
): readonly Candidate[] {
  if (planned.size === 0) return NO_CANDIDATES;
  const candidates: Candidate[] = [];
  for (const target of targets) {
    const instance = planned.get(target.instanceId);
    const candidate = instance === undefined ? null : candidateOf(instance, target);
    if (candidate !== null && settledMailOf(candidate, ledger) === null) candidates.push(candidate);
  }
  for (const instance of forAllContacts) {
    if (isAmong(targets, instance)) continue;
    const candidate = withoutTrigger(instance, null);
    if (settledMailOf(candidate, ledger) === null) candidates.push(candidate);
  }
  return candidates;
}

const NO_CANDIDATES: readonly Candidate[] = [];

function isAmong(targets: readonly CampaignTarget[], { id }: PlannedInstance): boolean {
  for (const { instanceId } of targets) if (instanceId === id) return true;
  return false;
}

/** `null`: a target of an instance that is not for all contacts is none without a trigger. */
function candidateOf(instance: PlannedInstance, target: CampaignTarget): Candidate | null {
  const { triggerDay } = target;
  if (triggerDay === null) return instance.isForAllContacts ? withoutTrigger(instance, target) : null;
  const { daysBeforeEvent, terms } = instance;
  return {
    emailType: instance.emailType,
    campaignInstanceId: instance.id,
    eventDay: triggerDay,
    idealDay: triggerDay - daysBeforeEvent,
    deadlineDay: daysBeforeEvent > 0 ? Math.min(terms.endDay, triggerDay - 1) : terms.endDay,
    priority: instance.priority,
    template: target.emailTemplate ?? instance.emailTemplate,
    standsFor: null,
    smsTemplate: target.smsTemplate ?? instance.smsTemplate,
    campaign: terms,
  };
}

/** On the day of the instance itself: `days_before_event` does not apply. */
function withoutTrigger(instance: PlannedInstance, target: CampaignTarget | null): Candidate {
  return {
    emailType: instance.emailType,
    campaignInstanceId: instance.id,
    eventDay: instance.dayWithoutTrigger,
    idealDay: instance.dayWithoutTrigger,
    deadlineDay: instance.terms.endDay,
    priority: instance.priority,
    template: target?.emailTemplate ?? instance.emailTemplate,
    standsFor: null,
    smsTemplate: target?.smsTemplate ?? instance.smsTemplate,
    campaign: instance.terms,
  };
}

/**
 * The mail because of which the candidate's is not due: one of an instance to a contact, whatever becomes of its dates.
 * What was skipped is settled for its event only.
 */
export function settledMailOf(candidate: Candidate, ledger: readonly LedgerMail[]): LedgerMail | null {
  for (const mail of ledger) {
    if (mail.campaignInstanceId !== candidate.campaignInstanceId) continue;
    if (!isSkipped(mail) || isSameOccurrence(mail, candidate)) return mail;
  }
  return null;
}
