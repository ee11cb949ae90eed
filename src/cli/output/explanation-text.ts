/** The answer of `explain` for people, at most 100 columns wide. */
import { formatDay } from '../../domain/calendar.ts';
import {
  FIRST_USABLE_DAY,
  LAST_USABLE_DAY,
  type Contact,
  type RejectionReason,
} from '../../domain/contact.ts';
import type { ContactTrace, IgnoredDate } from '../../domain/contact-trace.ts';
import type { EndedRow } from '../../domain/placing.ts';
import type { LedgerEntry } from '../../db/queries/list-contact-ledger.ts';
import type { Explanation } from '../explain/explanation.ts';
import { refusedCampaignText } from './campaign-explanation.ts';
import { isDue } from './explanation-json.ts';
import {
  eventsText,
  indented,
  ledgerMailText,
  mailNameText,
  mailText,
  refusedPostWindowTexts,
  resultText,
} from './mail-explanation.ts';
import { momentText } from './time-text.ts';
import { wrap } from './wrap.ts';

/** Older entries are in `--json`. */
const LEDGER_SHOWN = 12;

export function explanationText(explanation: Explanation): string {
  return [
    headline(explanation),
    contactSection(explanation),
    notesSection(explanation),
    overview(explanation),
    ...explanation.rows.map((row) => mailText(row, explanation)),
    notDueSection(explanation),
    endedSection(explanation),
    ledgerSection(explanation),
  ]
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

function headline({ organization, profile, basis, context, timeZone }: Explanation): string[] {
  const name =
    profile.externalId === null ? `${profile.id}` : `${shown(profile.externalId)} (id ${profile.id})`;
  const asOf = formatDay(context.asOfDay);
  if (basis.kind === 'plan') {
    return [
      wrap(`Contact ${name} of ${organization}: the plan in force`, '', '  '),
      wrap(
        `Plan ${basis.planNumber}, as of ${asOf}, published ${momentText(basis.publishedAt, timeZone)} (${timeZone}) by run ${basis.runId} with configuration version ${basis.configurationVersion}.`,
        '',
        '  ',
      ),
    ];
  }
  const version =
    basis.configurationVersion === null
      ? 'the configuration files, which are no version yet'
      : `configuration version ${basis.configurationVersion}`;
  const plan =
    basis.formerPlanNumber === null
      ? 'There is no plan yet'
      : `The mails of others lie as in plan ${basis.formerPlanNumber}`;
  return [
    wrap(`Contact ${name} of ${organization}: what planning as of ${asOf} would do for it alone`, '', '  '),
    wrap(`By ${version}; nothing is stored. ${plan}.`, '', '  '),
  ];
}

function contactSection(explanation: Explanation): string[] {
  const { decided, contact } = explanation;
  const result = indented('result', outcomeText(explanation));
  const reviewed = decided?.contact ?? null;
  if (contact === null || reviewed === null) return [result];
  return [
    result,
    stateLine(contact, reviewed),
    indented('birth date', dateText('birth_date', contact.birthDay, reviewed)),
    indented('effective date', dateText('effective_date', contact.effectiveDay, reviewed)),
  ];
}

function stateLine({ zipCode, state }: Contact, { states, zipState, storedState }: ContactTrace): string {
  const isTold = states.length > 1;
  const byZip = zipState === null ? ' names none' : isTold ? `: ${zipState}` : '';
  const stored =
    storedState === null ? `stored ${shown(state)} is none` : isTold ? `stored: ${storedState}` : 'as stored';
  const sources = [
    zipCode === null ? 'no ZIP code' : `ZIP code ${shown(zipCode)}${byZip}`,
    state === null ? 'none is stored' : stored,
  ];
  const which =
    states.length === 0
      ? 'unknown'
      : states.length === 1
        ? states[0]!
        : `${states.join(' and ')}: they disagree, and the rules of both apply`;
  return indented('state', `${which} (${sources.join(', ')})`);
}

const SHOWN_LENGTH = 40;

/** A contact's text as a terminal may show it: nothing that would steer it, and not without end. */
function shown(text: string | null): string {
  const printable = (text ?? '').replaceAll(/\p{C}/gu, '?');
  return printable.length > SHOWN_LENGTH ? `${printable.slice(0, SHOWN_LENGTH)}…` : printable;
}

function dateText(name: IgnoredDate['name'], day: number | null, { ignoredDates }: ContactTrace): string {
  if (day === null) return 'missing';
  const ignored = ignoredDates.find((date) => date.name === name);
  return ignored === undefined
    ? formatDay(day)
    : `${formatDay(day)} counts as missing: ${ignoredText(ignored)}`;
}

function ignoredText({ name, day, reason }: IgnoredDate): string {
  if (reason === 'too_early') return `it is before ${formatDay(FIRST_USABLE_DAY)}`;
  if (reason === 'means_no_date') return 'systems write it where there is no date';
  return name === 'birth_date' && day <= LAST_USABLE_DAY
    ? 'it is after the first day of the plan'
    : `it is after ${formatDay(LAST_USABLE_DAY)}`;
}

function outcomeText({ decided, profile, errorCode, rows }: Explanation): string {
  if (decided === null) return 'deleted; what planning knew of it is gone, and only its rows are left';
  const { outcome, rejection } = decided.plan;
  if (rejection !== null)
    return `not planned: ${REJECTIONS[rejection]}${errorCode === null ? '' : ` (${errorCode})`}`;
  if (outcome === 'absent') {
    return profile.isDeleted
      ? 'deleted: nothing is planned'
      : 'no contact of the organization yet: nothing is planned';
  }
  const skipped = rows.filter(({ row }) => row.status === 'skipped').length;
  if (rows.length === 0) return 'nothing is due';
  return `${rows.length - skipped} pre-scheduled, ${skipped} skipped`;
}

const REJECTIONS: Record<RejectionReason, string> = {
  missing_email: 'missing_email, it has no e-mail address',
  invalid_email: 'invalid_email, its e-mail address is malformed',
  suppressed: 'suppressed, its address may not be written to',
  unknown_state: 'unknown_state, neither ZIP code nor stored state names a state',
  internal_error: 'internal_error, planning it failed; its rows of the plan before stay',
};

function notesSection({ notes }: Explanation): string[] {
  return notes.map(({ text }) => wrap(text, 'Note: ', '      '));
}

/** Every mail in a line, where there are several. */
function overview({ rows }: Explanation): string[] {
  if (rows.length < 2) return [];
  const names = rows.map(({ row }) => mailNameText(row));
  const width = Math.max(...names.map(({ length }) => length));
  return rows.map(({ row, settledAs }, index) => {
    const since = settledAs === null ? '' : `; since then ${settledAs.status}`;
    return wrap(`${names[index]!.padEnd(width)}  ${resultText(row)}${since}`, '  ', '    ');
  });
}

function notDueSection(explanation: Explanation): string[] {
  const { decided } = explanation;
  if (decided === null) return [];
  const absent = decided.events
    .filter((events) => !isDue(events))
    .map((events) => indented(events.emailType, eventsText(events)));
  const campaigns = decided.campaigns
    .filter(({ refusal }) => refusal !== null)
    .map((trace) => indented(trace.emailType, refusedCampaignText(trace, ledgerMailText)));
  const lines = [...absent, ...refusedPostWindowTexts(explanation), ...campaigns];
  return lines.length === 0 ? [] : ['Not due', ...lines];
}

function endedSection({ basis, decided }: Explanation): string[] {
  const ended = decided?.plan.endedRows ?? [];
  const heading = basis.kind === 'plan' ? 'Ended with this plan' : 'Would end';
  return ended.length === 0 ? [] : [heading, ...ended.map(endedText)];
}

function endedText({ row, outcome }: EndedRow): string {
  const was = row.skipReason === null ? row.status : `${row.status} (${row.skipReason})`;
  const why =
    outcome === 'missed'
      ? 'missed: nobody had sent it by its day, and its deadline has passed'
      : 'dropped: it is not due any more';
  return wrap(`${mailNameText(row)}, ${was} on ${formatDay(row.day)}: ${why}`, '  ', '    ');
}

function ledgerSection({ ledger }: Explanation): string[] {
  if (ledger.length === 0) return [];
  const shown = ledger.slice(0, LEDGER_SHOWN).map(ledgerText);
  const rest = ledger.length - shown.length;
  return [
    'Ledger: settled, and never planned again',
    ...shown,
    ...(rest === 0 ? [] : [`  … and ${rest} older; \`--json\` has all of them.`]),
  ];
}

function ledgerText(entry: LedgerEntry): string {
  const {
    emailType,
    campaignInstanceId,
    eventDate,
    scheduledSendDate,
    status,
    skipReason,
    parentId,
    metadata,
  } = entry;
  const instance = campaignInstanceId === null ? '' : ` (instance ${campaignInstanceId})`;
  const blockedBy = metadata?.['blocked_by'] as { rule: string; from?: string; to?: string } | undefined;
  const rule =
    blockedBy === undefined
      ? ''
      : `, ${blockedBy.rule}${blockedBy.to === undefined ? '' : `, ${blockedBy.from!} to ${blockedBy.to}`}`;
  const reason = skipReason === null ? '' : `: ${skipReason}${rule}`;
  const follows = parentId === null ? '' : `, follow-up of row ${parentId}`;
  return wrap(
    `${scheduledSendDate}  ${emailType}${instance} ${eventDate}${follows}: ${status}${reason}`,
    '  ',
    '    ',
  );
}
