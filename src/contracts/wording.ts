/** Small parts of sentences. */

/** `1 row`, `2 rows`. */
export function countOf(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;
}

/** `goes` of one, `go` of others: the verb beside a number. */
export function verbOf(count: number, ofOne: string, ofMany: string): string {
  return count === 1 ? ofOne : ofMany;
}

/** A name as it is typed in a shell. */
export function shellWord(name: string): string {
  return /^[\w.-]+$/.test(name) ? name : `'${name.replaceAll("'", String.raw`'\''`)}'`;
}
