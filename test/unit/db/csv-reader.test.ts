import { fc, test as propertyTest } from '@fast-check/vitest';
import { parse } from 'csv-parse/sync';
import { describe, expect, test } from 'vitest';
import { CsvReader, MAX_ROW_BYTES, type CsvRow } from '../../../src/db/csv-file/csv-reader.ts';

function read(text: string, pieceBytes = 65_536): CsvRow[] {
  const rows: CsvRow[] = [];
  const reader = new CsvReader((row) => rows.push(row));
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += pieceBytes) reader.read(bytes.subarray(at, at + pieceBytes));
  reader.end();
  return rows;
}

function fieldsOf(text: string, pieceBytes?: number): (readonly string[])[] {
  return read(text, pieceBytes).map(({ fields }) =>
    fields.map((field) => Buffer.from(field, 'latin1').toString()),
  );
}

const field = fc.string({
  unit: fc.constantFrom('a', 'é', ',', '"', '\n', '\r\n', ' ', ';', '😀'),
  maxLength: 6,
});
const table = fc
  .tuple(fc.integer({ min: 1, max: 4 }), fc.constantFrom('\n', '\r\n'), fc.boolean())
  .chain(([width, lineEnd, endsWithBreak]) =>
    fc
      .array(fc.array(field, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 5 })
      .map((rows) => ({ rows, lineEnd, endsWithBreak })),
  );

function write({
  rows,
  lineEnd,
  endsWithBreak,
}: {
  rows: string[][];
  lineEnd: string;
  endsWithBreak: boolean;
}): string {
  const lines = rows.map((row) => row.map((value) => `"${value.replaceAll('"', '""')}"`).join(','));
  return lines.join(lineEnd) + (endsWithBreak ? lineEnd : '');
}

describe('well-formed files', () => {
  propertyTest.prop([table, fc.integer({ min: 1, max: 9 })])(
    'are read as csv-parse reads them, in pieces of any size',
    (content, pieceBytes) => {
      const text = write(content);
      const expected = parse(text, { record_delimiter: content.lineEnd });
      expect(fieldsOf(text, pieceBytes)).toEqual(expected);
    },
  );

  test.for([
    [
      'a,b\nc,d\n',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    [
      'a,b\r\nc,d',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    ['\ufeffa,b\n', [['a', 'b']]],
    ['a,,\n', [['a', '', '']]],
    ['"a ""b""",c\n', [['a "b"', 'c']]],
    ['a, "b, c" ,d\n', [['a', 'b, c', 'd']]],
    ['5" tall,b\n', [['5" tall', 'b']]],
    ['"a","b"', [['a', 'b']]],
    ['', []],
    ['\ufeff', []],
  ] as const)('%j', ([text, expected]) => {
    for (const pieceBytes of [1, 2, 3, 65_536]) expect(fieldsOf(text, pieceBytes)).toEqual(expected);
  });
});

test('a row knows the line on which it begins', () => {
  const text = 'a\r\n"b\r\nb\nb"\r\n\r\nc\n"d\n",d\ne';
  expect(read(text).map(({ line, fields }) => [line, fields[0]?.[0] ?? ''])).toEqual([
    [1, 'a'],
    [2, 'b'],
    [5, ''],
    [6, 'c'],
    [7, 'd'],
    [9, 'e'],
  ]);
});

describe('a broken quote costs its line only', () => {
  test.for([
    ['never closed', 'a,"b\nc,d\ne,f\n'],
    ['closed by the quote of another row', 'a,"b\nc,"d"\ne,f\n'],
    ['closed in the middle of a field', 'a,"b"b\nc,d\ne,f\n'],
  ] as const)('%s', ([, text]) => {
    for (const pieceBytes of [1, 65_536]) {
      const rows = read(text, pieceBytes);
      expect(rows.map(({ line, fault }) => [line, fault])).toEqual([
        [1, 'broken_quotes'],
        [2, null],
        [3, null],
      ]);
    }
  });
});

describe('a row of more than 1 MiB is refused, and memory does not grow with it', () => {
  const long = 'x'.repeat(MAX_ROW_BYTES + 1);
  test.for([
    ['without quotes', `a\n${long},b\nc\n`, 'too_long'],
    ['in one quoted field', `a\n"${long}",b\nc\n`, 'too_long'],
    ['over many lines, by a quote that is never closed', `a\n"b\n${'c\n'.repeat(600_000)}`, 'broken_quotes'],
  ] as const)('%s', ([, text, fault]) => {
    for (const pieceBytes of [65_536, 10 * MAX_ROW_BYTES]) {
      const rows = read(text, pieceBytes);
      expect(rows[1]).toMatchObject({ line: 2, fault });
      expect(rows[2]).toMatchObject({ line: 3, fields: ['c'], fault: null });
    }
  });
});
