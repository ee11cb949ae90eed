/** Random rule sets and configurations, valid ones, with every field in use. */

import { dayNumber, isoDate } from './calendar.ts';
import { defaultConfig } from './defaults.ts';
import type { Random } from './random.ts';
import type { ModelConfig, ModelRule } from './types.ts';

const MONTH_DAYS = [
  '01-01',
  '01-02',
  '02-28',
  '02-29',
  '03-01',
  '04-30',
  '06-15',
  '09-15',
  '10-15',
  '12-07',
  '12-31',
];

export function randomRules(random: Random, states: readonly string[], asOf: string): ModelRule[] {
  const rules: ModelRule[] = [];
  for (let count = random.int(2, 14); count > 0; count -= 1) {
    rules.push(randomRule(random, random.pick(states), asOf));
  }
  return rules;
}

function randomRule(random: Random, state: string, asOf: string): ModelRule {
  const kind = random.pick([
    'birthday',
    'birthday',
    'effective_date',
    'effective_date',
    'calendar',
    'all_year',
  ] as const);
  const rule: ModelRule = { state, kind };
  if (kind === 'birthday' || kind === 'effective_date') {
    if (random.chance(0.8)) rule.days_before = random.pick([0, 0, 1, 30, 45, 120]);
    if (random.chance(0.9)) rule.days_after = random.pick([0, 1, 30, 31, 60, 63, 150, 240, 304, 364]);
    if (random.chance(0.25)) rule.anchor = 'month_start';
  }
  if (kind === 'calendar') {
    rule.from = random.pick(MONTH_DAYS);
    rule.to = random.pick(MONTH_DAYS);
  }
  if (kind !== 'all_year') {
    if (random.chance(0.3)) rule.extension_days = random.pick([0, 1, 10, 60, 90]);
    if (random.chance(0.15)) rule.all_year_from_age = random.pick([40, 65, 75, 80]);
  }
  if (random.chance(0.25)) rule.law_from = nearDay(random, asOf, 400);
  if (random.chance(0.25)) rule.law_until = nearDay(random, rule.law_from ?? asOf, 400, rule.law_from);
  return rule;
}

function nearDay(random: Random, iso: string, within: number, notBefore?: string): string {
  const day = isoDate(dayNumber(iso) + random.pick([-1, 0, 1, random.int(-within, within)]));
  return notBefore !== undefined && day < notBefore ? notBefore : day;
}

export function randomConfig(random: Random): ModelConfig {
  const config = defaultConfig();
  config.send_time = random.pick(['08:30', '07:00', '13:45']);
  for (const feature of ['campaigns', 'load_balancing', 'frequency_limit', 'post_window'] as const) {
    config.features[feature] = random.chance(0.88);
  }
  randomEmailTypes(random, config);
  config.catch_up_days = random.pick([1, 3, 7, 7, 20]);
  config.exclusion = {
    extension_days: random.pick([0, 1, 30, 60, 60, 60, 100]),
    unknown_anchor: random.pick(['block', 'block', 'send']),
  };
  config.load = {
    daily_cap_percent: random.pick([1, 1, 2, 5, 7, 7, 20, 100]),
    redistribute_above_percent: random.pick([100, 120, 120, 150, 200]),
    redistribute_within_days: random.pick([1, 5, 30, 62, 62]),
    smoothing_limit: random.pick([1, 2, 5, 15]),
    smoothing_percent_of_cap: random.pick([10, 30, 100]),
    smoothing_days: random.pick([1, 2, 2, 5]),
  };
  config.frequency = {
    max_mails: random.pick([1, 1, 2, 2, 3]),
    period_days: random.pick([1, 2, 14, 14, 30, 60]),
  };
  return config;
}

function randomEmailTypes(random: Random, config: ModelConfig): void {
  const { birthday, effective_date, aep, post_window } = config.email_types;
  for (const type of [birthday, effective_date]) {
    type.enabled = random.chance(0.92);
    type.deadline_days_before = random.pick([0, 1, 1, 1, 5]);
    type.days_before = type.deadline_days_before + random.pick([0, 1, 9, 13, 29, 44]);
    type.priority = random.int(1, 10);
  }
  aep.enabled = random.chance(0.92);
  aep.priority = random.int(1, 10);
  aep.days = random.pick([
    [{ on: '09-15', deadline: '10-14' }],
    [{ on: '09-15', deadline: '10-14' }],
    [{ on: '02-28', deadline: '03-10' }],
    [
      { on: '09-15', deadline: '10-14' },
      { on: '11-01', deadline: '12-07' },
    ],
    [
      { on: '01-01', deadline: '01-31' },
      { on: '01-03', deadline: '02-28' },
      { on: '12-15', deadline: '12-31' },
    ],
  ]);
  post_window.enabled = random.chance(0.92);
  post_window.days_after = random.pick([1, 1, 1, 2, 7]);
  post_window.deadline_days_after = post_window.days_after + random.pick([0, 5, 29, 60]);
  post_window.priority = random.int(1, 10);
}
