/** Explanations beside the plans that they explain: generated organizations, every contact, day by day. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { DayNumber } from '../../src/domain/calendar.ts';
import { explainPublished, type ContactExplanation } from '../../src/domain/explain.ts';
import { MAX_SEARCH_DAYS, type MailTrace } from '../../src/domain/mail-trace.ts';
import { occurrenceText, type Hash32 } from '../../src/domain/occurrence.ts';
import { isAllowed, type ContactFacts, type PlanningContext } from '../../src/domain/placing.ts';
import type { ContactPlan } from '../../src/domain/planning.ts';
import { countsForFrequency, hasPlace } from '../../src/domain/schedule-row.ts';
import { decidingAnswer } from '../../src/domain/window-trace.ts';
import { loadHash32 } from '../../src/domain/xxhash32.ts';
import { generateOrganization, nextDay, type GenerateOptions } from '../model/generate.ts';
import { planByModel } from '../model/model.ts';
import { decideByProduct, type ProductPlan } from '../support/product-plan.ts';

const DAYS = 5;

let hash: Hash32;

beforeAll(async () => {
  hash = await loadHash32();
});

interface Batch {
  readonly what: string;
  readonly seeds: number;
  readonly firstSeed: number;
  readonly options: GenerateOptions;
}

const BATCHES: readonly Batch[] = [
  { what: 'everything drawn at random', seeds: 9, firstSeed: 50_000, options: {} },
  {
    what: 'shipped rules, default configuration',
    seeds: 5,
    firstSeed: 51_000,
    options: { rules: 'shipped', config: 'default' },
  },
  { what: 'campaigns', seeds: 9, firstSeed: 53_000, options: { campaigns: true } },
  { what: 'over the first day of AEP', seeds: 3, firstSeed: 52_000, options: { asOf: '2027-09-12' } },
];

describe('an explanation comes to the rows that were published, and gives the reasons that hold', () => {
  test.each(BATCHES)('$what', { timeout: 60_000 }, ({ seeds, firstSeed, options }) => {
    for (let seed = firstSeed; seed < firstSeed + seeds; seed += 1) {
      let input = generateOrganization(seed, options);
      for (let day = 0; day < DAYS; day += 1) {
        const where = `seed ${seed}, as of ${input.asOf}`;
        const decided = decideByProduct(input, hash);
        decided.contacts.forEach((plan, index) => {
          const explanation = explainContact(decided, index);
          expect(rowsOf(explanation.plan), where).toEqual(rowsOf(plan));
          expect(explanation.plan.endedRows, where).toEqual(plan.endedRows);
          for (const mail of explanation.mails) {
            note(mail);
            checkMail(decided, decided.facts[index]!, explanation, mail, `${where}: ${nameOf(mail)}`);
          }
          checkEvents(explanation, where);
        });
        input = nextDay(input, planByModel(input), seed * 1000 + day);
      }
    }
  });

  test('all that planning can decide has been explained', () => {
    expect([...seen].sort()).toEqual([
      'before_start',
      'blocked',
      'catch_up',
      'collided',
      'drawn_anew',
      'had_no_place',
      'ideal_date',
      'ideal_date_changed',
      'kept',
      'lost its day',
      'new',
      'next day',
      'no next day',
      'none',
      'overdue',
      'plan_in_force',
      'redistributed',
      'smoothed',
    ]);
  });
});

const seen = new Set<string>();

function note({ mail, keeping, placedBy, nextDay }: MailTrace): void {
  const decisions = [
    keeping,
    placedBy,
    ...(mail.placedBy === null || mail.isKept ? [] : [mail.placedBy]),
    ...(mail.collidedWith === null ? [] : ['collided']),
    ...(mail.winner === null ? [] : ['lost its day']),
    ...(nextDay === null ? [] : [nextDay.day === null ? 'no next day' : 'next day']),
  ];
  for (const decision of decisions) seen.add(decision);
}

function explainContact({ context, contacts, facts, limits, shape }: ProductPlan, index: number) {
  const rows = contacts[index]!.planned.map(({ row, former }) => ({
    ...row,
    id: former?.id ?? 0,
    runId: former?.runId ?? 0,
  }));
  return explainPublished(context, facts[index]!, rows, {
    limits,
    volumes: shape.volumes,
    smoothedDays: daysMovedOff(contacts),
    overCapDays: new Set(shape.overCapDays),
  });
}

/** The days off which smoothing has moved any mail. */
function daysMovedOff(contacts: readonly ContactPlan[]): Set<DayNumber> {
  const smoothed = contacts
    .flatMap(({ placement }) => placement.mails)
    .filter(({ isKept, placedBy }) => !isKept && placedBy === 'smoothed');
  return new Set(smoothed.flatMap(({ movedFrom }) => movedFrom ?? []));
}

function rowsOf({ planned, outcome, rejection }: ContactPlan) {
  return { outcome, rejection, rows: planned.map(({ row }) => row) };
}

function nameOf({ mail }: MailTrace): string {
  return occurrenceText(mail.contactId, mail);
}

