import { readdirSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import {
  DefaultLogger,
  makeTelemetryFilterString,
  Runtime,
  Worker,
  type ReplayHistoriesIterable,
} from '@temporalio/worker';
import { beforeAll, expect, test } from 'vitest';
import { workflowBundle } from '../../src/worker/workflow-bundle.ts';

const FOLDER = join(import.meta.dirname, 'histories');
const FILES = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));
/** Every way that the workflow can take, of the version that was released last. */
const ENDINGS = [
  ...['plain', 'redistributed', 'started-over', 'dry-run', 'cancelled', 'failed-by-input', 'refused'],
  ...['queued', 'continued-as-new-first', 'continued-as-new-last'],
  ...['replanned', 'replan-failed-by-input'],
];

let bundle: { code: string };

beforeAll(async () => {
  // A replay that is to fail says so in our own way.
  Runtime.install({
    logger: new DefaultLogger('ERROR', () => undefined),
    telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }) } },
  });
  bundle = await workflowBundle();
});

function textOf(file: string): string {
  return readFileSync(join(FOLDER, file), 'utf8');
}

/** Undefined if the present code takes the same way as the one that was recorded. */
async function replay(text: string): Promise<Error | undefined> {
  const histories: ReplayHistoriesIterable = [
    { workflowId: 'recorded', history: JSON.parse(text) as unknown },
  ];
  const results = Worker.runReplayHistories({ workflowBundle: bundle }, histories);
  for await (const { error } of results) return error;
  throw new Error('Nothing was replayed.');
}

test('there is a history of every way that a run can take', () => {
  for (const ending of ENDINGS) expect(FILES.some((file) => file.endsWith(`-${ending}.json`))).toBe(true);
});

test.each(FILES)('the present code replays %s', async (file) => {
  expect(await replay(textOf(file))).toBeUndefined();
});

test.each(FILES)('%s names no machine and no folder', (file) => {
  const text = textOf(file);
  for (const trace of [
    hostname(),
    resolve(import.meta.dirname, '../..'),
    'node_modules',
    '/root',
    '/home/',
  ]) {
    expect(text).not.toContain(trace);
  }
  expect(text).not.toMatch(/"identity": "(?!recorded")/);
});

test.each([
  ['another activity than the code calls', (text: string) => text.replaceAll('"shapePlan"', '"shapeAll"')],
  ['a step that the code does not take', (text: string) => text.replaceAll('"sealPlan"', '"applyBatch"')],
])('a history with %s is refused', async (_, change) => {
  const [plain] = FILES.filter((file) => file.endsWith('-plain.json'));
  expect(await replay(change(textOf(plain!)))).toMatchObject({ name: 'DeterminismViolationError' });
});
