/** Turns a row of a file of suppressions into a row of the staging table, or says why it cannot be stored. */
import { isSuppressionScope, type SuppressionScope } from '../../contracts/suppression.ts';
import { isValidEmailAddress } from '../../domain/email-address.ts';
import { copyText } from '../csv-file/copy-text.ts';
import type { CsvRow } from '../csv-file/csv-reader.ts';
import { fileColumn, readFixedHeader, unreadable, type NamedColumns } from '../csv-file/header.ts';
import { importProblem, type ImportProblem, type ProblemKind } from '../csv-file/problems.ts';
import { RowReader } from '../csv-file/row-reader.ts';
import type { FileForm, RowStager } from '../csv-file/staging-stream.ts';
import { cutValue } from '../contacts-file/cut.ts';

const COLUMNS = ['address', 'scope', 'reason'] as const;

type SuppressionColumn = (typeof COLUMNS)[number];
export type SuppressionColumns = NamedColumns<SuppressionColumn>;

/** What a row has whose column is blank or not there; `null`: it has to say so itself. */
export interface SuppressionDefaults {
  readonly scope: SuppressionScope | null;
  readonly reason: string | null;
}

export function suppressionsFile(defaults: SuppressionDefaults): FileForm<SuppressionColumns> {
  return {
    readHeader: (fields, file) => {
      const columns = readFixedHeader(fields, file, COLUMNS, 'address');
      for (const column of ['scope', 'reason'] as const) {
        if (defaults[column] !== null || columns.indexOf.has(column)) continue;
        throw unreadable(
          file,
          `has no column ${column}: add it, or say by --${column} what it is for all rows.`,
        );
      }
      return columns;
    },
    createRows: (columns, onProblem) => new StagedSuppressions(columns, defaults, onProblem),
  };
}

class StagedSuppressions implements RowStager {
  readonly #columns: SuppressionColumns;
  readonly #defaults: SuppressionDefaults;
  readonly #reader: RowReader;
  readonly #onProblem: (problem: ImportProblem) => void;

  constructor(
    columns: SuppressionColumns,
    defaults: SuppressionDefaults,
    onProblem: (problem: ImportProblem) => void,
  ) {
    this.#columns = columns;
    this.#defaults = defaults;
    this.#reader = new RowReader(columns.names, onProblem);
    this.#onProblem = onProblem;
  }

  stagedRow(row: CsvRow): string | null {
    const values = this.#reader.read(row);
    if (values === null) return null;
    const valueOf = (column: SuppressionColumn): string | null =>
      values[this.#columns.indexOf.get(column) ?? -1] ?? null;
    const address = valueOf('address');
    if (address === null) return this.#note('no_address', row, 'address', null);
    if (!isValidEmailAddress(address)) return this.#note('no_email_address', row, 'address', address);
    const scope = valueOf('scope')?.toLowerCase() ?? this.#defaults.scope;
    if (scope === null || !isSuppressionScope(scope)) {
      return this.#note('unknown_scope', row, 'scope', valueOf('scope'));
    }
    const reason = valueOf('reason') ?? this.#defaults.reason;
    if (reason === null) return this.#note('no_reason', row, 'reason', null);
    return `${row.line}\t${copyText(address)}\t${scope}\t${copyText(this.#cut(reason, row))}\n`;
  }

  #cut(reason: string, row: CsvRow): string {
    const kept = cutValue(reason);
    if (kept.length < reason.length) this.#note('cut', row, 'reason', reason);
    return kept;
  }

  #note(kind: ProblemKind, { line }: CsvRow, column: SuppressionColumn, value: string | null): null {
    this.#onProblem(importProblem(kind, line, fileColumn(this.#columns, column), value));
    return null;
  }
}
