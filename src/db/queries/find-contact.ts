import type { ClientBase } from 'pg';
import { SchedulerError } from '../../contracts/errors.ts';

export interface ContactProfile {
  readonly id: number;
  /** `null`: deleted, and its personal data gone. */
  readonly externalId: string | null;
  readonly isDeleted: boolean;
}

/**
 * @param reference an id or an external id; with `id:` or `external:` before it, only that
 * @throws SchedulerError UNKNOWN_CONTACT; INVALID_INPUT if two contacts answer to it
 */
export async function findContact(
  client: ClientBase,
  organization: { readonly id: number; readonly name: string },
  reference: string,
): Promise<ContactProfile> {
  const [, prefix = null, rest = reference] = /^(id|external):(.*)$/s.exec(reference) ?? [];
  const id = prefix !== 'external' && /^\d{1,15}$/.test(rest) ? rest : null;
  const externalId = prefix === 'id' ? null : rest;
  const { rows } = await client.query<{ id: string; external_id: string | null; deleted: boolean }>(
    `SELECT id, external_id, deleted_at IS NOT NULL AS deleted FROM contacts
     WHERE organization_id = $1 AND (id = $2::bigint OR external_id = $3)`,
    [organization.id, id, externalId],
  );
  const row = rows[0];
  if (row === undefined) throw unknownContact(organization.name, reference);
  if (rows.length > 1) throw ambiguousContact(reference);
  return { id: Number(row.id), externalId: row.external_id, isDeleted: row.deleted };
}

function unknownContact(organization: string, reference: string): SchedulerError {
  return new SchedulerError(
    'UNKNOWN_CONTACT',
    `${organization} has no contact "${reference}": neither an id nor an external id is that. One that was deleted is found by its id only.`,
    { place: '--contact', value: reference, allowed: 'an id or an external id of a contact' },
  );
}

function ambiguousContact(reference: string): SchedulerError {
  return new SchedulerError(
    'INVALID_INPUT',
    `--contact ${reference} is the id of one contact and the external id of another: say id:${reference} or external:${reference}.`,
    {
      place: '--contact',
      value: reference,
      allowed: `id:${reference} or external:${reference}`,
    },
  );
}
