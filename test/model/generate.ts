/** Random organizations with dense corners, for comparing the model with the product. */

import { dateInYear, dayNumber, isoDate } from './calendar.ts';
import { defaultConfig, shippedRules } from './defaults.ts';
import { CORNER_MONTH_DAYS, randomContact, RULED_STATES, suppressionOf, ZIPS } from './generate-contacts.ts';
import { isBusy, randomCampaigns } from './generate-campaigns.ts';
import { randomConfig, randomRules } from './generate-rules.ts';
import { Random } from './random.ts';
import type { ModelContact, ModelInput, ModelSuppression } from './types.ts';

export { nextDay, quietNextDay } from './next-day.ts';

export interface GenerateOptions {
  /** Default: a few to a few hundred. */
  contacts?: number;
  /** Default: either. */
  rules?: 'shipped' | 'random';
  /** Default: either. */
  config?: 'default' | 'random';
  /** Default: any day of 2024 to 2030, corners more often. */
  asOf?: string;
  /** Default true. False: birth and effective dates are dates or missing, as a column of type `date` holds them. */
  malformedDates?: boolean;
  /** Default false: no campaigns. True: types, instances and targets, and more unsubscribed contacts. */
  campaigns?: boolean;
}

export function generateOrganization(seed: number, options: GenerateOptions = {}): ModelInput {
  const random = new Random(seed);
  const asOf = options.asOf ?? randomAsOf(random);
  const rulesKind = options.rules ?? random.pick(['shipped', 'random']);
  const configKind = options.config ?? random.pick(['default', 'random']);
  const rules = rulesKind === 'shipped' ? shippedRules() : randomRules(random, RULED_STATES, asOf);
  const config = configKind === 'default' ? defaultConfig() : randomConfig(random);
  const count = options.contacts ?? random.pick([random.int(1, 8), random.int(10, 60), random.int(60, 300)]);
  const contacts: ModelContact[] = [];
  for (let id = 1; id <= count; id += 1) {
    contacts.push(
      randomContact(id, random, { asOf, rules, config, malformedDates: options.malformedDates ?? true }),
    );
  }
  const input: ModelInput = {
    today: isoDate(dayNumber(asOf) - random.pick([0, 0, 0, 1, 1, 4])),
    asOf,
    fresh: false,
    config,
    rules,
    contacts,
    suppressions: randomSuppressions(random, contacts),
    zipStates: { ...ZIPS },
    ledger: [],
    planInForce: [],
  };
  if (options.campaigns === true) addCampaigns(input, configKind, random);
  return input;
}

function addCampaigns(input: ModelInput, configKind: 'default' | 'random', random: Random): void {
  // A small organization has a small cap, by which no two mails of a contact share a day: conflicts need room.
  if (configKind === 'random' && random.chance(0.5)) input.config.load.daily_cap_percent = 100;
  input.contacts = input.contacts.map((contact) =>
    isBusy(contact) && random.chance(0.7) ? { ...contact, zip_code: null, state: 'TX' } : contact,
  );
  input.campaigns = randomCampaigns(random, input);
  const unsubscribed = input.contacts.filter(() => random.chance(0.05));
  input.suppressions.push(
    ...unsubscribed.map((contact) => ({ ...suppressionOf(contact, random), scope: 'marketing' as const })),
  );
}

function randomAsOf(random: Random): string {
  const year = random.int(2024, 2030);
  if (random.chance(0.4)) return isoDate(dateInYear(year, random.pick(CORNER_MONTH_DAYS)));
  if (random.chance(0.2))
    return `${year}-${random.pick(['09-14', '09-15', '09-16', '10-13', '10-14', '10-15'])}`;
  return isoDate(dayNumber(`${year}-01-01`) + random.int(0, 364));
}

function randomSuppressions(random: Random, contacts: ModelContact[]): ModelSuppression[] {
  const suppressions: ModelSuppression[] = [];
  for (const contact of contacts) {
    if (random.chance(0.05)) suppressions.push(suppressionOf(contact, random));
  }
  return suppressions;
}
