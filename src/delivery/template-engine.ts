/** Liquid as our templates have it: strict, bounded, without a way to files or to what JavaScript objects inherit. */
import { Liquid, type FilterImplOptions } from 'liquidjs';
import { TemplateProblem } from './template-fault.ts';
import { clickFilter, dayFilter, LIQUID_FILTERS, LIQUID_TAGS } from './template-filters.ts';

/** Whether values are escaped for HTML. */
export type TemplateKind = 'html' | 'plain';

/** Characters of one file. */
export const MAX_SOURCE_LENGTH = 200_000;
/** Characters of a finished text. */
const MAX_OUTPUT_LENGTH = 500_000;
/** Characters and list elements that a rendering makes on its way. */
const MAX_ALLOCATED = 2_000_000;
/** A mail takes less than a millisecond; a machine that is busy elsewhere may hold it up. */
const MAX_RENDER_MS = 2_000;

/** @param partial the text of a file of the folder `_layout`; `null`: there is none of that name */
export function createEngine(kind: TemplateKind, partial: (file: string) => string | null): Liquid {
  const engine = new Liquid({
    strictVariables: true,
    strictFilters: true,
    lenientIf: true,
    ownPropertyOnly: true,
    relativeReference: false,
    cache: true,
    fs: memoryFiles(partial),
    parseLimit: MAX_SOURCE_LENGTH,
    renderLimit: MAX_RENDER_MS,
    memoryLimit: MAX_ALLOCATED,
    outputEscape: kind === 'html' ? escapedOutput : plainOutput,
  });
  for (const name of Object.keys(engine.filters)) {
    if (!LIQUID_FILTERS.has(name)) engine.unregisterFilter(name);
  }
  for (const name of Object.keys(engine.tags)) {
    if (!LIQUID_TAGS.has(name)) Reflect.deleteProperty(engine.tags, name);
  }
  engine.registerFilter('day', dayFilter);
  engine.registerFilter('click', clickFilter);
  if (kind === 'html') {
    // Escaped already, and not once more.
    engine.registerFilter('escape', { raw: true, handler: escapedOutput });
    engine.registerFilter('newline_to_br', newlineToBreak);
  }
  return engine;
}

/** A name that is in a template is the name of a file of `_layout`, or of none. */
function memoryFiles(partial: (file: string) => string | null) {
  const read = (file: string): string => {
    const text = partial(file);
    if (text === null) throw new TemplateProblem('There is no such file in _layout.');
    return text;
  };
  return {
    exists: (file: string) => Promise.resolve(partial(file) !== null),
    existsSync: (file: string) => partial(file) !== null,
    readFile: (file: string) => Promise.resolve(read(file)),
    readFileSync: read,
    resolve: (_folder: string, reference: string) => partialFile(reference),
  };
}

/** `_layout/html` is the file `_layout/html.liquid`. */
export function partialFile(reference: string): string {
  return `${reference}.liquid`;
}

interface Allocating {
  readonly context: { readonly memoryLimit: { use(count: number): void } };
}

function plainOutput(this: Allocating, value: unknown): string {
  const text = textOf(value);
  this.context.memoryLimit.use(text.length);
  return text;
}

function escapedOutput(this: Allocating, value: unknown): string {
  return escapeHtml(plainOutput.call(this, value));
}

const newlineToBreak: FilterImplOptions = {
  raw: true,
  handler(value: unknown) {
    return escapedOutput.call(this, value).replace(/\r?\n/g, '<br>');
  },
};

/** Nothing at all, a list or a mapping would be a hole in the text, or `[object Object]`. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (value === null || value === undefined) {
    throw new TemplateProblem('There is nothing in it to be shown: give it a default.');
  }
  throw new TemplateProblem('It is a list or a mapping, and only text can be shown: name what is in it.');
}

const ESCAPED: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&#34;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPED[character]!);
}

/** @throws TemplateProblem if it is longer than a mail should ever be */
export function boundedOutput(output: unknown): string {
  const text = typeof output === 'string' ? output : '';
  if (text.length > MAX_OUTPUT_LENGTH) {
    throw new TemplateProblem(`It makes a text of more than ${MAX_OUTPUT_LENGTH} characters.`);
  }
  return text;
}
