/** config/scheduler.yaml: keys, defaults and allowed values (SPEC 12), without the overrides. */
import * as z from 'zod';
import {
  closedMapping,
  duration,
  flag,
  mailbox,
  monthDay,
  oneOf,
  percent,
  section,
  templateName,
  text,
  timeOfDay,
  timeZone,
  wholeNumber,
} from './fields.ts';

const priority = (value: number) => wholeNumber(0, 1000).default(value);

function anniversaryMail(name: string, daysBefore: number) {
  return section({
    enabled: flag().default(true),
    days_before: wholeNumber(0, 180).default(daysBefore),
    deadline_days_before: wholeNumber(0, 180).default(1),
    priority: priority(5),
    template: templateName().default(name),
  });
}

const MAX_AEP_DAYS = 12;

export const aepDay = closedMapping({ on: monthDay(), deadline: monthDay() });

const AEP_DAYS = `a list of 1 to ${MAX_AEP_DAYS} entries {on: MM-DD, deadline: MM-DD}`;

const aepDays = z
  .array(aepDay, { error: AEP_DAYS })
  .refine((days) => days.length >= 1 && days.length <= MAX_AEP_DAYS, { error: AEP_DAYS });

export const hours = z.object({
  send_time: timeOfDay().default('08:30'),
  send_until: timeOfDay().default('20:00'),
});

export const birthday = anniversaryMail('birthday', 14);
export const effectiveDate = anniversaryMail('effective_date', 30);

const aep = section({
  enabled: flag().default(true),
  days: aepDays.default([{ on: '09-15', deadline: '10-14' }]),
  priority: priority(3),
  template: templateName().default('aep'),
});

export const postWindow = section({
  enabled: flag().default(true),
  days_after: wholeNumber(1, 180).default(1),
  deadline_days_after: wholeNumber(1, 180).default(30),
  priority: priority(8),
  template: templateName().default('post_window'),
});

export const exclusion = section({
  extension_days: wholeNumber(0, 365).default(60),
  unknown_anchor: oneOf(['block', 'send']).default('block'),
});

const upToHundred = () => percent('a number above 0, up to 100', (value) => value > 0 && value <= 100);

export const schedulerSettings = closedMapping({
  time_zone: timeZone().default('America/Chicago'),
  send_time: hours.shape.send_time,
  send_until: hours.shape.send_until,
  plan_time: timeOfDay().default('04:00'),
  features: section({
    campaigns: flag().default(true),
    follow_ups: flag().default(true),
    load_balancing: flag().default(true),
    frequency_limit: flag().default(true),
    post_window: flag().default(true),
    sms: flag().default(false),
  }),
  email_types: section({ birthday, effective_date: effectiveDate, aep, post_window: postWindow }),
  catch_up_days: wholeNumber(1, 60).default(7),
  exclusion,
  load: section({
    daily_cap_percent: upToHundred().default(7),
    redistribute_above_percent: percent(
      'a number from 100 to 1000',
      (value) => value >= 100 && value <= 1000,
    ).default(120),
    redistribute_within_days: wholeNumber(1, 62).default(62),
    smoothing_limit: wholeNumber(1, 1_000_000).default(15),
    smoothing_percent_of_cap: upToHundred().default(30),
    smoothing_days: wholeNumber(0, 7).default(2),
  }),
  frequency: section({
    max_mails: wholeNumber(1, 100).default(2),
    period_days: wholeNumber(1, 366).default(14),
  }),
  follow_up: section({
    delay: duration('1s', '30d').default('2d'),
    too_late_after: duration('1d', '60d', '1d').default('7d'),
  }),
  run: section({
    batch_size: wholeNumber(100, 100_000).default(10_000),
    max_duration: duration('1m', '24h').default('3h'),
  }),
  sender: section({
    from: mailbox().nullable().default(null),
    reply_to: mailbox().nullable().default(null),
    postal_address: text(500).nullable().default(null),
  }),
  delivery: section({
    provider: oneOf(['sandbox', 'smtp', 'sendgrid']).default('sandbox'),
    max_in_flight: wholeNumber(1, 1000).default(20),
    per_second: wholeNumber(1, 10_000).default(50),
  }),
});

export type SchedulerSettings = z.output<typeof schedulerSettings>;
