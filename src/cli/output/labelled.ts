import { wrap } from './wrap.ts';

const LABEL_COLUMNS = 11;

/** `Cause      RUN_TOO_LONG: …`: a text beside its label, broken between words; its own line breaks stay. */
export function labelled(label: string, text: string): string {
  const indent = ' '.repeat(LABEL_COLUMNS);
  return text
    .split('\n')
    .map((line, index) => wrap(line, index === 0 ? label.padEnd(LABEL_COLUMNS) : indent, indent))
    .join('\n');
}
