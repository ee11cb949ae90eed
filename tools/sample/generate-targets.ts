/**
 * Makes config/sample/targets-*.csv, whom three of the sample's campaigns are for:
 * `node --import tsx tools/sample/generate-targets.ts`.
 */
import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { SampleContact } from './contact.ts';
import { csvField } from './contacts-csv.ts';
import { sampleContacts } from './generate.ts';

interface Target {
  readonly contact: SampleContact;
  readonly triggerDate: string;
  readonly metadata?: object;
}

/** So many contacts of each state, the first of the file. */
type Share = readonly (readonly [state: string, contacts: number])[];

/** States whose law closes a part of the year, or all of it; and some that have no such law. */
const RATE_INCREASE: Share = [
  ...([
    ['CA', 16],
    ['ID', 3],
    ['KY', 4],
    ['MD', 4],
    ['MO', 4],
    ['NV', 2],
    ['OK', 3],
    ['OR', 3],
  ] as const),
  ...([
    ['VA', 4],
    ['NY', 4],
    ['MA', 3],
    ['TX', 10],
    ['FL', 8],
    ['OH', 5],
    ['PA', 5],
  ] as const),
];
/** Rates change on the first of a month. */
const RATE_CHANGES = ['2027-01-01', '2027-02-01', '2027-03-01'];

/** Some of them hear of a new rate, too. Those who speak Spanish get a mail of their own. */
const WINTER_CHECKUP: Share = [
  ...([
    ['CA', 10],
    ['TX', 14],
    ['FL', 12],
    ['OH', 6],
    ['PA', 6],
    ['MO', 3],
    ['GA', 4],
  ] as const),
];
const SPANISH_SPEAKERS = 8;
/** A week before is two weeks before a rate changes: both mails of a contact would go out on one day. */
const CHECKUP_DAY_OF_RATE_CHANGE = new Map([
  ['2027-02-01', '2027-01-25'],
  ['2027-03-01', '2027-02-22'],
]);
const CHECKUP_DAYS = ['2027-02-22', '2027-03-08'];

/** Also where no marketing is allowed at any time. */
const NETWORK_NOTICE: Share = [
  ...([
    ['CA', 12],
    ['NY', 10],
    ['MA', 5],
    ['WA', 6],
    ['CT', 4],
    ['MO', 3],
    ['AZ', 8],
  ] as const),
];
const NETWORK_NOTICE_DAY = '2026-12-14';

/** File names to their texts. */
export function generateTargets(): ReadonlyMap<string, string> {
  const contacts = sampleContacts();
  const rates = chosen(contacts, RATE_INCREASE).map((contact, index) => ({
    contact,
    triggerDate: RATE_CHANGES[index % RATE_CHANGES.length]!,
  }));
  const rateChangeOf = new Map(rates.map(({ contact, triggerDate }) => [contact, triggerDate]));
  const invited = new Set([
    ...chosen(contacts, WINTER_CHECKUP),
    ...contacts.filter(speaksSpanish).slice(0, SPANISH_SPEAKERS),
  ]);
  const checkups = [...invited].map((contact, index) => ({
    contact,
    triggerDate:
      CHECKUP_DAY_OF_RATE_CHANGE.get(rateChangeOf.get(contact) ?? '') ??
      CHECKUP_DAYS[index % CHECKUP_DAYS.length]!,
    ...(speaksSpanish(contact) ? { metadata: { email_template: 'winter-checkup-es' } } : {}),
  }));
  const notices = chosen(contacts, NETWORK_NOTICE).map((contact) => ({
    contact,
    triggerDate: NETWORK_NOTICE_DAY,
  }));
  return new Map([
    ['targets-rate-increase-2027.csv', csvOf(rates)],
    ['targets-winter-checkup-2027.csv', csvOf(checkups)],
    ['targets-network-notice-2026.csv', csvOf(notices)],
  ]);
}

function chosen(contacts: readonly SampleContact[], share: Share): SampleContact[] {
  return share.flatMap(([state, count]) =>
    contacts.filter((contact) => contact.state.toUpperCase() === state).slice(0, count),
  );
}

function speaksSpanish({ attributes }: SampleContact): boolean {
  return attributes.includes('"language":"es"');
}

function csvOf(targets: readonly Target[]): string {
  const lines = targets.map(({ contact, triggerDate, metadata }) =>
    [contact.externalId, triggerDate, metadata === undefined ? '' : JSON.stringify(metadata)]
      .map(csvField)
      .join(','),
  );
  return ['external_id,trigger_date,metadata', ...lines, ''].join('\n');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const [file, text] of generateTargets()) {
    writeFileSync(new URL(`../../config/sample/${file}`, import.meta.url), text);
  }
}
