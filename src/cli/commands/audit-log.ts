import { Command } from 'commander';
import { SchedulerError } from '../../contracts/errors.ts';
import { dayArgument, jsonOption, organizationOption, wholeNumberArgument } from '../options.ts';
import { withOrganization } from '../with-database.ts';

interface AuditLogOptions {
  readonly organization: string;
  readonly entity?: string;
  readonly except: readonly string[];
  readonly entityId?: string;
  readonly actor?: string;
  readonly from?: string;
  readonly to?: string;
  readonly limit: number;
  readonly json?: true;
}

const MAX_LIMIT = 100_000;

export function auditLogCommand(): Command {
  return new Command('audit-log')
    .description(
      'who changed what, newest first: campaigns, targets, suppressions, contacts, operators’ commands',
    )
    .addOption(organizationOption('whose log'))
    .option('--entity <kind>', 'only of that kind, such as campaign_instance, target, contact')
    .option(
      '--entity-id <id>',
      'only of that one: its id; of a target INSTANCE-ID:CONTACT-ID; of a suppression its address',
    )
    .option('--except <kind>', 'none of that kind, such as target; may be given several times', collected, [])
    .option('--actor <name>', 'only what that one did')
    .option('--from <date>', 'from that day on, in the organization’s zone', dayArgument)
    .option('--to <date>', 'up to that day, which is included', dayArgument)
    .option('--limit <number>', 'how many entries at most', wholeNumberArgument(1, MAX_LIMIT), 100)
    .addOption(jsonOption())
    .action(showLog);
}

function collected(kind: string, before: readonly string[]): readonly string[] {
  return [...before, kind];
}

async function showLog(options: AuditLogOptions): Promise<void> {
  const { from = null, to = null, limit, json } = options;
  if (from !== null && to !== null && to < from) {
    throw new SchedulerError('INVALID_INPUT', `--to ${to} is before --from ${from}.`, {
      place: '--to',
      value: to,
      allowed: `${from} or a later day`,
    });
  }
  const [{ auditIdOfAddress, describeAuditLog, listAuditLog }, { auditLogJson, auditLogText, noEntryText }] =
    await Promise.all([import('../../db/audit-log.ts'), import('../output/audit-log.ts')]);
  await withOrganization('audit-log', options.organization, async (pool, organization) => {
    const { entity = null, actor = null } = options;
    const given = options.entityId ?? null;
    // The log has no address: who knows one finds what happened to it by its hash.
    const entityId = given?.includes('@') === true ? await auditIdOfAddress(pool, given) : given;
    const days = { fromDay: from, toDay: to };
    const filter = { entity, except: options.except, entityId, actor, ...days, limit };
    const log = await listAuditLog(pool, organization, filter, { isAbridged: json === undefined });
    if (json) console.log(JSON.stringify(auditLogJson(organization, log), null, 2));
    else if (log.entries.length > 0) console.log(auditLogText(organization, log));
    else console.log(noEntryText(organization, await describeAuditLog(pool, organization.id)));
  });
}
