import { describe, expect, test } from 'vitest';
import { coveredMs } from '../../../bench/run-history.ts';
import { wallTimeOf } from '../../../bench/wall-time.ts';

function activity(type: string, startedMs: number, endedMs: number) {
  return { type, startedMs, endedMs };
}

/** Two batches that overlap, a pause of 100 ms, a publication; 200 ms before and after. */
const ACTIVITIES = [
  activity('placeBatch', 1_000, 1_600),
  activity('placeBatch', 1_400, 2_000),
  activity('publishPlan', 2_100, 2_500),
];
const RUN = {
  wallMs: 1_700,
  activities: ACTIVITIES,
  // Of 1,200 ms of batches, 200 are on no stopwatch.
  timings: { place: { reading: 300, planning: 600, writing: 100 } },
  thread: { computingMs: 700, queuedMs: 200 },
};

describe('the time that activities cover', () => {
  test.each([
    ['nothing', [], 0],
    ['one', [activity('a', 5, 9)], 4],
    ['two that overlap, once', [activity('a', 4, 8), activity('b', 2, 6)], 6],
    ['one within another', [activity('a', 0, 10), activity('b', 2, 6)], 10],
    ['two with a pause between them', [activity('a', 0, 1), activity('b', 3, 6)], 4],
  ])('%s', (_, times, expected) => {
    expect(coveredMs(times)).toBe(expected);
  });
});

describe('the wall time of a run', () => {
  const { seconds, byStep, byPhase, byWaiting } = wallTimeOf(RUN);

  test.each([
    ['step', byStep],
    ['phase', byPhase],
    ['what was waited for', byWaiting],
  ])('is the sum of its shares by %s', (_, shares) => {
    expect(Object.values(shares).reduce((sum: number, share) => sum + share!, 0)).toBeCloseTo(seconds);
  });

  test('of a phase counts its batches that overlap once', () => {
    expect(byPhase).toEqual({
      place: 1,
      publish: 0.4,
      'waiting for Temporal': expect.closeTo(0.3) as number,
    });
  });

  test('of a phase is shared out among its steps by their stopwatches', () => {
    expect(byStep.reading).toBeCloseTo(0.25);
    expect(byStep.planning).toBeCloseTo(0.5);
    expect(byStep.writing).toBeCloseTo(100 / 1_200);
    expect(byStep['rest of the activities']).toBeCloseTo(200 / 1_200 + 0.4);
  });

  test('in which activities are under way and the worker idle is waiting for PostgreSQL', () => {
    expect(byWaiting).toEqual({
      'waiting for Temporal': expect.closeTo(0.3) as number,
      'waiting for PostgreSQL': expect.closeTo(0.5) as number,
      'waiting for a processor': 0.2,
      'worker computing': 0.7,
    });
  });

  test('of phases that overlap still adds up', () => {
    const activities = [activity('placeBatch', 0, 600), activity('applyBatch', 200, 800)];
    const shares = wallTimeOf({ ...RUN, wallMs: 800, activities, timings: {} });
    expect(shares.byPhase).toEqual({ place: 0.4, apply: 0.4, 'waiting for Temporal': 0 });
    expect(shares.byStep['rest of the activities']).toBeCloseTo(0.8);
  });

  test('is not divided by what was waited for where the operating system does not tell', () => {
    expect(wallTimeOf({ ...RUN, thread: null }).byWaiting).toEqual({
      'waiting for Temporal': expect.closeTo(0.3) as number,
      'waiting for PostgreSQL': null,
      'waiting for a processor': null,
      'worker computing': null,
    });
  });
});
