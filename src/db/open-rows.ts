/**
 * The condition on rows of a plan's segments for those that the plan had when it was published: also what has been
 * claimed or ended since. Of a number only, so that it can stand in a COPY.
 * @param rows the name by which the statement knows `plan_rows`
 */
export function isOpenIn(planNumber: number, rows: string): string {
  return `(${rows}.closed_plan IS NULL OR ${rows}.closed_plan > ${planNumber})`;
}
