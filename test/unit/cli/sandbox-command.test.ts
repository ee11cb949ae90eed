import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { SandboxProvider } from '../../../src/delivery/providers/sandbox.ts';
import { context, message } from '../../support/messages.ts';
import { temporaryFolder } from '../local/folder.ts';

const PROGRAM = resolve(import.meta.dirname, '../../../bin/email-scheduler.mjs');

interface Ending {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Without a database, without Temporal: the messages are files. */
async function sandbox(home: string, ...args: readonly string[]): Promise<Ending> {
  const { PATH, HOME } = process.env;
  const env = { PATH, HOME, EMAIL_SCHEDULER_HOME: home };
  try {
    const command = [PROGRAM, 'sandbox', ...args, '--organization', 'demo'];
    return { code: 0, ...(await promisify(execFile)(process.execPath, command, { env })) };
  } catch (error) {
    return error as Ending;
  }
}

async function homeWith(...subjects: readonly string[]): Promise<string> {
  const home = temporaryFolder();
  const provider = new SandboxProvider(join(home, 'sandbox'), () => new Date('2026-11-24T14:30:00Z'));
  for (const [index, subject] of subjects.entries()) {
    await provider.handOver(message({ subject }), context({ scheduleId: index + 1 }));
  }
  return home;
}

test('what was written is listed, shown, and its HTML put into a file', async () => {
  const home = await homeWith('First', 'Zoë’s birthday');
  const listed = await sandbox(home, 'list');
  expect(listed.stdout).toMatch(
    /^id +day +written \(UTC\) +to +subject\n2 .*jane\.doe@people\.example +Zoë’s birthday\n1 /,
  );
  const html = join(home, 'mail.html');
  const shown = await sandbox(home, 'show', '2', '--html', html);
  expect(shown.stdout).toContain('Subject: Zoë’s birthday\n');
  expect(shown.stdout).toContain('\n\nDear Zoë 🎂,\n');
  expect(readFileSync(html, 'utf8')).toBe(message().html);
  const source = await sandbox(home, 'show', '2', '--source');
  expect(source.stdout).toBe(readFileSync(join(home, 'sandbox/demo/2026-11-24/2.eml'), 'utf8'));
});

test('programs get the same as JSON', async () => {
  const home = await homeWith('First');
  const { messages } = JSON.parse((await sandbox(home, 'list', '--json')).stdout) as { messages: object[] };
  expect(messages).toMatchObject([
    { id: 1, day: '2026-11-24', subject: 'First', to: 'jane.doe@people.example' },
  ]);
  const shown = JSON.parse((await sandbox(home, 'show', '1', '--json')).stdout) as object;
  expect(shown).toMatchObject({ id: 1, text: message().text, html: message().html });
  expect(shown).not.toHaveProperty('source');
});

test('a message that is not there ends with 1 and says where to look; no file is made', async () => {
  const home = await homeWith('First');
  const ending = await sandbox(home, 'show', '2', '--html', join(home, 'mail.html'));
  expect(ending).toMatchObject({ code: 1, stdout: '' });
  expect(ending.stderr).toContain('has no message 2 of demo');
  expect(existsSync(join(home, 'mail.html'))).toBe(false);
});

test('an empty sandbox is no failure', async () => {
  const ending = await sandbox(temporaryFolder(), 'list', '--day', '2026-11-24');
  expect(ending.code).toBe(0);
  expect(ending.stdout).toContain('There is no message of demo of 2026-11-24 in ');
});

test.each([
  [['show', '0']],
  [['show', '../1']],
  [['list', '--day', '2026-02-30']],
  [['list', '--limit', '0']],
  [['show', '1', '--html', '/nowhere/at/all.html']],
])('%j is wrong use', async (args) => {
  expect(await sandbox(await homeWith('First'), ...args)).toMatchObject({ code: 2, stdout: '' });
});
