/**
 * The condition on rows of a plan's segments for those that the plan had when it was published, or has by its
 * replans: also what has been claimed since, or ended by a later plan. Of a number only, so that it can stand in a COPY.
 * @param rows the name by which the statement knows `plan_rows`
 */
export function isOpenIn(planNumber: number, rows: string): string {
  return `(${rows}.closed_plan IS NULL OR ${rows}.closed_plan > ${planNumber})`;
}

/**
 * The condition on rows of a plan's segments for those that were in force in the snapshot, whatever has been claimed,
 * ended or added by a replan since.
 * @param rows the name by which the statement knows `plan_rows`
 */
export function wasInForce(snapshot: string, rows: string): string {
  return `(${rows}.ended_in IS NULL OR NOT pg_visible_in_snapshot(${rows}.ended_in, '${snapshot}'))
    AND (${rows}.added_in IS NULL OR pg_visible_in_snapshot(${rows}.added_in, '${snapshot}'))`;
}
