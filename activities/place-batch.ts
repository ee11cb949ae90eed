import type { BatchRef, BatchResult } from '../src/contracts/schedule-run.ts';
import { packTally } from '../src/db/shape-shares.ts';
import { packJson, packMovableMails, writeShare } from '../src/db/shares.ts';
import { mayStayAsBefore } from '../src/db/runs.ts';
import type { DayNumber } from '../src/domain/calendar.ts';
import { MovableMailsBuilder } from '../src/domain/movable-mails.ts';
import { collectForeseenOfPlaced, tallyContact } from '../src/domain/planning.ts';
import { emptyTally, foreseeOverfullDays } from '../src/domain/shaping.ts';
import { inChunks } from './chunks.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { inBatch } from './in-batch.ts';
import { limitsOf, type RunPlanning } from './run-planning.ts';
import { UnchangedContacts } from './unchanged-contacts.ts';

/** Enough to foresee the days that will be too full, few enough to be held at once. */
const SAMPLE_CONTACTS = 250;

/**
 * First pass: where the batch's mails lie before shaping, as sums per day. What its first contacts let foresee,
 * days that will be too full, it prepares for: the mails that could be moved off these. And contacts whose plan
 * stays as it is, whatever shaping decides, are done with here.
 */
export async function placeBatch(
  dependencies: ActivityDependencies,
  planning: RunPlanning,
  ref: BatchRef,
): Promise<BatchResult> {
  return inBatch(
    dependencies,
    planning,
    'place',
    ref,
    async ({ client, run, context, readFacts, stopwatch }) => {
      const tally = emptyTally();
      const movable = new MovableMailsBuilder();
      // In a restore, and where everything is drawn anew, all rows are written again.
      const unchanged = mayStayAsBefore(run) ? new UnchangedContacts() : null;
      let foreseen: ReadonlySet<DayNumber> | null = null;
      let contacts = 0;
      for (const chunk of inChunks(await readFacts(), SAMPLE_CONTACTS)) {
        const placed = chunk.map((of) => tallyContact(tally, context, of));
        contacts += chunk.length;
        foreseen ??= context.configuration.features.loadBalancing
          ? new Set(foreseeOverfullDays(tally, contacts, limitsOf(run, context), run.contactCount))
          : new Set();
        if (foreseen.size > 0)
          for (const of of placed) collectForeseenOfPlaced(movable, context, of, foreseen);
        if (unchanged !== null) for (const of of placed) unchanged.add(context, of);
      }
      const mails = movable.build();
      stopwatch.lap('planning');
      await writeShare(client, ref.runId, 'tally', ref.batch, packTally(tally, [...(foreseen ?? [])]));
      if (mails.count > 0) await writeShare(client, ref.runId, 'movable', ref.batch, packMovableMails(mails));
      if (unchanged !== null) {
        await writeShare(client, ref.runId, 'unchanged', ref.batch, packJson(unchanged.findings()));
      }
      stopwatch.lap('writing');
      return { contacts, counts: { contacts } };
    },
  );
}
