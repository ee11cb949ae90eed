/** What an activity's errors become: final with a code, or thrown as they are and so tried again. */
import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { DatabaseError } from 'pg';
import { describe, expect, test } from 'vitest';
import { framed } from '../../../activities/activity-frame.ts';
import { SchedulerError } from '../../../src/contracts/errors.ts';

function databaseError(code: string): DatabaseError {
  const error = new DatabaseError(`as of SQLSTATE ${code}`, 0, 'error');
  error.code = code;
  return error;
}

function networkError(code: string): Error {
  return Object.assign(new Error(`connect ${code} 127.0.0.1:5432`), { code });
}

const logger = new DefaultLogger('ERROR');

async function failureOf(error: unknown, attempt: number): Promise<unknown> {
  const environment = new MockActivityEnvironment({ attempt }, { logger });
  const activity = framed((_input: string) => Promise.reject(error as Error));
  return environment.run(activity, 'input').then(
    () => {
      throw new Error('It did not fail.');
    },
    (failure: unknown) => failure,
  );
}

describe('an error of the registry', () => {
  test.each([1, 2, 3, 40])('is final at attempt %i, under its own code', async (attempt) => {
    const detail = { place: 'asOf', value: '2027-02-30', allowed: 'a day' };
    const error = new SchedulerError('INVALID_INPUT', 'asOf is no day.', detail);
    const failure = await failureOf(error, attempt);
    expect(failure).toBeInstanceOf(ApplicationFailure);
    expect(failure).toMatchObject({
      message: 'asOf is no day.',
      type: 'INVALID_INPUT',
      nonRetryable: true,
      details: [error.detail],
    });
  });
});

describe('a fault of the program or its data', () => {
  const FAULTS: readonly (readonly [string, Error])[] = [
    ['a TypeError', new TypeError('x is not a function')],
    ['a RangeError', new RangeError('Invalid array length')],
    ['a ReferenceError', new ReferenceError('x is not defined')],
    ['a SyntaxError', new SyntaxError('Unexpected token')],
    ['a feature that PostgreSQL lacks (0A000)', databaseError('0A000')],
    ['a subquery of two rows (21000)', databaseError('21000')],
    ['a number out of range (22003)', databaseError('22003')],
    ['a key that is there twice (23505)', databaseError('23505')],
    ['a column that is missing (42703)', databaseError('42703')],
    ['a raised exception (P0001)', databaseError('P0001')],
  ];

  test.each(FAULTS)('%s is tried again twice, then ends the run as INTERNAL_ERROR', async (_what, error) => {
    expect(await failureOf(error, 1)).toBe(error);
    expect(await failureOf(error, 2)).toBe(error);
    for (const attempt of [3, 4]) {
      const failure = await failureOf(error, attempt);
      expect(failure).toBeInstanceOf(ApplicationFailure);
      expect(failure).toMatchObject({ message: error.message, type: 'INTERNAL_ERROR', nonRetryable: true });
      expect((failure as ApplicationFailure).cause).toBe(error);
    }
  });
});

describe('what can pass', () => {
  const PASSING: readonly (readonly [string, unknown])[] = [
    ['a connection that is refused', networkError('ECONNREFUSED')],
    ['a connection that is reset', networkError('ECONNRESET')],
    ['a connection that ends', new Error('Connection terminated unexpectedly')],
    ['a connection exception (08006)', databaseError('08006')],
    ['a serialization failure (40001)', databaseError('40001')],
    ['a deadlock (40P01)', databaseError('40P01')],
    ['too many connections (53300)', databaseError('53300')],
    ['a lock that is not to be had (55P03)', databaseError('55P03')],
    ['a server that shuts down (57P01)', databaseError('57P01')],
    ['a server that starts (57P03)', databaseError('57P03')],
    ['a disk that fails (58030)', databaseError('58030')],
    ['a database error without SQLSTATE', new DatabaseError('no code', 0, 'error')],
    ['something that is no error', 'a text'],
  ];

  test.each(PASSING)('%s is tried again as often as need be', async (_what, error) => {
    for (const attempt of [1, 3, 1_000]) expect(await failureOf(error, attempt)).toBe(error);
  });
});

describe('a cancelled activity', () => {
  test('ends at once, though its work goes on', async () => {
    const environment = new MockActivityEnvironment({}, { logger });
    const running = environment.run(
      framed(() => new Promise<never>(() => undefined)),
      undefined,
    );
    environment.cancel('CANCELLED');
    await expect(running).rejects.toMatchObject({ name: 'CancelledFailure' });
  });

  test('comes to its own end, if it is not to be interrupted', async () => {
    const environment = new MockActivityEnvironment({}, { logger });
    let finish: (result: string) => void = () => undefined;
    const work = new Promise<string>((resolve) => {
      finish = resolve;
    });
    const running = environment.run(
      framed(() => work, 'uninterrupted'),
      undefined,
    );
    environment.cancel('CANCELLED');
    finish('done');
    await expect(running).resolves.toBe('done');
  });
});
