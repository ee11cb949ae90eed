/** The kinds of values that campaigns have: whoever gives them, a command, a file or a program. */
import { parseDay } from '../../domain/calendar.ts';
import { isTemplateName, TEMPLATE_NAME_RULE } from '../../domain/template-name.ts';

export interface FieldKind {
  /** What is allowed, for people. */
  readonly allowed: string;
  readonly isAllowed: (value: unknown) => boolean;
}

function kind(allowed: string, isAllowed: (value: unknown) => boolean): FieldKind {
  return { allowed, isAllowed };
}

/** `null` empties the field. */
export function orNothing({ allowed, isAllowed }: FieldKind): FieldKind {
  return kind(`${allowed}, or nothing`, (value) => value === null || isAllowed(value));
}

function textThat(allowed: string, isAllowed: (text: string) => boolean): FieldKind {
  return kind(allowed, (value) => typeof value === 'string' && isAllowed(value));
}

export const flag = kind('true or false', (value) => typeof value === 'boolean');

export const flagOrTypes = kind(
  'true, false, or null for what the type has',
  (value) => value === null || typeof value === 'boolean',
);

/** An instance may tighten its type here, and never loosen it (SPEC 6). */
export const tightening = kind(
  'true, or null for what the type has: an instance may respect windows that its type does not, and never the reverse',
  (value) => value === null || value === true,
);

export function wholeNumber(min: number, max: number): FieldKind {
  return kind(
    `a whole number from ${min} to ${max}`,
    (value) => Number.isInteger(value) && (value as number) >= min && (value as number) <= max,
  );
}

export function oneOf(values: readonly string[]): FieldKind {
  return textThat(`one of ${values.join(', ')}`, (text) => values.includes(text));
}

/** A name that can be typed as an argument, and stored by PostgreSQL. */
export function line(maxLength: number): FieldKind {
  return textThat(
    `text of 1 to ${maxLength} characters on one line, no blank first or last, no dash first`,
    (text) =>
      /^[^\s-]/u.test(text) &&
      text.trim() === text &&
      text.length <= maxLength &&
      !/[\p{Cc}\p{Surrogate}]/u.test(text),
  );
}

/** Not blank; may have several lines. */
export function text(maxLength: number): FieldKind {
  return textThat(
    `text of 1 to ${maxLength} characters that is not blank`,
    (text) => text.trim() !== '' && text.length <= maxLength && !/[\0\p{Surrogate}]/u.test(text),
  );
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

/** It becomes part of the e-mail type, `campaign_<name>`. */
export const typeName = textThat(
  '1 to 63 letters of ASCII, digits, ".", "_" and "-", a letter or digit first',
  (text) => NAME.test(text),
);

export const templateName = textThat(TEMPLATE_NAME_RULE, isTemplateName);

const FIRST_DAY = '1900-01-01';
const LAST_DAY = '2199-12-31';

export const day = textThat(
  `a date that exists, as YYYY-MM-DD, from ${FIRST_DAY} to ${LAST_DAY}`,
  (text) => parseDay(text) !== null && text >= FIRST_DAY && text <= LAST_DAY,
);
