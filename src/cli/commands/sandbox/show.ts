import { Readable } from 'node:stream';
import { Command } from 'commander';
import { SchedulerError } from '../../../contracts/errors.ts';
import { readEnvironment } from '../../environment.ts';
import { jsonOption, organizationOption, wholeNumberArgument } from '../../options.ts';

interface ShowOptions {
  readonly organization: string;
  readonly html?: string;
  readonly source?: true;
  readonly json?: true;
}

export function sandboxShowCommand(): Command {
  return new Command('show')
    .description('a message in the sandbox: headers and text, HTML into a file, source')
    .argument(
      '<id>',
      'of the mail, as `npx email-scheduler sandbox list` shows it',
      wholeNumberArgument(1, Number.MAX_SAFE_INTEGER),
    )
    .addOption(organizationOption('whose message'))
    .option('--html <file>', 'write its HTML there, for a browser')
    .option('--source', 'the message as it would have been sent, byte for byte')
    .addOption(jsonOption())
    .action(show);
}

async function show(id: number, { organization, html, source, json }: ShowOptions): Promise<void> {
  const [{ readSandboxMessage }, { sandboxMessageJson, sandboxMessageText }, files] = await Promise.all([
    import('../../../delivery/sandbox-messages.ts'),
    import('../../output/sandbox-message.ts'),
    import('../../output-file.ts'),
  ]);
  const htmlFile = html === undefined ? null : await files.openOutputFile(html, '--html');
  const { sandboxFolder } = readEnvironment();
  const message = await readSandboxMessage(sandboxFolder, organization, id);
  if (message === null) throw unknownMessage(id, organization, sandboxFolder);
  if (htmlFile !== null) {
    await files.writeOutputFile(
      htmlFile,
      Readable.from([Buffer.from(message.html ?? '')]),
      NEVER_INTERRUPTED,
    );
  }
  if (json) console.log(JSON.stringify(sandboxMessageJson(message, { isSource: source === true }), null, 2));
  else if (source) process.stdout.write(message.source);
  else console.log(sandboxMessageText(message, htmlFile?.path ?? null));
}

/** A file of some kilobytes: there is nothing to follow or to break off. */
const NEVER_INTERRUPTED = { signal: new AbortController().signal, onBytes: () => undefined };

function unknownMessage(id: number, organization: string, folder: string): SchedulerError {
  return new SchedulerError(
    'UNKNOWN_MESSAGE',
    `The sandbox in ${folder} has no message ${id} of ${organization}.`,
    {
      place: 'id',
      value: String(id),
      allowed: `an id of \`npx email-scheduler sandbox list --organization ${organization}\``,
    },
  );
}
