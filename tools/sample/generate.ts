/**
 * Makes config/sample/contacts.csv, the sample organization: `node --import tsx tools/sample/generate.ts`.
 * Everybody in it is made up, and so is every address and phone number.
 */
import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { SampleContact } from './contact.ts';
import { CSV_HEADER, csvLine } from './contacts-csv.ts';
import { birthDateOf, effectiveDateOf } from './dates.ts';
import { FAMILY_NAMES, FIRST_NAMES } from './names.ts';
import { ODDITIES } from './oddities.ts';
import { PLACES, type Place } from './places.ts';
import { Random } from './random.ts';

const CONTACT_COUNT = 663;
const SEED = 20_261_123;
const SAMPLE_FILE = new URL('../../config/sample/contacts.csv', import.meta.url);

const DOMAINS = ['example.com', 'example.org', 'example.net', 'mail.example', 'post.example'] as const;
const AGENTS = ['Harbor Desk', 'Prairie Desk', 'Mesa Desk', 'Weber, Ortiz & Co.'] as const;
const ATTRIBUTES = [
  '{"language":"es"}',
  '{"plan":"G"}',
  '{"plan":"N","spouse":true}',
  '{"note":"said \\"call me\\""}',
];

/** The text of the file. */
export function generateSample(): string {
  return [CSV_HEADER, ...sampleContacts().map(csvLine), ''].join('\n');
}

/** In the order of the file. */
export function sampleContacts(): SampleContact[] {
  const random = new Random(SEED);
  const places = random.shuffled(placesByPopulation());
  const good = places.map((place, index) => goodContact(index, place, random));
  return random.shuffled(withOddities(good, random)).map((contact, index) => ({
    ...contact,
    externalId: `S-${String(index + 1).padStart(4, '0')}`,
  }));
}

/** One place per contact: every state once, the rest by population (largest remainders). */
function placesByPopulation(): Place[] {
  const total = PLACES.reduce((sum, place) => sum + place.population, 0);
  const toShare = CONTACT_COUNT - PLACES.length;
  const shares = PLACES.map((place) => ({ place, share: (place.population * toShare) / total }));
  const counts = new Map(shares.map(({ place, share }) => [place, 1 + Math.floor(share)]));
  const left = CONTACT_COUNT - [...counts.values()].reduce((sum, count) => sum + count, 0);
  const byRemainder = shares.toSorted((a, b) => (b.share % 1) - (a.share % 1));
  for (const { place } of byRemainder.slice(0, left)) counts.set(place, counts.get(place)! + 1);
  return PLACES.flatMap((place) => Array.from({ length: counts.get(place)! }, () => place));
}

function goodContact(index: number, place: Place, random: Random): SampleContact {
  const firstName = random.pick(FIRST_NAMES);
  const lastName = random.pick(FAMILY_NAMES);
  const birthDate = birthDateOf(index, random);
  return {
    externalId: '',
    email: `${asciiName(firstName)}.${asciiName(lastName)}.${index}@${random.pick(DOMAINS)}`,
    firstName,
    lastName: random.chance(0.03) ? `${lastName}, Jr.` : lastName,
    phoneNumber: `555-01${String(random.integer(0, 99)).padStart(2, '0')}`,
    zipCode: zipCodeOf(place, random),
    state: random.chance(0.06) ? place.state.toLowerCase() : place.state,
    birthDate,
    effectiveDate: effectiveDateOf(birthDate, random),
    attributes: random.chance(0.1) ? random.pick(ATTRIBUTES) : '',
    agent: random.chance(0.9) ? random.pick(AGENTS) : '',
  };
}

/** Some have the four digits of the delivery route, with or without a hyphen. */
function zipCodeOf(place: Place, random: Random): string {
  const zipCode = random.pick(place.zipCodes);
  const route = String(random.integer(1, 9999)).padStart(4, '0');
  const form = random.fraction();
  if (form < 0.08) return `${zipCode}-${route}`;
  return form < 0.1 ? `${zipCode}${route}` : zipCode;
}

/** Spread over the file; not over the contacts whose birthdays matter, nor the only ones of their state. */
function withOddities(contacts: readonly SampleContact[], random: Random): SampleContact[] {
  const odd = [...contacts];
  const candidates = random.shuffled(contacts.map((_, index) => index).filter((index) => index >= 72));
  const countOf = (state: string): number =>
    odd.filter((contact) => contact.state.toUpperCase() === state.toUpperCase()).length;
  for (const oddity of ODDITIES) {
    const index = candidates.splice(
      candidates.findIndex((candidate) => countOf(odd[candidate]!.state) > 4),
      1,
    )[0]!;
    odd[index] = { ...odd[index]!, ...oddity };
  }
  return odd;
}

/** Letters of ASCII, lower case, so that the address is one. */
function asciiName(name: string): string {
  return name
    .replaceAll('ø', 'o')
    .replaceAll('Ł', 'L')
    .normalize('NFD')
    .replaceAll(/[^A-Za-z]/g, '')
    .toLowerCase();
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  writeFileSync(SAMPLE_FILE, generateSample());
}
