import { wrap } from './wrap.ts';

const LABEL_COLUMNS = 11;

/** `Cause      RUN_TOO_LONG: …`: a text beside its label, broken between words; its own line breaks and their indents stay. */
export function labelled(label: string, text: string): string {
  const indent = ' '.repeat(LABEL_COLUMNS);
  return text
    .split('\n')
    .map((line, index) => {
      const text = line.trimStart();
      const further = indent + line.slice(0, line.length - text.length);
      return wrap(text, index === 0 ? label.padEnd(LABEL_COLUMNS) : further, further);
    })
    .join('\n');
}
