import { expect, test } from 'vitest';
import { complaintsOf } from './documents.ts';

const SETTINGS =
  'the keys time_zone, send_time, send_until, plan_time, features, email_types, catch_up_days, exclusion, load, ' +
  'frequency, follow_up, run, sender, delivery';
const LOAD =
  'the keys daily_cap_percent, redistribute_above_percent, redistribute_within_days, smoothing_limit, ' +
  'smoothing_percent_of_cap, smoothing_days';
const TIME = 'a time of day from "00:00" to "23:59"';
const ZONE = 'an IANA time zone such as America/Chicago';
const MONTH_DAY = 'a month-day MM-DD such as 09-15';
const AEP_DAYS = 'a list of 1 to 12 entries {on: MM-DD, deadline: MM-DD}';
const MAILBOX = 'null or an e-mail address, alone or as "Name <address>"';
const TEMPLATE = 'a name of 1 to 100 letters, digits, ".", "_" and "-"';
const DELAY = 'a duration (45s, 90m, 3h, 2d) from 1s to 30d';
const whole = (min: number, max: number) => `a whole number from ${min} to ${max}`;

/** YAML, and what is said of it without the file's name: line, path, value, what is allowed. */
const REFUSED: readonly (readonly [yaml: string, complaint: string])[] = [
  ['[]', `:1: [] is not allowed; allowed: a mapping of settings.`],
  ['text', `:1: "text" is not allowed; allowed: a mapping of settings.`],
  ['timezone: UTC', `:1: timezone: this key is not known here; allowed: ${SETTINGS}.`],
  ['time_zone: Chicago', `:1: time_zone: "Chicago" is not allowed; allowed: ${ZONE}.`],
  [
    'time_zone: America/Springfield',
    `:1: time_zone: "America/Springfield" is not allowed; allowed: ${ZONE}.`,
  ],
  ['time_zone: "+05:00"', `:1: time_zone: "+05:00" is not allowed; allowed: ${ZONE}.`],
  ['time_zone: EST', `:1: time_zone: "EST" is not allowed; allowed: ${ZONE}.`],
  ['time_zone:', `:1: time_zone: null is not allowed; allowed: ${ZONE}.`],
  ['time_zone: 6', `:1: time_zone: 6 is not allowed; allowed: ${ZONE}.`],
  ['\nsend_time: 8:30', `:2: send_time: "8:30" is not allowed; allowed: ${TIME}.`],
  ['send_time: 830', `:1: send_time: 830 is not allowed; allowed: ${TIME}.`],
  ['send_until: "24:00"', `:1: send_until: "24:00" is not allowed; allowed: ${TIME}.`],
  ['plan_time: "04:60"', `:1: plan_time: "04:60" is not allowed; allowed: ${TIME}.`],
  ['plan_time: 04:00:00', `:1: plan_time: "04:00:00" is not allowed; allowed: ${TIME}.`],
  [
    'send_time: "20:00"',
    `:1: send_time: "20:00" is not allowed; allowed: a time earlier than send_until, which is "20:00".`,
  ],
  [
    'send_until: "08:00"',
    `:1: send_until: "08:00" is not allowed; allowed: a time later than send_time, which is "08:30".`,
  ],
  [
    'send_time: "09:00"\nsend_until: "08:59"',
    `:2: send_until: "08:59" is not allowed; allowed: a time later than send_time, which is "09:00".`,
  ],
  ['features:\n  sms: yes', `:2: features.sms: "yes" is not allowed; allowed: true or false.`],
  ['features:\n  sms: 1', `:2: features.sms: 1 is not allowed; allowed: true or false.`],
  ['features:\n  sms:', `:2: features.sms: null is not allowed; allowed: true or false.`],
  [
    'features: {texts: true}',
    ':1: features.texts: this key is not known here; allowed: the keys campaigns, follow_ups, load_balancing, ' +
      'frequency_limit, post_window, sms.',
  ],
  [
    'email_types:\n  birth_day: {}',
    ':2: email_types.birth_day: this key is not known here; allowed: the keys birthday, effective_date, aep, ' +
      'post_window.',
  ],
  [
    'email_types:\n  birthday:\n    days_before: -1',
    `:3: email_types.birthday.days_before: -1 is not allowed; allowed: ${whole(0, 180)}.`,
  ],
  [
    'email_types: {effective_date: {days_before: 30.5}}',
    `:1: email_types.effective_date.days_before: 30.5 is not allowed; allowed: ${whole(0, 180)}.`,
  ],
  [
    'email_types: {birthday: {days_before: 0}}',
    `:1: email_types.birthday.days_before: 0 is not allowed; allowed: at least deadline_days_before, which is 1.`,
  ],
  [
    'email_types:\n  effective_date:\n    deadline_days_before: 31',
    ':3: email_types.effective_date.deadline_days_before: 31 is not allowed; allowed: at most days_before, ' +
      'which is 30.',
  ],
  [
    'email_types: {birthday: {priority: 1001}}',
    `:1: email_types.birthday.priority: 1001 is not allowed; allowed: ${whole(0, 1000)}.`,
  ],
  [
    'email_types: {birthday: {enabled: "true"}}',
    `:1: email_types.birthday.enabled: "true" is not allowed; allowed: true or false.`,
  ],
  [
    'email_types: {birthday: {template: ../secret}}',
    `:1: email_types.birthday.template: "../secret" is not allowed; allowed: ${TEMPLATE}.`,
  ],
  [
    'email_types: {birthday: {days: []}}',
    ':1: email_types.birthday.days: this key is not known here; allowed: the keys enabled, days_before, ' +
      'deadline_days_before, priority, template.',
  ],
  ['email_types: {aep: {days: []}}', `:1: email_types.aep.days: [] is not allowed; allowed: ${AEP_DAYS}.`],
  [
    'email_types: {aep: {days: 09-15}}',
    `:1: email_types.aep.days: "09-15" is not allowed; allowed: ${AEP_DAYS}.`,
  ],
  [
    'email_types:\n  aep:\n    days:\n      - {on: 09-15}',
    `:4: email_types.aep.days[0].deadline: a value is missing; allowed: ${MONTH_DAY}.`,
  ],
  [
    'email_types:\n  aep:\n    days:\n      - {on: 02-30, deadline: 03-01}',
    `:4: email_types.aep.days[0].on: "02-30" is not allowed; allowed: ${MONTH_DAY}.`,
  ],
  [
    'email_types:\n  aep:\n    days:\n      - on: 9-15\n        deadline: 10-14',
    `:4: email_types.aep.days[0].on: "9-15" is not allowed; allowed: ${MONTH_DAY}.`,
  ],
  [
    'email_types:\n  aep:\n    days:\n      - {on: 09-15, deadline: 10-14}\n      - {on: 09-15, deadline: 10-20}',
    ':5: email_types.aep.days[1].on: "09-15" is not allowed; allowed: a day that no earlier entry has; "09-15" is ' +
      'the same in a common year.',
  ],
  [
    'email_types:\n  aep:\n    days:\n      - {on: 02-29, deadline: 03-14}\n      - {on: 02-28, deadline: 03-20}',
    ':5: email_types.aep.days[1].on: "02-28" is not allowed; allowed: a day that no earlier entry has; "02-29" is ' +
      'the same in a common year.',
  ],
  [
    'email_types: {aep: {days: [{on: 09-15, deadline: 09-14}]}}',
    ':1: email_types.aep.days[0].deadline: "09-14" is not allowed; allowed: a month-day at most 300 days after ' +
      '"09-15".',
  ],
  [
    'email_types: {post_window: {days_after: 0}}',
    `:1: email_types.post_window.days_after: 0 is not allowed; allowed: ${whole(1, 180)}.`,
  ],
  [
    'email_types: {post_window: {days_after: 31}}',
    ':1: email_types.post_window.days_after: 31 is not allowed; allowed: at most deadline_days_after, which is 30.',
  ],
  ['catch_up_days: 0', `:1: catch_up_days: 0 is not allowed; allowed: ${whole(1, 60)}.`],
  ['catch_up_days: 61', `:1: catch_up_days: 61 is not allowed; allowed: ${whole(1, 60)}.`],
  ['catch_up_days: "7"', `:1: catch_up_days: "7" is not allowed; allowed: ${whole(1, 60)}.`],
  [
    'exclusion: {extension_days: 366}',
    `:1: exclusion.extension_days: 366 is not allowed; allowed: ${whole(0, 365)}.`,
  ],
  [
    'exclusion: {unknown_anchor: ask}',
    `:1: exclusion.unknown_anchor: "ask" is not allowed; allowed: one of block, send.`,
  ],
  ['load: 7', `:1: load: 7 is not allowed; allowed: a mapping with ${LOAD}.`],
  ['load: [7]', `:1: load: [7] is not allowed; allowed: a mapping with ${LOAD}.`],
  ['load:\n  daily_cap: 7', `:2: load.daily_cap: this key is not known here; allowed: ${LOAD}.`],
  [
    'load:\n  daily_cap_percent: 0',
    `:2: load.daily_cap_percent: 0 is not allowed; allowed: a number above 0, up to 100.`,
  ],
  [
    'load: {daily_cap_percent: 7%}',
    `:1: load.daily_cap_percent: "7%" is not allowed; allowed: a number above 0, up to 100.`,
  ],
  [
    'load: {daily_cap_percent: .nan}',
    `:1: load.daily_cap_percent: NaN is not allowed; allowed: a number above 0, up to 100.`,
  ],
  [
    'load: {smoothing_percent_of_cap: 100.5}',
    `:1: load.smoothing_percent_of_cap: 100.5 is not allowed; allowed: a number above 0, up to 100.`,
  ],
  [
    'load: {redistribute_above_percent: 99.9}',
    `:1: load.redistribute_above_percent: 99.9 is not allowed; allowed: a number from 100 to 1000.`,
  ],
  [
    'load: {redistribute_above_percent: .inf}',
    `:1: load.redistribute_above_percent: Infinity is not allowed; allowed: a number from 100 to 1000.`,
  ],
  [
    'load: {redistribute_within_days: 63}',
    `:1: load.redistribute_within_days: 63 is not allowed; allowed: ${whole(1, 62)}.`,
  ],
  [
    'load: {smoothing_limit: 0}',
    `:1: load.smoothing_limit: 0 is not allowed; allowed: ${whole(1, 1_000_000)}.`,
  ],
  ['load: {smoothing_days: 8}', `:1: load.smoothing_days: 8 is not allowed; allowed: ${whole(0, 7)}.`],
  ['frequency: {max_mails: 0}', `:1: frequency.max_mails: 0 is not allowed; allowed: ${whole(1, 100)}.`],
  [
    'frequency: {period_days: 367}',
    `:1: frequency.period_days: 367 is not allowed; allowed: ${whole(1, 366)}.`,
  ],
  ['follow_up: {delay: 2}', `:1: follow_up.delay: 2 is not allowed; allowed: ${DELAY}.`],
  ['follow_up: {delay: 2 days}', `:1: follow_up.delay: "2 days" is not allowed; allowed: ${DELAY}.`],
  ['follow_up: {delay: 0s}', `:1: follow_up.delay: "0s" is not allowed; allowed: ${DELAY}.`],
  ['follow_up: {delay: 721h}', `:1: follow_up.delay: "721h" is not allowed; allowed: ${DELAY}.`],
  ['follow_up: {delay: 1.5d}', `:1: follow_up.delay: "1.5d" is not allowed; allowed: ${DELAY}.`],
  [
    'follow_up: {too_late_after: 36h}',
    `:1: follow_up.too_late_after: "36h" is not allowed; allowed: whole days from 1d to 60d.`,
  ],
  ['run: {batch_size: 99}', `:1: run.batch_size: 99 is not allowed; allowed: ${whole(100, 100_000)}.`],
  ['run: {batch_size: 1e6}', `:1: run.batch_size: 1000000 is not allowed; allowed: ${whole(100, 100_000)}.`],
  [
    'run: {max_duration: 59s}',
    ':1: run.max_duration: "59s" is not allowed; allowed: a duration (45s, 90m, 3h, 2d) from 1m to 24h.',
  ],
  [
    'run: {max_duration: 25h}',
    ':1: run.max_duration: "25h" is not allowed; allowed: a duration (45s, 90m, 3h, 2d) from 1m to 24h.',
  ],
  ['sender: {from: acme}', `:1: sender.from: "acme" is not allowed; allowed: ${MAILBOX}.`],
  [
    'sender: {from: "Acme <a@b.example>, c@d.example"}',
    `:1: sender.from: "Acme <a@b.example>, c@d.example" is not allowed; allowed: ${MAILBOX}.`,
  ],
  [
    'sender: {reply_to: "Acme\\r\\nBcc: x <a@b.example>"}',
    `:1: sender.reply_to: "Acme\\r\\nBcc: x <a@b.example>" is not allowed; allowed: ${MAILBOX}.`,
  ],
  [
    'sender: {postal_address: " "}',
    `:1: sender.postal_address: " " is not allowed; allowed: text of 1 to 500 characters.`,
  ],
  [
    'delivery: {provider: pigeon}',
    `:1: delivery.provider: "pigeon" is not allowed; allowed: one of sandbox, smtp, sendgrid.`,
  ],
  [
    'delivery: {max_in_flight: 0}',
    `:1: delivery.max_in_flight: 0 is not allowed; allowed: ${whole(1, 1000)}.`,
  ],
  [
    'delivery: {per_second: 0.5}',
    `:1: delivery.per_second: 0.5 is not allowed; allowed: ${whole(1, 10_000)}.`,
  ],
  [
    'organizations: []',
    ':1: organizations: [] is not allowed; allowed: a mapping of at most 1000 names to settings.',
  ],
  ['organizations: {acme: 5}', ':1: organizations.acme: 5 is not allowed; allowed: a mapping of settings.'],
  [
    'environments: {" ": {}}',
    ':1: environments." ": " " is not allowed; allowed: a name of 1 to 200 characters, trimmed.',
  ],
];

