/** Which contacts: those above one id and up to another, or a list. */
export type ContactSelection =
  | { readonly afterContactId: number; readonly lastContactId: number }
  | { readonly contactIds: readonly number[] };

/** The condition on a column of contact ids; of numbers only, so that it can stand in a COPY. */
export function selects(column: string, selection: ContactSelection): string {
  return 'contactIds' in selection
    ? `${column} = ANY ('{${selection.contactIds.map(Number).join(',')}}'::bigint[])`
    : `${column} > ${selection.afterContactId} AND ${column} <= ${selection.lastContactId}`;
}
