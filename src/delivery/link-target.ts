/** Where links of mails may lead. */
const MAX_LENGTH = 2_000;
/** Names its host right behind the scheme: browsers read `https:evil`, `http:///evil` and `\\evil` as hosts, too. */
const WITH_HOST = /^https?:\/\/[^/?#\\]/i;
/** Browsers leave out line breaks and tabs, and read a backslash as a slash. */
const REWRITTEN = /[\s\p{Cc}\\]/u;

/** The address in its normal form; `null`: it is not a plain one of the web. */
export function linkTarget(text: string): string | null {
  if (text.length > MAX_LENGTH || !WITH_HOST.test(text) || REWRITTEN.test(text) || !URL.canParse(text))
    return null;
  const { href, username, password } = new URL(text);
  // `https://agency.example@evil.example` leads to the second of them.
  return username === '' && password === '' && href.length <= MAX_LENGTH ? href : null;
}

/**
 * The address that links begin with, without a slash at its end.
 * `null`: not one of the web, or with more than host and path.
 */
export function baseUrl(text: string): string | null {
  const href = linkTarget(text.trim());
  return href === null || /[?#]/.test(href) ? null : href.replace(/\/+$/, '');
}