test.each(REFUSED)('refuses %j with line, path, value and what is allowed', (yaml, complaint) => {
  expect(complaintsOf(yaml)).toEqual([`scheduler.yaml${complaint}`]);
});

const UNREADABLE: readonly (readonly [yaml: string, complaint: string])[] = [
  ['', ': The file is empty; put {} into it to take every default.'],
  ['# only a comment\n', ': The file is empty; put {} into it to take every default.'],
  [
    'load: {smoothing_days: 1',
    ':1: Flow map in block collection must be sufficiently indented and end with a }',
  ],
  ['run: {}\n\tload: {}', ':2: '],
  ['run: {}\nrun: {}', ':2: Map keys must be unique (column 1).'],
  ['organizations:\n  acme: {}\n  acme: {}', ':3: Map keys must be unique (column 3).'],
  ['run: {}\n---\nload: {}', ':2: The file has a second document after ---; leave one of them (column 1).'],
  ['load: *nowhere', ': The aliases cannot be resolved: Unresolved alias'],
  ['load: !unknown {}', ':1: Unresolved tag: !unknown (column 7).'],
];

test.each(UNREADABLE)('refuses the text %j with a sentence of its own', (yaml, start) => {
  const [complaint, ...others] = complaintsOf(yaml);
  expect(complaint).toContain(`scheduler.yaml${start}`);
  expect(others).toEqual([]);
});

