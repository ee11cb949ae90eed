import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { SchedulerError } from '../../../src/contracts/errors.ts';
import type { MailVariables } from '../../../src/delivery/mail-variables.ts';
import { TemplateFault } from '../../../src/delivery/template-fault.ts';
import type { RenderedMail } from '../../../src/delivery/template-set.ts';
import { Templates } from '../../../src/delivery/templates.ts';
import {
  folderOf,
  page,
  signedLink,
  VARIABLES,
  withFirstName,
  writeFiles,
  type Files,
} from './template-folder.ts';

function render(files: Files, variables: MailVariables = VARIABLES): RenderedMail {
  return new Templates(folderOf(files)).render('page', variables, signedLink);
}

function faultOf(files: Files, variables: MailVariables = VARIABLES): TemplateFault {
  try {
    render(files, variables);
  } catch (error) {
    expect(error).toBeInstanceOf(TemplateFault);
    expect(error).toBeInstanceOf(SchedulerError);
    expect((error as TemplateFault).code).toBe('TEMPLATE_FAULT');
    return error as TemplateFault;
  }
  throw new Error('It was rendered.');
}

describe('values', () => {
  test('are escaped in HTML and stay as they are in subject and text', () => {
    const shown = '{{ contact.first_name }}';
    const name = `<b onclick="x">O'Hara & Sons</b>`;
    const mail = render(
      page({ subject: shown, html: `<p title="${shown}">${shown}</p>`, text: shown }),
      withFirstName(name),
    );
    const escaped = '&lt;b onclick=&#34;x&#34;&gt;O&#39;Hara &amp; Sons&lt;/b&gt;';
    expect(mail.html).toBe(`<p title="${escaped}">${escaped}</p>`);
    expect(mail.subject).toBe(name);
    expect(mail.text).toBe(`${name}\n`);
  });

  test.each([
    '{{ contact.first_name | escape }}',
    '{{ contact.first_name | newline_to_br }}',
    '{{ contact.first_name | newline_to_br | append: "" }}',
    '{{ contact.first_name | escape | append: "" }}',
    '{% capture name %}{{ contact.first_name }}{% endcapture %}{{ name }}',
    '{% assign name = contact.first_name | append: "<i>" %}{{ name }}',
    '{% for each in (1..1) %}{{ contact.first_name }}{% endfor %}',
    '{% render "_layout/part" %}',
    '{% layout "_layout/frame" %}{% block body %}{{ contact.first_name }}{% endblock %}',
  ])('are escaped by %s', (html) => {
    const frame = {
      '_layout/part.liquid': '{{ contact.first_name }}',
      '_layout/frame.liquid': '{% block body %}{% endblock %}',
    };
    expect(render(page({ html }, frame), withFirstName('<script>')).html).not.toMatch(/<(script|i)\b/);
  });

  test.each([
    'raw',
    'json',
    'inspect',
    'strip_html',
    'where_exp: "x", "x"',
    'date: "%Y"',
    'sample',
    'upcaze',
  ])('have no filter %s', (filter) => {
    expect(faultOf(page({ html: `\n{{ contact.first_name | ${filter} }}` })).message).toMatch(
      /page\/html\.liquid:2: It cannot be read: undefined filter/,
    );
  });

  test.each([
    'echo contact.first_name',
    'cycle contact.first_name, "b"',
    'include "page/html"',
    'increment contact',
    'liquid echo 1',
    'tablerow a in b',
  ])('are not reached by {%% %s %%}', (tag) => {
    expect(faultOf(page({ html: `{% ${tag} %}` })).message).toContain(
      'html.liquid:1: It cannot be read: tag "',
    );
  });

  test.each([
    '{{ 7 | times: 7 }}',
    '{{ sender.postal_address }}',
    '{% assign a = 1 %}{{ a }}',
    '{% raw %}x{% endraw %}',
    '{% include "x" %}',
  ])('with Liquid in them are text: %s', (name) => {
    const shown = '{{ contact.first_name }}';
    const mail = render(page({ subject: shown, html: shown, text: shown }), withFirstName(name));
    expect(mail.subject).toBe(name);
    expect(mail.text).toBe(`${name}\n`);
    expect(mail.html.replaceAll('&#34;', '"')).toBe(name);
  });

  test('a list or a mapping is not shown as what JavaScript makes of it', () => {
    expect(faultOf(page({ text: '{{ contact.attributes }}' })).message).toContain(
      'It is a list or a mapping',
    );
    expect(faultOf(page({ html: '{{ contact }}' })).message).toContain('It is a list or a mapping');
  });
});

