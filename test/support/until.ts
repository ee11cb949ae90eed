import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 50;

/** Waits until the probe tells something other than undefined or false; a deadline names what was awaited. */
export async function until<T>(
  what: string,
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  timeoutMs = 30_000,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const found = await probe();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > deadline) throw new Error(`Not within ${timeoutMs / 1000} s: ${what}`);
    await delay(POLL_MS);
  }
}
