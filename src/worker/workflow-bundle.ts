import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

const CHECKOUT = resolve(import.meta.dirname, '../..');
const SOURCE_FOLDERS = ['workflows', 'src/contracts', 'src/domain'];

/** The workflows as one file of code. Bundling takes seconds: a bundle is kept in the user's cache by what it is made of. */
export async function workflowBundle(): Promise<{ code: string }> {
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'email-scheduler');
  const file = join(cache, `workflows-${await hashOfSources()}.js`);
  const kept = await readFile(file, 'utf8').catch(() => null);
  if (kept !== null) return { code: kept };
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(CHECKOUT, 'workflows/index.ts'),
    logger: new DefaultLogger('WARN'),
  });
  await mkdir(cache, { recursive: true });
  // Two workers may bundle at once; each puts a whole file in place.
  const unfinished = `${file}.${process.pid}`;
  await writeFile(unfinished, code);
  await rename(unfinished, file);
  return { code };
}

async function hashOfSources(): Promise<string> {
  const hash = createHash('sha256');
  const lock = await readFile(join(CHECKOUT, 'package-lock.json'), 'utf8');
  hash.update(lock);
  for (const folder of SOURCE_FOLDERS) {
    for (const name of (await readdir(join(CHECKOUT, folder))).sort()) {
      hash.update(`${folder}/${name}\n`);
      hash.update(await readFile(join(CHECKOUT, folder, name)));
    }
  }
  return hash.digest('hex').slice(0, 16);
}
