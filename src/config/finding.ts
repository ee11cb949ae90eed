/** A problem of a document, before it is known where in a file it stands. */
import type * as z from 'zod';
import { isMapping } from './json.ts';
import type { ConfigurationProblem, Path } from './problem.ts';
import { pathText, valueText } from './problem.ts';

export interface Finding {
  readonly path: Path;
  /** `undefined`: it is missing. */
  readonly value: unknown;
  readonly allowed: string;
  /** The path ends in a key that does not exist; `value` is the key. */
  readonly isUnknownKey?: true;
}

/** The message of an issue is what is allowed (`fields.ts`); `root` is the value that was parsed. */
export function fromIssue(issue: z.core.$ZodIssue, root: unknown): Finding[] {
  const path = issue.path.filter((step) => typeof step !== 'symbol');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      return { path: [...path, key], value: key, allowed: issue.message, isUnknownKey: true };
    });
  }
  return [{ path, value: valueAt(root, path), allowed: issue.message }];
}

function valueAt(root: unknown, path: Path): unknown {
  return path.reduce<unknown>((node, step) => {
    if (Array.isArray(node)) return typeof step === 'number' ? (node[step] as unknown) : undefined;
    return isMapping(node) && Object.hasOwn(node, step) ? node[step] : undefined;
  }, root);
}

export function toProblem(
  finding: Finding,
  file: string,
  lineOf: (path: Path) => number | null,
): ConfigurationProblem {
  const path = pathText(finding.path);
  const value = valueText(finding.value);
  return {
    file,
    line: lineOf(finding.path),
    path,
    value,
    allowed: finding.allowed,
    message: `${complaint(finding, value)}; allowed: ${finding.allowed}.`,
  };
}

function complaint(finding: Finding, value: string): string {
  if (finding.isUnknownKey === true) return 'this key is not known here';
  return finding.value === undefined ? 'a value is missing' : `${value} is not allowed`;
}
