/** One mail of an explanation, for people: its result first, then every answer that led to it. */
import { countOf } from '../../contracts/wording.ts';
import { formatDay, type DayNumber } from '../../domain/calendar.ts';
import type { DaySearch, RefusedDays } from '../../domain/day-search.ts';
import type { DraftRow } from '../../domain/draft-row.ts';
import type { AskedEvent, AskedPostWindow, EventTrace } from '../../domain/event-trace.ts';
import {
  MAX_SEARCH_DAYS,
  type CapTrace,
  type CatchUpTrace,
  type FrequencyTrace,
  type MailTrace,
  type SmoothingTrace,
} from '../../domain/mail-trace.ts';
import type { Occurrence } from '../../domain/occurrence.ts';
import type { LedgerMail } from '../../domain/schedule-row.ts';
import { decidingAnswer, type RuleAnswer } from '../../domain/window-trace.ts';
import type { ExplainedRow, Explanation } from '../explain/explanation.ts';
import {
  campaignOf,
  campaignSkipText,
  campaignText,
  hasDeadline,
  triggerText,
} from './campaign-explanation.ts';
import { eventsOf } from './explanation-json.ts';
import { mailName, nameOfText, type CampaignName } from './mail-name.ts';
import { answerReason } from './rule-answers.ts';
import { wrap } from './wrap.ts';

const LABEL_WIDTH = 16;
const INDENT = ' '.repeat(2 + LABEL_WIDTH);

/** `  deadline      2026-12-18, …`: a text beside its label. */
export function indented(label: string, text: string): string {
  const first = `  ${label}`.padEnd(INDENT.length);
  return wrap(text, first.endsWith(' ') ? first : `${first}: `, INDENT);
}

export function mailNameText(
  { emailType, campaignInstanceId, eventDay }: Occurrence,
  explanation: Explanation,
): string {
  const mail = { emailType, campaignInstanceId, eventDate: formatDay(eventDay) };
  return mailName(mail, campaignNameIn(explanation));
}

/** The names of campaign instances as planning knew them. */
export function campaignNameIn({ context }: Explanation): CampaignName {
  return (instanceId) => context.campaigns.nameOf(instanceId);
}

/** How a mail is named that has a text for its name. */
function namesIn(explanation: Explanation): (text: string) => string {
  const campaignName = campaignNameIn(explanation);
  return (text) => nameOfText(text, campaignName);
}

export function mailText(explained: ExplainedRow, explanation: Explanation): string[] {
  const { row, trace, isFrozen } = explained;
  const lines = [
    wrap(`${mailNameText(row, explanation)}: ${resultText(row)}`, '', '  '),
    ...resultLines(explained, explanation),
  ];
  if (isFrozen) {
    const asOf = formatDay(explanation.context.asOfDay);
    return [
      ...lines,
      indented('kept as it is', `it is dated before ${asOf}, the first day that was planned`),
    ];
  }
  if (trace === null) return lines;
  const { cap, catchUp, frequency, smoothing } = trace;
  return [
    ...lines,
    ...(trace.nextDay === null ? [] : [indented('next day', nextDayText(trace.nextDay, trace, explanation))]),
    ...campaignLines(trace, explanation),
    ...dateLines(trace, explanation),
    indented('plan before', keepingText(trace, explanation.basis.formerPlanNumber)),
    ...(trace.keeping === 'kept' ? [] : [indented('placed', placedText(trace))]),
    ...(catchUp === null ? [] : [indented('catch-up', catchUpText(catchUp))]),
    ...ruleLines(trace),
    ...(smoothing === null ? [] : [indented('smoothing', smoothingText(smoothing))]),
    ...(cap === null ? [] : [indented('daily cap', capText(cap))]),
    ...(frequency === null ? [] : [indented('frequency', frequencyText(frequency, namesIn(explanation)))]),
  ];
}

