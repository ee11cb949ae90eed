import { Command } from 'commander';
import type { ScheduleRunInput } from '../../../contracts/schedule-run.ts';
import { parseDay } from '../../../domain/calendar.ts';
import type { CampaignSettings } from '../../../domain/campaigns.ts';
import { dayArgument, jsonOption, organizationOption } from '../../options.ts';

interface PreviewOptions {
  readonly organization: string;
  readonly asOf?: string;
  readonly days?: true;
  readonly json?: true;
}

export function campaignsPreviewCommand(): Command {
  return new Command('preview')
    .description(
      'what a campaign instance, a draft too, would do: its mails, what is skipped and why, what it displaces; nothing is published',
    )
    .argument('<instance>', 'its name')
    .addOption(organizationOption('whose campaign'))
    .option(
      '--as-of <date>',
      'the first day to plan for, YYYY-MM-DD; default: as of the day that a run would go by',
      dayArgument,
    )
    .option('--days', 'show every day on which its mails go out, not only the fullest')
    .addOption(jsonOption())
    .action(preview);
}

async function preview(instance: string, options: PreviewOptions): Promise<void> {
  const [{ followToEnd }, { findPreviewedInstance }, { inSnapshot }, { keepPlanRows }, { withOrganization }] =
    await Promise.all([
      import('../../follow-run.ts'),
      import('../../../db/previewed-instance.ts'),
      import('../../../db/snapshot.ts'),
      import('../../../db/queries/keep-plan-rows.ts'),
      import('../../with-database.ts'),
    ]);
  const { organization, asOf } = options;
  // A workflow that can only fail is not started.
  await withOrganization('campaigns preview', organization, (pool, profile) =>
    findPreviewedInstance(pool, profile, instance, settingsOf(asOf)),
  );
  const followed = await followToEnd(inputOf(instance, options));
  if (followed === null) return;
  const [{ previewCampaign }, { campaignPreviewText }] = await Promise.all([
    import('../../campaign-preview.ts'),
    import('../../output/campaign-preview.ts'),
  ]);
  await withOrganization('campaigns preview', organization, (pool, profile) =>
    inSnapshot(pool, async (client) => {
      await keepPlanRows(client);
      const report = await previewCampaign(client, profile, followed.summary.runId);
      if (options.json) console.log(JSON.stringify(report, null, 2));
      else console.log(campaignPreviewText(report, options.days === true));
    }),
  );
}

/** As far as they are known before the run: the day that it goes by is its own, and so is the configuration. */
function settingsOf(asOf: string | undefined): CampaignSettings {
  const asOfDay = asOf === undefined ? -Infinity : parseDay(asOf)!;
  return { asOfDay, isSwitchedOn: true };
}

/** Behind a run that is going on, which may change what the preview is held against. */
function inputOf(preview: string, { organization, asOf }: PreviewOptions): ScheduleRunInput {
  return {
    ...{ organization, preview, dryRun: true, ifRunning: 'queue' },
    ...(asOf === undefined ? {} : { asOf }),
  };
}
