/** Says what is going on, one line at a time. */
export type Report = (line: string) => void;

const FIRST_LINE_MS = 2_000;
const NEXT_LINE_MS = 5_000;
/** A step that takes minutes needs no line every five seconds. */
const SLOW_AFTER_MS = 30_000;
const NEXT_SLOW_LINE_MS = 15_000;

/** Runs a step; one that takes longer than two seconds says what it does and how far it is. */
export async function reportWhile<T>(
  report: Report,
  describe: () => string,
  step: () => Promise<T>,
): Promise<T> {
  const startedAt = performance.now();
  const say = (): void => {
    const elapsedMs = performance.now() - startedAt;
    report(`${describe()} (${Math.round(elapsedMs / 1000)} s)`);
    timer = setTimeout(say, elapsedMs < SLOW_AFTER_MS ? NEXT_LINE_MS : NEXT_SLOW_LINE_MS);
  };
  let timer = setTimeout(say, FIRST_LINE_MS);
  try {
    return await step();
  } finally {
    clearTimeout(timer);
  }
}
