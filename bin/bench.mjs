/** `npm run bench`: how fast it is, measured here; bench/README.md says what each number means. */
import { ensureInstalled } from './install.mjs';

ensureInstalled({ withTools: true });
const { register } = await import('tsx/esm/api');
register();
const { main } = await import('../bench/main.ts');
await main(process.argv.slice(2));
