/** Configurations for tests: a document that is not the subject is the smallest valid one. */
import type { AcceptedConfiguration } from '../../../src/config/accept.ts';
import { parseConfiguration } from '../../../src/config/accept.ts';
import type { ConfigurationProblem } from '../../../src/config/problem.ts';
import { InvalidConfiguration, describeProblem } from '../../../src/config/problem.ts';

export function accept(scheduler: string, rules = 'rules: []'): AcceptedConfiguration {
  return parseConfiguration({
    scheduler: { file: 'scheduler.yaml', text: scheduler },
    rules: { file: 'state-rules.yaml', text: rules },
  });
}

function problemsOf(scheduler: string, rules = 'rules: []'): readonly ConfigurationProblem[] {
  try {
    accept(scheduler, rules);
  } catch (error) {
    if (error instanceof InvalidConfiguration) return error.problems;
    throw error;
  }
  return [];
}

export function complaintsOf(scheduler: string, rules?: string): string[] {
  return problemsOf(scheduler, rules).map(describeProblem);
}
