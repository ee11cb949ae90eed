/** One message of the sandbox, to be read in a terminal or by a program. */
import type { ReadMessage } from '../../delivery/sandbox-messages.ts';
import { printable } from './printable.ts';

export function sandboxMessageText({ headers, text, file }: ReadMessage, htmlPath: string | null): string {
  return [
    ...headers.map(({ name, value }) => `${name}: ${printable(value)}`),
    '',
    printable(text ?? '(The message has no text.)').trimEnd(),
    '',
    ...(htmlPath === null ? [] : [`HTML       ${htmlPath}`]),
    `File       ${file}`,
  ].join('\n');
}

export function sandboxMessageJson(
  { scheduleId, day, file, headers, text, html, source }: ReadMessage,
  { isSource }: { readonly isSource: boolean },
) {
  const message = { id: scheduleId, day, file, headers, text, html };
  // Quoted-printable: nothing but ASCII.
  return isSource ? { ...message, source: source.toString('latin1') } : message;
}
