import type { BatchRef, BatchResult } from '../src/contracts/schedule-run.ts';
import { readFacts } from '../src/db/read-facts.ts';
import { finishCheckpoint, holdRun, lockCheckpoint } from '../src/db/runs.ts';
import { readMoves, readShapeDecision } from '../src/db/shape-shares.ts';
import { packJson, packNumbers, writeShare } from '../src/db/shares.ts';
import { inTransaction } from '../src/db/transaction.ts';
import { movesByContact, planContact } from '../src/domain/planning.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { inChunks } from './chunks.ts';
import { PlanDraft } from './draft-plan.ts';
import { factsOfBatch } from './place-batch.ts';
import type { RunPlanning } from './run-planning.ts';
import { Stopwatch } from './stopwatch.ts';

/** Few enough that the garbage collector finds them young. */
const CONTACTS_AT_ONCE = 250;

/** Third pass: places the batch's mails again, applies what shaping decided, and writes the rows. */
export async function applyBatch(
  { pool }: ActivityDependencies,
  planning: RunPlanning,
  { runId, batch }: BatchRef,
): Promise<BatchResult> {
  return inTransaction(pool, async (client) => {
    const run = await holdRun(client, runId);
    const range = await lockCheckpoint(client, runId, 'apply', batch);
    if (range === null) return { contacts: 0 };
    const context = await planning.contextOf(client, run);
    const smoothedDays = new Set((await readShapeDecision(client, runId)).smoothedDays);
    const moves = movesByContact(await readMoves(client, runId, batch));
    const stopwatch = new Stopwatch();

    const facts = await readFacts(client, factsOfBatch(run, range));
    stopwatch.lap('reading');
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

    await finishCheckpoint(client, runId, 'apply', batch, { counts: books.counts, timings: stopwatch.laps });
    return { contacts: books.counts.contacts.read };
  });
}
