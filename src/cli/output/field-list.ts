import { wrap } from './wrap.ts';

/** `Priority     3`: texts beside their labels, in one column, broken between words. */
export function fieldList(fields: readonly (readonly [label: string, text: string])[]): string {
  const width = Math.max(...fields.map(([label]) => label.length)) + 2;
  return fields.map(([label, text]) => wrap(text, label.padEnd(width), ' '.repeat(width))).join('\n');
}
