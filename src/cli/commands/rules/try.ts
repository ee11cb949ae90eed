import { Command, InvalidArgumentError } from 'commander';
import { parseStateCode, STATE_CODES } from '../../../domain/states.ts';
import { dayArgument, jsonOption } from '../../options.ts';
import type { TrialRequest } from '../../try-rules.ts';

interface Options extends TrialRequest {
  readonly json?: true;
}

export function rulesTryCommand(): Command {
  return new Command('try')
    .description(
      'whether a contact may be mailed on a day: which rules are asked, what each answers, and what follows',
    )
    .option('--state <XX>', 'the contact’s state, two letters; or --zip, or both', stateArgument)
    .option('--zip <code>', 'the contact’s ZIP code')
    .option('--birth-date <date>', 'YYYY-MM-DD; without it, the contact has none', dayArgument)
    .option(
      '--effective-date <date>',
      'of the policy, YYYY-MM-DD; without it, the contact has none',
      dayArgument,
    )
    .requiredOption('--day <date>', 'the day in question, YYYY-MM-DD', askedDayArgument)
    .option('--organization <name>', 'whose overrides in scheduler.yaml apply; default: nobody’s')
    .addOption(jsonOption())
    .action(tryOut);
}

async function tryOut(options: Options): Promise<void> {
  const [{ tryRulesOfFiles }, { ruleTrialJson, ruleTrialText }] = await Promise.all([
    import('../../try-rules.ts'),
    import('../../output/rule-trial.ts'),
  ]);
  const { trial, settings, hasOverrides } = await tryRulesOfFiles(options);
  if (options.json) console.log(JSON.stringify(ruleTrialJson(trial, settings), null, 2));
  else console.log(ruleTrialText(trial, settings));
  if (options.organization !== undefined && !hasOverrides) {
    console.error(`scheduler.yaml has no settings of "${options.organization}" alone: those for all apply.`);
  }
}

/** The years of which configuration and contacts can have dates. */
function askedDayArgument(text: string): string {
  const day = dayArgument(text);
  if (day >= '1900-01-01' && day <= '2199-12-31') return day;
  throw new InvalidArgumentError('Allowed: a day from 1900-01-01 to 2199-12-31.');
}

function stateArgument(text: string): string {
  if (parseStateCode(text) !== null) return text;
  throw new InvalidArgumentError(`Allowed: two letters of ${STATE_CODES.join(' ')}.`);
}
