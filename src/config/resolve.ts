/** The settings that hold for one organization, as the domain wants them. */
import type { AnniversarySettings, Configuration, MonthDay } from '../domain/configuration.ts';
import { parseMonthDay } from '../domain/calendar.ts';
import { SECONDS_PER_DAY, parseDurationSeconds } from '../domain/duration.ts';
import type { AcceptedConfiguration } from './accept.ts';
import { checkLayers, overrideLayers, ownLayer } from './check-scheduler.ts';
import { toProblem } from './finding.ts';
import { isMapping } from './json.ts';
import type { Layer } from './layers.ts';
import { mergeLayers } from './layers.ts';
import { InvalidConfiguration } from './problem.ts';
import type { SchedulerSettings } from './scheduler-schema.ts';
import { schedulerSettings } from './scheduler-schema.ts';

export interface Scope {
  /** By name. One without overrides has the document's own settings; so has `null`. */
  readonly organization: string | null;
  /** `null`: none. */
  readonly environment: string | null;
}

/**
 * Defaults, then the environment's overrides, then the organization's (SPEC 12). Throws
 * `InvalidConfiguration` where a stored document is not valid by the rules of this program.
 */
export function resolveConfiguration(
  accepted: Pick<AcceptedConfiguration, 'document'>,
  scope: Scope,
): Configuration {
  const layers = layersOf(accepted.document, scope);
  const findings = checkLayers(layers);
  if (findings.length > 0) {
    throw new InvalidConfiguration(
      findings.map((finding) => toProblem(finding, 'the stored configuration', () => null)),
    );
  }
  return toConfiguration(schedulerSettings.parse(mergeLayers(layers)));
}

function layersOf(document: unknown, { organization, environment }: Scope): Layer[] {
  if (!isMapping(document)) return [{ at: [], settings: document }];
  const named = (layers: Layer[], name: string | null) => layers.filter((layer) => layer.at[1] === name);
  return [
    ownLayer(document),
    ...named(overrideLayers(document, 'environments'), environment),
    ...named(overrideLayers(document, 'organizations'), organization),
  ];
}

function toConfiguration(settings: SchedulerSettings): Configuration {
  const { email_types: types, features, load, follow_up: followUp } = settings;
  return {
    timeZone: settings.time_zone,
    sendTime: settings.send_time,
    sendUntil: settings.send_until,
    planTime: settings.plan_time,
    features: {
      campaigns: features.campaigns,
      followUps: features.follow_ups,
      loadBalancing: features.load_balancing,
      frequencyLimit: features.frequency_limit,
      postWindow: features.post_window,
      sms: features.sms,
    },
    birthday: toAnniversary(types.birthday),
    effectiveDate: toAnniversary(types.effective_date),
    aep: {
      enabled: types.aep.enabled,
      days: types.aep.days.map(({ on, deadline }) => ({ on: monthDay(on), deadline: monthDay(deadline) })),
      priority: types.aep.priority,
      template: types.aep.template,
    },
    postWindow: {
      enabled: types.post_window.enabled,
      daysAfter: types.post_window.days_after,
      deadlineDaysAfter: types.post_window.deadline_days_after,
      priority: types.post_window.priority,
      template: types.post_window.template,
    },
    catchUpDays: settings.catch_up_days,
    exclusion: {
      extensionDays: settings.exclusion.extension_days,
      unknownAnchor: settings.exclusion.unknown_anchor,
    },
    load: {
      dailyCapPercent: load.daily_cap_percent,
      redistributeAbovePercent: load.redistribute_above_percent,
      redistributeWithinDays: load.redistribute_within_days,
      smoothingLimit: load.smoothing_limit,
      smoothingPercentOfCap: load.smoothing_percent_of_cap,
      smoothingDays: load.smoothing_days,
    },
    frequency: { maxMails: settings.frequency.max_mails, periodDays: settings.frequency.period_days },
    followUp: {
      delaySeconds: seconds(followUp.delay),
      tooLateAfterDays: seconds(followUp.too_late_after) / SECONDS_PER_DAY,
    },
    run: { batchSize: settings.run.batch_size, maxDurationSeconds: seconds(settings.run.max_duration) },
    sender: {
      from: settings.sender.from,
      replyTo: settings.sender.reply_to,
      postalAddress: settings.sender.postal_address,
    },
    delivery: {
      provider: settings.delivery.provider,
      maxInFlight: settings.delivery.max_in_flight,
      perSecond: settings.delivery.per_second,
    },
  };
}

function toAnniversary(mail: SchedulerSettings['email_types']['birthday']): AnniversarySettings {
  return {
    enabled: mail.enabled,
    daysBefore: mail.days_before,
    deadlineDaysBefore: mail.deadline_days_before,
    priority: mail.priority,
    template: mail.template,
  };
}

// The schema has made sure of the forms.
function monthDay(text: string): MonthDay {
  return parseMonthDay(text)!;
}

function seconds(text: string): number {
  return parseDurationSeconds(text)!;
}
