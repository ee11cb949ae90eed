/** Problems of a document: found by a schema, and placed in a file. */
import type * as z from 'zod';
import { findingSentence, pathText, valueText, type Finding, type Path } from '../contracts/finding.ts';
import { isMapping } from './json.ts';
import type { ConfigurationProblem } from './problem.ts';

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
  return {
    file,
    line: lineOf(finding.path),
    path: pathText(finding.path),
    value: valueText(finding.value),
    allowed: finding.allowed,
    message: findingSentence(finding),
  };
}
