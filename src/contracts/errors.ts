/**
 * The registry of errors that people and programs meet. Every error that is somebody's mistake or a
 * known condition has a code here and a sentence; trying again does not help against any of them. A test
 * holds docs/errors.md against this list.
 */
export const ERRORS = {
  INVALID_INPUT: 'A value given by the caller is not allowed.',
  INVALID_CONFIGURATION: 'A configuration file has a wrong value.',
  UNKNOWN_ORGANIZATION: 'No organization has this name.',
  ORGANIZATION_KIND: 'The organization is a sandbox and the command is for real ones, or the reverse.',
  UNKNOWN_CONTACT: 'The organization has no such contact.',
  UNKNOWN_CAMPAIGN: 'The organization has no such campaign type, instance or target.',
  CAMPAIGN_CLOSED:
    'The campaign instance takes nobody in: it is a draft, has ended, or its type is inactive.',
  CAMPAIGN_IN_USE: 'The campaign type or instance has what hangs on it: instances, targets or mails.',
  UNKNOWN_SUPPRESSION: 'The organization does not suppress this address.',
  UNKNOWN_PLAN: 'There is no such plan of the organization.',
  PLAN_GONE: 'The rows of a plan are no longer kept.',
  UNKNOWN_RUN: 'There is no such run of the organization.',
  UNKNOWN_MESSAGE: 'The sandbox has no such message.',
  UNKNOWN_SCHEDULE: 'The organization has no schedule.',
  RUN_ALREADY_GOING: 'Another planning run of this organization is going on.',
  RUN_NOT_RUNNING: 'The run was ended; its batches stop.',
  RUN_ABANDONED: 'The workflow of a run was terminated, timed out or lost.',
  RUN_TOO_LONG: 'A run took longer than its longest time.',
  RUN_OUT_OF_BALANCE: 'The books of a run do not balance; nothing was published.',
  RUN_OVERTAKEN: 'Contacts kept changing faster than they could be planned; nothing was published.',
  SCHEMA_UNKNOWN: 'The database has a schema that this version of the program does not know.',
  SEARCH_ATTRIBUTES_MISSING:
    'The Temporal server lacks search attributes and does not let them be registered.',
  WORKER_MISSING: 'No worker of this host asks Temporal for work.',
  DATABASE_UNREACHABLE: 'PostgreSQL does not answer.',
  TEMPORAL_UNREACHABLE: 'The Temporal server does not answer.',
  LOCAL_STACK: 'The local PostgreSQL or Temporal cannot be started.',
  TEMPLATE_FAULT: 'A template is missing, cannot be read, or needs a value that a mail does not have.',
  CSV_UNREADABLE: 'A CSV file cannot be read at all.',
  OUTPUT_UNWRITTEN: 'A file that a command was to write was not written.',
  INTERNAL_ERROR: 'Something that nobody foresaw went wrong, several times.',
} as const satisfies Record<string, string>;

export type ErrorCode = keyof typeof ERRORS;

export interface ErrorDetail {
  /** Where: a file with line, a field, a flag. */
  readonly place?: string;
  /** The value that was given, as text. */
  readonly value?: string;
  /** What is allowed there. */
  readonly allowed?: string;
}

/** An error of the registry. Its message is a whole sentence that says what to do. */
export class SchedulerError extends Error {
  readonly code: ErrorCode;
  readonly detail: ErrorDetail;

  constructor(code: ErrorCode, message: string, detail: ErrorDetail = {}, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SchedulerError';
    this.code = code;
    this.detail = detail;
  }
}
