import type { StateRule } from './configuration.ts';
import type { StateCode } from './states.ts';

/** The rules by state; where a contact belongs to two states, those of both, in the order of the file. */
export class StateRules {
  private readonly rules: readonly StateRule[];
  private readonly byStates = new Map<string, readonly StateRule[]>();

  constructor(rules: readonly StateRule[]) {
    this.rules = rules;
  }

  ofStates(states: readonly StateCode[]): readonly StateRule[] {
    const key = states.length === 1 ? states[0]! : states.join();
    let found = this.byStates.get(key);
    if (found === undefined) {
      found = this.rules.filter((rule) => (states as readonly string[]).includes(rule.state));
      this.byStates.set(key, found);
    }
    return found;
  }
}
