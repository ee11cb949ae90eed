import { Command } from 'commander';
import { asOption, jsonOption, organizationOption } from '../../options.ts';
import { sayPlanned, sayPlanning, type CampaignChangeOptions } from '../../change-campaign.ts';
import { changeOrganization } from '../../change-organization.ts';

export function importCampaignsCommand(): Command {
  return new Command('import')
    .description('add and change campaign types and instances by name from a YAML file, all of them or none')
    .argument('<file.yaml>', 'lists campaign_types and campaign_instances of the fields that `add` has')
    .addOption(organizationOption())
    .addOption(asOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nOf one that is there, only the fields that the file has are changed; null empties one.\nconfig/sample/campaigns.yaml is an example.',
    )
    .action(importCampaigns);
}

async function importCampaigns(file: string, options: CampaignChangeOptions): Promise<void> {
  const [{ readCampaignsFile }, { Refusal }, { storeCampaigns }, { importReport, importReportText }] =
    await Promise.all([
      import('../../../config/campaigns-file.ts'),
      import('../../../contracts/finding.ts'),
      import('../../../db/store-campaigns.ts'),
      import('../../output/campaigns-import.ts'),
    ]);
  const { campaigns, findings, refusal } = await readCampaignsFile(file);
  const entries = campaigns.map((campaign) => ({ ...campaign, mode: 'import' as const }));
  const { result: outcomes, planning } = await changeOrganization(
    'campaigns import',
    options,
    async (client, organization) => {
      const outcomes = await storeCampaigns(client, organization, entries, findings).catch(
        (error: unknown) => {
          if (error instanceof Refusal) throw refusal(error.findings) ?? error;
          throw error;
        },
      );
      const refused = refusal([]);
      if (refused !== null) throw refused;
      return outcomes;
    },
  );
  const report = importReport(file, options.organization, outcomes);
  if (options.json) {
    console.log(JSON.stringify({ ...report, planning }, null, 2));
    return;
  }
  console.log(importReportText(report));
  const isChanged = outcomes.some(({ outcome }) => outcome !== 'unchanged');
  (isChanged ? sayPlanning : sayPlanned)(planning, options.organization);
}
