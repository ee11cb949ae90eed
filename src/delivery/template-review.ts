/** What can be seen of a template's text before anything is rendered. */
import { TokenKind, toValueSync, Value, type Template, type Token } from 'liquidjs';
import { isTemplateName, TEMPLATE_NAME_RULE } from '../domain/template-name.ts';
import { imagesWithoutAlt, isNoPlaceForValues, leavesTagOpen, whyNotThere } from './html-places.ts';
import { lineOf } from './template-fault.ts';

/** A place in the file, by its line and its own text. */
interface ReviewedPlace {
  readonly line: number | null;
  readonly source: string | null;
}

export interface Review {
  readonly problems: readonly (ReviewedPlace & { readonly reason: string })[];
  /** Other files that it names: `_layout/html`. */
  readonly references: readonly (ReviewedPlace & {
    readonly name: string;
    /** It stands in a tag or a style sheet: no value may be in it. */
    readonly isForConstants: boolean;
  })[];
  /** The targets of its click links. */
  readonly urls: readonly (ReviewedPlace & { readonly url: string })[];
}

const PARTIALS = '_layout/';
const PARTIAL_RULE = `A layout or partial is named in quotes, "${PARTIALS}NAME" with ${TEMPLATE_NAME_RULE}.`;

/** @param text what was parsed */
export function reviewTemplate(text: string, templates: readonly Template[], isHtml: boolean): Review {
  const problems: (ReviewedPlace & { reason: string })[] = isHtml ? imagesWithoutAlt(text) : [];
  const references: (ReviewedPlace & { name: string; isForConstants: boolean })[] = [];
  const urls: (ReviewedPlace & { url: string })[] = [];
  for (const node of allNodes(templates)) {
    const place = { line: lineOf(node.token), source: node.token.getText() };
    const refuse = (reason: string | null): void => {
      if (reason !== null) problems.push({ ...place, reason });
    };
    const name = referenceOf(node);
    if (name !== null) {
      const isForConstants = isHtml && isNoPlaceForValues(node.token);
      if (isPartialName(name)) references.push({ ...place, name, isForConstants });
      else refuse(PARTIAL_RULE);
    }
    const clicks = clicksOf(node);
    for (const click of clicks) {
      const reason = whyNoClick(click);
      if (reason === null) urls.push({ ...place, url: click.url! });
      refuse(reason);
    }
    if (isHtml && isOutput(node)) refuse(whyNotThere(node.token, clicks.length > 0));
    if (isHtml && isBlock(node) && isNoPlaceForValues(node.token)) refuse(BLOCK_IN_TAG);
  }
  if (isHtml && leavesTagOpen(text)) {
    problems.push({ line: null, source: null, reason: 'It ends inside of a tag, <style> or <script>.' });
  }
  return { problems, references, urls };
}

function* allNodes(templates: readonly Template[]): Generator<Template> {
  for (const template of templates) {
    yield template;
    // Only its own: other files are reviewed by themselves.
    const children = template.children?.(false, true);
    if (children !== undefined) yield* allNodes(toValueSync(children));
  }
}

/** `null`: it names no other file; blank: not in a way in which one may. */
function referenceOf(node: Template): string | null {
  const { name, file } = node as { name?: unknown; file?: unknown };
  if (name !== 'render' && name !== 'layout') return null;
  return typeof file === 'string' ? file : '';
}

function isPartialName(reference: string): boolean {
  return reference.startsWith(PARTIALS) && isTemplateName(reference.slice(PARTIALS.length));
}

const BLOCK_IN_TAG = 'A block stands in text, not inside of a tag, <style> or <script>.';

function isBlock(node: Template): boolean {
  return (node as { name?: unknown }).name === 'block';
}

function isOutput(node: Template): boolean {
  return node.token.kind === TokenKind.Output;
}

interface Click {
  /** `null`: it does not stand literally. */
  readonly url: string | null;
  readonly label: string | null;
  /** Nothing but `{{ … | click: … }}`. */
  readonly isAlone: boolean;
}

function clicksOf(node: Template): Click[] {
  return [...(node.arguments?.() ?? [])].flatMap((argument) => {
    if (!(argument instanceof Value)) return [];
    // Without what the engine adds for escaping, whose name nobody can write.
    const filters = argument.filters.filter(({ name }) => /^\w+$/.test(name));
    const click = filters.find(({ name }) => name === 'click');
    if (click === undefined) return [];
    return [
      {
        url: literalOf(argument.initial.postfix),
        label: literalOf(click.args),
        isAlone: isOutput(node) && filters.length === 1,
      },
    ];
  });
}

function literalOf(tokens: readonly unknown[]): string | null {
  const [token] = tokens as readonly (Token & { readonly content?: string })[];
  return tokens.length === 1 && token?.kind === TokenKind.Quoted ? (token.content ?? null) : null;
}

const LABEL = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/** So that a link leads nowhere but where the template says, whatever the values are. */
function whyNoClick({ url, label, isAlone }: Click): string | null {
  if (!isAlone || url === null) {
    return 'A click link is written {{ "https://…" | click: "LABEL" }}, with its URL in quotes and nothing else.';
  }
  if (!isWebAddress(url)) return 'A click link leads to an http or https URL without a user name.';
  if (label === null || !LABEL.test(label)) {
    return 'The label of a click link stands in quotes: 1 to 100 letters, digits, ".", "_" and "-".';
  }
  return null;
}

function isWebAddress(text: string): boolean {
  if (!/^https?:\/\/[!-~]{1,2000}$/i.test(text) || text.includes('\\') || !URL.canParse(text)) return false;
  const { username, password } = new URL(text);
  return username === '' && password === '';
}
