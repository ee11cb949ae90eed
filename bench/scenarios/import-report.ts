import { table } from '../../src/cli/output/table.ts';
import { bareCopyText, megabytesText, ratioText, secondsText } from '../text.ts';
import type { ImportResult } from './import.ts';

export function importText(results: readonly ImportResult[]): string {
  const overview = table(
    ['contacts', 'CSV file', 'import', 'of it start', 'bare COPY', 'ratio', 'contacts/s'],
    results.map((of) => [
      of.contacts,
      megabytesText(of.fileBytes),
      secondsText(of.seconds),
      secondsText(of.programStartSeconds),
      secondsText(of.bareCopy.seconds),
      ratioText(of.ratio),
      Math.round(of.contactsPerSecond),
    ]),
  );
  return [overview, ...results.map(({ bareCopy }) => `Bare COPY of ${bareCopyText(bareCopy)}`)].join('\n');
}
