/** The states of SPEC 3: the fifty, DC, territories and freely associated states, military mail. */

export const STATE_CODES = [
  ...(['AL', 'AK', 'AZ', 'AR', 'CA', 'CO', 'CT', 'DE', 'FL', 'GA', 'HI', 'ID', 'IL', 'IN', 'IA'] as const),
  ...(['KS', 'KY', 'LA', 'ME', 'MD', 'MA', 'MI', 'MN', 'MS', 'MO', 'MT', 'NE', 'NV', 'NH', 'NJ'] as const),
  ...(['NM', 'NY', 'NC', 'ND', 'OH', 'OK', 'OR', 'PA', 'RI', 'SC', 'SD', 'TN', 'TX', 'UT', 'VT'] as const),
  ...(['VA', 'WA', 'WV', 'WI', 'WY', 'DC'] as const),
  ...(['PR', 'VI', 'GU', 'AS', 'MP', 'FM', 'MH', 'PW'] as const),
  ...(['AA', 'AE', 'AP'] as const),
] as const;

export type StateCode = (typeof STATE_CODES)[number];

const KNOWN: ReadonlySet<string> = new Set(STATE_CODES);
const TWO_LETTERS = /^[A-Za-z]{2}$/;

/** Upper case only: the form in which rules and tables name states. */
export function isStateCode(text: string): text is StateCode {
  return KNOWN.has(text);
}

/** A contact's stored state, in any case, or `null` if it is unusable. */
export function parseStateCode(text: string): StateCode | null {
  // Letters first: some others, such as a dotless i, become ASCII ones in upper case.
  if (!TWO_LETTERS.test(text)) return null;
  const upper = text.toUpperCase();
  return isStateCode(upper) ? upper : null;
}
