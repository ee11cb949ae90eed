import { InvalidArgumentError } from 'commander';

/** The id of a run, as it was typed. */
export function runArgument(text: string): number {
  const id = /^\d{1,15}$/.test(text) ? Number(text) : 0;
  if (id > 0) return id;
  throw new InvalidArgumentError(
    'Allowed: the id of a run, a whole number from 1 on (`npx email-scheduler runs list`).',
  );
}
