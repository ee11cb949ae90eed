import { Books, type BooksJson } from '../src/domain/books.ts';
import type { PlanningContext } from '../src/domain/placing.ts';
import { planIfUnchanged, type PlacedContact } from '../src/domain/planning.ts';
import { enterContact } from './draft-plan.ts';

/** What the first pass knows of a batch already: most contacts of a day have the plan that they had the day before. */
export interface FirstFindings {
  /** Of the contacts whose plan stays as it is. */
  readonly books: BooksJson;
  /** The others, whom the third pass plans. */
  readonly openContactIds: readonly number[];
}

/** Sorts placed contacts into those whose plan stays as it is, whatever shaping decides, and the others. */
export class UnchangedContacts {
  private readonly books = new Books();
  private readonly openContactIds: number[] = [];

  add(context: PlanningContext, placed: PlacedContact): void {
    const plan = planIfUnchanged(context, placed);
    if (plan === null) {
      this.openContactIds.push(placed.placement.contactId);
      return;
    }
    enterContact(this.books, plan);
    for (const { row } of plan.planned) this.books.addPlannedRow(row);
    this.books.counts.changes.unchanged += plan.planned.length;
    for (const row of plan.unchangedRows) this.books.addUnchangedRow(row);
  }

  findings(): FirstFindings {
    return { books: this.books.toJson(), openContactIds: this.openContactIds };
  }
}
