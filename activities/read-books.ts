import type { ClientBase } from 'pg';
import { readShares, unpackJson } from '../src/db/shares.ts';
import { Books, type BooksJson } from '../src/domain/books.ts';

/** The books of all batches of the run together. */
export async function readBooks(client: ClientBase, runId: number): Promise<Books> {
  const books = new Books();
  for await (const { data } of readShares(client, runId, 'books')) {
    books.merge(Books.fromJson(unpackJson(data) as BooksJson));
  }
  return books;
}
