import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readLocalEnvironment } from '../../../src/local/environment.ts';
import { findTemporalBinary } from '../../../src/local/temporal-binary.ts';
import { cachedBinary, type Way } from '../../../src/local/temporal-cache.ts';
import { isFittingVersion } from '../../../src/local/temporal-version.ts';
import { temporaryFolder } from './folder.ts';

function fakeTemporal(path: string, output: string): string {
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, `#!/bin/sh\necho "${output}"\n`);
  chmodSync(path, 0o755);
  return path;
}

function setUp() {
  const folder = temporaryFolder();
  const searched = join(folder, 'bin');
  const environment = readLocalEnvironment({ PATH: searched, XDG_CACHE_HOME: join(folder, 'cache') }, folder);
  const lines: string[] = [];
  const options = {
    environment,
    report: (line: string) => {
      lines.push(line);
    },
    signal: new AbortController().signal,
  };
  return { options, lines, onPath: join(searched, 'temporal'), inCache: cachedBinary(environment) };
}

const built: Way = () => Promise.resolve({ path: '/built' });
const unreachable: Way = () => Promise.resolve({ reason: 'the download failed' });

test('a fitting temporal on the PATH comes before the one in the cache', async () => {
  const { options, onPath, inCache } = setUp();
  fakeTemporal(onPath, 'temporal version 1.9.0 (Server 1.32.0, UI 2.51.0)');
  fakeTemporal(inCache, 'temporal version 1.8.2 (Server 1.31.2, UI 2.50.1)');
  expect(await findTemporalBinary(options, [])).toBe(onPath);
});

test.each([
  ['an older temporal', 'temporal version 1.3.0 (Server 1.27.1, UI 2.36.0)', '1.3.0'],
  ['another program of that name', 'time for tea', 'unknown'],
])('%s on the PATH is passed over, which is said', async (_, output, version) => {
  const { options, lines, onPath, inCache } = setUp();
  fakeTemporal(onPath, output);
  fakeTemporal(inCache, 'temporal version 1.8.2 (Server 1.31.2, UI 2.50.1)');
  expect(await findTemporalBinary(options, [])).toBe(inCache);
  expect(lines).toEqual([`Temporal: ${onPath} is version ${version}, not 1.8 or later; passed over.`]);
});

test('a binary in the cache that cannot be run is not taken', async () => {
  const { options, inCache } = setUp();
  fakeTemporal(inCache, 'half of a download');
  expect(await findTemporalBinary(options, [built])).toBe('/built');
});

test('the last resorts are tried in their order', async () => {
  const { options } = setUp();
  expect(await findTemporalBinary(options, [unreachable, built])).toBe('/built');
});

test('if there is no way, one sentence says why and what to do', async () => {
  const { options } = setUp();
  await expect(findTemporalBinary(options, [unreachable])).rejects.toMatchObject({
    code: 'LOCAL_STACK',
    message: expect.stringMatching(
      /^Temporal cannot be started: no fitting `temporal` is on the PATH; none is in .*; the download failed\. Install/,
    ) as string,
  });
});

test.each([
  ['1.8.0', true],
  ['1.8.2', true],
  ['1.12.0', true],
  ['1.7.9', false],
  ['0.13.2', false],
  ['2.0.0', false],
  ['nonsense', false],
])('version %s fits: %s', (version, fits) => {
  expect(isFittingVersion(version)).toBe(fits);
});
