import { CommanderError } from 'commander';
import { expect, onTestFinished, test, vi } from 'vitest';
import { reportFailure } from '../../../src/cli/failure.ts';
import { SchedulerError } from '../../../src/contracts/errors.ts';

function printedBy(error: unknown, asJson: boolean): { exitCode: number; text: string } {
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  onTestFinished(() => {
    write.mockRestore();
  });
  const exitCode = reportFailure(error, asJson);
  return { exitCode, text: write.mock.calls.map(([chunk]) => String(chunk)).join('') };
}

test('a known error is one sentence without a stack', () => {
  const error = new SchedulerError('LOCAL_STACK', 'The disk is full: make room.');
  expect(printedBy(error, false)).toEqual({ exitCode: 1, text: 'The disk is full: make room.\n' });
});

test('a known error as JSON has its code, place, value and allowed range', () => {
  const detail = { place: '--batch-size', value: '0', allowed: '1 to 100,000' };
  const { exitCode, text } = printedBy(new SchedulerError('INVALID_INPUT', 'Too small.', detail), true);
  expect(JSON.parse(text)).toEqual({ error: { code: 'INVALID_INPUT', message: 'Too small.', ...detail } });
  expect(exitCode).toBe(2);
});

test('an error that nobody foresaw is shown with its stack', () => {
  const { exitCode, text } = printedBy(new TypeError('x is not a function'), false);
  expect(exitCode).toBe(1);
  expect(text).toMatch(/^TypeError: x is not a function\n {4}at /);
});

test('an error that nobody foresaw is JSON, too', () => {
  const { text } = printedBy(new TypeError('x is not a function'), true);
  expect(JSON.parse(text)).toEqual({ error: { code: 'UNKNOWN', message: 'x is not a function' } });
});

test('wrong use has been printed by the parser, and is JSON for programs', () => {
  const error = new CommanderError(1, 'commander.unknownOption', "error: unknown option '--foo'");
  expect(printedBy(error, false)).toEqual({ exitCode: 2, text: '' });
  expect(JSON.parse(printedBy(error, true).text)).toEqual({
    error: { code: 'INVALID_INPUT', message: "unknown option '--foo'" },
  });
});

test('help that was asked for is no failure', () => {
  expect(printedBy(new CommanderError(0, 'commander.helpDisplayed', '(outputHelp)'), true)).toEqual({
    exitCode: 0,
    text: '',
  });
});
