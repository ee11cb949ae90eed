/**
 * What is wrong with one contact in fourteen: every kind of missing and odd value that agencies' files
 * hold. Each entry makes one contact of the sample odd.
 */
import type { SampleContact } from './contact.ts';

export type Oddity = Partial<SampleContact>;

export const ODDITIES: readonly Oddity[] = [
  // No address, or one that nothing can be sent to.
  { email: '' },
  { email: '' },
  { email: '   ' },
  { email: '' },
  { email: 'none' },
  { email: 'two.people@example.com, other@example.com' },
  { email: 'no-dot@example' },
  { email: 'space in@example.org' },
  { email: 'double@@example.net' },
  { email: '@example.com' },
  { email: `${'long'.repeat(62)}@example.com` },
  // No state at all.
  { zipCode: '', state: '' },
  { zipCode: '', state: '' },
  { zipCode: '00000', state: 'ZZ' },
  { zipCode: 'K1A 0B1', state: 'ON' },
  // One of the two is unusable: the other counts.
  { zipCode: '', state: 'OH' },
  { zipCode: '1234', state: 'NJ' },
  { zipCode: '9021O', state: 'CA' },
  { zipCode: '73301', state: '' },
  { zipCode: '60602', state: 'Illinois' },
  { zipCode: '19103', state: 'P.A.' },
  // The two disagree: the rules of both apply.
  { zipCode: '97204', state: 'WA' },
  { zipCode: '64106', state: 'KS' },
  { zipCode: '89501', state: 'CA' },
  { zipCode: '40202', state: 'IN' },
  // Dates that count as missing.
  { birthDate: '1899-12-31' },
  { birthDate: '1900-01-01' },
  { birthDate: '0001-01-01' },
  { birthDate: '1970-01-01' },
  { effectiveDate: '1970-01-01' },
  { birthDate: '1970-01-01', effectiveDate: '1970-01-01' },
  { birthDate: '2031-08-15' },
  { birthDate: '2049-05-20' },
  { effectiveDate: '2200-01-01' },
  { effectiveDate: '9999-12-31' },
  { birthDate: '1955-02-30' },
  { birthDate: '1951-02-29' },
  { effectiveDate: '31.12.2018' },
  { birthDate: '07/04/1952', effectiveDate: '8/1/2017' },
  { birthDate: '' },
  { birthDate: '' },
  { birthDate: '', state: 'ID', zipCode: '83702' },
  { effectiveDate: '' },
  { effectiveDate: '', state: 'MO', zipCode: '63101' },
  { birthDate: '', effectiveDate: '' },
  { birthDate: '', effectiveDate: '', email: '', zipCode: '', state: '' },
  { firstName: '', lastName: '', phoneNumber: '' },
  { attributes: 'prefers the phone' },
];
