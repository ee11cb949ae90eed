/** The sample organization of the demo: contacts, one campaign of each type, and whom three of them are for. */
import { join } from 'node:path';
import type { Pool } from 'pg';
import type { OrganizationProfile } from '../db/queries/find-organization.ts';
import { CHECKOUT, type CliEnvironment } from './environment.ts';
import { timeZoneFor } from './time-zone-for.ts';

const FOLDER = join(CHECKOUT, 'config/sample');
const CAMPAIGNS_WITH_TARGETS = ['rate-increase-2027', 'winter-checkup-2027', 'network-notice-2026'];
const ACTOR = 'demo';
const NOBODY = (): undefined => undefined;

/**
 * Its campaigns come with the organization: what somebody has made of them since stays.
 * @returns whether the organization has no plan yet
 */
export async function importSampleOrganization(
  pool: Pool,
  name: string,
  environment: CliEnvironment,
  report: (line: string) => void,
): Promise<boolean> {
  const [{ importContacts }, { hasPlan }] = await Promise.all([
    import('../db/import-contacts.ts'),
    import('../db/queries/has-plan.ts'),
  ]);
  const { organization, organizationCreated, ...counts } = await importContacts(pool, {
    file: join(FOLDER, 'contacts.csv'),
    organization: name,
    isSandbox: true,
    timeZone: await timeZoneFor(name, environment),
    isStrict: false,
    actor: ACTOR,
    onProblem: NOBODY,
    onProgress: NOBODY,
  });
  report(
    `Sample organization "${name}": ${counts.rows} contacts, ${counts.added} added, ${counts.updated} updated; ${counts.warnings} odd values in them are there on purpose.`,
  );
  if (organizationCreated) report(await importSampleCampaigns(pool, organization));
  return !(await hasPlan(pool, name));
}

async function importSampleCampaigns(pool: Pool, organization: OrganizationProfile): Promise<string> {
  const [{ readCampaignsFile }, { actAs }, { importTargets }, { storeCampaigns }, { inTransaction }] =
    await Promise.all([
      import('../config/campaigns-file.ts'),
      import('../db/act-as.ts'),
      import('../db/import-targets.ts'),
      import('../db/store-campaigns.ts'),
      import('../db/transaction.ts'),
    ]);
  const { campaigns, findings } = await readCampaignsFile(join(FOLDER, 'campaigns.yaml'));
  const entries = campaigns.map((campaign) => ({ ...campaign, mode: 'import' as const }));
  await inTransaction(pool, async (client) => {
    await actAs(client, ACTOR);
    await storeCampaigns(client, organization, entries, findings);
  });
  let targets = 0;
  for (const instance of CAMPAIGNS_WITH_TARGETS) {
    const { added } = await importTargets(pool, {
      file: join(FOLDER, `targets-${instance}.csv`),
      organization,
      instance,
      isStrict: true,
      actor: ACTOR,
      onProblem: NOBODY,
      onProgress: NOBODY,
    });
    targets += added;
  }
  return `Its campaigns: ${campaigns.length}, one of each type, two of them for every contact and three for ${targets} targets.`;
}