export function resultText({ status, skipReason, day, sendTime }: DraftRow): string {
  const date = formatDay(day);
  if (skipReason === null) return `${status} for ${date} at ${sendTime}`;
  return `${status} on ${date}, ${skipReason}`;
}

function resultLines(
  { row, trace, changedBy, isOverCap, settledAs }: ExplainedRow,
  explanation: Explanation,
): string[] {
  const { basis } = explanation;
  const lines = trace === null || row.skipReason === null ? [] : whyLines(trace, namesIn(explanation));
  if (settledAs !== null) {
    const { status, skipReason } = settledAs;
    lines.push(indented('since then', `${status}${skipReason === null ? '' : `, ${skipReason}`}`));
  }
  if (isOverCap)
    lines.push(indented('over the cap', 'the day has more mails than it should, see the daily cap'));
  if (row.placedBy !== null) lines.push(indented('moved', movedText(row)));
  if (changedBy !== null && !(basis.kind === 'plan' && basis.runId === changedBy.runId)) {
    const { planNumber, asOfDay, runId } = changedBy;
    const plan = planNumber === null ? '' : `plan ${planNumber}, `;
    lines.push(indented('unchanged since', `${plan}as of ${formatDay(asOfDay)} (run ${runId})`));
  }
  return lines;
}

/** Why a mail is skipped: by which law and until when, or because of which other mails. */
function whyLines({ answers, frequency, row, mail }: MailTrace, nameOf: (text: string) => string): string[] {
  const byCampaign = campaignSkipText(mail, nameOf);
  if (byCampaign !== null) return [indented('why', byCampaign)];
  const deciding = mail.block === null ? null : decidingAnswer(answers);
  if (deciding !== null) {
    return [indented('why', blockText(deciding, row.day)), indented('law', deciding.rule.citation)];
  }
  return frequency === null ? [] : [indented('why', frequencyText(frequency, nameOf))];
}

function blockText(answer: RuleAnswer, day: DayNumber): string {
  const window = answer.window === null ? '' : 'window ';
  return `${answer.rule.name} blocks ${formatDay(day)}: ${window}${answerReason(answer)}`;
}

function movedText({ placedBy, movedFrom, idealDay, day }: DraftRow): string {
  const from = formatDay(movedFrom ?? idealDay);
  if (placedBy === 'catch_up') return `caught up: its ideal date ${from} had passed`;
  if (placedBy === 'smoothed') return `smoothed from ${from}, which had too many effective_date mails`;
  return `redistributed from ${from} to ${formatDay(day)}, as ${from} was above the daily cap`;
}

function nextDayText({ day, refused }: DaySearch, trace: MailTrace, explanation: Explanation): string {
  const { mail } = trace;
  const until =
    mail.deadlineDay - mail.day <= MAX_SEARCH_DAYS
      ? `up to its deadline ${formatDay(mail.deadlineDay)}`
      : 'in the years that follow';
  const reasons = refused.map(refusedText).join('; ');
  const standIn = standInText(mail, explanation);
  if (day !== null) {
    const before = reasons === '' ? '' : ` (before it: ${reasons})`;
    return `${formatDay(day)} would be allowed${before}; the mail stays skipped by itself${standIn}`;
  }
  if (refused.length === 0) return `none ${until}${standIn}`;
  return `none ${until}: ${reasons}${standIn}`;
}

function refusedText({ from, to, reason, rule }: RefusedDays): string {
  const days = from === to ? formatDay(from) : `${formatDay(from)} to ${formatDay(to)}`;
  switch (reason) {
    case 'after_deadline':
      return `${days} after the deadline`;
    case 'exclusion_window':
      return `${days} blocked by ${rule!.name}`;
    case 'unknown_anchor':
      return `${days} blocked by ${rule!.name} as long as its date is missing`;
    case 'campaign_conflict':
      return `${days} taken by another campaign mail`;
    case 'frequency_limit':
      return `${days} too near to other mails`;
  }
}

