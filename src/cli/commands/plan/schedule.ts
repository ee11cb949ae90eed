import { Command } from 'commander';
import type { Client, ScheduleDescription } from '@temporalio/client';
import type { Pool } from 'pg';
import { SchedulerError } from '../../../contracts/errors.ts';
import type { OrganizationProfile } from '../../../db/queries/find-organization.ts';
import type { Addresses } from '../../environment.ts';
import { asOption, jsonOption, organizationOption } from '../../options.ts';
import type { PlanSchedule } from '../../plan-schedule.ts';
import { systemActor, withOrganization } from '../../with-database.ts';

interface Options {
  readonly organization: string;
  readonly reason?: string;
  /** `--as`: in whose name; default: the system user's. */
  readonly as?: string;
  readonly json?: true;
}

export function planScheduleCommand(): Command {
  const schedule = new Command('schedule').description(
    'the daily planning run: a Temporal Schedule at plan_time in the organization’s zone',
  );
  const subcommand = (name: string, description: string): Command =>
    schedule.command(name).description(description).addOption(organizationOption()).addOption(jsonOption());
  subcommand('show', 'when the next runs start, and whether that is what the configuration says').action(
    show,
  );
  subcommand('set', 'create the schedule, or bring it in step with plan_time and the zone')
    .addOption(asOption())
    .action(set);
  subcommand('pause', 'start no more runs until it is resumed')
    .option('--reason <text>', 'why: kept with who paused it, and when')
    .addOption(asOption())
    .action(pause);
  subcommand('resume', 'start runs again').addOption(asOption()).action(resume);
  return schedule;
}

interface Context {
  readonly pool: Pool;
  readonly client: Client;
  readonly organization: OrganizationProfile;
  readonly addresses: Addresses;
  readonly actor: string;
}

/** What every subcommand needs; a sandbox has no schedules (SPEC 2). */
async function withSchedules(
  { organization: name, as }: Options,
  work: (context: Context) => Promise<void>,
): Promise<void> {
  const [{ resolveAddresses }, { withTemporal }] = await Promise.all([
    import('../../environment.ts'),
    import('../../temporal-connection.ts'),
  ]);
  await withOrganization('plan schedule', name, async (pool, organization) => {
    if (organization.isSandbox) throw sandboxRefused(name);
    const addresses = resolveAddresses();
    const actor = as ?? systemActor();
    await withTemporal(addresses, (client) => work({ pool, client, organization, addresses, actor }));
  });
}

async function show(options: Options): Promise<void> {
  await withSchedules(options, async (context) => {
    const found = await describe(context);
    const [wanted, problem] = await wantedBy(context).then(
      (value) => [value, null] as const,
      (error: unknown) => [null, invalidConfiguration(error)] as const,
    );
    await print(context, { found, wanted, problem, done: null }, options.json);
  });
}

async function set(options: Options): Promise<void> {
  await withSchedules(options, async (context) => {
    const { client, organization, addresses } = context;
    const [{ setPlanSchedule }, { ensureSearchAttributes }] = await Promise.all([
      import('../../plan-schedule.ts'),
      import('../../../worker/search-attributes.ts'),
    ]);
    const wanted = await wantedBy(context);
    // The first worker may not have been there yet.
    await ensureSearchAttributes(client.connection, addresses.namespace);
    const { outcome, differences } = await setPlanSchedule(client, wanted);
    const sentence = {
      created: `Created the schedule of ${organization.name}.`,
      changed: `Changed the schedule of ${organization.name}: it had ${differences.join('; ')}.`,
      unchanged: `The schedule of ${organization.name} was as it should be.`,
    }[outcome];
    if (outcome !== 'unchanged')
      await note(context, 'set', { planTime: wanted.planTime, timeZone: wanted.timeZone });
    await print(
      context,
      { found: await describe(context), wanted, problem: null, done: { outcome, sentence } },
      options.json,
    );
  });
}

