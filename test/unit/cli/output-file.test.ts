import { execFile, execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { openOutputFile, writeOutputFile } from '../../../src/cli/output-file.ts';

const root = mkdtempSync(join(tmpdir(), 'output-file-'));
let folder = '';
let folders = 0;

beforeEach(() => {
  folders += 1;
  folder = join(root, String(folders));
  mkdirSync(folder);
});

afterAll(() => {
  rmSync(root, { recursive: true });
});

async function write(path: string, source: Readable, signal = new AbortController().signal): Promise<number> {
  return writeOutputFile(await openOutputFile(path), source, { signal, onBytes: () => undefined });
}

/* eslint-disable-next-line @typescript-eslint/require-await -- a stream that fails */
async function* failing(): AsyncGenerator<string> {
  yield 'half of it';
  throw new Error('the server is gone');
}

test('a file appears whole, and nothing else', async () => {
  expect(await write(join(folder, 'plan.csv'), Readable.from(['a,b\n', '1,2\n']))).toBe(8);
  expect(readFileSync(join(folder, 'plan.csv'), 'utf8')).toBe('a,b\n1,2\n');
  expect(readdirSync(folder)).toEqual(['plan.csv']);
});

test('a file that was there is replaced, through a link too', async () => {
  writeFileSync(join(folder, 'plan.csv'), 'old and longer than the new one');
  symlinkSync(join(folder, 'plan.csv'), join(folder, 'link.csv'));
  await write(join(folder, 'link.csv'), Readable.from(['new']));
  expect(readFileSync(join(folder, 'plan.csv'), 'utf8')).toBe('new');
  expect(readdirSync(folder)).toEqual(['link.csv', 'plan.csv']);
});

test('where the source fails, what was there is as it was, and nothing is left beside it', async () => {
  writeFileSync(join(folder, 'plan.csv'), 'old');
  await expect(write(join(folder, 'plan.csv'), Readable.from(failing()))).rejects.toThrow(
    'the server is gone',
  );
  await expect(write(join(folder, 'new.csv'), Readable.from(failing()))).rejects.toThrow(
    'the server is gone',
  );
  expect(readFileSync(join(folder, 'plan.csv'), 'utf8')).toBe('old');
  expect(readdirSync(folder)).toEqual(['plan.csv']);
});

test('interrupted it says so, and leaves nothing', async () => {
  const controller = new AbortController();
  const endless = new Readable({
    read() {
      this.push('x'.repeat(1000));
    },
  });
  setTimeout(() => {
    controller.abort();
  }, 50);
  await expect(write(join(folder, 'plan.csv'), endless, controller.signal)).rejects.toMatchObject({
    code: 'OUTPUT_UNWRITTEN',
    message: expect.stringContaining('Interrupted') as string,
  });
  expect(readdirSync(folder)).toEqual([]);
});

test('a pipe is written to as it is, and not replaced', async () => {
  const pipe = join(folder, 'pipe');
  execFileSync('sh', ['-c', 'mkfifo "$0"', pipe]);
  const [read] = await Promise.all([
    promisify(execFile)('cat', [pipe], { timeout: 5_000 }),
    write(pipe, Readable.from(['through'])),
  ]);
  expect(read.stdout).toBe('through');
  expect(statSync(pipe).isFIFO()).toBe(true);
});

test.each([
  ['a folder', '.', 'is a folder'],
  ['a file in no folder', 'no/plan.csv', 'lies in no folder that is there'],
  ['a file below a file', 'file/plan.csv', 'lies in no folder that is there'],
])('%s is refused before anything is read', async (_what, name, sentence) => {
  writeFileSync(join(folder, 'file'), '');
  await expect(openOutputFile(join(folder, name))).rejects.toMatchObject({
    code: 'INVALID_INPUT',
    message: expect.stringContaining(sentence) as string,
  });
});

test('a full disk is a sentence', async () => {
  const full = '/dev/full';
  await expect(write(full, Readable.from(['x']))).rejects.toMatchObject({
    code: 'OUTPUT_UNWRITTEN',
    message: expect.stringMatching(/^\/dev\/full cannot be written: ENOSPC/) as string,
  });
});
