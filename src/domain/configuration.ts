/**
 * What planning goes by (SPEC 12), as the domain wants it: validated, resolved for one organization,
 * days as counts, month-days split. `src/config` makes it from YAML; nothing here knows of files.
 */

/** A day of every year. 29 February is 28 February in a common year (SPEC 4). */
export interface MonthDay {
  readonly month: number;
  readonly day: number;
}

/** A yearly mail that goes out some days before an anniversary. */
export interface AnniversarySettings {
  readonly enabled: boolean;
  readonly daysBefore: number;
  readonly deadlineDaysBefore: number;
  readonly priority: number;
  readonly template: string;
}

export interface AepSettings {
  readonly enabled: boolean;
  /** The deadline is the first such month-day on or after the day itself. */
  readonly days: readonly { readonly on: MonthDay; readonly deadline: MonthDay }[];
  readonly priority: number;
  readonly template: string;
}

interface PostWindowSettings {
  readonly enabled: boolean;
  readonly daysAfter: number;
  readonly deadlineDaysAfter: number;
  readonly priority: number;
  readonly template: string;
}

interface Features {
  readonly campaigns: boolean;
  readonly followUps: boolean;
  readonly loadBalancing: boolean;
  readonly frequencyLimit: boolean;
  readonly postWindow: boolean;
  readonly sms: boolean;
}

export interface LoadSettings {
  readonly dailyCapPercent: number;
  readonly redistributeAbovePercent: number;
  readonly redistributeWithinDays: number;
  readonly smoothingLimit: number;
  readonly smoothingPercentOfCap: number;
  readonly smoothingDays: number;
}

/** `HH:MM`, on the organization's wall clock. */
export type TimeOfDay = string;

export interface Configuration {
  readonly timeZone: string;
  readonly sendTime: TimeOfDay;
  readonly sendUntil: TimeOfDay;
  readonly planTime: TimeOfDay;
  readonly features: Features;
  readonly birthday: AnniversarySettings;
  readonly effectiveDate: AnniversarySettings;
  readonly aep: AepSettings;
  readonly postWindow: PostWindowSettings;
  readonly catchUpDays: number;
  readonly exclusion: {
    readonly extensionDays: number;
    readonly unknownAnchor: 'block' | 'send';
  };
  readonly load: LoadSettings;
  readonly frequency: { readonly maxMails: number; readonly periodDays: number };
  readonly followUp: { readonly delaySeconds: number; readonly tooLateAfterDays: number };
  readonly run: { readonly batchSize: number; readonly maxDurationSeconds: number };
  readonly sender: {
    readonly from: string | null;
    readonly replyTo: string | null;
    readonly postalAddress: string | null;
  };
  readonly delivery: {
    readonly provider: string;
    readonly maxInFlight: number;
    readonly perSecond: number;
  };
}

/** One rule of one state (SPEC 5), as `config/state-rules.yaml` gives it. */
export interface StateRule {
  /** Names the rule in decisions: `CA birthday`; numbered where a state has several of a kind. */
  readonly name: string;
  readonly state: string;
  readonly kind: 'birthday' | 'effective_date' | 'calendar' | 'all_year';
  readonly daysBefore: number;
  readonly daysAfter: number;
  /** `calendar` only: first and last day of the period; it may cross New Year. */
  readonly from: MonthDay | null;
  readonly to: MonthDay | null;
  /** Count from day 1 of the anchor's month instead of the anchor. */
  readonly anchoredOnMonthStart: boolean;
  /** Days that every window starts earlier; `null`: the configuration's `exclusion.extensionDays`. */
  readonly extensionDays: number | null;
  /** Age in years from which the rule holds all year. */
  readonly allYearFromAge: number | null;
  readonly citation: string;
  /** First and last day (day numbers) on which the rule is law. */
  readonly lawFrom: number | null;
  readonly lawUntil: number | null;
}
