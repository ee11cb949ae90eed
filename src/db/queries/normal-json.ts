import type { ClientBase } from 'pg';

/** JSON texts as PostgreSQL writes them, in the same order: equal ones compare as equal with what is stored. */
export async function normalJson(client: ClientBase, texts: readonly string[]): Promise<string[]> {
  if (texts.length === 0) return [];
  const { rows } = await client.query<{ text: string }>(
    'SELECT given.text::jsonb::text AS text FROM unnest($1::text[]) WITH ORDINALITY AS given (text, n) ORDER BY n',
    [texts],
  );
  return rows.map(({ text }) => text);
}
