import type { DayNumber } from './calendar.ts';

/** By what the mails of a campaign instance are planned, the same for every contact (SPEC 6). */
export interface CampaignTerms {
  /** Its mails go out from the one day to the other; FIRST_DAY and LAST_DAY where it is open. */
  readonly startDay: DayNumber;
  readonly endDay: DayNumber;
  /** Placed and moved as if no day were blocked. */
  readonly ignoresWindows: boolean;
  /** Of mails that ignore windows: why they may. */
  readonly legalBasis: string | null;
  /** A required notice: neither skipped by conflict or frequency nor counted by them. */
  readonly isTransactional: boolean;
}
