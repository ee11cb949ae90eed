import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { MailVariables } from '../../../src/delivery/mail-variables.ts';
import { Templates } from '../../../src/delivery/templates.ts';

const FOLDER = resolve(import.meta.dirname, '../../../config/templates');
const UNSUBSCRIBE = 'https://mail.acme.example/u/abc_DEF-123?k=1&v=2';
const templates = new Templates(FOLDER);
const { names } = templates;

const FOLLOW_UPS = [
  'followup_1_cold',
  'followup_2_clicked_no_hq',
  'followup_3_hq_no_yes',
  'followup_4_hq_with_yes',
];
const CAMPAIGN_TYPES = [
  'rate_increase',
  'seasonal_promo',
  'initial_blast',
  'regulatory_notice',
  'policy_update',
];
const SPANISH = ['winter-checkup-es'];
const NOTICES = ['campaign_regulatory_notice', 'network-notice'];

/** Every character that HTML, Liquid or a header would take for its own. */
const AWKWARD = `<b>"O'Hara" & Sons</b> {{ sender.from }} {% assign a = 1 %}`;
const ESCAPED = AWKWARD.replaceAll('&', '&amp;')
  .replaceAll('<', '&lt;')
  .replaceAll('>', '&gt;')
  .replaceAll('"', '&#34;')
  .replaceAll("'", '&#39;');

const MINIMAL: MailVariables = {
  contact: { attributes: {} },
  organization: { name: 'acme' },
  sender: { from: 'mail@acme.example', postal_address: '1 Main Street\nSpringfield, IL 62701' },
  mail: { type: 'any', event_date: '2026-11-23', send_date: '2026-11-09' },
  links: { unsubscribe: UNSUBSCRIBE },
};

const FULL: MailVariables = {
  ...MINIMAL,
  contact: {
    first_name: AWKWARD,
    last_name: AWKWARD,
    state: AWKWARD,
    zip_code: AWKWARD,
    birth_date: '1944-02-29',
    effective_date: '2012-07-01',
    attributes: { agent: AWKWARD },
  },
  sender: { ...MINIMAL.sender, name: 'Acme Insurance', reply_to: 'reply@acme.example' },
  mail: {
    ...MINIMAL.mail,
    campaign: { name: AWKWARD, type: AWKWARD, metadata: { notice: AWKWARD, summary: AWKWARD } },
    follows: { type: 'birthday', sent_on: '2026-11-07' },
  },
};

const clickLink = (url: string, label: string): string =>
  `https://mail.acme.example/c/${Buffer.from(`${label} ${url}`).toString('base64url')}`;
const CLICK = /https:\/\/mail\.acme\.example\/c\/([A-Za-z0-9_-]+)/g;

function occurrences(text: string, part: string): number {
  return text.split(part).length - 1;
}

