#!/usr/bin/env node
import { ensureInstalled } from './install.mjs';

ensureInstalled({ withTools: false });
const { register } = await import('tsx/esm/api');
register();
const { main } = await import('../src/cli/main.ts');
await main(process.argv.slice(2));
