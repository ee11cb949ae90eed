/** Fields of campaigns as options of commands, and back: what is wrong with one is said by the option's name. */
import type { Command } from 'commander';
import { pathText, Refusal, type Finding, type Path } from '../contracts/finding.ts';
import { NAME_OPTION, type FieldOption } from './campaign-fields.ts';

export const EMPTYING_HELP = '\nAn empty value, such as --sms-template "", empties what may be empty.';

export function addFieldOptions(command: Command, options: readonly FieldOption[]): Command {
  for (const { field, value, description } of options) {
    command.option(`${flagOf(field)} ${value}`, description);
  }
  return command;
}

/** `--name`, for commands that change one by its present name. */
export function addNameOption(command: Command): Command {
  return addFieldOptions(command, [NAME_OPTION]);
}

function flagOf(field: string): string {
  return `--${field.replaceAll('_', '-')}`;
}

export interface GivenFields {
  readonly given: Readonly<Record<string, unknown>>;
  readonly findings: readonly Finding[];
}

/** What was typed of these fields, as values. */
export function readFieldOptions(
  typed: Readonly<Record<string, unknown>>,
  options: readonly FieldOption[],
): GivenFields {
  const given: Record<string, unknown> = {};
  const findings: Finding[] = [];
  for (const option of [NAME_OPTION, ...options]) {
    const text = typed[keyOf(option.field)];
    if (text === undefined) continue;
    const value = valueOf(option, text as string | true);
    if (value !== undefined) given[option.field] = value;
    else findings.push({ path: [option.field], value: text, allowed: wordsOf(option).join(' or ') });
  }
  return { given, findings };
}

/** As commander calls it: `daysBeforeEvent`. */
function keyOf(field: string): string {
  return field.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** `undefined`: none of the words. Wrong texts and numbers are left to those who know what is allowed. */
function valueOf({ words, isNumber, isEmptiable }: FieldOption, text: string | true): unknown {
  if (words !== undefined) return words[text === true ? 'yes' : text];
  if (isEmptiable === true && text === '') return null;
  if (isNumber === true && /^-?\d{1,15}$/.test(String(text))) return Number(text);
  return text;
}

function wordsOf({ words }: FieldOption): string[] {
  return Object.keys(words ?? {});
}

/**
 * Where the command has what a refusal names.
 * @param argument what the command calls `name`, `instance` and `contact`, if they are no options of it
 */
export async function byOptions<T>(
  work: () => Promise<T>,
  args: Readonly<Record<string, string>>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new Refusal(error.findings, (path) => placeOf(path, args));
  }
}

function placeOf([field, ...rest]: Path, args: Readonly<Record<string, string>>): string {
  const option = args[String(field)] ?? flagOf(String(field));
  return rest.length === 0 ? option : `${option}: ${pathText(rest)}`;
}
