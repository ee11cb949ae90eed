/** When the activities of a workflow ran, as its history tells. */
import type { Client } from '@temporalio/client';

export interface ActivityTime {
  readonly type: string;
  readonly startedMs: number;
  readonly endedMs: number;
}

type Fetched = Awaited<ReturnType<ReturnType<Client['workflow']['getHandle']>['fetchHistory']>>;
type HistoryEvent = NonNullable<Fetched['events']>[number];

/** Of the whole chain: a long run goes on with a fresh history. */
export async function readActivityTimes(
  temporal: Client,
  workflowId: string,
  firstRunId: string,
): Promise<ActivityTime[]> {
  const times: ActivityTime[] = [];
  let runId: string | null = firstRunId;
  while (runId !== null) {
    const history: Fetched = await temporal.workflow.getHandle(workflowId, runId).fetchHistory();
    const events = history.events ?? [];
    times.push(...activityTimesOf(events));
    runId = events.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId ?? null;
  }
  return times;
}

function activityTimesOf(events: readonly HistoryEvent[]): ActivityTime[] {
  const byId = new Map(events.map((event) => [String(event.eventId), event]));
  const times: ActivityTime[] = [];
  for (const event of events) {
    const ending = event.activityTaskCompletedEventAttributes;
    if (ending === null || ending === undefined) continue;
    const scheduled = byId.get(String(ending.scheduledEventId))!;
    const started = byId.get(String(ending.startedEventId))!;
    times.push({
      type: scheduled.activityTaskScheduledEventAttributes?.activityType?.name ?? 'unknown',
      startedMs: millisecondsOf(started),
      endedMs: millisecondsOf(event),
    });
  }
  return times;
}

function millisecondsOf({ eventTime }: HistoryEvent): number {
  return Number(eventTime?.seconds ?? 0) * 1000 + (eventTime?.nanos ?? 0) / 1e6;
}

/** How long at least one of the intervals lasted. */
export function coveredMs(times: readonly ActivityTime[]): number {
  let covered = 0;
  let until = -Infinity;
  for (const { startedMs, endedMs } of times.toSorted((a, b) => a.startedMs - b.startedMs)) {
    covered += Math.max(0, endedMs - Math.max(startedMs, until));
    until = Math.max(until, endedMs);
  }
  return covered;
}