test('refuses a text that multiplies itself through aliases', () => {
  const line = (name: string, of: string) => `${name}: &${name} [${Array<string>(10).fill(of).join(', ')}]`;
  const bomb = [line('a', 'x'), line('b', '*a'), line('c', '*b'), line('d', '*c'), line('e', '*d')].join(
    '\n',
  );
  expect(complaintsOf(bomb)).toEqual([expect.stringContaining('The aliases cannot be resolved')]);
});

test('says everything that is wrong in both files at once, in the order of files and lines', () => {
  const scheduler = [
    'send_time: 25:00',
    'catch_up_days: 7',
    'load:',
    '  smoothing_days: 9',
    '  limit: 3',
    'organizations:',
    '  acme:',
    '    frequency: {max_mails: 0}',
    'catch_up_days: 0',
  ].join('\n');
  const rules = 'rules:\n  - {state: CA, kind: birthday, days_before: 1, days_after: 2}';
  expect(
    complaintsOf(scheduler, rules).map((complaint) => complaint.split(': ').slice(0, 2).join(' ')),
  ).toEqual([
    'scheduler.yaml:1 send_time',
    'scheduler.yaml:4 load.smoothing_days',
    'scheduler.yaml:5 load.limit',
    'scheduler.yaml:8 organizations.acme.frequency.max_mails',
    'scheduler.yaml:9 Map keys must be unique (column 1).',
    'scheduler.yaml:9 catch_up_days',
    'state-rules.yaml:2 rules[0].citation',
  ]);
});

test('an error in one setting does not hide that others do not fit together', () => {
  const scheduler = 'time_zone: Mars\nsend_time: "21:00"\nemail_types: {birthday: {days_before: 0}, aep: 5}';
  expect(complaintsOf(scheduler)).toHaveLength(4);
});

test('finds a key that would change the prototype of objects', () => {
  expect(complaintsOf('load:\n  __proto__: {smoothing_days: 1}')).toEqual([
    `scheduler.yaml:2: load.__proto__: this key is not known here; allowed: ${LOAD}.`,
  ]);
});

test('finds the line of a value that came by an alias', () => {
  const scheduler = 'load: &shared\n  smoothing_days: 8\norganizations:\n  acme:\n    load: *shared';
  expect(complaintsOf(scheduler)).toEqual([
    'scheduler.yaml:2: load.smoothing_days: 8 is not allowed; allowed: a whole number from 0 to 7.',
    'scheduler.yaml:2: organizations.acme.load.smoothing_days: 8 is not allowed; allowed: a whole number from 0 to 7.',
  ]);
});
