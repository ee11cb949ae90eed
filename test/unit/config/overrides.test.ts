import { expect, test } from 'vitest';
import { resolveConfiguration } from '../../../src/config/resolve.ts';
import { InvalidConfiguration } from '../../../src/config/problem.ts';
import { accept, complaintsOf } from './documents.ts';

const SCHEDULER = `
catch_up_days: 5
load: {daily_cap_percent: 6, smoothing_days: 1}
email_types: {aep: {days: [{on: 09-15, deadline: 10-14}, {on: 11-01, deadline: 11-30}]}}
sender: {from: base@example.com, reply_to: base@example.com}
environments:
  staging:
    catch_up_days: 4
    load: {daily_cap_percent: 50.5}
    delivery: {provider: smtp}
  idle:
organizations:
  acme:
    load: {daily_cap_percent: 3}
    email_types: {aep: {days: [{on: 10-01, deadline: 10-14}]}, birthday: {template: acme_birthday}}
    sender: {reply_to: null}
    run:
  constructor: {catch_up_days: 2}
`;

function resolve(organization: string, environment: string | null) {
  return resolveConfiguration(accept(SCHEDULER), { organization, environment });
}

test('an organization goes before an environment, and both before the defaults, key by key', () => {
  const capAndDays = (organization: string, environment: string | null) => {
    const { load, catchUpDays, delivery } = resolve(organization, environment);
    return [load.dailyCapPercent, load.smoothingDays, catchUpDays, delivery.provider];
  };
  expect(capAndDays('other', null)).toEqual([6, 1, 5, 'sandbox']);
  expect(capAndDays('other', 'staging')).toEqual([50.5, 1, 4, 'smtp']);
  expect(capAndDays('acme', null)).toEqual([3, 1, 5, 'sandbox']);
  expect(capAndDays('acme', 'staging')).toEqual([3, 1, 4, 'smtp']);
});

test('a list is replaced and not merged', () => {
  expect(resolve('other', null).aep.days).toHaveLength(2);
  expect(resolve('acme', null).aep.days).toEqual([
    { on: { month: 10, day: 1 }, deadline: { month: 10, day: 14 } },
  ]);
});

test('null takes a value away, and a section that is left empty changes nothing', () => {
  const { sender, run, birthday } = resolve('acme', 'idle');
  expect(sender).toEqual({ from: 'base@example.com', replyTo: null, postalAddress: null });
  expect(run.batchSize).toBe(10_000);
  expect(birthday).toMatchObject({ template: 'acme_birthday', daysBefore: 14 });
});

test('names without overrides, also those that objects have by nature, take the common settings', () => {
  expect(resolve('toString', 'valueOf')).toEqual(resolve('other', null));
  expect(resolve('constructor', null).catchUpDays).toBe(2);
});

test.each([
  [
    'organizations:\n  acme:\n    load:\n      smoothing_days: 9',
    ':4: organizations.acme.load.smoothing_days: 9 is not allowed; allowed: a whole number from 0 to 7.',
  ],
  [
    'environments:\n  staging:\n    delivery: {provider: 3}',
    ':3: environments.staging.delivery.provider: 3 is not allowed; allowed: one of sandbox, smtp, sendgrid.',
  ],
  [
    'send_until: "18:00"\norganizations:\n  acme:\n    send_time: "18:30"',
    ':4: organizations.acme.send_time: "18:30" is not allowed; allowed: a time earlier than send_until, which is "18:00".',
  ],
  [
    'organizations:\n  acme:\n    send_time: "18:30"\nenvironments:\n  staging:\n    send_until: "18:00"',
    ':3: organizations.acme.send_time: "18:30" is not allowed; allowed: a time earlier than send_until, which is "18:00".',
  ],
  [
    'email_types: {birthday: {deadline_days_before: 5}}\norganizations:\n  acme:\n    email_types:\n      birthday: {days_before: 4}',
    ':5: organizations.acme.email_types.birthday.days_before: 4 is not allowed; allowed: at least deadline_days_before, which is 5.',
  ],
  [
    'organizations:\n  acme:\n    email_types:\n      aep:\n        days:\n          - {on: 09-15}',
    ':6: organizations.acme.email_types.aep.days[0].deadline: a value is missing; allowed: a month-day MM-DD such as 09-15.',
  ],
  [
    'organizations:\n  "Acme, Inc.":\n    catch_up_days: 99',
    ':3: organizations."Acme, Inc.".catch_up_days: 99 is not allowed; allowed: a whole number from 1 to 60.',
  ],
])('names the override in %j as the place', (scheduler, complaint) => {
  expect(complaintsOf(scheduler)).toEqual([`scheduler.yaml${complaint}`]);
});

test('overrides have no overrides of their own', () => {
  const nested = 'organizations:\n  acme:\n    environments:\n      staging: {}';
  expect(complaintsOf(nested)).toEqual([
    expect.stringContaining('scheduler.yaml:3: organizations.acme.environments: this key is not known here'),
  ]);
});

test('a fault of the common settings is reported once, however many overrides there are', () => {
  const scheduler =
    'catch_up_days: 0\norganizations: {a: {}, b: {}, c: {run: {}}}\nenvironments: {x: {}, y: {}}';
  expect(complaintsOf(scheduler)).toHaveLength(1);
});

test('a stored document that this program does not accept is refused when it is read', () => {
  const stored = { document: { catch_up_days: 0 }, rules: { rules: [] }, hash: '' };
  const resolving = () => resolveConfiguration(stored, { organization: 'acme', environment: null });
  expect(resolving).toThrow(InvalidConfiguration);
  expect(resolving).toThrow('the stored configuration: catch_up_days: 0 is not allowed');
});

test('a stored document of an older program, without a newer key, takes its default', () => {
  const stored = { document: { catch_up_days: 3 }, rules: { rules: [] }, hash: '' };
  const configuration = resolveConfiguration(stored, { organization: 'acme', environment: null });
  expect([configuration.catchUpDays, configuration.delivery.perSecond]).toEqual([3, 50]);
});
