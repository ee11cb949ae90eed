/**
 * External ids come from whoever fills in a form: in CSV, what a spreadsheet would take for a formula gets an
 * apostrophe before it, as one types it there to have a text. Numbers are left alone.
 * @param column SQL for a text that comes from contacts
 */
export function spreadsheetText(column: string): string {
  const isFormula = `${column} ~ '^[[:space:]]*[-=+@＝＋－＠]' AND ${column} !~ '^[-+]?[0-9]+([.][0-9]+)?$'`;
  return `CASE WHEN ${isFormula} THEN '''' || ${column} ELSE ${column} END`;
}
