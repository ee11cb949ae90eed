/** The contacts of the measured organizations: made up, as agencies' files are, and the same every time. */
import { birthDateOf, effectiveDateOf } from '../tools/sample/dates.ts';
import { FAMILY_NAMES, FIRST_NAMES } from '../tools/sample/names.ts';
import { ODDITIES } from '../tools/sample/oddities.ts';
import { PLACES, type Place } from '../tools/sample/places.ts';
import { Random } from '../tools/sample/random.ts';
import type { SampleContact } from '../tools/sample/contact.ts';

const SEED = 20_261_123;
/** One contact in so many has something missing or odd, as in the sample organization. */
const ODD_ONE_IN = 14;
const AGENTS = ['Harbor Desk', 'Prairie Desk', 'Mesa Desk', 'Weber, Ortiz & Co.'] as const;
const ATTRIBUTES = ['{"language":"es"}', '{"plan":"G"}', '{"plan":"N","spouse":true}'] as const;

/** States by population, those without exclusion windows and those that are never mailed to among them. */
export function* generateContacts(count: number): Generator<SampleContact> {
  const random = new Random(SEED);
  const pickPlace = placePicker(random);
  for (let index = 0; index < count; index += 1) {
    const contact = plainContact(index, pickPlace(), random);
    const isOdd = random.chance(1 / ODD_ONE_IN);
    yield isOdd ? { ...contact, ...random.pick(ODDITIES) } : contact;
  }
}

function plainContact(index: number, place: Place, random: Random): SampleContact {
  const birthDate = birthDateOf(index, random);
  const firstName = random.pick(FIRST_NAMES);
  return {
    externalId: `B-${String(index + 1).padStart(7, '0')}`,
    email: `contact.${index + 1}@mail.example`,
    firstName,
    lastName: random.pick(FAMILY_NAMES),
    phoneNumber: `555-01${String(random.integer(0, 99)).padStart(2, '0')}`,
    zipCode: random.pick(place.zipCodes),
    state: place.state,
    birthDate,
    effectiveDate: effectiveDateOf(birthDate, random),
    attributes: random.chance(0.1) ? random.pick(ATTRIBUTES) : '',
    agent: random.chance(0.9) ? random.pick(AGENTS) : '',
  };
}

/** Draws places by population. */
function placePicker(random: Random): () => Place {
  let total = 0;
  const upTo = PLACES.map((place) => (total += place.population));
  return () => {
    const drawn = random.fraction() * total;
    return PLACES[upTo.findIndex((end) => drawn < end)]!;
  };
}
