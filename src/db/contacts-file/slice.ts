import type { StagedSlice } from '../queries/update-staged-contacts.ts';
import { DATE_COLUMNS, TEXT_COLUMNS, type FileColumns } from './columns.ts';
import { AS_GIVEN } from './staged-row.ts';

/** Some lines of a staged file, and what its columns decide about. */
export function sliceOf(
  columns: FileColumns,
  organizationId: number,
  firstLine: number,
  lastLine: number,
): StagedSlice {
  const areGiven = columns.indexOf.has('attributes');
  const dates = DATE_COLUMNS.filter((column) => columns.indexOf.has(column));
  // Attributes that the file gives as a whole may hold originals of an earlier import: those stay.
  const originals = areGiven ? [] : dates.map((column) => AS_GIVEN[column]);
  return {
    organizationId,
    firstLine,
    lastLine,
    columns: [...TEXT_COLUMNS.filter((column) => columns.indexOf.has(column)), ...dates],
    attributes: { areGiven, managedKeys: [...columns.others.map(({ name }) => name), ...originals] },
  };
}
