/** A server's words, fit to be kept and logged. */

const MAX_READ_CHARACTERS = 2_000;
const MAX_CHARACTERS = 500;
/** A shorter local part is no name, and would be found within any sentence. */
const MIN_WORD_CHARACTERS = 3;

const STANDS_FOR_ADDRESS = '[address]';
const ADDRESS = /(?:"[^"]*"|[^\s<>()[\]"',;:]*)@[^\s<>()[\]"',;]*/gu;
/** As in links: `jane%40example.org`. */
const ENCODED_ADDRESS = /[^\s<>()[\]"',;:/]+(?:%40|=40|\+40)[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}/giu;

/**
 * One line without addresses.
 * @param hidden the recipient's address and whatever else must not be read, such as credentials; of addresses the
 *   part before the @, too, which servers like to name alone
 */
export function responseText(text: string, hidden: readonly string[]): string {
  let line = firstWords(text.replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ').trim(), MAX_READ_CHARACTERS);
  line = line.replace(ADDRESS, STANDS_FOR_ADDRESS).replace(ENCODED_ADDRESS, STANDS_FOR_ADDRESS);
  for (const word of hidden.flatMap((each) => [each, each.split('@')[0]!])) {
    if (word.length >= MIN_WORD_CHARACTERS) line = line.replace(wordPattern(word), STANDS_FOR_ADDRESS);
  }
  return firstWords(line, MAX_CHARACTERS);
}

/** Cut between words: half an address would not be known as one. */
function firstWords(text: string, maxCharacters: number): string {
  return text.length <= maxCharacters ? text : `${text.slice(0, maxCharacters).replace(/\S*$/u, '')}…`;
}

function wordPattern(word: string): RegExp {
  const literal = word.replace(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`);
  return new RegExp(String.raw`(?<![\p{L}\p{N}])${literal}(?![\p{L}\p{N}])`, 'giu');
}