describe('the subject', () => {
  test.each([
    ['a line feed', 'Ann\nBcc: victim@example.com'],
    ['a carriage return', 'Ann\rBcc: victim@example.com'],
    ['both', 'Ann\r\nBcc: victim@example.com'],
    ['a line separator', 'Ann\u2028Bcc: victim@example.com'],
    ['a next-line character', 'Ann\u0085Bcc: victim@example.com'],
    ['a vertical tab and a null', 'Ann\u000b\u0000Bcc: victim@example.com'],
  ])('is one line although a value has %s', (_, name) => {
    const { subject } = render(
      page({ subject: '\n  Hello {{ contact.first_name }}  \n' }),
      withFirstName(name),
    );
    expect(subject).toBe('Hello Ann Bcc: victim@example.com');
  });

  test.each([
    [250, 'x'.repeat(250), 'x'.repeat(250)],
    [251, 'x'.repeat(251), `${'x'.repeat(249)}…`],
    ['400, the cut being in a pair', `${'x'.repeat(248)}${'😀'.repeat(76)}`, `${'x'.repeat(248)}…`],
  ])('of %s characters is at most 250 long', (_, name, expected) => {
    expect(render(page({ subject: '{{ contact.first_name }}' }), withFirstName(name)).subject).toBe(expected);
  });

  test('of nothing is a fault', () => {
    expect(faultOf(page({ subject: '{% if contact.last_name %}x{% endif %}' })).message).toBe(
      'Template "page", page/subject.liquid: It makes a subject of no text.',
    );
  });
});

describe('what is missing', () => {
  test.each([
    ['a column', '{{ contact.last_name }}', 'contact.last_name'],
    ['an attribute', '{{ contact.attributes.plan }}', 'contact.attributes.plan'],
    ['something in what is missing', '{{ mail.campaign.metadata.notice }}', 'mail.campaign.metadata.notice'],
    ['a whole word', '{{ contcat }}', 'contcat'],
    ['in a loop', '{% for a in contact.lists %}{% endfor %}', 'contact.lists'],
    ['as an argument', '{{ contact.first_name | append: contact.last_name }}', 'contact.last_name'],
    ['as a default', '{{ contact.last_name | default: contact.nick }}', 'contact.nick'],
    [
      'named by a value',
      '{{ contact.attributes[contact.first_name] }}',
      'contact.attributes[contact.first_name]',
    ],
  ])('is named with its line: %s', (_, text, variable) => {
    const fault = faultOf(page({ text: `one\ntwo\n\n${text}` }));
    expect(fault.message).toBe(
      `Template "page", page/text.liquid:4: ${variable} is missing: give it a default, or ask with "if" whether it is there.`,
    );
    expect(fault.at).toEqual({ template: 'page', file: 'page/text.liquid', line: 4, source: variable });
    expect(fault.detail).toEqual({ place: 'page/text.liquid:4', value: variable });
  });

  test('is named in the partial that needs it, under the template that names the partial', () => {
    const files = page(
      { html: '{% render "_layout/part" %}' },
      { '_layout/part.liquid': '\n\n{{ contact.last_name }}' },
    );
    expect(faultOf(files).at).toMatchObject({ template: 'page', file: '_layout/part.liquid', line: 3 });
  });

  test('is named in the block that a layout shows', () => {
    const files = page(
      { html: '{% layout "_layout/frame" %}\n{% block body %}\n{{ contact.last_name }}{% endblock %}' },
      { '_layout/frame.liquid': '<p>{% block body %}{% endblock %}</p>' },
    );
    expect(faultOf(files).at).toMatchObject({ file: 'page/html.liquid', line: 3 });
  });

  test.each([
    '{{ contact.last_name | default: "x" }}',
    '{% if contact.last_name %}y{% else %}x{% endif %}',
    '{% if contact.last_name == "y" or contact.attributes.a.b %}y{% else %}x{% endif %}',
    '{% unless mail.campaign.metadata.notice %}x{% endunless %}',
  ])('is no fault where it is asked for: %s', (text) => {
    expect(render(page({ text })).text).toBe('x\n');
  });

  test('no fault tells a value of the contact', () => {
    const secret = 'Zebra-4711';
    const texts = [
      '{{ contact.attributes[contact.first_name] }}',
      '{{ contact[contact.first_name].x }}',
      '{{ contact.first_name | day }}',
      '{{ mail.event_date | day: contact.first_name }}',
      '{{ contact.first_name | divided_by: contact.nothing }}',
      '{% for i in (1..contact.first_name) %}{{ i.x.y }}{% endfor %}{{ z }}',
    ];
    for (const text of texts) {
      const fault = faultOf(page({ text }), withFirstName(secret));
      const told = [
        fault.message,
        fault.reason,
        fault.stack,
        JSON.stringify(fault),
        JSON.stringify(fault.detail),
        String(fault.cause),
      ];
      expect(told.join('\n')).not.toContain(secret);
    }
  });
});

