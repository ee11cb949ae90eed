/** Deletes a contact (SPEC 3): its row stays for the ledger and the proof, what is personal goes for good. */
import type { PoolClient } from 'pg';
import { SchedulerError } from '../contracts/errors.ts';
import { shellWord } from '../contracts/wording.ts';
import { statesOf } from '../domain/contact.ts';
import { listFormerContacts, readContactRecord, type ContactValues } from './contact-record.ts';
import { takeImportTurn } from './file-import.ts';
import { findContact } from './queries/find-contact.ts';

export interface DeletedContact {
  readonly id: number;
  readonly externalId: string;
  /** Versions of it in its history that lost what is personal. */
  readonly erasedVersions: number;
  /** Suppressions of its address: they stay, or the address would be written to again. */
  readonly keptSuppressions: number;
}

/**
 * @param reference an id or an external id, see `findContact`
 * @throws SchedulerError UNKNOWN_CONTACT, INVALID_INPUT if it was deleted before
 */
export async function deleteContact(
  client: PoolClient,
  organization: { readonly id: number; readonly name: string },
  reference: string,
): Promise<DeletedContact> {
  // An import that is going on may have found it there, and would add it as a new one.
  await takeImportTurn(client, organization.id, () => undefined);
  const { id } = await findContact(client, organization, reference, 'CONTACT');
  const { values } = await readContactRecord(client, organization.id, id, 'FOR UPDATE');
  if (values.external_id === null) throw deletedBefore(organization.name, reference);
  const former = await listFormerContacts(client, organization.id, id);
  const unerased = former.filter(({ states }) => states === null);
  const suppressions = await countSuppressions(client, organization.id, values.email);
  await client.query('SELECT delete_contact($1, $2, $3, $4)', [
    organization.id,
    id,
    stateCodes(values),
    Object.fromEntries(unerased.map((version) => [version.historyId, stateCodes(version.values)])),
  ]);
  return {
    id,
    externalId: values.external_id,
    erasedVersions: unerased.length + 1,
    keptSuppressions: suppressions,
  };
}

function stateCodes({ zip_code: zipCode, state }: ContactValues): string[] {
  return statesOf({ zipCode, state });
}

async function countSuppressions(
  client: PoolClient,
  organizationId: number,
  email: string | null,
): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    `SELECT count(*)::integer AS count FROM suppressions
     WHERE organization_id = $1 AND address = normal_address($2)`,
    [organizationId, email],
  );
  return rows[0]!.count;
}

function deletedBefore(organization: string, reference: string): SchedulerError {
  return new SchedulerError(
    'INVALID_INPUT',
    `Contact ${reference} was deleted before: nothing personal is left of it. \`npx email-scheduler contacts show ${shellWord(reference)} --organization ${organization}\` says what is kept.`,
    { place: 'CONTACT', value: reference, allowed: 'a contact that is not deleted' },
  );
}
