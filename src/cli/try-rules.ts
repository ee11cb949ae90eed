/** `rules try`: asks the rules of the configuration files about a contact that is made up from flags. */
import { compileRules } from '../config/compile-rules.ts';
import { isMapping } from '../config/json.ts';
import { resolveConfiguration } from '../config/resolve.ts';
import { SchedulerError } from '../contracts/errors.ts';
import { parseDay } from '../domain/calendar.ts';
import { describeContact, type PlannableContact } from '../domain/contact.ts';
import type { ExclusionSettings } from '../domain/exclusion.ts';
import { tryRules, type RuleTrial } from '../domain/rule-trial.ts';
import { StateRules } from '../domain/state-rules.ts';
import { stateOfZip } from '../domain/zip-states.ts';
import { acceptConfigurationFiles } from './configuration-files.ts';
import { readEnvironment } from './environment.ts';

/** Flags as they were typed; days are days that exist. */
export interface TrialRequest {
  readonly state?: string;
  readonly zip?: string;
  readonly birthDate?: string;
  readonly effectiveDate?: string;
  readonly day: string;
  readonly organization?: string;
}

export interface TriedRules {
  readonly trial: RuleTrial;
  readonly settings: ExclusionSettings;
  /** Whether scheduler.yaml has settings of the organization's own. */
  readonly hasOverrides: boolean;
}

/** @throws SchedulerError if no state is known, or a file is not valid */
export async function tryRulesOfFiles(request: TrialRequest): Promise<TriedRules> {
  const contact = contactOf(request);
  const environment = readEnvironment();
  const { document, rules } = await acceptConfigurationFiles(environment);
  const organization = request.organization ?? null;
  const scope = { organization, environment: environment.environmentName ?? null };
  const configuration = resolveConfiguration({ document }, scope);
  const stateRules = new StateRules(compileRules(rules));
  return {
    trial: tryRules(configuration, stateRules, contact, parseDay(request.day)!),
    settings: configuration.exclusion,
    hasOverrides: organization !== null && overridesOrganization(document, organization),
  };
}

/** As planning as of the day would see a contact with this data. */
function contactOf({ state, zip, birthDate, effectiveDate, day }: TrialRequest): PlannableContact {
  if (zip !== undefined && stateOfZip(zip.trim()) === null) {
    const allowed = 'a ZIP code of a state: five digits, alone or with four more';
    const message = `--zip is "${zip}", allowed: ${allowed}.`;
    throw new SchedulerError('INVALID_INPUT', message, { place: '--zip', value: zip, allowed });
  }
  const contact = describeContact(
    {
      state: state ?? null,
      zipCode: zip ?? null,
      birthDay: birthDate === undefined ? null : parseDay(birthDate),
      effectiveDay: effectiveDate === undefined ? null : parseDay(effectiveDate),
    },
    parseDay(day)!,
  );
  if (contact !== null) return contact;
  throw new SchedulerError('INVALID_INPUT', 'Say whose rules to ask: --state XX, --zip CODE, or both.', {
    place: '--state',
    allowed: 'a state as two letters, or --zip',
  });
}

function overridesOrganization(document: unknown, organization: string): boolean {
  const overrides = isMapping(document) ? document['organizations'] : undefined;
  return isMapping(overrides) && Object.hasOwn(overrides, organization);
}
