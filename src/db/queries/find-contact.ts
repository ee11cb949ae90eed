import type { ClientBase } from 'pg';
import { SchedulerError } from '../../contracts/errors.ts';

export interface ContactProfile {
  readonly id: number;
  /** `null`: deleted, and its personal data gone. */
  readonly externalId: string | null;
  readonly isDeleted: boolean;
}

const CONTACT_OPTION = '--contact';

/**
 * @param reference an id or an external id; with `id:` or `external:` before it, only that
 * @param place where it was given, for errors
 * @throws SchedulerError UNKNOWN_CONTACT; INVALID_INPUT if two contacts answer to it
 */
export async function findContact(
  client: ClientBase,
  organization: { readonly id: number; readonly name: string },
  reference: string,
  place = CONTACT_OPTION,
): Promise<ContactProfile> {
  const { id, externalId } = contactReference(reference);
  const { rows } = await client.query<{ id: string; external_id: string | null; deleted: boolean }>(
    `SELECT id, external_id, deleted_at IS NOT NULL AS deleted FROM contacts
     WHERE organization_id = $1 AND (id = $2::bigint OR external_id = $3)`,
    [organization.id, id, externalId],
  );
  const row = rows[0];
  if (row === undefined) throw unknownContact(organization.name, reference, place);
  if (rows.length > 1) throw ambiguousContact(reference, place);
  return { id: Number(row.id), externalId: row.external_id, isDeleted: row.deleted };
}

/** What a contact may be called by it; `null`: neither. */
export function contactReference(reference: string): { id: string | null; externalId: string | null } {
  const [, prefix = null, rest = reference] = /^(id|external):(.*)$/s.exec(reference) ?? [];
  return {
    id: prefix !== 'external' && /^\d{1,15}$/.test(rest) ? rest : null,
    externalId: prefix === 'id' ? null : rest,
  };
}

export function unknownContact(
  organization: string,
  reference: string,
  place = CONTACT_OPTION,
): SchedulerError {
  return new SchedulerError(
    'UNKNOWN_CONTACT',
    `${organization} has no contact "${reference}": neither an id nor an external id is that. One that was deleted is found by its id only.`,
    { place, value: reference, allowed: 'an id or an external id of a contact' },
  );
}

export function ambiguousContact(reference: string, place = CONTACT_OPTION): SchedulerError {
  return new SchedulerError(
    'INVALID_INPUT',
    `${place} ${reference} is the id of one contact and the external id of another: say id:${reference} or external:${reference}.`,
    {
      place,
      value: reference,
      allowed: `id:${reference} or external:${reference}`,
    },
  );
}
