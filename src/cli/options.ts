/** Options that many commands have, and how their values are read. */
import { InvalidArgumentError, Option } from 'commander';
import { parseDay } from '../domain/calendar.ts';

/** `--organization NAME`, which every command about one organization needs. */
export function organizationOption(description = 'which organization'): Option {
  return new Option('--organization <name>', description).makeOptionMandatory();
}

export function jsonOption(): Option {
  return new Option('--json', 'for programs');
}

/** `--as NAME`: in whose name a change is made, for the audit log and contact history. */
export function asOption(): Option {
  return new Option('--as <name>', 'in whose name, for the audit log; default: the system user’s').argParser(
    actorName,
  );
}

function actorName(text: string): string {
  const name = text.trim();
  if (/^[\p{L}\p{N}\p{P}\p{S} ]{1,100}$/u.test(name)) return name;
  throw new InvalidArgumentError('Allowed: a name of 1 to 100 characters, on one line.');
}

/** A day as it was typed, checked. */
export function dayArgument(text: string): string {
  if (parseDay(text) === null) throw new InvalidArgumentError('Allowed: a day that exists, as YYYY-MM-DD.');
  return text;
}

/** Reads a whole number within limits, in digits only. */
export function wholeNumberArgument(min: number, max: number): (text: string) => number {
  return (text) => {
    const number = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
    if (!(number >= min && number <= max)) {
      throw new InvalidArgumentError(`Allowed: a whole number from ${min} to ${max}.`);
    }
    return number;
  };
}
