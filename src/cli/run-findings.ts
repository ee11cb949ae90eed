/** What `runs show` tells of a run; the JSON form is these types. */
import type { StoredRun } from '../db/queries/list-runs.ts';
import type { MailsOfDay } from '../db/queries/read-mails-of-day.ts';
import type { ReplannedContacts } from '../db/queries/read-replanned-contacts.ts';
import type { PhaseReport } from './run-phases.ts';
import type { RunbookSection } from './runbook.ts';
import type { PollingWorker, RunWorkflow, UnrecordedRun } from './runs-in-temporal.ts';

/** How a run stands, the database's word and Temporal's together. */
export type Situation =
  | 'never_run'
  | 'waiting' // its workflow is open and has not opened a run yet
  | 'queued'
  | 'running'
  | 'lost' // recorded as going on, its workflow closed or gone
  | 'unknown' // recorded as going on, and Temporal does not answer
  | 'failed'
  | 'cancelled'
  | 'published'
  | 'dry_run';

export interface TemporalReport {
  /** Why Temporal could not be asked; then the rest is empty. */
  readonly problem: string | null;
  readonly workflow: RunWorkflow | null;
  readonly workers: readonly PollingWorker[];
}

export interface ScheduleState {
  /** `null`: a calendar that was set elsewhere. */
  readonly planTime: string | null;
  readonly timeZone: string;
  readonly isPaused: boolean;
  readonly note: string;
  readonly nextTime: Date | null;
  readonly missed: number;
}

export interface TodaysMails extends MailsOfDay {
  readonly day: string;
  /** Whole days since the plan in force was published, in the organization's own time. */
  readonly planAgeDays: number | null;
}

/** What to do, as whoever is on call has to type it. */
export interface Advice {
  readonly sentence: string;
  /** Whole commands, in their order; none: there is nothing to type. */
  readonly commands: readonly string[];
  readonly section: RunbookSection;
}

/** What `runs show --json` prints, days as `YYYY-MM-DD` and moments in UTC. */
export interface RunReport {
  readonly organization: string;
  readonly timeZone: string;
  readonly isSandbox: boolean;
  readonly situation: Situation;
  /** The record; `null`: there is none. */
  readonly run: StoredRun | null;
  /** A workflow that came later than every record and tells more than they do. */
  readonly unrecorded: UnrecordedRun | null;
  readonly cause: { readonly code: string; readonly message: string } | null;
  /** Where the run is, or where it stopped; `null`: it was published, or never began. */
  readonly phase: string | null;
  readonly phases: readonly PhaseReport[];
  /** Of a replan. */
  readonly replanned: ReplannedContacts | null;
  readonly temporal: TemporalReport;
  readonly todaysMails: TodaysMails;
  /** `null`: there is none, or Temporal could not be asked. */
  readonly schedule: ScheduleState | null;
  /** When a run should have started today and did not. */
  readonly missedStart: Date | null;
  /** Workflows after the run that have no record, newest first. */
  readonly later: readonly UnrecordedRun[];
  readonly laterPublication: { readonly runId: number; readonly planNumber: number } | null;
  readonly next: Advice;
}

/** What is known before the advice is given. */
export type Findings = Omit<RunReport, 'next'>;
