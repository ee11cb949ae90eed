/** What every command does that imports a file: its options, its report, how far it is. */
import type { Command } from 'commander';
import type { FileImport } from '../db/file-import.ts';
import type { ImportReport } from './import-report.ts';

export interface ImportOptions {
  readonly strict?: true;
  readonly report?: string;
}

export function addImportOptions(command: Command): Command {
  return command
    .option('--strict', 'store nothing if a row is refused')
    .option('--report <file.csv>', 'write every refusal and warning to this file')
    .addHelpText('after', '\nExit codes: 0 also with warnings, 1 if a row is refused, 2 wrong use.');
}

/**
 * @param noun what is imported, in the plural
 * @throws SchedulerError INVALID_INPUT if the report cannot be written, and what the work throws
 */
export async function runImport<T extends { readonly refused: number }>(
  noun: string,
  file: string,
  options: ImportOptions,
  work: (request: Omit<FileImport, 'actor'>) => Promise<T>,
): Promise<{ result: T; report: ImportReport }> {
  const [{ ImportReport }, { ImportProgressDisplay }] = await Promise.all([
    import('./import-report.ts'),
    import('./import-progress.ts'),
  ]);
  const report = new ImportReport(options.report ?? null, file);
  const display = new ImportProgressDisplay(process.stderr, noun);
  try {
    const result = await work({
      file,
      isStrict: options.strict === true,
      onProblem: (problem) => {
        report.add(problem);
      },
      onProgress: (progress) => {
        display.show(progress);
      },
    });
    if (result.refused > 0) process.exitCode = 1;
    return { result, report };
  } finally {
    display.end();
    report.close();
  }
}
