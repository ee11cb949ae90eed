import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cachedBinary, type BinaryOptions, type Found } from './temporal-cache.ts';
import { reportWhile } from './report.ts';
import { TEMPORAL_VERSION, temporalVersionOf } from './temporal-version.ts';

/** A server that cannot be reached may also just not answer. */
const FIRST_BYTE_MS = 15_000;
const DOWNLOAD_MS = 10 * 60_000;
const POLL_MS = 500;

/** The SDK's own download, in a process that can be ended if the network swallows what is sent. */
export async function downloadTemporal(options: BinaryOptions): Promise<Found> {
  const { environment, report, signal } = options;
  const draft = join(environment.cacheFolder, `download-${process.pid}`);
  mkdirSync(draft, { recursive: true });
  try {
    await reportWhile(
      report,
      () =>
        `Downloading Temporal ${TEMPORAL_VERSION}, once per user: ${megabytes(sizeOfFolder(draft))} MB so far`,
      () => runDownload(draft, signal),
    );
    const [file] = readdirSync(draft);
    const downloaded = file === undefined ? undefined : join(draft, file);
    if (downloaded === undefined || (await temporalVersionOf(downloaded)) === undefined) {
      return { reason: 'the download from temporal.download failed' };
    }
    renameSync(downloaded, cachedBinary(environment));
    return { path: cachedBinary(environment) };
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

async function runDownload(folder: string, signal: AbortSignal): Promise<void> {
  const script = fileURLToPath(new URL('download-process.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', script, folder, TEMPORAL_VERSION], {
    stdio: 'ignore',
    signal,
    killSignal: 'SIGKILL',
  });
  const startedAt = performance.now();
  const watch = setInterval(() => {
    const elapsedMs = performance.now() - startedAt;
    const isStuck = elapsedMs > FIRST_BYTE_MS && sizeOfFolder(folder) === 0;
    if (isStuck || elapsedMs > DOWNLOAD_MS) child.kill('SIGKILL');
  }, POLL_MS);
  try {
    await new Promise<void>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', () => {
        resolve();
      });
    });
  } finally {
    clearInterval(watch);
  }
}

function sizeOfFolder(folder: string): number {
  return readdirSync(folder)
    .map((name) => statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0)
    .reduce((sum, sizeBytes) => sum + sizeBytes, 0);
}

function megabytes(sizeBytes: number): number {
  return Math.round(sizeBytes / 1_000_000);
}
