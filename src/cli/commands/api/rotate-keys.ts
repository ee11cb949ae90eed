import { Command } from 'commander';
import { asOption, jsonOption } from '../../options.ts';
import { systemActor, withDatabase } from '../../with-database.ts';

interface RotateOptions {
  readonly as?: string;
  readonly json?: true;
}

export function rotateKeysCommand(): Command {
  return new Command('rotate-keys')
    .description(
      'sign the links of mails with a new key from now on; those that are in mails already stay good',
    )
    .addOption(asOption())
    .addOption(jsonOption())
    .action(rotate);
}

async function rotate(options: RotateOptions): Promise<void> {
  const [{ actAs }, { rotateLinkKey }, { inTransaction }] = await Promise.all([
    import('../../../db/act-as.ts'),
    import('../../../db/link-keys.ts'),
    import('../../../db/transaction.ts'),
  ]);
  const key = await withDatabase('api rotate-keys', (pool) =>
    inTransaction(pool, async (client) => {
      await actAs(client, options.as ?? systemActor());
      return rotateLinkKey(client);
    }),
  );
  if (options.json) {
    console.log(JSON.stringify({ key }, null, 2));
    return;
  }
  console.log(`Links are signed with key ${key} from now on, by every program within a minute.`);
  console.log(
    'Links that are in mails already stay good: to unsubscribe for ever, others as long as they live.',
  );
}
