/** The files of a folder of templates. Nothing is read but what lies in it, under names that templates may have. */
import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import { isTemplateName } from '../domain/template-name.ts';
import { MAX_SOURCE_LENGTH } from './template-engine.ts';

export const LAYOUT_FOLDER = '_layout';
/** In the order in which their faults are told. */
export const TEMPLATE_PARTS = ['subject', 'html', 'text'] as const;
export type TemplatePart = (typeof TEMPLATE_PARTS)[number];

const EXTENSION = '.liquid';
const MAX_FILES = 5_000;

/** Its text, or why there is none. */
export type TemplateFile = { readonly text: string } | { readonly problem: string };

export interface ListedFiles {
  /** By `birthday/html.liquid`, in the order of names. */
  readonly paths: readonly string[];
  /** Differs whenever a file was added, removed or written. */
  readonly signature: string;
}

/** @throws Error of the file system if the folder cannot be read */
export function listTemplateFiles(folder: string): ListedFiles {
  const paths = readdirSync(folder, { withFileTypes: true })
    .map(({ name }) => name)
    .filter((name) => name === LAYOUT_FOLDER || isTemplateName(name))
    .sort()
    .flatMap((name) => filesOf(folder, name));
  if (paths.length > MAX_FILES) throw new Error(`more than ${MAX_FILES} templates and partials`);
  return { paths, signature: paths.map((path) => signatureOf(folder, path)).join('\n') };
}

/** What else lies in a template's folder, such as notes or an editor's copy, is nobody's part. */
function filesOf(folder: string, name: string): string[] {
  if (statSync(join(folder, name), { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  const isPart = (part: string): boolean =>
    name === LAYOUT_FOLDER ? isTemplateName(part) : (TEMPLATE_PARTS as readonly string[]).includes(part);
  return readdirSync(join(folder, name))
    .filter((file) => file.endsWith(EXTENSION) && isPart(file.slice(0, -EXTENSION.length)))
    .sort()
    .map((file) => `${name}/${file}`);
}

function signatureOf(folder: string, path: string): string {
  const found = statSync(join(folder, path), { throwIfNoEntry: false });
  return `${path} ${found?.mtimeMs ?? '-'} ${found?.size ?? '-'} ${found?.ino ?? '-'}`;
}

export function readTemplateFile(folder: string, path: string): TemplateFile {
  try {
    const real = realpathSync(join(folder, path));
    // A link may lead about in the folder (volumes are mounted so), but not out of it.
    if (!real.startsWith(`${realpathSync(folder)}${sep}`))
      return { problem: 'It lies outside of the folder.' };
    const found = statSync(real);
    if (!found.isFile()) return { problem: 'It is no file.' };
    if (found.size > MAX_SOURCE_LENGTH) return { problem: `It is longer than ${MAX_SOURCE_LENGTH} bytes.` };
    const text = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(real));
    return text.trim() === '' ? { problem: 'It is empty.' } : { text };
  } catch (error) {
    if (error instanceof TypeError) return { problem: 'It is not UTF-8.' };
    return { problem: `It cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown cause'}).` };
  }
}
