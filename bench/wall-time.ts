/** Where the wall time of a run went: in shares that add up to it, by step, by phase, by what was waited for. */
import type { ThreadTime } from './process-usage.ts';
import { coveredMs, type ActivityTime } from './run-history.ts';

export interface WallTime {
  readonly seconds: number;
  readonly byStep: Shares;
  readonly byPhase: Shares;
  /** The last three are `null` where the operating system does not tell. */
  readonly byWaiting: {
    readonly [WAITING_FOR_TEMPORAL]: number;
    readonly 'waiting for PostgreSQL': number | null;
    readonly 'waiting for a processor': number | null;
    readonly 'worker computing': number | null;
  };
}

/** Seconds by name. */
type Shares = Readonly<Record<string, number>>;

/** Sums over the batches of a phase, in milliseconds by step: `scheduler_runs.timings`. */
export type RunTimings = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** No activity was under way: Temporal was to hand out the next one, or to end the workflow. */
const WAITING_FOR_TEMPORAL = 'waiting for Temporal';
/** What no stopwatch measures: opening, publishing, locks, commits. */
const REST = 'rest of the activities';

export function wallTimeOf(measured: {
  readonly wallMs: number;
  readonly activities: readonly ActivityTime[];
  readonly timings: RunTimings;
  readonly thread: ThreadTime | null;
}): WallTime {
  const { wallMs, activities, timings, thread } = measured;
  const activeMs = coveredMs(activities);
  const forTemporal = { [WAITING_FOR_TEMPORAL]: seconds(wallMs - activeMs) } as const;
  const phases = phasesOf(activities, activeMs);
  return {
    seconds: seconds(wallMs),
    byStep: { ...byStep(phases, timings), ...forTemporal },
    byPhase: {
      ...Object.fromEntries(phases.map(({ name, wallMs: ms }) => [name, seconds(ms)])),
      ...forTemporal,
    },
    byWaiting: {
      ...forTemporal,
      'waiting for PostgreSQL':
        thread === null ? null : seconds(Math.max(0, activeMs - thread.computingMs - thread.queuedMs)),
      'waiting for a processor': thread === null ? null : seconds(thread.queuedMs),
      'worker computing': thread === null ? null : seconds(thread.computingMs),
    },
  };
}

interface PhaseTime {
  readonly name: string;
  /** Its part of the time in which activities were under way. */
  readonly wallMs: number;
  /** The sum of its activities, which overlap. */
  readonly activitiesMs: number;
}

/** In the order in which they began. `place` for `placeBatch`: activities are named after their phase. */
function phasesOf(activities: readonly ActivityTime[], activeMs: number): PhaseTime[] {
  const nameOf = ({ type }: ActivityTime): string => /^[a-z]+/.exec(type)?.[0] ?? type;
  const phases = [...new Set(activities.map(nameOf))].map((name) => {
    const times = activities.filter((activity) => nameOf(activity) === name);
    const activitiesMs = times.reduce((sum, { startedMs, endedMs }) => sum + endedMs - startedMs, 0);
    return { name, coveredMs: coveredMs(times), activitiesMs };
  });
  // Phases that overlap share the time.
  const overlap = phases.reduce((sum, phase) => sum + phase.coveredMs, 0) / activeMs;
  return phases.map(({ name, coveredMs: ms, activitiesMs }) => ({
    name,
    wallMs: ms / overlap,
    activitiesMs,
  }));
}

/** Batches of a phase overlap: its wall time is shared out in the proportion of what their stopwatches say. */
function byStep(phases: readonly PhaseTime[], timings: RunTimings): Shares {
  const steps: Record<string, number> = {};
  let restMs = 0;
  for (const { name, wallMs, activitiesMs } of phases) {
    const laps = Object.entries(timings[name] ?? {});
    const lapsMs = laps.reduce((sum, [, ms]) => sum + ms, 0);
    // Stopwatches that are rounded may say a millisecond more than the history.
    const totalMs = Math.max(activitiesMs, lapsMs);
    for (const [step, ms] of laps) steps[step] = (steps[step] ?? 0) + seconds((wallMs * ms) / totalMs);
    restMs += totalMs === 0 ? 0 : (wallMs * (totalMs - lapsMs)) / totalMs;
  }
  return { ...steps, [REST]: seconds(restMs) };
}

function seconds(ms: number): number {
  return ms / 1000;
}