/** What is sent in the place of a mail that a window blocked. */
function standInText(mail: MailTrace['mail'], explanation: Explanation): string {
  const { decided, rows } = explanation;
  if (mail.skipReason !== 'exclusion_window') return '';
  const text = `${mail.contactId}:${mail.emailType}:${mail.campaignInstanceId ?? ''}:${formatDay(mail.eventDay)}`;
  const asked = decided?.postWindow?.asked.find(({ blocked }) => blocked.text === text);
  if (asked?.refusal !== null) return '';
  const found = rows.find(({ row }) => row.emailType === 'post_window' && row.eventDay === asked.eventDay);
  if (found === undefined) return '';
  return `. ${mailNameText(found.row, explanation)} stands for it: ${resultText(found.row)}`;
}

function campaignLines({ mail }: MailTrace, { decided }: Explanation): string[] {
  return mail.campaign === null ? [] : [indented('campaign', campaignText(mail, campaignOf(mail, decided)))];
}

function dateLines({ mail }: MailTrace, explanation: Explanation): string[] {
  return [
    indented('event', eventText(mail, explanation)),
    indented('ideal date', `${formatDay(mail.idealDay)}, ${relationText(mail.idealDay, mail.eventDay)}`),
    indented('deadline', deadlineText(mail)),
  ];
}

function eventText(mail: MailTrace['mail'], explanation: Explanation): string {
  const { decided } = explanation;
  if (mail.campaign !== null) return triggerText(mail, campaignOf(mail, decided));
  const events = eventsOf(mail, decided?.events ?? []);
  return events === null ? postWindowEventText(mail, namesIn(explanation)) : eventsText(events);
}

function deadlineText({ deadlineDay, eventDay }: MailTrace['mail']): string {
  if (!hasDeadline(deadlineDay)) return 'none: the campaign has no last day';
  return `${formatDay(deadlineDay)}, ${relationText(deadlineDay, eventDay)}`;
}

function relationText(day: DayNumber, eventDay: DayNumber): string {
  const days = Math.abs(day - eventDay);
  if (days === 0) return 'the event itself';
  return `${days} ${days === 1 ? 'day' : 'days'} ${day < eventDay ? 'before' : 'after'} the event`;
}

function postWindowEventText(
  { eventDay, standsFor }: MailTrace['mail'],
  nameOf: (text: string) => string,
): string {
  const blocked = (standsFor ?? []).map(nameOf).join(', ');
  return `${formatDay(eventDay)}, the last day of the exclusion window that blocked ${blocked}`;
}

const EVENT_NAMES: Record<string, string> = {
  birthday: 'birthday',
  effective_date: 'policy anniversary',
  aep: 'configured day',
};
const DATE_NAMES: Record<string, string> = { birthday: 'birth date', effective_date: 'effective date' };

/** Which event is next, and what stood against those before it. */
export function eventsText({ emailType, absence, distanceDays, asked }: EventTrace): string {
  if (absence === 'switched_off') return 'these mails are switched off';
  if (absence === 'no_date') return `the contact has no ${DATE_NAMES[emailType] ?? 'date'}`;
  const due = asked.at(-1);
  const refusals = askedWorthTelling(asked).map((event) => refusalText(event, distanceDays));
  const next =
    due?.refusal === null
      ? `${formatDay(due.eventDay)}, the next ${EVENT_NAMES[emailType] ?? 'event'}`
      : 'none';
  return refusals.length === 0 ? next : `${next}; ${refusals.join('; ')}`;
}

/** Of the events whose deadline has passed, the last tells enough. */
function askedWorthTelling(asked: readonly AskedEvent[]): AskedEvent[] {
  const passed = asked.filter(({ refusal }) => refusal === 'deadline_passed');
  const others = asked.filter(({ refusal }) => refusal !== null && refusal !== 'deadline_passed');
  return [...passed.slice(-1), ...others];
}

