import { Command } from 'commander';
import { unknownOrganization } from '../../../db/unknown-organization.ts';
import { jsonOption, organizationOption } from '../../options.ts';
import { withDatabase } from '../../with-database.ts';
import { runArgument } from './run-argument.ts';

interface Options {
  readonly organization: string;
  readonly json?: true;
}

export function runsShowCommand(): Command {
  return new Command('show')
    .description('how a run stands or ended, whether today’s mails go out, and what to type next')
    .argument('[run]', 'its id; default: the latest', runArgument)
    .addOption(organizationOption())
    .addOption(jsonOption())
    .action(show);
}

async function show(runId: number | undefined, { organization: name, json }: Options): Promise<void> {
  const [{ listOrganizations }, { reportRun }, { runReportText }, { reportSources }] = await Promise.all([
    import('../../../db/queries/list-organizations.ts'),
    import('../../run-report.ts'),
    import('../../output/run-report.ts'),
    import('../../report-sources.ts'),
  ]);
  await withDatabase('runs show', async (pool) => {
    const [organization] = await listOrganizations(pool, name);
    if (organization === undefined) throw unknownOrganization(name, '--organization');
    const report = await reportRun(reportSources(pool), organization, runId ?? null);
    console.log(json ? JSON.stringify(report, null, 2) : runReportText(report));
  });
}
