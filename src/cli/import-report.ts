import { closeSync, openSync, realpathSync, writeSync } from 'node:fs';
import { SchedulerError } from '../contracts/errors.ts';
import { PROBLEM_KINDS, type ImportProblem, type ProblemKind } from '../db/csv-file/problems.ts';

const EXAMPLES_PER_KIND = 20;
const FLUSH_CHARACTERS = 65_536;

/** The first problems of each kind, and how many there are. */
export interface ProblemGroup {
  readonly kind: ProblemKind;
  readonly severity: ImportProblem['severity'];
  readonly reason: string;
  count: number;
  readonly examples: ImportProblem[];
}

/** Gathers what an import says about rows; all of it goes to a CSV file, if one is asked for. */
export class ImportReport {
  readonly #groups = new Map<ProblemKind, ProblemGroup>();
  readonly #file: number | null;
  #pending = 'severity,line,column,value,reason\n';

  /** @throws SchedulerError INVALID_INPUT if the file cannot be written, or is the one that is imported. */
  constructor(reportFile: string | null, importedFile: string) {
    this.#file = reportFile === null ? null : openReport(reportFile, importedFile);
  }

  add(problem: ImportProblem): void {
    const { kind, severity } = problem;
    const group = this.#groups.get(kind) ?? {
      kind,
      severity,
      reason: PROBLEM_KINDS[kind].reason,
      count: 0,
      examples: [],
    };
    this.#groups.set(kind, group);
    group.count++;
    if (group.examples.length < EXAMPLES_PER_KIND) group.examples.push(problem);
    if (this.#file === null) return;
    const { line, column, value, reason } = problem;
    this.#pending += `${[severity, line, column, value, reason].map(csvField).join(',')}\n`;
    if (this.#pending.length > FLUSH_CHARACTERS) this.#flush(this.#file);
  }

  close(): void {
    if (this.#file === null) return;
    this.#flush(this.#file);
    closeSync(this.#file);
  }

  /** Refusals first. */
  get groups(): readonly ProblemGroup[] {
    const groups = [...this.#groups.values()];
    return [...groups.filter(isRefusal), ...groups.filter((group) => !isRefusal(group))];
  }

  // Written at once, not streamed: a file with a warning in every row would gather in memory.
  #flush(file: number): void {
    writeSync(file, this.#pending);
    this.#pending = '';
  }
}

function isRefusal(group: ProblemGroup): boolean {
  return group.severity === 'refused';
}

function openReport(reportFile: string, importedFile: string): number {
  if (realPath(reportFile) === realPath(importedFile)) {
    throw wrongReport(reportFile, 'it is the file that is imported');
  }
  try {
    return openSync(reportFile, 'w');
  } catch (error) {
    throw wrongReport(reportFile, (error as Error).message);
  }
}

function realPath(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file;
  }
}

function wrongReport(reportFile: string, why: string): SchedulerError {
  return new SchedulerError('INVALID_INPUT', `The report cannot be written to ${reportFile}: ${why}.`, {
    place: '--report',
    value: reportFile,
    allowed: 'the path of a file that can be written',
  });
}

function csvField(value: string | number | null): string {
  const text = value === null ? '' : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
