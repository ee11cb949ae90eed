/** Finds everything that is wrong in a document of state rules. */
import * as z from 'zod';
import { closedMapping, day, wholeNumber } from './fields.ts';
import type { Finding } from '../contracts/finding.ts';
import { fromIssue } from './finding.ts';
import { ruleSchemaFor } from './rules-schema.ts';

const MAX_RULES = 1000;
const A_LIST = `a list of at most ${MAX_RULES} rules; [] if no state has any`;

const outline = closedMapping({
  rules: z.array(z.unknown(), { error: A_LIST }).max(MAX_RULES, { error: A_LIST }),
});

/** `extensionDays`: the longest that the scheduler document gives to rules that have none of their own. */
export function checkRules(document: unknown, extensionDays: number): Finding[] {
  const parsed = outline.safeParse(document);
  const findings = parsed.success ? [] : parsed.error.issues.flatMap((issue) => fromIssue(issue, document));
  return [...findings, ...listed(document).flatMap((rule, index) => checkRule(rule, index, extensionDays))];
}

function listed(document: unknown): unknown[] {
  const parsed = z.looseObject({ rules: z.array(z.unknown()) }).safeParse(document);
  return parsed.success ? parsed.data.rules : [];
}

function checkRule(rule: unknown, index: number, extensionDays: number): Finding[] {
  const parsed = ruleSchemaFor(rule).safeParse(rule);
  const findings = parsed.success ? [] : parsed.error.issues.flatMap((issue) => fromIssue(issue, rule));
  return [...findings, ...checkReach(rule, extensionDays), ...checkValidity(rule)].map((finding) => {
    return { ...finding, path: ['rules', index, ...finding.path] };
  });
}

/** A window is looked for around the anchors of three years (SPEC 5), so it may not start earlier. */
const MAX_REACH_DAYS = 365;

const reach = z.looseObject({
  days_before: wholeNumber(0, MAX_REACH_DAYS),
  extension_days: wholeNumber(0, MAX_REACH_DAYS).optional(),
});

function checkReach(rule: unknown, extensionDays: number): Finding[] {
  const parsed = reach.safeParse(rule);
  if (!parsed.success) return [];
  const extension = parsed.data.extension_days ?? extensionDays;
  if (parsed.data.days_before + extension <= MAX_REACH_DAYS) return [];
  const source = parsed.data.extension_days === undefined ? 'exclusion.extension_days' : 'extension_days';
  const allowed = `at most ${MAX_REACH_DAYS} together with ${source}, which is ${extension}`;
  return [{ path: ['days_before'], value: parsed.data.days_before, allowed }];
}

const validity = z.looseObject({ law_from: day(), law_until: day() });

function checkValidity(rule: unknown): Finding[] {
  const parsed = validity.safeParse(rule);
  if (!parsed.success || parsed.data.law_from <= parsed.data.law_until) return [];
  const allowed = `a date on or after law_from, which is "${parsed.data.law_from}"`;
  return [{ path: ['law_until'], value: parsed.data.law_until, allowed }];
}