describe('a template cannot', () => {
  test.each([
    '{{ contact.constructor }}',
    '{{ constructor }}',
    '{{ __proto__ }}',
    '{{ contact.__proto__ }}',
    '{{ contact["__proto__"].polluted }}',
    '{{ contact.first_name.constructor }}',
    '{{ contact.toString }}',
    '{{ contact.attributes.hasOwnProperty }}',
    '{{ mail.campaign.constructor.name }}',
    '{% assign a = contact | map: "constructor" %}{{ a[0] }}',
    '{% assign p = "__proto__" %}{{ contact[p] }}',
    '{% for i in (1..1) %}{{ forloop.constructor }}{% endfor %}',
    '{% for i in (1..1) %}{{ forloop.__proto__ }}{% endfor %}',
    '{% for i in (1..1) %}{{ forloop.__proto__.__proto__.__proto__.constructor }}{% endfor %}',
  ])('reach what objects inherit: %s', (text) => {
    expect(faultOf(page({ text })).at.line).toBe(1);
  });

  test('change what the next mail is rendered with', () => {
    const templates = new Templates(
      folderOf(
        page({
          text: '{% assign contact = "x" %}{% capture mail %}y{% endcapture %}{{ contact }}{{ mail }}',
        }),
      ),
    );
    const before = structuredClone(VARIABLES);
    expect(templates.render('page', VARIABLES, signedLink).text).toBe('xy\n');
    expect(templates.render('page', VARIABLES, signedLink).text).toBe('xy\n');
    expect(VARIABLES).toEqual(before);
    expect({}).not.toHaveProperty('x');
  });

  test.each([
    ['a path upwards', '{% render "../secret" %}'],
    ['an absolute path', '{% render "/etc/passwd" %}'],
    ['a path upwards from _layout', '{% render "_layout/../../secret" %}'],
    ['a path with a backslash', '{% render "_layout/..\\secret" %}'],
    ['another template', '{% render "page/text" %}'],
    ['a name that is a value', '{% render contact.first_name %}'],
    ['a name that holds a value', '{% render "_layout/{{ contact.first_name }}" %}'],
    ['a layout outside', '{% layout "../../etc/passwd" %}'],
    ['no layout', '{% layout none %}'],
  ])('include %s', (_, html) => {
    expect(faultOf(page({ html: `\n${html}` })).message).toContain(
      'page/html.liquid:2: A layout or partial is named in quotes, "_layout/NAME"',
    );
  });

  test('include what is not there', () => {
    expect(faultOf(page({ html: '\n{% render "_layout/nothing" %}' })).message).toBe(
      'Template "page", page/html.liquid:2: There is no file _layout/nothing.liquid.',
    );
  });

  test('include itself, by whatever way', () => {
    const loop = {
      '_layout/a.liquid': '{% if false %}{% render "_layout/b" %}{% endif %}',
      '_layout/b.liquid': '\n{% render "_layout/a" %}',
    };
    expect(faultOf(page({ html: '{% render "_layout/a" %}' }, loop)).message).toBe(
      'Template "page", _layout/b.liquid:2: _layout/a.liquid includes itself.',
    );
  });

  test.each([
    ['a long range', '{% for i in (1..100000000) %}x{% endfor %}', 'too much text or too long lists'],
    ['loops in loops', nested(6, '(1..1000)', 'x'), 'takes too long|too much text'],
    ['loops in loops that show nothing', nested(6, '(1..1000)', ''), 'takes too long|too long lists'],
    ['a text that doubles', doubling(60), 'too much text'],
    ['a capture that doubles', capturing(60), 'too much text'],
    [
      'a long finished text',
      `{% for i in (1..2000) %}${'x'.repeat(1000)}{% endfor %}`,
      'more than 500000 characters',
    ],
  ])('go on for ever: %s', (_, text, reason) => {
    const started = performance.now();
    expect(faultOf(page({ text })).message).toMatch(new RegExp(`page/text\\.liquid.*(${reason})`));
    expect(performance.now() - started).toBeLessThan(6_000);
  });

  test('be read from a link that leads out of the folder', () => {
    const outside = mkdtempSync(join(tmpdir(), 'email-scheduler-outside-'));
    onTestFinished(() => {
      rmSync(outside, { recursive: true });
    });
    writeFileSync(join(outside, 'secret.liquid'), 'a secret');
    const folder = folderOf(page({ html: '{% render "_layout/secret" %}' }, { '_layout/other.liquid': 'x' }));
    symlinkSync(join(outside, 'secret.liquid'), join(folder, '_layout/secret.liquid'));
    const templates = new Templates(folder);
    expect(() => templates.render('page', VARIABLES, signedLink)).toThrow(
      'Template "page", _layout/secret.liquid: It lies outside of the folder.',
    );
  });

  test.each(['../page', '/etc', 'page/../page', '', '_layout', 'PAGE', 'page\0'])('be named %j', (name) => {
    const templates = new Templates(folderOf(page({}, { '_layout/x.liquid': 'x' })));
    expect(() => templates.render(name, VARIABLES, signedLink)).toThrow(
      'There is no template of this name. The folder has page.',
    );
  });
});

