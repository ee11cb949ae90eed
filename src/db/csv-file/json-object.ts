/** Which text can be stored as a contact's attributes. */

/** PostgreSQL reads objects by recursion; nobody's attributes are this deep. */
const MAX_DEPTH = 100;
/** Numbers of PostgreSQL end at some 131,072 digits before the point and 16,383 behind it. */
const HUGE_EXPONENT = /\d[eE][+-]?\d{4,}/;
const STRINGS = /"(?:[^"\\]|\\.)*"/gs;

/** Whether the text is a JSON object that PostgreSQL's jsonb takes as well. */
export function isStorableObject(text: string): boolean {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return false;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  if (HUGE_EXPONENT.test(text) && HUGE_EXPONENT.test(text.replaceAll(STRINGS, ''))) return false;
  return isStorable(value, 1);
}

function isStorable(value: unknown, depth: number): boolean {
  if (depth > MAX_DEPTH) return false;
  if (typeof value === 'string') return isStorableText(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([key, item]) => isStorableText(key) && isStorable(item, depth + 1));
}

/** jsonb knows neither NUL nor halves of surrogate pairs, which JSON can write as escapes. */
function isStorableText(text: string): boolean {
  return !text.includes('\0') && !/\p{Surrogate}/u.test(text);
}
