/** config/state-rules.yaml: the keys of a rule by its kind (SPEC 5, 12). */
import * as z from 'zod';
import { STATE_CODES } from '../domain/states.ts';
import { closedMapping, day, monthDay, oneOf, text, wholeNumber } from './fields.ts';

const RULE_KINDS = ['birthday', 'effective_date', 'calendar', 'all_year'] as const;

const ofEveryRule = {
  state: z.enum(STATE_CODES, {
    error: 'a state as two capital letters: the fifty, DC, PR VI GU AS MP FM MH PW, AA AE AP',
  }),
  kind: oneOf(RULE_KINDS),
  citation: text(500),
  law_from: day().optional(),
  law_until: day().optional(),
};

const ofEveryWindow = {
  extension_days: wholeNumber(0, 365).optional(),
  all_year_from_age: wholeNumber(1, 120).optional(),
};

const ofAnniversaries = {
  ...ofEveryRule,
  days_before: wholeNumber(0, 365),
  days_after: wholeNumber(0, 365),
  anchor: oneOf(['month_start']).optional(),
  ...ofEveryWindow,
};

const birthdayRule = closedMapping({ ...ofAnniversaries, kind: z.literal('birthday') });
const effectiveDateRule = closedMapping({ ...ofAnniversaries, kind: z.literal('effective_date') });
const calendarRule = closedMapping({
  ...ofEveryRule,
  kind: z.literal('calendar'),
  from: monthDay(),
  to: monthDay(),
  ...ofEveryWindow,
});
const allYearRule = closedMapping({ ...ofEveryRule, kind: z.literal('all_year') });

/** What can be said of a rule whose kind is not known. */
const kindlessRule = z.looseObject(ofEveryRule, { error: 'a mapping that describes one rule' });

/** Says all that is wrong with a rule by itself, whatever its kind. */
export function ruleSchemaFor(rule: unknown): z.ZodType {
  const parsed = z.looseObject({ kind: ofEveryRule.kind }).safeParse(rule);
  if (!parsed.success) return kindlessRule;
  const schemas = {
    birthday: birthdayRule,
    effective_date: effectiveDateRule,
    calendar: calendarRule,
    all_year: allYearRule,
  };
  return schemas[parsed.data.kind];
}

export const rulesDocument = z.strictObject({
  rules: z.array(z.discriminatedUnion('kind', [birthdayRule, effectiveDateRule, calendarRule, allYearRule])),
});

type RulesDocument = z.output<typeof rulesDocument>;
export type RuleDocument = RulesDocument['rules'][number];
