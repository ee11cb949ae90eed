/** The state rules as the domain wants them. */
import type { StateRule } from '../domain/configuration.ts';
import { parseDay, parseMonthDay } from '../domain/calendar.ts';
import { checkRules } from './check-rules.ts';
import { toProblem } from './finding.ts';
import type { Json } from './json.ts';
import { InvalidConfiguration } from './problem.ts';
import type { RuleDocument } from './rules-schema.ts';
import { rulesDocument } from './rules-schema.ts';

/**
 * In the order of the document. Throws `InvalidConfiguration` where a stored document is not valid by the
 * rules of this program.
 */
export function compileRules(rules: Json): StateRule[] {
  const findings = checkRules(rules, 0);
  if (findings.length > 0) {
    throw new InvalidConfiguration(
      findings.map((finding) => toProblem(finding, 'the stored state rules', () => null)),
    );
  }
  const seen = new Map<string, number>();
  return rulesDocument.parse(rules).rules.map((rule) => {
    const name = `${rule.state} ${rule.kind}`;
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return toStateRule(rule, count === 1 ? name : `${name} (${count})`);
  });
}

function toStateRule(rule: RuleDocument, name: string): StateRule {
  const isAnniversary = rule.kind === 'birthday' || rule.kind === 'effective_date';
  const isCalendar = rule.kind === 'calendar';
  const isAllYear = rule.kind === 'all_year';
  return {
    name,
    state: rule.state,
    kind: rule.kind,
    daysBefore: isAnniversary ? rule.days_before : 0,
    daysAfter: isAnniversary ? rule.days_after : 0,
    from: isCalendar ? parseMonthDay(rule.from) : null,
    to: isCalendar ? parseMonthDay(rule.to) : null,
    anchoredOnMonthStart: isAnniversary && rule.anchor === 'month_start',
    extensionDays: isAllYear ? null : (rule.extension_days ?? null),
    allYearFromAge: isAllYear ? null : (rule.all_year_from_age ?? null),
    citation: rule.citation,
    lawFrom: rule.law_from === undefined ? null : parseDay(rule.law_from),
    lawUntil: rule.law_until === undefined ? null : parseDay(rule.law_until),
  };
}
