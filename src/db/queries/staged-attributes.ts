/** The attributes that a staged row `s` leads to. */
export interface AttributeColumns {
  /** Whether the file says what the attributes are as a whole; else it changes single ones. */
  readonly areGiven: boolean;
  /** Keys that the file decides about: without a value in the row's patch they are removed. */
  readonly managedKeys: readonly string[];
}

/** An SQL expression; `former` is one for the attributes before the import, `keys` the managed keys. */
export function stagedAttributes(columns: AttributeColumns, former: string, keys: string): string {
  const base = columns.areGiven ? `coalesce(s.attributes, '{}')` : former;
  return `(${base} - ${keys}::text[]) || coalesce(s.patch, '{}')`;
}
