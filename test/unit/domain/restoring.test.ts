import { describe, expect, test } from 'vitest';
import { isPutBack, sortRows, type RowsOfContact } from '../../../src/domain/restoring.ts';
import type { PlanRow } from '../../../src/domain/schedule-row.ts';

const TODAY = 20_000;
const AS_OF = TODAY + 1;
const DAYS = { today: TODAY, asOfDay: AS_OF };

/** A row by its id and day; the event tells occurrences apart. */
function row(id: number, day: number, event: number, more: Partial<PlanRow> = {}): PlanRow {
  return {
    ...{ id, runId: 1, contactId: 7, emailType: 'birthday', campaignInstanceId: null },
    ...{ eventDay: event, idealDay: day, day, sendTime: '08:30', status: 'pre-scheduled', skipReason: null },
    ...{
      priority: 5,
      placedBy: null,
      movedFrom: null,
      emailTemplate: null,
      smsTemplate: null,
      details: null,
    },
    ...more,
  };
}

const SKIPPED = { status: 'skipped', skipReason: 'exclusion_window' } as const;

function rows(planRows: PlanRow[], earlierRows: PlanRow[], isTouched = false): RowsOfContact {
  return { planRows, earlier: { rows: earlierRows, isTouched } };
}

describe('a contact gets its rows of the earlier plan as they were', () => {
  test.each<[string, RowsOfContact, boolean]>([
    ['with nothing in either plan', rows([], []), true],
    ['with the same row in both', rows([row(1, AS_OF, 9)], [row(1, AS_OF, 9)]), true],
    [
      'with the same mail on another day, under another id',
      rows([row(2, AS_OF, 9)], [row(1, TODAY, 9)]),
      true,
    ],
    ['with a mail that the plan in force has no more', rows([], [row(1, AS_OF, 9)]), true],
    ['but not if something has touched it', rows([], [row(1, AS_OF, 9)], true), false],
    ['but not in a run that restores nothing', { planRows: [row(1, AS_OF, 9)] }, false],
    ['but not with an overdue mail', rows([row(1, TODAY - 1, 9)], [row(1, AS_OF, 9)]), false],
    [
      'but not with a skip whose day has passed',
      rows([row(1, TODAY - 1, 9, SKIPPED)], [row(1, AS_OF, 9)]),
      false,
    ],
    [
      'but not if the earlier plan had a mail before today',
      rows([row(1, AS_OF, 9)], [row(1, TODAY - 1, 9)]),
      false,
    ],
    [
      'but not if it had a skip before today',
      rows([row(1, AS_OF, 9)], [row(1, TODAY - 1, 9, SKIPPED)]),
      false,
    ],
    [
      'but not if the earlier plan does not know a mail',
      rows([row(1, AS_OF, 9), row(2, AS_OF, 8)], [row(1, AS_OF, 9)]),
      false,
    ],
  ])('%s', (_what, given, expected) => {
    expect(isPutBack(given, TODAY)).toBe(expected);
  });
});

describe('the rows by which a contact is planned', () => {
  const ids = (of: readonly PlanRow[]): number[] => of.map(({ id }) => id);

  test('are those of the earlier plan where it is put back', () => {
    const sorted = sortRows(rows([row(5, AS_OF, 9)], [row(1, AS_OF, 9), row(2, TODAY, 8)]), DAYS);
    expect(ids(sorted.open)).toEqual([1]);
    expect(ids(sorted.frozen)).toEqual([2]);
    expect(sorted.elsewhere).toEqual([]);
  });

  test('keep the days of the earlier plan, and of the plan in force what is dated before the as-of date', () => {
    const inForce = [
      row(10, TODAY - 2, 1),
      row(11, TODAY - 2, 2, SKIPPED),
      row(12, TODAY, 3),
      row(13, AS_OF + 4, 4),
    ];
    const earlier = [row(20, TODAY - 3, 5), row(21, TODAY, 6), row(22, AS_OF, 4), row(23, AS_OF + 9, 7)];
    const sorted = sortRows(rows(inForce, earlier, true), DAYS);
    expect(
      Object.fromEntries(Object.entries(sorted).map(([kind, of]) => [kind, ids(of as PlanRow[])])),
    ).toEqual({
      open: [22, 23],
      frozen: [12],
      pastSkipped: [11],
      overdue: [10],
      elsewhere: [20, 21, 13],
    });
  });

  test('are those of the plan in force where nothing is restored', () => {
    const sorted = sortRows({ planRows: [row(1, AS_OF, 9), row(2, TODAY, 8)] }, DAYS);
    expect([ids(sorted.open), ids(sorted.frozen)]).toEqual([[1], [2]]);
  });
});
