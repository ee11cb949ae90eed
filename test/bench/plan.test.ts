import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Machine, Servers } from '../../bench/environment.ts';
import type { PlanResult } from '../../bench/scenarios/plan.ts';

const PROGRAM = resolve(import.meta.dirname, '../../bin/bench.mjs');
const folder = mkdtempSync(join(tmpdir(), 'email-scheduler-bench-'));
const file = join(folder, 'results/plan.json');

interface Stored {
  readonly environment: Machine & Servers;
  readonly warnings: readonly string[];
  readonly results: { readonly plan: readonly PlanResult[] };
}

describe('npm run bench -- plan --contacts 2000', () => {
  let output: string;
  let stored: Stored;

  beforeAll(async () => {
    const args = [PROGRAM, 'plan', '--contacts', '2000', '--output', file];
    ({ stdout: output } = await promisify(execFile)(process.execPath, args));
    stored = JSON.parse(readFileSync(file, 'utf8')) as Stored;
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  test('stores as many rows on both sides of the ratio', () => {
    const { firstPlan, bareCopy } = stored.results.plan[0]!;
    expect(firstPlan).toMatchObject({ asOf: '2026-11-23', planNumber: 1, contacts: 2_000 });
    expect(firstPlan.rows).toBeGreaterThan(2_000);
    expect(bareCopy.rows).toBe(firstPlan.rows);
    expect(bareCopy.bytes).toBeGreaterThan(100 * bareCopy.rows);
  });

  test('compares with the fastest of several bare copies', () => {
    const { firstPlan, bareCopy, ratio } = stored.results.plan[0]!;
    expect(bareCopy.all.length).toBeGreaterThan(1);
    expect(bareCopy.seconds).toBe(Math.min(...bareCopy.all.map(({ seconds }) => seconds)));
    for (const { copySeconds, indexSeconds, seconds } of bareCopy.all) {
      expect(indexSeconds).toBeGreaterThan(0);
      expect(copySeconds + indexSeconds).toBeCloseTo(seconds);
    }
    expect(ratio).toBeCloseTo(firstPlan.wallTime.seconds / bareCopy.seconds);
  });

  test('plans the next day with nothing new but what was sent', () => {
    const { firstPlan, nextDayPlan, mailsSent, nextDayRatio } = stored.results.plan[0]!;
    expect(nextDayPlan).toMatchObject({ asOf: '2026-11-24', planNumber: 2, contacts: 2_000 });
    expect(mailsSent).toBeGreaterThan(0);
    expect(nextDayPlan.changes.unchanged).toBeGreaterThan(nextDayPlan.changes.added);
    expect(nextDayPlan.changes.missed).toBe(0);
    expect(nextDayRatio).toBeCloseTo(nextDayPlan.wallTime.seconds / firstPlan.wallTime.seconds);
  });

  test('says where the time of both runs went, in shares that add up', () => {
    const { firstPlan, nextDayPlan } = stored.results.plan[0]!;
    for (const { wallTime } of [firstPlan, nextDayPlan]) {
      expect(Object.keys(wallTime.byStep)).toEqual(
        expect.arrayContaining(['reading', 'planning', 'writing', 'waiting for Temporal']),
      );
      for (const shares of [wallTime.byStep, wallTime.byPhase]) {
        expect(Object.values(shares).reduce((sum, share) => sum + share, 0)).toBeCloseTo(wallTime.seconds);
      }
    }
  });

  test.runIf(process.platform === 'linux')('knows the memory of the worker, idle and at its peak', () => {
    const { firstPlan, nextDayPlan } = stored.results.plan[0]!;
    for (const { workerMemory } of [firstPlan, nextDayPlan]) {
      expect(workerMemory!.idleBytes).toBeGreaterThan(50_000_000);
      expect(workerMemory!.peakBytes).toBeGreaterThanOrEqual(workerMemory!.idleBytes);
    }
  });

  test('records what was measured on', () => {
    const { environment } = stored;
    expect(environment.processors).toBeGreaterThan(0);
    expect(environment.memoryBytes).toBeGreaterThan(0);
    expect(environment.loadAverage).toBeGreaterThanOrEqual(0);
    expect(environment.node).toBe(process.versions.node);
    expect(environment.postgres.version).toMatch(/^\d+/);
    expect(environment.postgres.settings).toMatchObject({
      fsync: 'on',
      full_page_writes: 'on',
      synchronous_commit: 'on',
      shared_buffers: '256MB',
      max_wal_size: '4GB',
    });
    expect(environment.temporal.version).toMatch(/^\d+\.\d+\.\d+/);
  });

  test('shows one row for each size, and where the numbers are', () => {
    expect(output).toMatch(/^contacts +first plan +bare COPY +ratio/m);
    expect(output).toMatch(/^2,000 +[\d.]+ s +[\d.]+ s +[\d.]+ : 1/m);
    expect(output).toContain(`All numbers: ${file}`);
  });
});