/** What a reader sees of HTML, with the entities that we write. */
function visibleText(html: string): string {
  return html
    .replace(/<head[\s\S]*?<\/head>|<div style="display:none[\s\S]*?<\/div>/g, '')
    .replace(/<[^>]*>/g, ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&#34;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
    .replace(/\s+/g, ' ')
    .trim();
}

test('there is one for every yearly type, campaign type and follow-up, and for what the sample campaigns and their targets name', () => {
  const sample = parse(readFileSync(join(FOLDER, '../sample/campaigns.yaml'), 'utf8')) as {
    campaign_instances: {
      email_template?: string;
      metadata?: { followup_templates?: Record<string, string> };
    }[];
  };
  const named = sample.campaign_instances.flatMap(({ email_template, metadata }) => [
    ...(email_template === undefined ? [] : [email_template]),
    ...Object.values(metadata?.followup_templates ?? {}),
  ]);
  const targets = readdirSync(join(FOLDER, '../sample')).filter((file) => file.startsWith('targets-'));
  for (const file of targets) {
    const text = readFileSync(join(FOLDER, '../sample', file), 'utf8');
    named.push(...[...text.matchAll(/""email_template"":\s*""([^"]+)""/g)].map(([, template]) => template!));
  }
  expect(named).toContain(SPANISH[0]);
  const expected = [
    'birthday',
    'effective_date',
    'aep',
    'post_window',
    ...CAMPAIGN_TYPES.map((type) => `campaign_${type}`),
    ...FOLLOW_UPS,
    ...named,
  ];
  expect([...names].sort()).toEqual([...new Set(expected)].sort());
});

describe.each(names)('%s', (name) => {
  test('has no fault in its text', () => {
    expect(templates.faultsOf(name)).toEqual([]);
  });

  describe.each([
    ['as little as possible', MINIMAL],
    ['everything', FULL],
  ])('with %s', (_, variables) => {
    const { subject, html, text } = templates.render(name, variables, clickLink);

    test('shows no hole and nothing of Liquid but what a value says', () => {
      for (const part of [subject, html.replaceAll(ESCAPED, ''), text]) {
        const own = part.replaceAll(AWKWARD, '');
        expect(own).not.toMatch(/undefined|null|NaN|\[object|\{\{|\{%|%\}|\}\}/);
      }
    });

    test('escapes every value in HTML', () => {
      expect(html).not.toContain('<b>');
      expect(html).not.toContain("O'Hara");
      expect(occurrences(html, ESCAPED)).toBe(occurrences(html, 'Hara'));
    });

    test('has a subject of one line that says something', () => {
      expect(subject).toMatch(/^\S[^\r\n]{8,248}\S$/);
    });

    test('has exactly one link to unsubscribe, in HTML and in text', () => {
      expect(occurrences(html, `href="${UNSUBSCRIBE.replace('&', '&amp;')}"`)).toBe(1);
      expect(html.match(/unsubscribe from|darse de baja/gi)).toHaveLength(1);
      expect(occurrences(html, '/u/')).toBe(1);
      expect(occurrences(text, `\n${UNSUBSCRIBE}\n`)).toBe(1);
      expect(occurrences(text, '/u/')).toBe(1);
    });

    test('names the sender with the postal address', () => {
      const sender = variables.sender.name ?? variables.organization.name;
      expect(html).toContain(`${sender}<br>1 Main Street<br>Springfield, IL 62701`);
      expect(text).toContain(`${sender}\n1 Main Street\nSpringfield, IL 62701\n`);
    });

    test('links to nothing but signed clicks, of the same targets in HTML and text', () => {
      const hrefs = [...html.matchAll(/href="([^"]*)"/g)].map(([, href]) => href!);
      expect(hrefs.filter((href) => !href.startsWith('https://mail.acme.example/'))).toEqual([]);
      const targets = (part: string): string[] =>
        [...part.matchAll(CLICK)].map(([, token]) => Buffer.from(token!, 'base64url').toString());
      expect(targets(html).length).toBeGreaterThan(0);
      expect(targets(html)).toEqual(targets(text));
    });

    test('says the same in HTML and in text', () => {
      const ofText = text
        .replace(/https:\/\/\S+/g, '')
        .replace(/^-{8}$/gm, '')
        .replace(/:$/gm, '')
        .replace(/\s+/g, ' ')
        .trim();
      const ofHtml = visibleText(html).replace(/:$/gm, '');
      const words = (part: string): string[] => part.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '');
      expect(words(ofHtml)).toEqual(words(ofText));
    });

    test('is accessible and fits mail clients', () => {
      expect(html).toMatch(
        SPANISH.includes(name) ? /^<!DOCTYPE html>\s*<html lang="es"/ : /^<!DOCTYPE html>\s*<html lang="en"/,
      );
      expect(html).toMatch(/<title>[^<]{5,}<\/title>/);
      expect(html.match(/<h1\b/g)).toHaveLength(1);
      for (const [image] of html.matchAll(/<img\b[^>]*>/g)) expect(image).toMatch(/\salt="/);
      for (const [table] of html.matchAll(/<table\b[^>]*>/g)) expect(table).toContain('role="presentation"');
      expect(html).toContain('<meta name="viewport" content="width=device-width, initial-scale=1">');
      expect(html).toContain('@media (prefers-color-scheme: dark)');
      expect(html).toContain('@media only screen and (max-width: 620px)');
      expect(html).not.toMatch(/<script|<link\b|<form|\son[a-z]+=|url\(/i);
      for (const tag of ['table', 'tr', 'td', 'p', 'div', 'h1', 'a', 'body', 'html']) {
        expect(html.match(new RegExp(`<${tag}\\b`, 'g'))?.length, tag).toBe(
          html.match(new RegExp(`</${tag}>`, 'g'))?.length,
        );
      }
      // Clients cut off longer ones.
      expect(Buffer.byteLength(html)).toBeLessThan(50_000);
    });

    test('makes no claim that a compliance officer would strike out', () => {
      expect(`${subject}\n${text}`).not.toMatch(
        /\b(free|guarantee\w*|save|savings|cheap\w*|lower\w*|best price|lowest|official|government-|covered|coverage|benefits?|eligible|qualify|limited time|act now|last chance|urgent|final notice)\b/i,
      );
    });
  });
});

test.each(FOLLOW_UPS)('%s says no word about health, nor does an address in it', (name) => {
  for (const variables of [MINIMAL, FULL]) {
    const { subject, html, text } = templates.render(name, variables, (url, label) => `${url}#${label}`);
    // The name of the federal program in the disclosure is no word about anybody's health.
    const said = [subject, html, text].join('\n').replaceAll('federal Medicare program', '');
    expect(said).not.toMatch(
      /health|medic|condition|\bill\b|illness|disease|diagnos|doctor|treat|symptom|hospital|prescri|\bhq\b|followup|tier/i,
    );
  }
});

test('the two follow-ups to an answer do not differ in their subject', () => {
  const subjects = ['followup_3_hq_no_yes', 'followup_4_hq_with_yes'].map(
    (name) => templates.render(name, FULL, clickLink).subject,
  );
  expect(new Set(subjects).size).toBe(1);
});

test.each(NOTICES)('%s says that it is required, and advertises nothing', (name) => {
  const { text } = templates.render(name, FULL, clickLink);
  expect(text).toMatch(/required/);
  expect(text).toContain('It advertises nothing.');
  expect(text).not.toMatch(/solicitation|review of your|agents will/i);
});

test('whatever may sell something says that it is an advertisement, and of whom', () => {
  const others = ['campaign_policy_update', 'portal-launch', 'privacy-policy-reminder', ...NOTICES];
  for (const name of names.filter((each) => !others.includes(each))) {
    const { html, text } = templates.render(name, MINIMAL, clickLink);
    for (const part of [html, text]) {
      expect(part, name).toMatch(
        SPANISH.includes(name)
          ? /Esto es publicidad: una solicitud de seguro\..* no está relacionada con el gobierno/s
          : /This is an advertisement: a solicitation of insurance\..* not connected with or endorsed by the U\.S\. government/s,
      );
    }
  }
});

describe('colours', () => {
  const layout = readFileSync(join(FOLDER, '_layout/html.liquid'), 'utf8');
  test.each([
    ['text on the card', '#1f2937', '#ffffff'],
    ['small print', '#4b5563', '#f3f4f6'],
    ['links', '#1d4ed8', '#f3f4f6'],
    ['the button', '#ffffff', '#1d4ed8'],
    ['text in the dark', '#f3f4f6', '#1f2937'],
    ['small print in the dark', '#d1d5db', '#111827'],
    ['links in the dark', '#93c5fd', '#111827'],
    ['the button in the dark', '#111827', '#93c5fd'],
  ])('%s have a contrast of 4.5 at least', (_, colour, background) => {
    for (const each of [colour, background]) expect(layout).toContain(each);
    const [lighter, darker] = [luminance(colour), luminance(background)].sort((a, b) => b - a) as [
      number,
      number,
    ];
    expect((lighter + 0.05) / (darker + 0.05)).toBeGreaterThanOrEqual(4.5);
  });
});

/** WCAG 2, relative luminance. */
function luminance(colour: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
