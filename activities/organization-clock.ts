import type { Organization } from '../src/db/organizations.ts';
import type { OrganizationClock } from '../src/domain/as-of.ts';
import type { Configuration } from '../src/domain/configuration.ts';
import { dayAt, timeOfDayAt } from '../src/domain/time-zone.ts';

/** What tells an organization's today and default as-of date at a moment. */
export function clockOf(
  organization: Organization,
  { sendUntil }: Configuration,
  nowMs: number,
): OrganizationClock {
  const { isSandbox, sandboxToday, timeZone, claimedThrough } = organization;
  return {
    isSandbox,
    sandboxToday,
    zoneDay: dayAt(nowMs, timeZone),
    zoneTime: timeOfDayAt(nowMs, timeZone),
    sendUntil,
    claimedThrough,
  };
}
