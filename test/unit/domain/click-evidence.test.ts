/** Which clicks are a person's. */
import { describe, expect, test } from 'vitest';
import { doubtClick, isScanner, type Click } from '../../../src/domain/click-evidence.ts';

const BROWSER =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36';
const SENT_MS = 1_800_000_000_000;

function click(over: Partial<Click> = {}): Click {
  return {
    link: 'a',
    atMs: SENT_MS + 3_600_000,
    userAgent: BROWSER,
    isHead: false,
    isPrefetch: false,
    ...over,
  };
}

describe('a click is a person’s', () => {
  test('with a browser, an hour after the mail', () => {
    expect(doubtClick(click(), { sentAtMs: SENT_MS, clicks: [] })).toBeNull();
  });

  test('if nobody knows when the mail was sent', () => {
    expect(doubtClick(click(), { sentAtMs: null, clicks: [] })).toBeNull();
  });

  test('on the third link within three seconds, and on the same one again and again', () => {
    const { atMs } = click();
    const clicks = ['b', 'c', 'a', 'a', 'a'].map((link) => ({ link, atMs: atMs - 1_000 }));
    expect(doubtClick(click(), { sentAtMs: SENT_MS, clicks })).toBeNull();
  });

  test('on the fourth link, if the first was longer ago', () => {
    const { atMs } = click();
    const clicks = [3_001, 2_000, 1_000].map((agoMs, index) => ({
      link: `other ${index}`,
      atMs: atMs - agoMs,
    }));
    expect(doubtClick(click(), { sentAtMs: SENT_MS, clicks })).toBeNull();
  });
});

describe('a click is no evidence', () => {
  test.each([-4_999, 0, 4_999])('%i ms after the mail was sent', (afterMs) => {
    const mail = { sentAtMs: SENT_MS, clicks: [] };
    expect(doubtClick(click({ atMs: SENT_MS + afterMs }), mail)).toBe('at_delivery');
    expect(doubtClick(click({ atMs: SENT_MS + 5_000 }), mail)).toBeNull();
  });

  test('on the fourth link within three seconds', () => {
    const { atMs } = click();
    const clicks = [3_000, 2_000, 1_000].map((agoMs, index) => ({
      link: `other ${index}`,
      atMs: atMs - agoMs,
    }));
    expect(doubtClick(click(), { sentAtMs: SENT_MS, clicks })).toBe('every_link');
  });

  test('of a browser that only prepares', () => {
    expect(doubtClick(click({ isPrefetch: true }), { sentAtMs: SENT_MS, clicks: [] })).toBe('prefetch');
    expect(doubtClick(click({ isHead: true }), { sentAtMs: SENT_MS, clicks: [] })).toBe('head');
  });

  test('of a scanner', () => {
    expect(doubtClick(click({ userAgent: 'curl/8.5.0' }), { sentAtMs: SENT_MS, clicks: [] })).toBe('scanner');
  });
});

test.each([
  '',
  'curl/8.5.0',
  'python-requests/2.32',
  'Go-http-client/2.0',
  'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
  'Mozilla/5.0 (compatible; Barracuda Sentinel)',
  'Mozilla/5.0 (X11; Linux x64) AppleWebKit/537.36 HeadlessChrome/120.0 Safari/537.36',
  'Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)',
  'Mozilla/5.0 (compatible; BingPreview/1.0b)',
  'Microsoft Office/16.0 (Windows NT 10.0)',
  'Slackbot-LinkExpanding 1.0',
])('%j is a scanner', (userAgent) => {
  expect(isScanner(userAgent)).toBe(true);
});

test.each([
  BROWSER,
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:140.0) Gecko/20100101 Firefox/140.0',
  'Mozilla/5.0 (Linux; Android 14; CUBOT X70) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile Safari/537.36',
])('%j is a browser', (userAgent) => {
  expect(isScanner(userAgent)).toBe(false);
});
