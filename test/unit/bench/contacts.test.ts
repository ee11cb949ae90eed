import { describe, expect, test } from 'vitest';
import { generateContacts } from '../../../bench/contacts.ts';
import { dayNumber, parseDay } from '../../../src/domain/calendar.ts';
import { reviewContact } from '../../../src/domain/contact.ts';
import { STATE_CODES } from '../../../src/domain/states.ts';

const AS_OF = dayNumber(2026, 11, 23);
const COUNT = 20_000;
const contacts = [...generateContacts(COUNT)];

describe('the contacts of the measured organizations', () => {
  test('are the same every time, whatever their number', () => {
    expect([...generateContacts(500)]).toEqual(contacts.slice(0, 500));
  });

  test('have external ids and addresses that no other has', () => {
    expect(new Set(contacts.map(({ externalId }) => externalId)).size).toBe(COUNT);
  });

  test('live in every state', () => {
    const states = new Set(contacts.map(({ state }) => state));
    const missing = [...STATE_CODES].filter((state) => !states.has(state));
    // A few islands have so few people that they may be left out.
    expect(missing.length).toBeLessThan(5);
  });

  test('are bad in some cases, as in agencies’ files, and good in most', () => {
    const rejected = contacts.filter(
      (contact, index) =>
        reviewContact(
          {
            id: index + 1,
            email: contact.email,
            zipCode: contact.zipCode,
            state: contact.state,
            birthDay: parseDay(contact.birthDate),
            effectiveDay: parseDay(contact.effectiveDate),
            suppression: null,
          },
          AS_OF,
        ).rejection !== null,
    );
    expect(rejected.length / COUNT).toBeGreaterThan(0.01);
    expect(rejected.length / COUNT).toBeLessThan(0.1);
  });
});
