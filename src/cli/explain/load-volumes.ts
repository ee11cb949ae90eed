import type { DayTypeLoad } from '../../db/queries/read-load-calendar.ts';
import { parseDay } from '../../domain/calendar.ts';
import { DayCounts } from '../../domain/day-counts.ts';
import type { SettledVolumes } from '../../domain/planning.ts';
import { EFFECTIVE_DATE } from '../../domain/yearly.ts';

/** What lies on each day, as shaping counts it (SPEC 7). */
export function volumesOf(loads: readonly DayTypeLoad[]): SettledVolumes {
  const settled = { volumes: new DayCounts(), effectiveDate: new DayCounts() };
  for (const { day, emailType, mails, skippedWithPlace } of loads) {
    const count = mails + skippedWithPlace;
    settled.volumes.add(parseDay(day)!, count);
    if (emailType === EFFECTIVE_DATE) settled.effectiveDate.add(parseDay(day)!, count);
  }
  return settled;
}
