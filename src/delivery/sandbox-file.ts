/** Where the sandbox's messages lie: FOLDER/ORGANIZATION/DAY/ID.eml. */
import { join } from 'node:path';
import { parseDay } from '../domain/calendar.ts';

/** The rule for names of organizations, which also keeps them below the folder. */
const ORGANIZATION = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
const MESSAGE_FILE = /^([1-9]\d{0,15})\.eml$/;

export function isOrganizationFolder(name: string): boolean {
  return ORGANIZATION.test(name);
}

/** @returns `null` for what would lie elsewhere */
export function messageFile(
  folder: string,
  { organization, day, scheduleId }: { organization: string; day: string; scheduleId: number },
): string | null {
  const isId = Number.isSafeInteger(scheduleId) && scheduleId > 0;
  if (!isOrganizationFolder(organization) || parseDay(day) === null || !isId) return null;
  return join(folder, organization, day, `${scheduleId}.eml`);
}

/** The row of the ledger that a file is named by; `null` if it is no finished message. */
export function scheduleIdOf(fileName: string): number | null {
  const match = MESSAGE_FILE.exec(fileName);
  return match === null ? null : Number(match[1]);
}
