/** Where a batch's time goes, in milliseconds by name. */
export class Stopwatch {
  readonly laps: Record<string, number> = {};
  private lastMs = performance.now();

  lap(name: string): void {
    const nowMs = performance.now();
    this.laps[name] = Math.round(((this.laps[name] ?? 0) + nowMs - this.lastMs) * 10) / 10;
    this.lastMs = nowMs;
  }
}