function nested(depth: number, range: string, inner: string): string {
  return depth === 0
    ? inner
    : `{% for i${depth} in ${range} %}${nested(depth - 1, range, inner)}{% endfor %}`;
}

function doubling(times: number): string {
  return `{% assign a = "xxxxxxxxxxxxxxxx" %}{% for i in (1..${times}) %}{% assign a = a | append: a %}{% endfor %}`;
}

function capturing(times: number): string {
  return `{% assign a = "xxxxxxxxxxxxxxxx" %}{% for i in (1..${times}) %}{% capture a %}{{ a }}{{ a }}{% endcapture %}{% endfor %}`;
}

describe('a click link', () => {
  test('is signed, and escaped as an attribute', () => {
    const link = '{{ "https://acme.example/quote?x=1&y=2" | click: "quote" }}';
    const mail = render(page({ html: `<a href="${link}">Quote</a>`, text: link }));
    const signed = signedLink('https://acme.example/quote?x=1&y=2', 'quote');
    expect(mail.html).toBe(`<a href="${signed.replaceAll('&', '&amp;')}">Quote</a>`);
    expect(mail.text).toBe(`${signed}\n`);
  });

  test('is signed in a partial, too', () => {
    const part = { '_layout/part.liquid': '{{ "https://acme.example/" | click: "home" }}' };
    expect(render(page({ text: '{% render "_layout/part" %}' }, part)).text).toContain('/c/home?');
  });

  test.each([
    ['of a value', '{{ contact.attributes.url | click: "x" }}', 'A click link is written'],
    [
      'of a value in quotes',
      '{% assign u = contact.first_name %}{{ u | click: "x" }}',
      'A click link is written',
    ],
    [
      'made longer before',
      '{{ "https://a.example/" | append: contact.first_name | click: "x" }}',
      'A click link is written',
    ],
    ['made longer after', '{{ "https://a.example/" | click: "x" | append: "y" }}', 'A click link is written'],
    ['clicked twice', '{{ "https://a.example/" | click: "x" | click: "y" }}', 'A click link is written'],
    ['assigned', '{% assign u = "https://a.example/" | click: "x" %}', 'A click link is written'],
    ['of a script', '{{ "javascript:alert(1)" | click: "x" }}', 'http or https'],
    ['of no protocol', '{{ "//evil.example/" | click: "x" }}', 'http or https'],
    ['of data', '{{ "data:text/html,x" | click: "x" }}', 'http or https'],
    ['with a user name', '{{ "https://bank.example@evil.example/" | click: "x" }}', 'without a user name'],
    ['with a backslash', '{{ "https://a.example\\\\@evil.example/" | click: "x" }}', 'http or https'],
    ['with a line break', '{{ "https://a.example/\nx" | click: "x" }}', 'http or https'],
    ['without a host', '{{ "https://" | click: "x" }}', 'http or https'],
    ['without a label', '{{ "https://a.example/" | click }}', 'The label'],
    ['with a label that is a value', '{{ "https://a.example/" | click: contact.first_name }}', 'The label'],
    ['with a label of words', '{{ "https://a.example/" | click: "a b" }}', 'The label'],
    [
      'in a branch that is not taken',
      '{% if false %}{{ contact.first_name | click: "x" }}{% endif %}',
      'A click link is written',
    ],
  ])('%s is refused', (_, text, reason) => {
    expect(faultOf(page({ text: `\n${text}` })).message).toMatch(
      new RegExp(`^Template "page", page/text\\.liquid:2: .*${reason}`),
    );
  });
});

