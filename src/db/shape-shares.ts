/** The shares of shaping: the tally of each batch, and what was decided from all of them. */
import type { ClientBase } from 'pg';
import { parseDay, type DayNumber } from '../domain/calendar.ts';
import { DayCounts } from '../domain/day-counts.ts';
import type { Move } from '../domain/movable-mails.ts';
import type { SettledVolumes } from '../domain/planning.ts';
import type { PlacementTally } from '../domain/shaping.ts';
import { packJson, packMoves, readShare, unpackJson, unpackMoves, writeShare } from './shares.ts';

type Entries = [DayNumber, number][];

interface TallyJson {
  readonly volumes: Entries;
  readonly effectiveDate: Entries;
  readonly smoothingMoves: [DayNumber, Entries][];
  readonly rows: PlacementTally['rows'];
  readonly foreseenDays: readonly DayNumber[];
}

/** @param foreseenDays those whose movable mails the batch has noted already */
export function packTally(tally: PlacementTally, foreseenDays: readonly DayNumber[]): Buffer {
  const json: TallyJson = {
    volumes: tally.volumes.entries(),
    effectiveDate: tally.effectiveDate.entries(),
    smoothingMoves: [...tally.smoothingMoves].map(([day, moves]) => [day, moves.entries()]),
    rows: tally.rows,
    foreseenDays,
  };
  return packJson(json);
}

/** Returns the days whose movable mails the batch has noted already; `null`: it has no mails at all. */
export function addPackedTally(tally: PlacementTally, data: Buffer): readonly DayNumber[] | null {
  const json = unpackJson(data) as TallyJson;
  tally.volumes.addAll(json.volumes);
  tally.effectiveDate.addAll(json.effectiveDate);
  for (const [day, moves] of json.smoothingMoves) {
    let mine = tally.smoothingMoves.get(day);
    if (mine === undefined) tally.smoothingMoves.set(day, (mine = new DayCounts()));
    mine.addAll(moves);
  }
  tally.rows.mails += json.rows.mails;
  tally.rows.asBefore += json.rows.asBefore;
  return json.rows.mails === 0 ? null : json.foreseenDays;
}

/** What shaping has decided so far for a run. */
export interface ShapeDecision {
  readonly smoothedDays: readonly DayNumber[];
  readonly overfullDays: readonly DayNumber[];
  /** Every batch has foreseen these days and noted their movable mails. */
  readonly isCollected: boolean;
  /** After smoothing, before redistribution; the ledger included. */
  readonly volumes: Entries;
  readonly writesNewBase: boolean;
}

export async function writeShapeDecision(
  client: ClientBase,
  runId: number,
  decision: ShapeDecision,
): Promise<void> {
  await writeShare(client, runId, 'shape', 0, packJson(decision));
}

export async function readShapeDecision(client: ClientBase, runId: number): Promise<ShapeDecision> {
  const data = await readShare(client, runId, 'shape', 0);
  if (data === null) throw new RangeError(`run ${runId} has not been shaped`);
  return unpackJson(data) as ShapeDecision;
}

export async function writeMoves(
  client: ClientBase,
  runId: number,
  batch: number,
  moves: readonly Move[],
): Promise<void> {
  await writeShare(client, runId, 'moves', batch, packMoves(moves));
}

export async function readMoves(client: ClientBase, runId: number, batch: number): Promise<Move[]> {
  const data = await readShare(client, runId, 'moves', batch);
  return data === null ? [] : unpackMoves(data);
}

/**
 * What the ledger holds for the days from one on (SPEC 7): without skipped, cancelled and failed mails
 * and without follow-ups. As the snapshot has it; `null`: as it is.
 */
export async function readLedgerVolumes(
  client: ClientBase,
  organizationId: number,
  fromDay: string,
  snapshot: string | null,
): Promise<SettledVolumes> {
  const { rows } = await client.query<{ day: string; mails: string; effective_date: string }>(
    `SELECT scheduled_send_date::text AS day, count(*) AS mails,
       count(*) FILTER (WHERE email_type = 'effective_date') AS effective_date
     FROM ledger
     WHERE organization_id = $1 AND scheduled_send_date >= $2 AND parent_id IS NULL
       AND status NOT IN ('skipped', 'cancelled', 'failed', 'requeued')
       AND ($3::pg_snapshot IS NULL OR pg_visible_in_snapshot(settled_in, $3))
     GROUP BY scheduled_send_date`,
    [organizationId, fromDay, snapshot],
  );
  return {
    volumes: DayCounts.of(rows.map((row) => [parseDay(row.day)!, Number(row.mails)])),
    effectiveDate: DayCounts.of(rows.map((row) => [parseDay(row.day)!, Number(row.effective_date)])),
  };
}
