/** Files for imports, in a folder that is removed in the end. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ImportProblem } from '../../src/db/csv-file/problems.ts';
import type { FileImport } from '../../src/db/file-import.ts';

export class ImportFolder {
  readonly #folder = mkdtempSync(join(tmpdir(), 'import-'));

  /** A file of these lines, and a request that gathers its problems. */
  request(
    lines: readonly string[],
    isStrict = false,
  ): { request: Omit<FileImport, 'actor'>; problems: ImportProblem[] } {
    const file = join(this.#folder, 'rows.csv');
    writeFileSync(file, lines.map((line) => `${line}\n`).join(''));
    const problems: ImportProblem[] = [];
    return {
      request: {
        file,
        isStrict,
        onProblem: (problem) => problems.push(problem),
        onProgress: () => undefined,
      },
      problems,
    };
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true });
  }
}

/** As a report shows it, on one line. */
export function problemText({ line, column, value, reason }: ImportProblem): string {
  return [`line ${line}`, column, value, reason].filter((part) => part !== null).join(', ');
}