function checkMail(
  { context, shape }: ProductPlan,
  facts: ContactFacts,
  { plan }: ContactExplanation,
  trace: MailTrace,
  where: string,
): void {
  const { mail, row, answers, catchUp, smoothing, frequency } = trace;
  // A mail that ignores the windows, or that its dates leave no day, is planned whatever the rules answer.
  const isByRules = mail.block !== null || (hasPlace(row) && mail.campaign?.ignoresWindows !== true);
  if (isByRules) expect(decidingAnswer(answers)?.rule.name ?? null, where).toBe(ruleOf(mail.block));
  expect(trace.keeping === 'kept', where).toBe(mail.isKept);
  expect(trace.keeping === 'new', where).toBe(!isInFormerPlan(context, facts, trace));
  if (catchUp !== null) {
    expect(catchUp.allowedDays[catchUp.index ?? 0] ?? catchUp.firstDay, where).toBe(trace.placedDay);
    const refused = catchUp.refused.reduce((days, { from, to }) => days + to - from + 1, 0);
    expect(refused + catchUp.allowedDays.length, where).toBe(context.configuration.catchUpDays);
  }
  if (smoothing !== null) {
    if (smoothing.isDaySmoothed) expect(shape.smoothedDays, where).toContain(smoothing.day);
    const chosenDay = smoothing.allowedDays[smoothing.index];
    if (trace.cap!.day !== smoothing.day) expect(smoothing.isDaySmoothed, where).toBe(true);
    expect([smoothing.day, chosenDay], where).toContain(trace.cap!.day);
  }
  expect(trace.cap?.toDay ?? row.day, where).toBe(row.day);
  expect(frequency?.collidedWith ?? null, where).toEqual(mail.collidedWith);
  if (mail.collidedWith !== null) {
    expect(
      frequency!.near.map(({ text }) => text),
      where,
    ).toEqual(expect.arrayContaining([...mail.collidedWith]));
  }
  expect(trace.nextDay === null, where).toBe(row.skipReason === null);
  if (trace.nextDay !== null) checkNextDay(context, plan, trace, where);
}

function ruleOf(block: MailTrace['mail']['block']): string | null {
  if (block === null) return null;
  return block.reason === 'unknown_anchor' ? block.rule.name : block.window.rule.name;
}

function isInFormerPlan({ asOfDay, today }: PlanningContext, facts: ContactFacts, trace: MailTrace): boolean {
  return facts.planRows.some(
    (row) =>
      occurrenceText(row.contactId, row) === nameOf(trace) &&
      (row.day >= asOfDay || (row.day < today && row.status === 'pre-scheduled')),
  );
}

/** The first day after the mail's own that is allowed; days before it are refused, each for a reason. */
function checkNextDay(
  { configuration }: PlanningContext,
  { placement }: ContactPlan,
  { mail, nextDay }: MailTrace,
  where: string,
): void {
  const { day, refused } = nextDay!;
  const { windows, ledger, mails } = placement;
  const lastSearched = (day ?? Math.min(mail.deadlineDay, mail.day + MAX_SEARCH_DAYS) + 1) - 1;
  const searched = Math.max(0, lastSearched - mail.day);
  expect(
    refused.reduce((days, { from, to }) => days + to - from + 1, 0),
    where,
  ).toBe(searched);
  const isFree = (of: DayNumber): boolean => isAllowed(of, mail, windows!, mail.day);
  const isRequired = mail.campaign?.isTransactional === true;
  const others = [
    ...ledger.filter(countsForFrequency),
    ...mails.filter((of) => of !== mail && of.isPlaced && of.campaign?.isTransactional !== true),
  ];
  const isTooNear = (of: DayNumber): boolean =>
    configuration.features.frequencyLimit &&
    !isRequired &&
    isOneTooMany(
      of,
      others.map((other) => other.day),
      configuration.frequency,
    );
  const isTaken = (of: DayNumber): boolean =>
    mail.campaign !== null &&
    !isRequired &&
    others.some((other) => other.campaignInstanceId !== null && other.day === of);
  for (const { from, to, reason } of refused) {
    const days = Array.from({ length: to - from + 1 }, (_, index) => from + index);
    const isByMails = reason === 'frequency_limit' || reason === 'campaign_conflict';
    expect(days.filter(isFree), where).toEqual(isByMails ? days : []);
    if (reason === 'frequency_limit') expect(days.filter(isTooNear), where).toEqual(days);
    if (reason === 'campaign_conflict') expect(days.filter(isTaken), where).toEqual(days);
  }
  if (day !== null) expect([isFree(day), isTooNear(day), isTaken(day)], where).toEqual([true, false, false]);
}

/** Whether with one more mail on the day some period has too many. */
function isOneTooMany(
  day: DayNumber,
  others: readonly DayNumber[],
  { maxMails, periodDays }: PlanningContext['configuration']['frequency'],
): boolean {
  const starts = Array.from({ length: periodDays }, (_, index) => day - index);
  return starts.some(
    (start) => others.filter((of) => start <= of && of < start + periodDays).length >= maxMails,
  );
}

/** Each planned mail is the event or the campaign that was found due, and nothing else is due. */
function checkEvents({ plan, events, postWindow, campaigns }: ContactExplanation, where: string): void {
  const due = events.flatMap(({ emailType, asked }) =>
    asked.filter(({ refusal }) => refusal === null).map(({ eventDay }) => `${emailType} ${eventDay}`),
  );
  const postWindows = (postWindow?.asked ?? [])
    .filter(({ refusal }) => refusal === null)
    .map(({ eventDay }) => `post_window ${eventDay}`);
  const yearly = plan.planned.filter(({ row }) => row.campaignInstanceId === null);
  const planned = yearly.map(({ row }) => `${row.emailType} ${row.eventDay}`);
  expect(planned.sort(), where).toEqual([...new Set([...due, ...postWindows])].sort());
  const instances = plan.planned.flatMap(({ row }) => row.campaignInstanceId ?? []);
  const dueInstances = campaigns.filter(({ refusal }) => refusal === null).map(({ instance }) => instance.id);
  expect(instances.sort(), where).toEqual(dueInstances.sort());
}
