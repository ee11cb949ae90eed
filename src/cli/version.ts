import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKOUT } from './environment.ts';

const { version } = JSON.parse(readFileSync(join(CHECKOUT, 'package.json'), 'utf8')) as { version: string };

export const VERSION = version;
