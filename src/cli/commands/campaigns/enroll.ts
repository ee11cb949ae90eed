import { Command } from 'commander';
import { TARGET_OPTIONS } from '../../campaign-fields.ts';
import { addFieldOptions, byOptions, readFieldOptions } from '../../campaign-options.ts';
import { asOption, jsonOption, organizationOption } from '../../options.ts';
import { systemActor, withOrganization } from '../../with-database.ts';

interface EnrollOptions extends Readonly<Record<string, unknown>> {
  readonly organization: string;
  readonly instance: string;
  readonly contact: string;
  readonly as?: string;
  readonly json?: true;
}

/** `campaigns enroll`. */
export function enrollCommand(): Command {
  const command = new Command('enroll')
    .description('make a contact a target, and wait until its new plan is in force')
    .requiredOption('--instance <name>', 'in which campaign instance')
    .requiredOption('--contact <id>', 'its id or external id; id:5 and external:5 tell them apart')
    .addOption(organizationOption('whose contact'));
  return addFieldOptions(command, TARGET_OPTIONS)
    .addOption(asOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nIt takes an active or paused instance; `npx email-scheduler campaigns targets add` gives a draft its\ntargets. Exit code 1 also if it is stored and nobody has planned it yet.',
    )
    .action(enroll);
}

async function enroll(options: EnrollOptions): Promise<void> {
  const { organization, instance, contact } = options;
  const { given } = readFieldOptions(options, TARGET_OPTIONS);
  const [{ enrollContact }, { withTemporal }, { resolveAddresses }, { enrolmentText }] = await Promise.all([
    import('../../../client/enroll.ts'),
    import('../../temporal-connection.ts'),
    import('../../environment.ts'),
    import('../../output/enrolment.ts'),
  ]);
  const stopWaiting = options.json ? () => undefined : sayIfItWaits();
  const enrolment = await withOrganization('campaigns enroll', organization, (pool) =>
    withTemporal(resolveAddresses(), (client) =>
      byOptions(
        () =>
          enrollContact(pool, client, {
            organization,
            instance,
            contact,
            ...(typeof given['trigger_date'] === 'string' ? { triggerDate: given['trigger_date'] } : {}),
            ...(given['metadata'] === undefined ? {} : { metadata: given['metadata'] }),
            actor: options.as ?? systemActor(),
          }),
        {},
      ),
    ),
  ).finally(stopWaiting);
  console.log(options.json ? JSON.stringify(enrolment, null, 2) : enrolmentText(enrolment));
  // Stored, and not in force: who goes on in a script is to notice.
  if (enrolment.planning.outcome === 'later') process.exitCode = 1;
}

const PATIENCE_MS = 3_000;

/** Returns what ends the waiting. */
function sayIfItWaits(): () => void {
  const timer = setTimeout(() => {
    console.error(
      'Waiting up to a minute for a worker that plans the contact: `npx email-scheduler worker` starts one, if there is none.',
    );
  }, PATIENCE_MS);
  return () => {
    clearTimeout(timer);
  };
}
