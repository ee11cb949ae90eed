import type { BatchRef, BatchResult } from '../src/contracts/schedule-run.ts';
import { readShapeDecision } from '../src/db/shape-shares.ts';
import { packMovableMails, writeShare } from '../src/db/shares.ts';
import { MovableMailsBuilder } from '../src/domain/movable-mails.ts';
import { collectPlaced, tryPlaceContact } from '../src/domain/planning.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { inBatch } from './in-batch.ts';
import type { RunPlanning } from './run-planning.ts';

/** Second pass, of days that are too full only: which of the batch's mails may be moved off them, and where to. */
export async function collectMovableMails(
  dependencies: ActivityDependencies,
  planning: RunPlanning,
  ref: BatchRef,
): Promise<BatchResult> {
  return inBatch(
    dependencies,
    planning,
    'collect',
    ref,
    async ({ client, context, readFacts, stopwatch }) => {
      const decision = await readShapeDecision(client, ref.runId);
      const days = {
        smoothed: new Set(decision.smoothedDays),
        overfull: new Set(decision.overfullDays),
      };
      const builder = new MovableMailsBuilder();
      let contacts = 0;
      for (const of of await readFacts()) {
        collectPlaced(builder, context, tryPlaceContact(context, of), days);
        contacts += 1;
      }
      const mails = builder.build();
      stopwatch.lap('planning');
      await writeShare(client, ref.runId, 'movable', ref.batch, packMovableMails(mails));
      stopwatch.lap('writing');
      return { contacts, counts: { mails: mails.count } };
    },
  );
}
