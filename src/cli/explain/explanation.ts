/** What `explain` answers, before it is written for people or programs. */
import type { LedgerEntry } from '../../db/queries/list-contact-ledger.ts';
import type { ContactProfile } from '../../db/queries/find-contact.ts';
import type { OrganizationProfile } from '../../db/queries/find-organization.ts';
import type { DayNumber } from '../../domain/calendar.ts';
import type { Contact } from '../../domain/contact.ts';
import type { DraftRow } from '../../domain/draft-row.ts';
import type { ContactExplanation } from '../../domain/explain.ts';
import type { MailTrace } from '../../domain/mail-trace.ts';
import type { Hash32 } from '../../domain/occurrence.ts';
import type { PlanningContext } from '../../domain/placing.ts';

/** Who is explained, and the hash of the rules. */
export interface ExplainedContact {
  readonly organization: OrganizationProfile;
  readonly profile: ContactProfile;
  readonly hash: Hash32;
}

export interface Explanation {
  readonly organization: string;
  readonly timeZone: string;
  readonly profile: ContactProfile;
  /** As it was when it was planned; `null`: it was no contact, or is not known any more. */
  readonly contact: Contact | null;
  /** The scope of the suppression that it was planned by; `null`: there was none, or it is not known any more. */
  readonly suppression: Contact['suppression'];
  readonly basis: PlanBasis | DayBasis;
  readonly context: PlanningContext;
  /** What a reader should know beside the decisions, as sentences. */
  readonly notes: readonly Note[];
  /** `null`: it cannot be decided again, as what was known of the contact is gone. */
  readonly decided: ContactExplanation | null;
  /** Of `internal_error`: what went wrong where. */
  readonly errorCode: string | null;
  /** Mails of the plan, by day. */
  readonly rows: readonly ExplainedRow[];
  readonly ledger: readonly LedgerEntry[];
}

/** The plan in force is explained. */
interface PlanBasis {
  readonly kind: 'plan';
  readonly planNumber: number;
  readonly planAsOfDay: DayNumber;
  readonly planRunId: number;
  readonly publishedAt: Date;
  /** That planned the contact: the plan's own run, or the latest replan of the contact since. */
  readonly runId: number;
  /** When the replan was done; `null`: it was the plan's own run. */
  readonly replannedAt: Date | null;
  /** The plan that it started from, which a replan changes; `null`: it was the first. */
  readonly formerPlanNumber: number | null;
  readonly configurationVersion: number;
}

/** Planning as of a day is explained; nothing is stored. */
interface DayBasis {
  readonly kind: 'as_of';
  /** `null`: files that are no version yet. */
  readonly configurationVersion: number | null;
  /** The plan in force, from which it would start; `null`: none. */
  readonly formerPlanNumber: number | null;
  /** So far ahead that a run as of that day is not published. */
  readonly isDryRunOnly: boolean;
}

export interface ExplainedRow {
  /** `null`: not stored yet. */
  readonly id: number | null;
  readonly row: DraftRow;
  /** The run that last changed it; `null`: it is new or changed, and not stored. */
  readonly changedBy: RunOfRow | null;
  /** Dated before the as-of date: it stays as it was. */
  readonly isFrozen: boolean;
  readonly isOverCap: boolean;
  /** `null`: nothing was asked, or the rules, asked again, say something else. */
  readonly trace: MailTrace | null;
  /** What became of it since it was published: the row in the ledger. */
  readonly settledAs: LedgerEntry | null;
}

interface RunOfRow {
  readonly runId: number;
  readonly asOfDay: DayNumber;
  readonly planNumber: number | null;
}

export type NoteCode =
  | 'contact_changed'
  | 'contact_added'
  | 'contact_deleted'
  | 'suppression_changed'
  | 'ledger_changed'
  | 'target_changed'
  | 'campaign_changed'
  | 'many_contacts_changed'
  | 'configuration_changed'
  | 'planned_again'
  | 'put_back'
  | 'former_plan_gone'
  | 'not_as_published'
  | 'dry_run_only'
  | 'sandbox_clock';

export interface Note {
  readonly code: NoteCode;
  /** Whole sentences. */
  readonly text: string;
}
