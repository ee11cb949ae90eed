/** What the state rules come to for one made-up contact and day (SPEC 14): `rules try`. */
import type { DayNumber } from './calendar.ts';
import type { Configuration } from './configuration.ts';
import type { PlannableContact } from './contact.ts';
import { ContactWindows } from './exclusion.ts';
import type { StateRules } from './state-rules.ts';
import { decidingAnswer, traceWindows, type RuleAnswer } from './window-trace.ts';
import { postWindowCandidates } from './yearly.ts';

/** The mail that would be written after the window, for what it held back (SPEC 5). */
export interface PostWindowTrial {
  readonly idealDay: DayNumber;
  readonly deadlineDay: DayNumber;
  /** Why not even its ideal day is free: another window, or an unknown anchor. */
  readonly blockedBy: RuleAnswer | null;
}

export interface RuleTrial {
  readonly day: DayNumber;
  readonly contact: PlannableContact;
  readonly answers: readonly RuleAnswer[];
  /** `null`: the day is not blocked. */
  readonly blockedBy: RuleAnswer | null;
  /** Last day of the windows that hold the day, joined; `null` if none holds it or they never end. */
  readonly windowEndDay: DayNumber | null;
  /** `null`: the day lies in no window that ends, or no such mails are written. */
  readonly postWindow: PostWindowTrial | null;
}

export function tryRules(
  configuration: Configuration,
  rules: StateRules,
  contact: PlannableContact,
  day: DayNumber,
): RuleTrial {
  const { exclusion } = configuration;
  const rulesOfContact = rules.ofStates(contact.states);
  const ask = (askedDay: DayNumber) => traceWindows(rulesOfContact, contact, exclusion, askedDay);
  const windows = new ContactWindows(rulesOfContact, contact, exclusion, day);
  const answers = ask(day);
  const blockedBy = decidingAnswer(answers);
  const blockedMails = blockedBy?.verdict === 'blocks' ? [{ text: '', day }] : [];
  const [candidate] = postWindowCandidates(blockedMails, windows, configuration, [], day);
  return {
    day,
    contact,
    answers,
    blockedBy,
    windowEndDay: windows.endOfJoinedWindow(day),
    postWindow:
      candidate === undefined
        ? null
        : {
            idealDay: candidate.idealDay,
            deadlineDay: candidate.deadlineDay,
            blockedBy: decidingAnswer(ask(candidate.idealDay)),
          },
  };
}
