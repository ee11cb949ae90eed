import type { BatchRef, BatchResult } from '../src/contracts/schedule-run.ts';
import { readMoves, readShapeDecision } from '../src/db/shape-shares.ts';
import { packJson, packNumbers, writeShare } from '../src/db/shares.ts';
import { movesByContact, planContact } from '../src/domain/planning.ts';
import { inChunks } from './chunks.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { PlanDraft } from './draft-plan.ts';
import { inBatch } from './in-batch.ts';
import type { RunPlanning } from './run-planning.ts';

/** Few enough that the garbage collector finds them young. */
const CONTACTS_AT_ONCE = 250;

/** Third pass: places the batch's mails again, applies what shaping decided, and writes the rows. */
export async function applyBatch(
  dependencies: ActivityDependencies,
  planning: RunPlanning,
  ref: BatchRef,
): Promise<BatchResult> {
  return inBatch(dependencies, planning, 'apply', ref, async ({ client, run, context, facts, stopwatch }) => {
    const { runId, batch } = ref;
    const smoothedDays = new Set((await readShapeDecision(client, runId)).smoothedDays);
    const moves = movesByContact(await readMoves(client, runId, batch));
    const draft = new PlanDraft(client, run);
    for (const chunk of inChunks(facts, CONTACTS_AT_ONCE)) {
      await draft.add(
        chunk.map((of) => planContact(context, of, smoothedDays, moves.get(of.contactId) ?? [])),
      );
    }
    stopwatch.lap('planning');
    await draft.write();
    const books = draft.books.toJson();
    await writeShare(client, runId, 'books', batch, packJson(books));
    await writeShare(client, runId, 'nothing_due', batch, packNumbers(draft.nothingDue));
    stopwatch.lap('writing');
    return { contacts: books.counts.contacts.read, counts: books.counts };
  });
}
