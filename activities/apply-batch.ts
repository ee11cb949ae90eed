import type { ClientBase } from 'pg';
import type { BatchRef, BatchResult } from '../src/contracts/schedule-run.ts';
import { mayStayAsBefore, type RunRecord } from '../src/db/runs.ts';
import { readMoves, readShapeDecision, type ShapeDecision } from '../src/db/shape-shares.ts';
import { packJson, packNumbers, readShare, unpackJson, writeShare } from '../src/db/shares.ts';
import { Books } from '../src/domain/books.ts';
import { movesByContact, planContact } from '../src/domain/planning.ts';
import { inChunks } from './chunks.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { PlanDraft } from './draft-plan.ts';
import { inBatch } from './in-batch.ts';
import type { RunPlanning } from './run-planning.ts';
import type { FirstFindings } from './unchanged-contacts.ts';

/** Few enough that the garbage collector finds them young. */
const CONTACTS_AT_ONCE = 250;

/**
 * Third pass: places the batch's mails again, applies what shaping decided, and writes the rows. Contacts whose
 * plan stays as it is are left out, unless all rows go into a new base.
 */
export async function applyBatch(
  dependencies: ActivityDependencies,
  planning: RunPlanning,
  ref: BatchRef,
): Promise<BatchResult> {
  const { runId, batch } = ref;
  return inBatch(
    dependencies,
    planning,
    'apply',
    ref,
    async ({ client, run, context, readFacts, stopwatch }) => {
      const decision = await readShapeDecision(client, runId);
      const unchanged = await readUnchanged(client, run, ref, decision);
      const smoothedDays = new Set(decision.smoothedDays);
      const moves = movesByContact(await readMoves(client, runId, batch));
      const draft = new PlanDraft(client, run);
      for (const chunk of inChunks(await readFacts(unchanged?.openContactIds), CONTACTS_AT_ONCE)) {
        await draft.add(
          chunk.map((of) => planContact(context, of, smoothedDays, moves.get(of.contactId) ?? [])),
        );
      }
      stopwatch.lap('planning');
      await draft.write();
      if (unchanged !== null) draft.books.merge(Books.fromJson(unchanged.books));
      const books = draft.books.toJson();
      await writeShare(client, runId, 'books', batch, packJson(books));
      await writeShare(client, runId, 'nothing_due', batch, packNumbers(draft.nothingDue));
      stopwatch.lap('writing');
      return { contacts: books.counts.contacts.read, counts: books.counts };
    },
  );
}

/** What the first pass was done with; `null`: nothing, or the run writes all rows anew. */
async function readUnchanged(
  client: ClientBase,
  run: RunRecord,
  { runId, batch }: BatchRef,
  { writesNewBase }: ShapeDecision,
): Promise<FirstFindings | null> {
  if (!mayStayAsBefore(run) || writesNewBase) return null;
  return unpackJson((await readShare(client, runId, 'unchanged', batch))!) as FirstFindings;
}
