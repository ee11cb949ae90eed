/** What is wrong in a configuration, and where: everything at once, in the order of the files. */
import { SchedulerError } from '../contracts/errors.ts';

export interface ConfigurationProblem {
  readonly file: string;
  /** `null`: the problem is of the whole file, or the document does not come from a file. */
  readonly line: number | null;
  /** `load.daily_cap_percent`, `rules[3].state`; empty: the whole document. */
  readonly path: string;
  /** The value that was found, as text. */
  readonly value: string;
  readonly allowed: string;
  /** A whole sentence, without file, line and path. */
  readonly message: string;
}

/** Refuses a configuration; its message lists every problem, one a line. */
export class InvalidConfiguration extends SchedulerError {
  readonly problems: readonly ConfigurationProblem[];

  /** @param document what has them: the configuration, or the name of another file */
  constructor(problems: readonly ConfigurationProblem[], document = 'The configuration') {
    const [first] = problems;
    if (first === undefined) throw new RangeError('A configuration is refused only with a problem.');
    const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
    super(
      'INVALID_CONFIGURATION',
      `${document} has ${count}; correct it and try again.\n${problems.map((problem) => `  ${describeProblem(problem)}`).join('\n')}`,
      { place: placeOf(first), value: first.value, allowed: first.allowed },
    );
    this.name = 'InvalidConfiguration';
    this.problems = problems;
  }
}

/** `config/scheduler.yaml:12: load.daily_cap_percent: 0 is not allowed; …` */
export function describeProblem(problem: ConfigurationProblem): string {
  return `${placeOf(problem)}: ${problem.message}`;
}

function placeOf(problem: ConfigurationProblem): string {
  const line = problem.line === null ? '' : `:${problem.line}`;
  const path = problem.path === '' ? '' : `: ${problem.path}`;
  return `${problem.file}${line}${path}`;
}

/** Files in their order, then lines, each problem once. */
export function sortProblems(problems: readonly ConfigurationProblem[]): ConfigurationProblem[] {
  const unique = new Map(problems.map((problem) => [describeProblem(problem), problem]));
  const files = [...new Set(problems.map((problem) => problem.file))];
  return [...unique.values()].sort(
    (a, b) => files.indexOf(a.file) - files.indexOf(b.file) || (a.line ?? 0) - (b.line ?? 0),
  );
}
