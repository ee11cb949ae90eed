/** Where in HTML a value may stand: escaping keeps it inside a text or a quoted attribute, and nowhere else. */
import type { Token } from 'liquidjs';

const LIQUID = /\{%[\s\S]*?%\}|\{\{[\s\S]*?\}\}/g;
const OPEN_ATTRIBUTE = /[\s"']([a-z][a-z0-9:-]*)\s*=\s*(?:"([^"]*)|'([^']*))$/i;
const URL_ATTRIBUTES: ReadonlySet<string> = new Set(
  'href src srcset action formaction background poster'.split(' '),
);
const UNSUBSCRIBE = /^\{\{-?\s*links\.unsubscribe\s*-?\}\}$/;

/** `null`: the output may stand there. */
export function whyNotThere(output: Token, isClick: boolean): string | null {
  const before = textBefore(output);
  if (isInScriptOrStyle(before)) return 'A value cannot stand in <style> or <script>.';
  if (!isInTag(before)) return null;
  const [, name, ...values] = OPEN_ATTRIBUTE.exec(before.slice(before.lastIndexOf('<'))) ?? [];
  if (name === undefined) return 'Inside of a tag a value stands in a quoted attribute only.';
  const attribute = name.toLowerCase();
  if (attribute === 'style' || attribute.startsWith('on')) {
    return `A value cannot stand in the attribute ${attribute}.`;
  }
  const isStart = values.join('').trim() === '';
  if (!URL_ATTRIBUTES.has(attribute) || !isStart || isClick || UNSUBSCRIBE.test(output.getText()))
    return null;
  return `A value cannot say where ${attribute} leads: begin with https://, or use a click link or links.unsubscribe.`;
}

/** Where only text may stand that is the same in every mail: what fills it does not know where it stands. */
export function isNoPlaceForValues(token: Token): boolean {
  const before = textBefore(token);
  return isInTag(before) || isInScriptOrStyle(before);
}

/** So that whatever follows, in this file or another, is text. */
export function leavesTagOpen(text: string): boolean {
  const html = withoutLiquid(text);
  return isInTag(html) || isInScriptOrStyle(html);
}

export function imagesWithoutAlt(text: string): { line: number; source: string; reason: string }[] {
  return [...withoutLiquid(text).matchAll(/<img\b[^>]*>/gi)]
    .filter(([tag]) => !/\salt\s*=/i.test(tag))
    .map(({ 0: tag, index }) => ({
      line: text.slice(0, index).split('\n').length,
      source: text.slice(index, index + tag.length),
      reason: 'The image has no alt text: say what it shows, or alt="" if it is decoration.',
    }));
}

/** As long as it was: quotes and brackets of Liquid are none of HTML's. */
function withoutLiquid(text: string): string {
  return text.replace(LIQUID, (liquid) => ' '.repeat(liquid.length));
}

function textBefore(token: Token): string {
  return withoutLiquid(token.input.slice(0, token.begin));
}

function isInTag(before: string): boolean {
  return before.lastIndexOf('<') > before.lastIndexOf('>');
}

function isInScriptOrStyle(before: string): boolean {
  return isInsideElement(before, 'style') || isInsideElement(before, 'script');
}

function isInsideElement(before: string, element: string): boolean {
  const lower = before.toLowerCase();
  return lower.lastIndexOf(`<${element}`) > lower.lastIndexOf(`</${element}`);
}
