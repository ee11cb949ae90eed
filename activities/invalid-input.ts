import type { z } from 'zod';
import { SchedulerError } from '../src/contracts/errors.ts';

/** What a workflow was given and may not be, with every wrong field, its value and what is allowed. */
export function invalidInput(
  workflow: string,
  { issues }: z.ZodError,
  input: unknown,
  fields: readonly string[],
): SchedulerError {
  const problems = issues.map((issue) => problemOf(issue, input, fields));
  return new SchedulerError(
    'INVALID_INPUT',
    `The input of ${workflow} is not allowed: ${problems.join('; ')}.`,
    {
      place: issues[0]!.path.join('.'),
    },
  );
}

function problemOf(issue: z.core.$ZodIssue, input: unknown, fields: readonly string[]): string {
  if (issue.code === 'unrecognized_keys') {
    const keys = issue.keys.map((key) => `"${key}"`).join(', ');
    return `unknown field ${keys}, allowed: ${fields.join(', ')}`;
  }
  if (issue.path.length === 0) {
    return `it is ${input === undefined ? 'missing' : JSON.stringify(input)}, allowed: an object`;
  }
  let value = input;
  for (const key of issue.path) value = (value as Record<PropertyKey, unknown>)[key];
  const given = value === undefined ? 'is missing' : `is ${shortened(JSON.stringify(value))}`;
  return `${issue.path.join('.')} ${given}, allowed: ${issue.message}`;
}

const MAX_SHOWN = 100;

function shortened(text: string): string {
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}…`;
}
