/** What a terminal shows without breaking lines itself. */
export const TERMINAL_COLUMNS = 100;

/** A text after `first`, broken between words; every further line begins with `indent`. */
export function wrap(text: string, first: string, indent: string): string {
  const lines: string[] = [];
  let line = first;
  let isEmpty = true;
  for (const word of text.split(' ')) {
    const longer = isEmpty ? `${line}${word}` : `${line} ${word}`;
    if (isEmpty || longer.length <= TERMINAL_COLUMNS) {
      line = longer;
    } else {
      lines.push(line);
      line = `${indent}${word}`;
    }
    isEmpty = false;
  }
  return [...lines, line].join('\n');
}
