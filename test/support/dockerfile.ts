/** The Dockerfile as data. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKOUT } from './compose-file.ts';

export const DOCKERFILE_LINES: readonly string[] = readFileSync(join(CHECKOUT, 'Dockerfile'), 'utf8')
  .replaceAll('\\\n', '')
  .split('\n');

/** What follows an instruction, each time that it is given. */
export function instructions(name: string): string[] {
  return DOCKERFILE_LINES.filter((line) => line.startsWith(`${name} `)).map((line) =>
    line.slice(name.length + 1),
  );
}

/** What is copied from the checkout into the image. */
export function copiedFiles(): string[] {
  return instructions('COPY').flatMap((copy) => copy.split(' ').slice(0, -1));
}