function refusalText(
  { eventDay, deadlineDay, refusal, ledgerMail }: AskedEvent,
  distanceDays: number,
): string {
  const event = formatDay(eventDay);
  if (refusal === 'deadline_passed')
    return `that of ${event} is over, its deadline was ${formatDay(deadlineDay)}`;
  if (refusal === 'in_ledger') return `that of ${event} is settled (${ledgerMailText(ledgerMail!)})`;
  return `${event} is less than ${distanceDays} days from ${formatDay(ledgerMail!.eventDay)}, of which there was a mail (${ledgerMailText(ledgerMail!)})`;
}

export function ledgerMailText({ status, skipReason, day }: LedgerMail): string {
  return `${status}${skipReason === null ? '' : `, ${skipReason}`} on ${formatDay(day)}`;
}

function keepingText({ keeping, mail, placedDay }: MailTrace, formerPlanNumber: number | null): string {
  if (formerPlanNumber === null) return 'there was none';
  const plan = `plan ${formerPlanNumber}`;
  const { former } = mail;
  if (former === null) return `${plan} did not have it`;
  const day = formatDay(former.day);
  const was = `${plan} had it ${former.skipReason === null ? '' : 'skipped '}on ${day}${former.skipReason === null ? '' : ` (${former.skipReason})`}`;
  switch (keeping) {
    case 'kept':
      return `${plan} had it on ${formatDay(placedDay)}, and a published day is kept`;
    case 'had_no_place':
      return `${was}: no place that it could keep`;
    case 'drawn_anew':
      return `${was}; the run was told to draw everything anew`;
    case 'new':
      return `${plan} did not have it`;
    default:
      return `${was}, ${NOT_KEPT[keeping]}: placed afresh`;
  }
}

const NOT_KEPT = {
  overdue: 'which has passed without it being sent',
  before_start: 'which is before the start of its campaign now',
  ideal_date_changed: 'when its ideal date was another',
  after_deadline: 'which is after its deadline now',
  blocked: 'which is blocked now',
} as const;

function placedText({ placedBy, placedDay, mail }: MailTrace): string {
  const day = formatDay(placedDay);
  if (placedBy === 'none') return 'nowhere: its dates leave it no day';
  if (placedBy === 'catch_up') return `on ${day}, as its ideal date ${formatDay(mail.idealDay)} has passed`;
  return mail.block === null ? `on ${day}, its ideal date` : `on ${day}, its ideal date, which is blocked`;
}

function catchUpText({ firstDay, lastDay, allowedDays, refused, index }: CatchUpTrace): string {
  const span = `${formatDay(firstDay)} to ${formatDay(lastDay)}`;
  const refusals = refused.length === 0 ? '' : `; ${refused.map(refusedText).join('; ')}`;
  if (index === null) return `of ${span} no day is allowed${refusals}`;
  return `of ${span}, ${daysText(allowedDays)} allowed; its hash chose number ${index + 1}${refusals}`;
}

function daysText(days: readonly DayNumber[]): string {
  const inRow = days.length > 2 && days.at(-1)! - days[0]! === days.length - 1;
  if (inRow) return `all ${days.length} days from ${formatDay(days[0]!)} to ${formatDay(days.at(-1)!)} are`;
  return `${days.map(formatDay).join(', ')} ${days.length === 1 ? 'is' : 'are'}`;
}

function ruleLines({ answers, row, mail }: MailTrace): string[] {
  const day = formatDay(row.day);
  if (mail.campaign?.ignoresWindows === true) {
    return [indented('state rules', `not asked: its campaign is exempt (${mail.campaign.legalBasis!})`)];
  }
  if (answers.length === 0) return [indented('state rules', 'no rule is given for its state')];
  return [
    indented('state rules', `asked about ${day}:`),
    ...answers.flatMap((answer) => [
      wrap(answerText(answer), INDENT, `${INDENT}  `),
      wrap(answer.rule.citation, `${INDENT}  `, `${INDENT}  `),
    ]),
  ];
}

