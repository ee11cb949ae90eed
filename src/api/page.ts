/** Pages that need no script, no picture and nothing from anywhere else. */
import { createHash } from 'node:crypto';

export interface Page {
  readonly title: string;
  /** Paragraphs and forms, as HTML. */
  readonly body: readonly string[];
}

const STYLE = `
  :root { color-scheme: light dark; font: 1.0625rem/1.6 system-ui, sans-serif; }
  main { max-width: 34rem; margin: 12vh auto; padding: 0 1.5rem; overflow-wrap: break-word; }
  h1 { font-size: 1.5rem; line-height: 1.25; }
  button { font: inherit; font-weight: 600; padding: .6em 1.4em; border: 2px solid; border-radius: .4em;
    background: CanvasText; color: Canvas; cursor: pointer; }
  button:focus-visible { outline: 3px solid Highlight; outline-offset: 3px; }
`;

/** Nothing is loaded, run, framed or sent elsewhere; of styles, this one. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

export function pageText({ title, body }: Page): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
${body.join('\n')}
</main>
</body>
</html>
`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}

export function paragraph(text: string): string {
  return `<p>${escapeHtml(text)}</p>`;
}
