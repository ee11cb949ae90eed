/** Changes a contact by hand. Values are read as an import reads those of a file. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { PoolClient } from 'pg';
import { Refusal, type Finding } from '../contracts/finding.ts';
import { SchedulerError } from '../contracts/errors.ts';
import { todayOf } from '../domain/as-of.ts';
import { parseDay, type DayNumber } from '../domain/calendar.ts';
import { usableDay } from '../domain/contact.ts';
import { cleanText } from '../domain/contact-text.ts';
import { dayAt } from '../domain/time-zone.ts';
import { readContactRecord, type ContactRecord } from './contact-record.ts';
import { readHeader, type KnownColumn } from './contacts-file/columns.ts';
import { sliceOf } from './contacts-file/slice.ts';
import { CONTACTS_FILE } from './contacts-file/staged-row.ts';
import { importProblem, type ImportProblem, type ProblemKind } from './csv-file/problems.ts';
import { takeImportTurn } from './file-import.ts';
import { readOrganization, type Organization } from './organizations.ts';
import { findContact } from './queries/find-contact.ts';
import { CONTACTS_STAGE, createContactsStage } from './queries/stage-contacts.ts';
import { copyIntoStage } from './queries/stage-rows.ts';
import { updateStagedContacts } from './queries/update-staged-contacts.ts';

/** What is given, as it was typed; blank empties. */
export type GivenValues = ReadonlyMap<KnownColumn, string>;

export interface ContactChange {
  readonly before: ContactRecord;
  readonly after: ContactRecord;
  /** What is stored as given although it is odd. */
  readonly warnings: readonly ImportProblem[];
}

/**
 * @param reference an id or an external id, see `findContact`
 * @throws SchedulerError UNKNOWN_CONTACT, INVALID_INPUT; Refusal with everything that is wrong with the values
 */
export async function changeContact(
  client: PoolClient,
  organization: { readonly id: number; readonly name: string },
  reference: string,
  given: GivenValues,
): Promise<ContactChange> {
  // An import that is going on has looked up its contacts by their external ids.
  await takeImportTurn(client, organization.id, () => undefined);
  const { id } = await findContact(client, organization, reference, 'CONTACT');
  const before = await readContactRecord(client, organization.id, id, 'FOR UPDATE');
  if (before.deletedAt !== null) throw deleted(organization.name, reference);
  const { externalId, findings } = await readExternalId(
    client,
    organization,
    before,
    given.get('external_id'),
  );
  const staged = stageRow(before.values.external_id!, given);
  const today = todayIn(await readOrganization(client, { id: organization.id }));
  const wrong = [...findings, ...staged.findings];
  if (wrong.length > 0) throw new Refusal(wrong);
  await storeStaged(client, organization.id, staged);
  await client.query(
    `UPDATE contacts SET external_id = $3, updated_at = now()
     WHERE organization_id = $1 AND id = $2 AND external_id <> $3`,
    [organization.id, id, externalId],
  );
  return {
    before,
    after: await readContactRecord(client, organization.id, id),
    warnings: [...staged.warnings, ...futureBirthWarnings(given, today)],
  };
}

/** Of an organization: a sandbox's own. */
function todayIn({ isSandbox, sandboxToday, timeZone }: Organization): DayNumber {
  return todayOf({ isSandbox, sandboxToday, zoneDay: dayAt(Date.now(), timeZone) });
}

/** An import does not ask for the day: its files are too long to be read again. */
function futureBirthWarnings(given: GivenValues, today: DayNumber): ImportProblem[] {
  const text = cleanText(given.get('birth_date') ?? null) ?? '';
  const day = parseDay(text);
  // One that is never usable has its warning already.
  if (day === null || day <= today || usableDay(day, Infinity) === null) return [];
  return [importProblem('unusable_date', 1, 'birth_date', text, 'the day has not come yet')];
}

interface StagedChange {
  readonly columns: ReturnType<typeof readHeader>;
  /** `null`: it cannot be stored. */
  readonly row: string | null;
  readonly findings: readonly Finding[];
  readonly warnings: readonly ImportProblem[];
}

