import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { CONDITIONS, RUN_ENDINGS, sectionOfCode, sectionOfFailure } from '../../../src/cli/runbook.ts';
import { ERRORS } from '../../../src/contracts/errors.ts';
import { parseCommand } from '../../support/parse-command.ts';

const CHECKOUT = resolve(import.meta.dirname, '../../..');
const runbook = readFileSync(join(CHECKOUT, 'docs/runbook.md'), 'utf8');
const headings = [...runbook.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => heading!);
const sections = [...runbook.matchAll(/^### (.+)\n([\s\S]*?)(?=^###? |(?![\s\S]))/gm)].map(
  ([, heading, text]) => ({
    heading: heading!,
    text: text!,
  }),
);
/** What a run executes. */
const ROOMS_OF_A_RUN = ['activities', 'workflows', 'src/config', 'src/db'];
/** Commands of these rooms throw the rest. */
const NOT_OF_RUNS = [
  'CAMPAIGN_IN_USE',
  'CSV_UNREADABLE',
  'ORGANIZATION_KIND',
  'SCHEMA_UNKNOWN',
  'UNKNOWN_CONTACT',
];
/** In commands, what whoever is on call puts another word for. */
const PLACEHOLDERS: Readonly<Record<string, string>> = { RUN: '7', NUMBER: '7' };

/** As GitHub makes the anchor of a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');
}

function sourcesIn(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return sourcesIn(path);
    return name.endsWith('.ts') ? [readFileSync(path, 'utf8')] : [];
  });
}

/** Commands in code blocks and in the text; a code span may give one as an example of a command without values. */
function commandsIn(text: string): string[] {
  const blocks = [...text.matchAll(/^ *npx email-scheduler (.+)$/gm)];
  const spans = [...text.matchAll(/`npx email-scheduler ([^`]+)`/g)];
  return [...blocks, ...spans].map(([, command]) => command!.trim());
}

function parse(command: string): Promise<string> {
  return parseCommand(command.split(' ').map((word) => PLACEHOLDERS[word] ?? word));
}

test('every code that a run can end with has a section', () => {
  const anchors = headings.map(anchorOf);
  for (const code of RUN_ENDINGS) expect(anchors).toContain(sectionOfCode(code));
  for (const condition of Object.values(CONDITIONS)) expect(anchors).toContain(condition);
  expect(new Set(anchors).size).toBe(anchors.length);
});

test('the codes that a run can end with are those that its code has, and no others', () => {
  const text = ROOMS_OF_A_RUN.flatMap((room) => sourcesIn(join(CHECKOUT, room))).join('\n');
  const codes = [...Object.keys(ERRORS), 'CANCELLED'].filter((code) => text.includes(`'${code}'`));
  expect(codes.filter((code) => !NOT_OF_RUNS.includes(code)).sort()).toEqual([...RUN_ENDINGS].sort());
});

test.each(sections.map(({ heading, text }) => [heading, text] as const))(
  'section "%s" says what one sees, what it affects, what to do and how to know that it is fixed',
  (_heading, text) => {
    for (const part of ['You see', 'It affects', 'Do', 'It is fixed when']) {
      expect(text).toMatch(new RegExp(`^- \\*\\*${part}\\*\\*`, 'm'));
    }
    expect(commandsIn(text)).not.toEqual([]);
  },
);

test('there is a section for each heading of the third level', () => {
  expect(sections.map(({ heading }) => anchorOf(heading)).sort()).toEqual(
    [...RUN_ENDINGS.map(sectionOfCode), ...Object.values(CONDITIONS)].sort(),
  );
});

test.each([...new Set(commandsIn(runbook))].map((command) => [command]))(
  'the program takes `%s`',
  async (command) => {
    expect(await parse(command)).not.toBe('');
  },
);

test('commands that the program does not take are noticed', async () => {
  await expect(parse('runs show')).rejects.toThrow("required option '--organization");
  await expect(parse('runs resume --organization NAME')).rejects.toThrow('unknown');
  await expect(parse('plan run --organization NAME --as-off 2027-01-01')).rejects.toThrow('unknown option');
});

test('no link of the runbook is dead, and none into it', () => {
  const anchors = headings.map(anchorOf);
  for (const [, anchor] of runbook.matchAll(/\]\(#([^)]+)\)/g)) expect(anchors).toContain(anchor);
  const others = ['README.md', 'ARCHITECTURE.md', 'docs/errors.md'].map((file) =>
    readFileSync(join(CHECKOUT, file), 'utf8'),
  );
  const sources = sourcesIn(join(CHECKOUT, 'src'));
  for (const text of [...others, ...sources]) {
    for (const [, anchor] of text.matchAll(/runbook\.md#([a-z_-]+)/g)) expect(anchors).toContain(anchor);
  }
});

test.each([
  ['connect ECONNREFUSED 127.0.0.1:5433', CONDITIONS.postgresqlUnreachable],
  ['terminating connection due to administrator command', CONDITIONS.postgresqlUnreachable],
  ['the database system is starting up', CONDITIONS.postgresqlUnreachable],
  ['could not extend file "base/5/1": No space left on device', CONDITIONS.diskFull],
  ['deadlock detected', CONDITIONS.hangs],
])('what is tried again because of "%s" is in the section %s', (message, section) => {
  expect(sectionOfFailure(message)).toBe(section);
});

test('a code that nobody knows is treated as any fault', () => {
  expect(sectionOfCode('SOMETHING_NEW')).toBe('internal_error');
});
