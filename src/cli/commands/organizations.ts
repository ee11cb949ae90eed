import { Command } from 'commander';
import type { Pool } from 'pg';
import { SchedulerError } from '../../contracts/errors.ts';
import { unknownOrganization } from '../../db/unknown-organization.ts';
import type { OrganizationOverview } from '../../db/queries/list-organizations.ts';
import { isTimeZone } from '../../domain/time-zone.ts';
import { readEnvironment } from '../environment.ts';
import { asOption } from '../options.ts';
import { table } from '../output/table.ts';
import { timeZoneFor } from '../time-zone-for.ts';
import { systemActor, withDatabase } from '../with-database.ts';

interface Options {
  readonly json?: true;
}

interface CreateOptions extends Options {
  readonly sandbox?: true;
  readonly timeZone?: string;
  readonly as?: string;
}

export function organizationsCommand(): Command {
  const organizations = new Command('organizations').description('organizations, their zone and clock');
  organizations
    .command('create')
    .description('create an organization without contacts')
    .argument('<name>')
    .option('--sandbox', 'for demos and tests, with a clock of its own')
    .option('--time-zone <zone>', 'an IANA zone such as America/Chicago; default: the configuration’s')
    .addOption(asOption())
    .option('--json', 'for programs')
    .action(create);
  organizations
    .command('list')
    .description('every organization, with its contacts and the plan in force')
    .option('--json', 'for programs')
    .action(list);
  organizations
    .command('show')
    .description('one organization')
    .argument('<name>')
    .option('--json', 'for programs')
    .action(show);
  return organizations;
}

async function create(name: string, options: CreateOptions): Promise<void> {
  const timeZone = options.timeZone ?? (await timeZoneFor(name, readEnvironment()));
  if (!isTimeZone(timeZone)) {
    throw new SchedulerError(
      'INVALID_INPUT',
      `--time-zone is "${timeZone}", allowed: an IANA zone such as America/Chicago.`,
      { place: '--time-zone', value: timeZone, allowed: 'an IANA zone' },
    );
  }
  await withDatabase('organizations', async (pool) => {
    const { actAs } = await import('../../db/act-as.ts');
    const { createOrganization } = await import('../../db/queries/create-organization.ts');
    const { inTransaction } = await import('../../db/transaction.ts');
    const { created } = await inTransaction(pool, async (client) => {
      await actAs(client, options.as ?? systemActor());
      return createOrganization(client, { name, timeZone, isSandbox: options.sandbox === true });
    });
    if (!created) {
      throw new SchedulerError('INVALID_INPUT', `There is an organization "${name}" already.`, {
        place: 'name',
        value: name,
        allowed: 'a name that no organization has',
      });
    }
    await print(pool, name, options);
  });
}

async function list(options: Options): Promise<void> {
  await withDatabase('organizations', (pool) => print(pool, null, options));
}

async function show(name: string, options: Options): Promise<void> {
  await withDatabase('organizations', (pool) => print(pool, name, options));
}

async function print(pool: Pool, name: string | null, { json }: Options): Promise<void> {
  const { listOrganizations } = await import('../../db/queries/list-organizations.ts');
  const organizations = await listOrganizations(pool, name);
  if (name !== null && organizations.length === 0) {
    throw unknownOrganization(name, 'name');
  }
  if (json) console.log(JSON.stringify(name === null ? organizations : organizations[0], null, 2));
  else if (organizations.length === 0) console.log('There is no organization yet.');
  else
    console.log(
      table(['name', 'kind', 'zone', 'today', 'contacts', 'plan', 'as of'], organizations.map(cells)),
    );
}

function cells(of: OrganizationOverview): (string | number)[] {
  return [
    of.name,
    of.isSandbox ? 'sandbox' : 'real',
    of.timeZone,
    of.isSandbox ? (of.sandboxToday ?? 'before its first run') : 'the zone’s',
    of.contacts,
    of.planNumber === null ? 'none' : String(of.planNumber),
    of.planAsOf ?? '',
  ];
}