describe('in HTML a value cannot stand', () => {
  test.each([
    ['where a link begins', '<a href="{{ contact.attributes.agent }}">'],
    ['where a link begins, after a blank', '<a href=" {{ contact.attributes.agent }}">'],
    ['where an image begins', '<img alt="" src="{{ contact.attributes.agent }}">'],
    ['in an attribute without quotes', '<p title={{ contact.first_name }}>'],
    ['as an attribute', '<p {{ contact.first_name }}>'],
    ['as a tag', '<{{ contact.first_name }}>'],
    ['in a style', '<p style="color:{{ contact.first_name }}">'],
    ['in an event handler', '<p onclick="{{ contact.first_name }}">'],
    ['in <style>', '<style>p { color: {{ contact.first_name }} }</style>'],
    ['in <script>', '<script>var a = "{{ contact.first_name }}"</script>'],
    ['in a tag after a comparison', '<p {% if 2 > 1 %}{{ contact.first_name }}{% endif %}>'],
  ])('%s', (_, html) => {
    expect(faultOf(page({ html: `\n${html}` })).at).toMatchObject({ file: 'page/html.liquid', line: 2 });
  });

  test.each([
    '<a href="mailto:{{ sender.from }}">',
    '<a href="https://acme.example/?name={{ contact.first_name | url_encode }}">',
    '<a href="{{ links.unsubscribe }}">',
    "<p title='{{ contact.first_name }}'>{{ contact.first_name }}</p>",
    '<p class="a" {% if 2 > 1 %}title="{{ contact.first_name }}"{% endif %}>',
    '<style>p {}</style><p>{{ contact.first_name }}</p>',
  ])('but in %s', (html) => {
    expect(render(page({ html })).html).toMatch(/acme|Ann/);
  });

  test.each([
    ['a partial with a value in a link', '<a href="{% render "_layout/value" %}">', 'page/html.liquid:1'],
    [
      'a partial with a partial in a style',
      '<p style="{% render "_layout/partial" %}">',
      'page/html.liquid:1',
    ],
    ['a block in a link', '<a href="{% block link %}{% endblock %}">', 'page/html.liquid:1'],
    ['a block in a style sheet', '<style>{% block css %}{% endblock %}</style>', 'page/html.liquid:1'],
    [
      'a partial that leaves a tag open',
      '{% render "_layout/open" %}{{ contact.first_name }}">',
      '_layout/open.liquid',
    ],
  ])('by way of %s', (_, html, place) => {
    const partials = {
      '_layout/value.liquid': '{{ contact.attributes.agent }}',
      '_layout/partial.liquid': '{% render "_layout/value" %}',
      '_layout/open.liquid': '<a href="',
    };
    expect(faultOf(page({ html }, partials)).detail.place).toBe(place);
  });

  test('but a style that is the same in every mail may be shared', () => {
    const files = page(
      { html: '<p style="{% render "_layout/style" %}">x</p>' },
      { '_layout/style.liquid': 'color:red' },
    );
    expect(render(files).html).toBe('<p style="color:red">x</p>');
  });

  test('and an image has an alt text', () => {
    expect(
      faultOf(page({ html: '<p>\n\n<img src="https://a.example/{{ mail.type }}.png">' })).message,
    ).toContain('page/html.liquid:3: The image has no alt text');
    expect(
      render(page({ html: '<img src="https://a.example/{{ mail.type }}.png" alt="A house">' })).html,
    ).toContain('birthday');
  });
});

