/** What a process takes, as Linux tells; `null` elsewhere. */
import { readFileSync, writeFileSync } from 'node:fs';

/** Main memory that the process holds now, and the most that it held since its peak was reset. */
export interface Memory {
  readonly nowBytes: number;
  readonly peakBytes: number;
}

export function readMemory(pid: number): Memory | null {
  const status = readProc(pid, 'status');
  if (status === null) return null;
  const bytesOf = (name: string): number =>
    Number(new RegExp(`^${name}:\\s*(\\d+) kB$`, 'm').exec(status)?.[1] ?? NaN) * 1024;
  return { nowBytes: bytesOf('VmRSS'), peakBytes: bytesOf('VmHWM') };
}

/** From here on the peak is a new one. Returns false where that is not allowed: it stays that of the whole life. */
export function resetPeakMemory(pid: number): boolean {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, '5');
    return true;
  } catch {
    return false;
  }
}

/** Of the main thread, in which a worker's activities compute. */
export interface ThreadTime {
  readonly computingMs: number;
  /** Ready to compute, while other processes had the processors. */
  readonly queuedMs: number;
}

export function readMainThreadTime(pid: number): ThreadTime | null {
  const [computingNs, queuedNs] = (readProc(pid, `task/${pid}/schedstat`) ?? '').split(' ').map(Number);
  if (computingNs === undefined || queuedNs === undefined) return null;
  return { computingMs: computingNs / 1e6, queuedMs: queuedNs / 1e6 };
}

function readProc(pid: number, name: string): string | null {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return null;
  }
}
