/** Whether a click says that a person has clicked (SPEC 11 goes by it): mail servers open links, too. */

/** Why it does not. */
export type ClickDoubt = 'head' | 'scanner' | 'prefetch' | 'at_delivery' | 'every_link';

export interface Click {
  /** One of the mail's links, by any name. */
  readonly link: string;
  readonly atMs: number;
  /** As the browser calls itself; empty: it does not. */
  readonly userAgent: string;
  /** Asked without the page (HEAD), as only programs do. */
  readonly isHead: boolean;
  /** The browser says that nobody has asked for the page yet. */
  readonly isPrefetch: boolean;
}

export interface ClickedMail {
  /** `null`: not known. */
  readonly sentAtMs: number | null;
  /** Its other clicks, at least those of the last `EVERY_LINK_MS`. */
  readonly clicks: readonly Pick<Click, 'link' | 'atMs'>[];
}

const AT_DELIVERY_MS = 5_000;
/** More links than this in so short a time: a program has opened all that there are. */
const LINKS_OF_A_PERSON = 3;
export const EVERY_LINK_MS = 3_000;

/** Programs that say so. Browsers all begin with `Mozilla/` and name none of these. */
const SCANNER =
  /(?<!cu)bot\b|crawl|spider|scan|preview|monitor|headless|phantom|barracuda|mimecast|proofpoint|ironport|symantec|sophos|trendmicro|fortinet|forcepoint|zscaler|cloudmark|bitdefender|imageproxy|ms-office|microsoft office|facebookexternalhit|whatsapp|curl|wget|python|libwww|okhttp|httpclient|http-client|java\/|perl|ruby|axios|node-fetch|undici/i;

/** `null`: nothing speaks against it. */
export function doubtClick(click: Click, { sentAtMs, clicks }: ClickedMail): ClickDoubt | null {
  if (click.isHead) return 'head';
  if (isScanner(click.userAgent)) return 'scanner';
  if (click.isPrefetch) return 'prefetch';
  if (sentAtMs !== null && Math.abs(click.atMs - sentAtMs) < AT_DELIVERY_MS) return 'at_delivery';
  const atOnce = clicks.filter(({ atMs }) => Math.abs(click.atMs - atMs) <= EVERY_LINK_MS);
  const links = new Set([click.link, ...atOnce.map(({ link }) => link)]);
  return links.size > LINKS_OF_A_PERSON ? 'every_link' : null;
}

export function isScanner(userAgent: string): boolean {
  return !userAgent.startsWith('Mozilla/') || SCANNER.test(userAgent);
}
