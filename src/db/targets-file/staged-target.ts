/** Turns a row of a file of targets into a row of the staging table, or says why it cannot be stored (SPEC 15). */
import { findingSentence, pathText, valueText, type Finding } from '../../contracts/finding.ts';
import { readTargetFields } from '../campaign-fields/target-fields.ts';
import { COPY_NULL, copyText } from '../csv-file/copy-text.ts';
import type { CsvRow } from '../csv-file/csv-reader.ts';
import { fileColumn, readFixedHeader, type NamedColumns } from '../csv-file/header.ts';
import { importProblem, type ImportProblem, type ProblemKind } from '../csv-file/problems.ts';
import { RowReader } from '../csv-file/row-reader.ts';
import type { FileForm, RowStager } from '../csv-file/staging-stream.ts';

const COLUMNS = ['external_id', 'trigger_date', 'metadata'] as const;

type TargetColumn = (typeof COLUMNS)[number];
export type TargetColumns = NamedColumns<TargetColumn>;

/** @param needsTriggerDate whether a target of the instance has to have one */
export function targetsFile(needsTriggerDate: boolean): FileForm<TargetColumns> {
  return {
    readHeader: (fields, file) => readFixedHeader(fields, file, COLUMNS, 'external_id'),
    createRows: (columns, onProblem) => new StagedTargets(columns, needsTriggerDate, onProblem),
  };
}

class StagedTargets implements RowStager {
  readonly #columns: TargetColumns;
  readonly #needsTriggerDate: boolean;
  readonly #reader: RowReader;
  readonly #onProblem: (problem: ImportProblem) => void;

  constructor(
    columns: TargetColumns,
    needsTriggerDate: boolean,
    onProblem: (problem: ImportProblem) => void,
  ) {
    this.#columns = columns;
    this.#needsTriggerDate = needsTriggerDate && columns.indexOf.has('trigger_date');
    this.#reader = new RowReader(columns.names, onProblem);
    this.#onProblem = onProblem;
  }

  stagedRow(row: CsvRow): string | null {
    const values = this.#reader.read(row);
    if (values === null) return null;
    const valueOf = (column: TargetColumn): string | null =>
      values[this.#columns.indexOf.get(column) ?? -1] ?? null;
    const externalId = valueOf('external_id');
    if (externalId === null) return this.#refused('no_external_id', row, 'external_id', null);
    const triggerDate = valueOf('trigger_date');
    if (triggerDate === null && this.#needsTriggerDate) {
      return this.#refused('no_trigger_date', row, 'trigger_date', null);
    }
    const metadata = valueOf('metadata');
    const { fields, findings } = readTargetFields({
      trigger_date: triggerDate,
      ...(metadata === null ? {} : { metadata }),
    });
    const [finding] = findings;
    if (finding !== undefined) return this.#refusedBy(finding, row, triggerDate, metadata);
    return `${row.line}\t${copyText(externalId)}\t${triggerDate ?? COPY_NULL}\t${copyText(fields.metadata ?? '{}')}\n`;
  }

  #refusedBy(finding: Finding, row: CsvRow, triggerDate: string | null, metadata: string | null): null {
    if (finding.path[0] === 'trigger_date') {
      return this.#refused('wrong_trigger_date', row, 'trigger_date', triggerDate);
    }
    const key = pathText(finding.path.slice(1));
    const detail =
      key === '' ? `allowed: ${finding.allowed}` : `${key}: ${findingSentence(finding).replace(/\.$/, '')}`;
    const value = key === '' ? metadata : valueText(finding.value);
    return this.#refused('wrong_metadata', row, 'metadata', value, detail);
  }

  #refused(
    kind: ProblemKind,
    { line }: CsvRow,
    column: TargetColumn,
    value: string | null,
    detail?: string,
  ): null {
    this.#onProblem(importProblem(kind, line, fileColumn(this.#columns, column), value, detail));
    return null;
  }
}
