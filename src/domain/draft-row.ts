/** Rows of the plan being made, from the mails that planning decided on (SPEC 15). */
import { formatDay } from './calendar.ts';
import type { StateRule } from './configuration.ts';
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
    smsTemplate: mail.smsTemplate,
    details: detailsOf(mail),
  };
}

/** The same keys in the same order always, so that equal details are equal texts. */
function detailsOf({ block, collidedWith, winner, standsFor, campaign }: Mail): string | null {
  const legalBasis = campaign === null ? null : campaign.legalBasis;
  const isSilent = block === null && collidedWith === null && winner === null && standsFor === null;
  if (isSilent && legalBasis === null) return null;
  const parts: string[] = [];
  if (block !== null) parts.push(`"blocked_by":${blockedBy(block)}`);
  if (collidedWith !== null) parts.push(`"collided_with":${JSON.stringify(collidedWith)}`);
  if (winner !== null) parts.push(`"winner":${JSON.stringify(winner)}`);
  if (standsFor !== null) parts.push(`"stands_for":${JSON.stringify(standsFor)}`);
  if (legalBasis !== null) parts.push(`"legal_basis":${JSON.stringify(legalBasis)}`);
  return `{${parts.join(',')}}`;
}

/** A quarter of the rows name one of some dozen rules: put together from its text and two dates. */
function blockedBy(block: NonNullable<Mail['block']>): string {
  if (block.reason === 'unknown_anchor') return `${textOf(block.rule)}}`;
  const { rule, from, to } = block.window;
  return `${textOf(rule)},"from":"${formatDay(from)}","to":"${formatDay(to)}"}`;
}

const ruleTexts = new WeakMap<StateRule, string>();

/** `{"state":…,"kind":…,"rule":…`, not yet closed. */
function textOf(rule: StateRule): string {
  let text = ruleTexts.get(rule);
  if (text === undefined) {
    text = JSON.stringify({ state: rule.state, kind: rule.kind, rule: rule.name }).slice(0, -1);
    ruleTexts.set(rule, text);
  }
  return text;
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