describe('days', () => {
  test.each([
    ['"long"', 'November 23, 2026'],
    ['"weekday"', 'Monday, November 23, 2026'],
    ['"short"', 'Nov 23, 2026'],
    ['"month_day"', 'November 23'],
  ])('are written as %s', (style, expected) => {
    expect(render(page({ text: `{{ mail.event_date | day: ${style} }}` })).text).toBe(`${expected}\n`);
  });

  test.each([
    ['another style', '{{ mail.event_date | day: "iso" }}', 'knows long, weekday, short, month_day'],
    [
      'an inherited style',
      '{{ mail.event_date | day: "constructor" }}',
      'knows long, weekday, short, month_day',
    ],
    ['no day', '{{ contact.first_name | day }}', 'something that is no day'],
  ])('%s is a fault', (_, text, reason) => {
    expect(faultOf(page({ text })).message).toContain(reason);
  });
});

describe('what cannot be read', () => {
  test.each([
    [
      'an open tag',
      '{% if contact.first_name %}',
      'html.liquid:2: It cannot be read: tag {% if contact.first_name %} not closed',
    ],
    ['an unclosed output', '{{ contact.first_name', 'html.liquid:2: It cannot be read: output'],
    ['an unknown tag', '{% iff %}', 'html.liquid:2: It cannot be read: tag "iff" not found'],
  ])('is named with its line: %s', (_, html, message) => {
    expect(faultOf(page({ html: `\n${html}` })).message).toContain(message);
  });

  test('all faults of a template are told, those of its partials too', () => {
    const folder = folderOf(
      page(
        { subject: ' \n', html: '{% render "_layout/a" %}\n<img src="x">', text: '{{ x | nothing }}' },
        { '_layout/a.liquid': '{{ contact.first_name | click: "x" }}' },
      ),
    );
    expect(new Templates(folder).faultsOf('page').map(({ detail }) => detail.place)).toEqual([
      'page/subject.liquid',
      'page/html.liquid:2',
      '_layout/a.liquid:1',
      'page/text.liquid:1',
    ]);
  });

  test('all that is missing for one mail is told at once, by part and line', () => {
    const files = page({
      subject: '{{ a }}',
      html: '<p>{{ b }}\n{% if contact.first_name %}{{ c }}{% endif %}</p>\n{{ b }}',
      text: '{{ d }}',
    });
    const faults = new Templates(folderOf(files)).faultsFor('page', VARIABLES, signedLink);
    expect(faults.map(({ at }) => [at.file, at.line, at.source])).toEqual([
      ['page/subject.liquid', 1, 'a'],
      ['page/html.liquid', 1, 'b'],
      ['page/html.liquid', 2, 'c'],
      ['page/html.liquid', 3, 'b'],
      ['page/text.liquid', 1, 'd'],
    ]);
  });

  test('a part that is not there, a text that is not UTF-8 and one that is too long are faults', () => {
    const { 'page/text.liquid': _, ...without } = page({});
    expect(faultOf(without).message).toBe('Template "page", page/text.liquid: The file is not there.');
    const folder = folderOf(page({ text: 'x'.repeat(200_001) }));
    writeFileSync(join(folder, 'page/html.liquid'), Buffer.from([0x3c, 0xff, 0xfe]));
    expect(new Templates(folder).faultsOf('page').map(({ message }) => message)).toEqual([
      'Template "page", page/html.liquid: It is not UTF-8.',
      'Template "page", page/text.liquid: It is longer than 200000 bytes.',
    ]);
  });

  test('a folder that is not there is a fault that names it', () => {
    const templates = new Templates('/nowhere/at/all');
    const reason = 'The folder of templates, /nowhere/at/all, cannot be read: ENOENT.';
    expect(() => templates.render('page', VARIABLES, signedLink)).toThrow(reason);
    expect(() => templates.names).toThrow(reason);
  });
});

