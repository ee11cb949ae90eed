/** The forms in which subjects and plain texts leave. */

const MAX_SUBJECT_LENGTH = 250;

/** Line breaks of every kind, and all that is not shown. */
const NOT_IN_A_LINE = /[\p{Cc}\p{Zl}\p{Zp}\s]+/gu;

/** One line, whatever the values were: a header cannot be begun in it. */
export function plainSubject(text: string): string {
  const line = text.replace(NOT_IN_A_LINE, ' ').trim();
  if (line.length <= MAX_SUBJECT_LENGTH) return line;
  const cut = line.slice(0, MAX_SUBJECT_LENGTH - 1);
  // Not through the middle of a character of two units.
  return `${cut.replace(/[\ud800-\udbff]$/, '').trimEnd()}…`;
}

/** Without blanks at the ends of lines, and with one empty line between paragraphs. */
export function plainText(text: string): string {
  return `${text
    .replace(/\r\n?/g, '\n')
    .replace(/[ \t]+$/gm, '')
    .replace(/\n{3,}/g, '\n\n')
    .trim()}\n`;
}
