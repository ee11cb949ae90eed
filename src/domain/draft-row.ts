/** Rows of the plan being made, from the mails that planning decided on (SPEC 15). */
import { formatDay } from './calendar.ts';
import type { Mail } from './mail.ts';
import type { PlanRow, PlannedStatus } from './schedule-row.ts';

/** A row without the two numbers that do not follow from the plan's inputs: its id and its run. */
export type DraftRow = Omit<PlanRow, 'id' | 'runId'>;

export function draftRow(mail: Mail, sendTime: string): DraftRow {
  const status: PlannedStatus = mail.skipReason === null ? 'pre-scheduled' : 'skipped';
  return {
    contactId: mail.contactId,
    emailType: mail.emailType,
    campaignInstanceId: mail.campaignInstanceId,
    eventDay: mail.eventDay,
    idealDay: mail.idealDay,
    day: mail.day,
    sendTime,
    status,
    skipReason: mail.skipReason,
    priority: mail.priority,
    placedBy: mail.placedBy,
    movedFrom: mail.movedFrom,
    emailTemplate: mail.template === mail.emailType ? null : mail.template,
    smsTemplate: null,
    details: detailsOf(mail),
  };
}

/** The same keys in the same order always, so that equal details are equal texts. */
function detailsOf(mail: Mail): string | null {
  if (mail.block === null && mail.collidedWith === null && mail.standsFor === null) return null;
  return JSON.stringify({
    ...(mail.block === null ? {} : { blocked_by: blockedBy(mail.block) }),
    ...(mail.collidedWith === null ? {} : { collided_with: mail.collidedWith }),
    ...(mail.standsFor === null ? {} : { stands_for: mail.standsFor }),
  });
}

function blockedBy(block: NonNullable<Mail['block']>): object {
  if (block.reason === 'unknown_anchor') {
    return { state: block.rule.state, kind: block.rule.kind, rule: block.rule.name };
  }
  const { rule, from, to } = block.window;
  return { state: rule.state, kind: rule.kind, rule: rule.name, from: formatDay(from), to: formatDay(to) };
}

/** Whether the plan in force has the row already, to the letter. */
export function isUnchanged(draft: DraftRow, former: PlanRow): boolean {
  return (
    draft.day === former.day &&
    draft.status === former.status &&
    draft.idealDay === former.idealDay &&
    draft.skipReason === former.skipReason &&
    draft.priority === former.priority &&
    draft.placedBy === former.placedBy &&
    draft.movedFrom === former.movedFrom &&
    draft.sendTime === former.sendTime &&
    draft.emailTemplate === former.emailTemplate &&
    draft.smsTemplate === former.smsTemplate &&
    draft.details === former.details
  );
}