describe('an edit', () => {
  function edited(): { folder: string; at: (ms: number) => string } {
    const folder = folderOf(page({ text: 'before' }));
    let now = 0;
    const templates = new Templates(folder, () => now);
    const at = (ms: number): string => {
      now = ms;
      return templates.render('page', VARIABLES, signedLink).text.trim();
    };
    return { folder, at };
  }

  test('is taken within two looks, a second apart, and not while it is being written', () => {
    const { folder, at } = edited();
    expect(at(0)).toBe('before');
    writeFiles(folder, { 'page/text.liquid': 'half' });
    expect(at(900)).toBe('before');
    expect(at(1_000)).toBe('before');
    writeFiles(folder, { 'page/text.liquid': 'after it' });
    expect(at(2_000)).toBe('before');
    expect(at(3_000)).toBe('after it');
  });

  test('that cannot be read keeps naming its fault until it is corrected', () => {
    const { folder, at } = edited();
    at(0);
    writeFiles(folder, { 'page/text.liquid': '{% if %}' });
    at(1_000);
    for (const ms of [2_000, 2_500, 5_000, 60_000])
      expect(() => at(ms)).toThrow('page/text.liquid:1: It cannot be read');
    writeFiles(folder, { 'page/text.liquid': 'corrected' });
    expect(() => at(61_000)).toThrow('page/text.liquid:1');
    expect(at(62_000)).toBe('corrected');
  });

  test('of a partial, and a new template, are taken as well', () => {
    const folder = folderOf(page({ text: '{% render "_layout/a" %}' }, { '_layout/a.liquid': 'one' }));
    let now = 0;
    const templates = new Templates(folder, () => now);
    expect(templates.render('page', VARIABLES, signedLink).text).toBe('one\n');
    writeFiles(folder, { '_layout/a.liquid': 'another', 'new/subject.liquid': 'x' });
    expect(templates.names).toEqual(['page']);
    now = 1_000;
    expect(templates.names).toEqual(['page']);
    now = 2_000;
    expect(templates.names).toEqual(['new', 'page']);
    expect(templates.render('page', VARIABLES, signedLink).text).toBe('another\n');
  });
});
