/** The answer of `rules try`, for people and for programs. */
import { formatDay } from '../../domain/calendar.ts';
import type { ExclusionSettings } from '../../domain/exclusion.ts';
import type { PostWindowTrial, RuleTrial } from '../../domain/rule-trial.ts';
import type { RuleAnswer } from '../../domain/window-trace.ts';
import { answerReason, dayJson, ruleAnswerJson } from './rule-answers.ts';
import { drawWindows } from './window-drawing.ts';
import { wrap } from './wrap.ts';

/** At most 100 columns wide. */
export function ruleTrialText(trial: RuleTrial, settings: ExclusionSettings): string {
  const { answers } = trial;
  const sections = [
    [headline(trial), ...notes(trial)],
    decisionLines(trial),
    answers.length === 0 ? [] : [`Rules asked (${answers.length}):`, ...answers.flatMap(answerLines)],
    answers.length === 0 ? [] : drawing(trial, settings),
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

function headline({ day, contact, answers, blockedBy }: RuleTrial): string {
  const states = contact.states.join(' and ');
  if (blockedBy !== null) return `${formatDay(day)} is blocked in ${states}: ${reasonOf(blockedBy)}.`;
  const why = answers.length === 0 ? `: no rule is given for ${states}` : '';
  return `${formatDay(day)} is not blocked in ${states}${why}.`;
}

function reasonOf({ verdict }: RuleAnswer): 'exclusion_window' | 'unknown_anchor' {
  return verdict === 'blocks' ? 'exclusion_window' : 'unknown_anchor';
}

const DATE_IGNORED =
  'counts as missing: it is on or before 1900-01-01, 1970-01-01, after 2199, or a birth date after the day.';

function notes({ contact }: RuleTrial): string[] {
  return contact.warnings.map((warning) => {
    switch (warning) {
      case 'birth_date_ignored':
        return wrap(`The birth date ${DATE_IGNORED}`, '', '');
      case 'effective_date_ignored':
        return wrap(`The effective date ${DATE_IGNORED}`, '', '');
      case 'states_disagree':
        return 'ZIP code and state disagree: the rules of both are asked.';
    }
  });
}

const LABEL_WIDTH = 13;

function decisionLines({ blockedBy, windowEndDay, postWindow }: RuleTrial): string[] {
  if (blockedBy === null) return [];
  const lines = [
    labelled('Rule', blockedBy.rule.name),
    labelled('Citation', blockedBy.rule.citation),
    labelled(blockedBy.window === null ? 'Anchor' : 'Window', answerReason(blockedBy)),
  ];
  if (blockedBy.window === null) return lines;
  if (windowEndDay !== null && windowEndDay !== blockedBy.window.to) {
    lines.push(
      labelled('Joined', `to ${formatDay(windowEndDay)}, with the windows that overlap or touch it`),
    );
  }
  return [...lines, labelled('Post-window', postWindowText(windowEndDay !== null, postWindow))];
}

function labelled(label: string, text: string): string {
  return wrap(text, label.padEnd(LABEL_WIDTH), ' '.repeat(LABEL_WIDTH));
}

function postWindowText(doesEnd: boolean, postWindow: PostWindowTrial | null): string {
  if (!doesEnd) return 'no mail: the window never ends';
  if (postWindow === null) return 'no mail: these mails are switched off';
  const { idealDay, deadlineDay, blockedBy } = postWindow;
  const blocked = blockedBy === null ? '' : `; skipped: ${reasonOf(blockedBy)}, ${blockedBy.rule.name}`;
  return `mail on ${formatDay(idealDay)}, deadline ${formatDay(deadlineDay)}${blocked}`;
}

function answerLines(answer: RuleAnswer): string[] {
  return [
    `  ${answer.rule.name}: ${answer.verdict}`,
    wrap(answerReason(answer), '    ', '    '),
    wrap(answer.rule.citation, '    ', '    '),
  ];
}

function drawing({ day, contact, answers, blockedBy, postWindow }: RuleTrial, settings: ExclusionSettings) {
  const verdict = blockedBy === null ? 'not blocked' : 'blocked';
  return drawWindows({
    rules: answers.map(({ rule }) => rule),
    anchors: contact,
    settings,
    day,
    marks: [
      { day, text: verdict },
      ...(postWindow === null ? [] : [{ day: postWindow.idealDay, text: 'post-window mail' }]),
    ],
  });
}

export function ruleTrialJson(trial: RuleTrial, settings: ExclusionSettings): object {
  const { day, contact, answers, blockedBy, windowEndDay, postWindow } = trial;
  return {
    day: formatDay(day),
    states: contact.states,
    birthDate: dayJson(contact.birthDay),
    effectiveDate: dayJson(contact.effectiveDay),
    warnings: contact.warnings,
    extensionDays: settings.extensionDays,
    unknownAnchor: settings.unknownAnchor,
    isBlocked: blockedBy !== null,
    reason: blockedBy === null ? null : reasonOf(blockedBy),
    blockedBy: blockedBy === null ? null : ruleAnswerJson(blockedBy),
    windowEnd: dayJson(windowEndDay),
    postWindow: postWindow === null ? null : postWindowJson(postWindow),
    rules: answers.map(ruleAnswerJson),
  };
}

function postWindowJson({ idealDay, deadlineDay, blockedBy }: PostWindowTrial): object {
  return {
    idealDate: formatDay(idealDay),
    deadline: formatDay(deadlineDay),
    blockedBy: blockedBy === null ? null : ruleAnswerJson(blockedBy),
  };
}