const VERDICTS: Record<RuleAnswer['verdict'], string> = {
  blocks: 'BLOCKS the day',
  unknown_anchor: 'cannot be computed',
  not_law: 'is not law then',
  clear: 'allows it',
};

function answerText(answer: RuleAnswer): string {
  return `${answer.rule.name} ${VERDICTS[answer.verdict]}: ${answerReason(answer)}`;
}

function smoothingText({
  day,
  mailsOnDay,
  softLimit,
  isDaySmoothed,
  allowedDays,
  index,
}: SmoothingTrace): string {
  const date = formatDay(day);
  const limit = `at most ${softLimit} effective_date mails are to lie on a day`;
  const found = mailsOnDay === null ? '' : `, ${date} had ${mailsOnDay}`;
  if (!isDaySmoothed) return `${limit}${found}; no mail was moved off ${date}`;
  const chosen = formatDay(allowedDays[index]!);
  return `${limit}${found}; ${date} was spread: of the days around it ${daysText(allowedDays)} allowed, and its hash chose ${chosen}`;
}

function capText({ day, toDay, volume, dailyCap, redistributeAbove, isOverCap }: CapTrace): string {
  const limits = `a day above ${countOf(redistributeAbove, 'mail')} is brought down to ${dailyCap}`;
  const now = `${formatDay(toDay)} has ${volume}`;
  const moved = day === toDay ? '' : `; moved here from ${formatDay(day)}, which was above that`;
  const flag = isOverCap ? '; it stays above, as nothing more could be moved off it' : '';
  return `${limits}; ${now}${moved}${flag}`;
}

function frequencyText(frequency: FrequencyTrace, nameOf: (text: string) => string): string {
  const { maxMails, periodDays, rank, isPromised, near, collidedWith } = frequency;
  const limit = `at most ${countOf(maxMails, 'mail')} in any ${countOf(periodDays, 'day')}`;
  if (collidedWith !== null) {
    const days = new Map(near.map(({ text, day }) => [text, day]));
    const names = collidedWith.map((text) => `${nameOf(text)}${onDay(days.get(text))}`);
    const standing = `its rank is ${rank}, ${isPromised ? 'promised' : 'not promised'} by the plan before`;
    return `${limit}: one too many together with ${names.join(', ')}; ${standing}`;
  }
  if (near.length === 0) return `${limit}: no other mail is near`;
  return `${limit}: within it, with ${near.map(({ text, day }) => `${nameOf(text)}${onDay(day)}`).join(', ')}`;
}

function onDay(day: DayNumber | undefined): string {
  return day === undefined ? '' : ` on ${formatDay(day)}`;
}

/** Blocked mails for which no post-window mail stands, and why. */
export function refusedPostWindowTexts(explanation: Explanation): string[] {
  const { absence, asked = [] } = explanation.decided?.postWindow ?? {};
  const nameOf = namesIn(explanation);
  if (absence === 'switched_off') return [indented('post_window', 'these mails are switched off')];
  const namesByReason = new Map<string, string[]>();
  for (const of of asked) {
    if (of.refusal === null) continue;
    const reason = postWindowRefusalText(of);
    namesByReason.set(reason, [...(namesByReason.get(reason) ?? []), nameOf(of.blocked.text)]);
  }
  return [...namesByReason].map(([reason, names]) =>
    indented('post_window', `none for ${names.join(', ')}: ${reason}`),
  );
}

function postWindowRefusalText({ eventDay, refusal, ledgerMail }: AskedPostWindow): string {
  switch (refusal) {
    case 'written_since':
      return `one has been written since (${ledgerMailText(ledgerMail!)})`;
    case 'no_window':
      return 'no window holds that day any more';
    case 'never_ends':
      return 'the window never ends';
    case 'deadline_passed':
      return `the window ended on ${formatDay(eventDay!)}, and the deadline for it has passed`;
    default:
      return `that of the window's end ${formatDay(eventDay!)} is settled or too near (${ledgerMailText(ledgerMail!)})`;
  }
}
