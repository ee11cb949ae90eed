/** The answer of `explain` for people, at most 100 columns wide. */
import { formatDay } from '../../domain/calendar.ts';
import type { EndedRow } from '../../domain/placing.ts';
import type { LedgerEntry } from '../../db/queries/list-contact-ledger.ts';
import { endReason, type EndReason } from '../explain/end-reason.ts';
import type { Explanation } from '../explain/explanation.ts';
import { refusedCampaignText } from './campaign-explanation.ts';
import { dateText, NO_MARKETING, rejectionText, shown, stateText } from './contact-text.ts';
import { isDue } from './explanation-json.ts';
import {
  campaignNameIn,
  eventsText,
  indented,
  ledgerMailText,
  mailNameText,
  mailText,
  refusedPostWindowTexts,
  resultText,
} from './mail-explanation.ts';
import { mailName, type CampaignName } from './mail-name.ts';
import { momentText } from './time-text.ts';
import { wrap } from './wrap.ts';

/** Older entries are in `--json`. */
const LEDGER_SHOWN = 12;
/** The results stand below each other beside names up to this length. */
const LONGEST_NAME = 48;

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
        `Plan ${basis.planNumber}, as of ${formatDay(basis.planAsOfDay)}, published ${momentText(basis.publishedAt, timeZone)} (${timeZone}) by run ${basis.planRunId}${basis.replannedAt === null ? ` with configuration version ${basis.configurationVersion}` : ''}.`,
        '',
        '  ',
      ),
      ...(basis.replannedAt === null
        ? []
        : [
            wrap(
              `The contact was planned again since, on ${momentText(basis.replannedAt, timeZone)}, by run ${basis.runId}, as of ${asOf}, with configuration version ${basis.configurationVersion}: explained is what that run did.`,
              '',
              '  ',
            ),
          ]),
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
    indented('state', stateText(contact, reviewed)),
    indented('birth date', dateText('birth_date', contact.birthDay, reviewed)),
    indented('effective date', dateText('effective_date', contact.effectiveDay, reviewed)),
  ];
}

function outcomeText({ decided, profile, suppression, errorCode, rows }: Explanation): string {
  if (decided === null) return 'it was deleted; what planning knew of it is gone, and only its rows are left';
  const { outcome, rejection } = decided.plan;
  if (rejection !== null) {
    const code = errorCode === null ? '' : ` (${errorCode})`;
    return `rejected: ${rejectionText(rejection, suppression)}${code}`;
  }
  if (outcome === 'absent') {
    return profile.isDeleted
      ? 'deleted: nothing is planned'
      : 'no contact of the organization yet: nothing is planned';
  }
  const skipped = rows.filter(({ row }) => row.status === 'skipped').length;
  const which = suppression === 'marketing' ? `; ${NO_MARKETING}` : '';
  if (rows.length === 0) return `nothing is due${which}`;
  return `${rows.length - skipped} pre-scheduled, ${skipped} skipped${which}`;
}

function notesSection({ notes }: Explanation): string[] {
  return notes.map(({ text }) => wrap(text, 'Note: ', '      '));
}

/** Every mail in a line, where there are several. */
function overview(explanation: Explanation): string[] {
  const { rows } = explanation;
  if (rows.length < 2) return [];
  const names = rows.map(({ row }) => mailNameText(row, explanation));
  const width = Math.min(LONGEST_NAME, Math.max(...names.map(({ length }) => length)));
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
    .map((trace) => indented('campaign', refusedCampaignText(trace, ledgerMailText)));
  const lines = [...absent, ...refusedPostWindowTexts(explanation), ...campaigns];
  return lines.length === 0 ? [] : ['Not due', ...lines];
}

function endedSection(explanation: Explanation): string[] {
  const { basis, decided } = explanation;
  const ended = decided?.plan.endedRows ?? [];
  const heading =
    basis.kind === 'as_of'
      ? 'Would end'
      : basis.replannedAt === null
        ? 'Ended with this plan'
        : `Ended by run ${basis.runId}`;
  return ended.length === 0 ? [] : [heading, ...ended.map((row) => endedText(row, explanation))];
}

const END_REASONS: Readonly<Record<Exclude<EndReason, 'suppressed'>, string>> = {
  missed: 'missed: nobody had sent it by its day, and its deadline has passed',
  not_due: 'dropped: it is not due any more',
  contact_deleted: 'dropped: the contact was deleted',
  missing_email: 'dropped: the contact has no e-mail address',
  invalid_email: 'dropped: the contact has no usable e-mail address',
  unknown_state: 'dropped: the state of the contact is unknown',
  internal_error: 'dropped: planning the contact failed',
};

function endedText(ended: EndedRow, explanation: Explanation): string {
  const { row } = ended;
  const { suppression } = explanation;
  const was = row.skipReason === null ? row.status : `${row.status} (${row.skipReason})`;
  const reason = endReason(explanation, ended);
  const why =
    reason === 'suppressed'
      ? `dropped: the contact is suppressed${suppression === null ? '' : ` (${suppression})`}`
      : END_REASONS[reason];
  return wrap(`${mailNameText(row, explanation)}, ${was} on ${formatDay(row.day)}: ${why}`, '  ', '    ');
}

function ledgerSection(explanation: Explanation): string[] {
  const { ledger } = explanation;
  const campaignName = campaignNameIn(explanation);
  if (ledger.length === 0) return [];
  const shown = ledger.slice(0, LEDGER_SHOWN).map((entry) => ledgerText(entry, campaignName));
  const rest = ledger.length - shown.length;
  return [
    'Ledger: settled, and never planned again',
    ...shown,
    ...(rest === 0 ? [] : [`  … and ${rest} older; \`--json\` has all of them.`]),
  ];
}

function ledgerText(entry: LedgerEntry, campaignName: CampaignName): string {
  const { scheduledSendDate, status, skipReason, parentId, metadata } = entry;
  const blockedBy = metadata?.['blocked_by'] as { rule: string; from?: string; to?: string } | undefined;
  const rule =
    blockedBy === undefined
      ? ''
      : `, ${blockedBy.rule}${blockedBy.to === undefined ? '' : `, ${blockedBy.from!} to ${blockedBy.to}`}`;
  const reason = skipReason === null ? '' : `: ${skipReason}${rule}`;
  const follows = parentId === null ? '' : `, follow-up of row ${parentId}`;
  return wrap(
    `${scheduledSendDate}  ${mailName(entry, campaignName)}${follows}: ${status}${reason}`,
    '  ',
    '    ',
  );
}
