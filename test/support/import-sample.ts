import { fileURLToPath } from 'node:url';
import type { Pool } from 'pg';
import { importContacts } from '../../src/db/import-contacts.ts';
import { findOrganization, type OrganizationProfile } from '../../src/db/queries/find-organization.ts';

const SAMPLE = fileURLToPath(new URL('../../config/sample/contacts.csv', import.meta.url));

/** The sample organization `demo`, with its contacts and no plan. */
export async function importSample(pool: Pool): Promise<OrganizationProfile> {
  await importContacts(pool, {
    file: SAMPLE,
    organization: 'demo',
    isSandbox: true,
    timeZone: 'America/Chicago',
    isStrict: false,
    actor: 'test',
    onProblem: () => undefined,
    onProgress: () => undefined,
  });
  return (await findOrganization(pool, 'demo'))!;
}
