import type { ClientBase, Pool } from 'pg';
import { SchedulerError } from '../../contracts/errors.ts';
import { findOrganization, type OrganizationProfile } from './find-organization.ts';

export type NewOrganization = Omit<OrganizationProfile, 'id'>;

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
const NAME_RULE = '1 to 63 letters of ASCII, digits, `.`, `_`, `-`; a letter or digit first';

/** Another program may create it at the same moment: that one's is returned then, `created` false. */
export async function createOrganization(
  db: ClientBase | Pool,
  { name, timeZone, isSandbox }: NewOrganization,
): Promise<{ organization: OrganizationProfile; created: boolean }> {
  if (!NAME.test(name)) {
    throw new SchedulerError(
      'INVALID_INPUT',
      `An organization cannot be named ${JSON.stringify(name)}: ${NAME_RULE}.`,
      {
        place: 'organization',
        value: name,
        allowed: NAME_RULE,
      },
    );
  }
  const { rows } = await db.query<{ id: string }>(
    `INSERT INTO organizations (name, time_zone, sandbox) VALUES ($1, $2, $3)
     ON CONFLICT (name) DO NOTHING RETURNING id`,
    [name, timeZone, isSandbox],
  );
  const created = rows[0];
  if (created !== undefined) {
    return { organization: { id: Number(created.id), name, timeZone, isSandbox }, created: true };
  }
  return { organization: (await findOrganization(db, name))!, created: false };
}
