/** What an import has to say about single rows: nothing of a file is lost without a word. */

export type Severity = 'refused' | 'warning';

/** Rows are refused only if they cannot be stored; what is odd about contacts is stored, with a warning. */
export const PROBLEM_KINDS = {
  wrong_number_of_fields: {
    severity: 'refused',
    reason: 'the row has another number of fields than the header',
  },
  broken_quotes: {
    severity: 'refused',
    reason: 'a quote opens that is not closed before a comma or the end of the line',
  },
  too_long: { severity: 'refused', reason: 'the row is longer than 1 MiB' },
  no_external_id: { severity: 'refused', reason: 'the row has no external_id' },
  twice_in_file: {
    severity: 'refused',
    reason: 'the external_id is in the file already, and the first row counts',
  },
  address_twice_in_file: {
    severity: 'refused',
    reason: 'the address is in the file already with this scope, and the first row counts',
  },
  unknown_contact: {
    severity: 'refused',
    reason: 'no contact of the organization has this external_id, or it was deleted',
  },
  no_trigger_date: {
    severity: 'refused',
    reason: 'the row has no trigger_date, which every target of this campaign needs',
  },
  wrong_trigger_date: {
    severity: 'refused',
    reason: 'no date that exists, as YYYY-MM-DD, from 1900-01-01 to 2199-12-31',
  },
  wrong_metadata: { severity: 'refused', reason: 'metadata that cannot be stored' },
  no_address: { severity: 'refused', reason: 'the row has no address' },
  no_email_address: {
    severity: 'refused',
    reason: 'no e-mail address: nothing would ever be sent to it, so that nothing would be suppressed',
  },
  unknown_scope: {
    severity: 'refused',
    reason: 'no scope: all (no mail whatsoever) or marketing (unsubscribed)',
  },
  no_reason: { severity: 'refused', reason: 'the row has no reason' },
  not_utf8: { severity: 'refused', reason: 'the text is not UTF-8' },
  nul_character: { severity: 'refused', reason: 'the value contains a NUL character' },
  cut: { severity: 'warning', reason: 'cut at 1,000 characters' },
  malformed_email: {
    severity: 'warning',
    reason: 'no e-mail address; stored as given, and the contact is not mailed',
  },
  unusable_zip_code: { severity: 'warning', reason: 'no ZIP code of any state; stored as given' },
  unknown_state: { severity: 'warning', reason: 'no state code of two letters; stored as given' },
  impossible_date: {
    severity: 'warning',
    reason: 'no date of the form YYYY-MM-DD; stored as missing, the original in the attributes',
  },
  unusable_date: { severity: 'warning', reason: 'stored as given, and counts as missing' },
  attributes_not_object: {
    severity: 'warning',
    reason: 'no JSON object; stored under attributes_as_given in the attributes',
  },
} as const satisfies Record<string, { severity: Severity; reason: string }>;

export type ProblemKind = keyof typeof PROBLEM_KINDS;

export interface ImportProblem {
  readonly line: number;
  /** The column's name in the file; `null`: the whole row. */
  readonly column: string | null;
  /** Shortened, on one line. */
  readonly value: string | null;
  readonly kind: ProblemKind;
  readonly severity: Severity;
  readonly reason: string;
  /** What the reason is in this row, where that differs from row to row; it is part of the reason. */
  readonly detail: string | null;
}

export function importProblem(
  kind: ProblemKind,
  line: number,
  column: string | null,
  value: string | null,
  detail: string | null = null,
): ImportProblem {
  const { severity, reason: general } = PROBLEM_KINDS[kind];
  const reason = detail === null ? general : `${general}: ${detail}`;
  return { line, column, value: value === null ? null : shortened(value), kind, severity, reason, detail };
}

const SHOWN_CHARACTERS = 60;

/** Control characters would reach the terminal of whoever reads the report. */
function shortened(value: string): string {
  const oneLine = value.slice(0, 2 * SHOWN_CHARACTERS + 1).replaceAll(/\p{C}/gu, '\u00b7');
  const characters = Array.from(oneLine);
  return characters.length > SHOWN_CHARACTERS
    ? `${characters.slice(0, SHOWN_CHARACTERS).join('')}…`
    : oneLine;
}