async function pause(options: Options): Promise<void> {
  const { organization: name, reason, json } = options;
  await withSchedules(options, async (context) => {
    const { state } = await existing(context);
    // Who paused it first, and why, is not to be lost.
    const isKept = state.paused && reason === undefined;
    if (!isKept) {
      await (await handleOf(context)).pause(await noteText(context, 'paused', reason));
      await note(context, 'pause', reason === undefined ? {} : { reason });
    }
    const done = isKept
      ? { outcome: 'unchanged', sentence: `The schedule of ${name} was paused already.` }
      : { outcome: 'paused', sentence: `Paused the schedule of ${name}: no run starts by itself.` };
    await print(context, { found: await existing(context), wanted: null, problem: null, done }, json);
  });
}

async function resume(options: Options): Promise<void> {
  const { organization: name, json } = options;
  await withSchedules(options, async (context) => {
    const { state } = await existing(context);
    if (state.paused) {
      await (await handleOf(context)).unpause(await noteText(context, 'resumed', undefined));
      await note(context, 'resume', {});
    }
    const done = state.paused
      ? {
          outcome: 'resumed',
          sentence: `Resumed the schedule of ${name}. Starts of meanwhile are not made up for: \`npx email-scheduler plan run --organization ${name}\`.`,
        }
      : { outcome: 'unchanged', sentence: `The schedule of ${name} was not paused.` };
    await print(context, { found: await existing(context), wanted: null, problem: null, done }, json);
  });
}

async function describe({ client, organization }: Context): Promise<ScheduleDescription | null> {
  const { describePlanSchedule } = await import('../../plan-schedule.ts');
  return describePlanSchedule(client, organization.name);
}

async function existing(context: Context): Promise<ScheduleDescription> {
  const found = await describe(context);
  if (found !== null) return found;
  const { name } = context.organization;
  throw new SchedulerError(
    'UNKNOWN_SCHEDULE',
    `${name} has no schedule: \`npx email-scheduler plan schedule set --organization ${name}\` makes it.`,
    { place: '--organization', value: name },
  );
}

async function handleOf({ client, organization }: Context) {
  const { planScheduleId } = await import('../../../contracts/plan-schedule.ts');
  return client.schedule.getHandle(planScheduleId(organization.name));
}

async function wantedBy({ pool, organization }: Context): Promise<PlanSchedule> {
  const { configurationInForce } = await import('../../configuration-in-force.ts');
  const { planTime } = await configurationInForce(pool, organization.name);
  return { organization: organization.name, timeZone: organization.timeZone, planTime };
}

function invalidConfiguration(error: unknown): string {
  if (error instanceof SchedulerError && error.code === 'INVALID_CONFIGURATION') return error.message;
  throw error;
}

async function noteText(
  { organization, actor }: Context,
  what: string,
  reason: string | undefined,
): Promise<string> {
  const { momentText } = await import('../../output/time-text.ts');
  const { timeZone } = organization;
  const done = `${what} by ${actor} on ${momentText(Date.now(), timeZone)} (${timeZone})`;
  return reason === undefined ? done : `${done}: ${reason}`;
}

async function note(
  { pool, organization, actor }: Context,
  action: string,
  summary: Record<string, string>,
): Promise<void> {
  const { noteCommand } = await import('../../note-command.ts');
  await noteCommand(pool, actor, {
    organizationId: organization.id,
    entity: 'plan_schedule',
    action,
    summary,
  });
}

async function print(
  { organization, addresses }: Context,
  answer: {
    readonly found: ScheduleDescription | null;
    readonly wanted: PlanSchedule | null;
    readonly problem: string | null;
    readonly done: { readonly outcome: string; readonly sentence: string } | null;
  },
  json: true | undefined,
): Promise<void> {
  const { scheduleJson, scheduleText } = await import('../../output/schedule-report.ts');
  const report = { organization, addresses, ...answer };
  console.log(json ? JSON.stringify(scheduleJson(report), null, 2) : scheduleText(report));
}

function sandboxRefused(name: string): SchedulerError {
  return new SchedulerError(
    'ORGANIZATION_KIND',
    `${name} is a sandbox, and sandboxes have no schedules: their today goes forward only by \`npx email-scheduler plan run --organization ${name}\`.`,
    { place: '--organization', value: name, allowed: 'an organization that is no sandbox' },
  );
}