/** What a file keeps among the attributes, because nobody is asked, is refused of who can correct it. */
const REFUSED: Partial<Record<ProblemKind, string>> = {
  impossible_date: 'a day that exists, as YYYY-MM-DD, or nothing',
  attributes_not_object: 'a JSON object such as \'{"agent": "Bo"}\', or nothing',
  nul_character: 'a text without NUL characters',
};

/** A file of one row: what becomes of a value is decided in one place. */
function stageRow(externalId: string, given: GivenValues): StagedChange {
  const fields = new Map(given);
  fields.delete('external_id');
  const columns = readHeader(['external_id', ...fields.keys()], 'the command line');
  const problems: ImportProblem[] = [];
  // The text of a file is read as one character per byte.
  const bytes = [externalId, ...fields.values()].map((value) => Buffer.from(value).toString('latin1'));
  const row = CONTACTS_FILE.createRows(columns, (problem) => problems.push(problem)).stagedRow({
    line: 1,
    text: bytes.join(','),
    fields: bytes,
    fault: null,
  });
  return {
    columns,
    row,
    findings: problems.flatMap(({ kind, column, value }) => {
      const allowed = REFUSED[kind];
      return allowed === undefined || column === null ? [] : [{ path: [column], value, allowed }];
    }),
    warnings: problems.filter(({ kind }) => REFUSED[kind] === undefined),
  };
}

async function storeStaged(
  client: PoolClient,
  organizationId: number,
  { columns, row }: StagedChange,
): Promise<void> {
  // Nothing but an external id is given.
  if (columns.names.length === 1) return;
  await createContactsStage(client);
  await pipeline(Readable.from([row]), copyIntoStage(client, CONTACTS_STAGE));
  await updateStagedContacts(client, sliceOf(columns, organizationId, 1, 1));
}

/** @param text `undefined`: it stays as it is */
async function readExternalId(
  client: PoolClient,
  { id: organizationId, name }: { readonly id: number; readonly name: string },
  { id, values }: ContactRecord,
  text: string | undefined,
): Promise<{ readonly externalId: string; readonly findings: readonly Finding[] }> {
  const externalId = cleanText(text ?? values.external_id) ?? '';
  if (externalId === values.external_id) return { externalId, findings: [] };
  const refused = (allowed: string, sentence?: string) => {
    const finding = { path: ['external_id'], value: text, allowed };
    return { externalId, findings: [sentence === undefined ? finding : { ...finding, sentence }] };
  };
  const isStorable = externalId.length <= 1_000 && Buffer.byteLength(externalId) <= MAX_EXTERNAL_ID_BYTES;
  if (externalId === '' || !isStorable || externalId.includes('\0')) {
    return refused(
      `a text of 1 to 1,000 characters and ${MAX_EXTERNAL_ID_BYTES} bytes; every contact has one`,
    );
  }
  const { rows } = await client.query<{ id: string; erased: boolean }>(
    `SELECT id, external_id IS NULL AS erased FROM contacts
     WHERE organization_id = $1 AND id <> $2 AND (external_id = $3 OR external_id_hmac = keyed_hash($3))
     ORDER BY erased LIMIT 1`,
    [organizationId, id, externalId],
  );
  const [other] = rows;
  if (other === undefined) return { externalId, findings: [] };
  return refused(
    'an external id that no contact has or had',
    other.erased
      ? `--external-id ${externalId} was that of contact ${other.id} of ${name}, which was deleted: an import of it makes that a contact again, with what it was sent.`
      : `--external-id ${externalId} is that of another contact of ${name}, id ${other.id}.`,
  );
}

const MAX_EXTERNAL_ID_BYTES = 1_700;

function deleted(organization: string, reference: string): SchedulerError {
  return new SchedulerError(
    'INVALID_INPUT',
    `Contact ${reference} was deleted and cannot be changed: \`npx email-scheduler contacts import FILE.csv --organization ${organization}\`, with a file that has its external id, makes it a contact again.`,
    { place: 'CONTACT', value: reference, allowed: 'a contact that is not deleted' },
  );
}
