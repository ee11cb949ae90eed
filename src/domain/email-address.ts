/** Which e-mail addresses are mailed (SPEC 3). */

/** The rule of the HTML standard for `<input type=email>`. */
const HTML_STANDARD =
  /^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$/;

const MAX_LENGTH = 254;

/** The HTML standard's rule, a dot in the domain, 254 characters at most. The text is trimmed already. */
export function isValidEmailAddress(text: string): boolean {
  return text.length <= MAX_LENGTH && HTML_STANDARD.test(text) && text.includes('.', text.indexOf('@') + 1);
}
