import type { StoredPlan } from './stored-plan.ts';

/** A scalar subquery for the days that the plan flags as over the cap. Of numbers only, so that it can stand in a COPY. */
export function overCapDatesOf({ organizationId, number, runId }: StoredPlan): string {
  return number === null
    ? `(SELECT over_cap_dates FROM scheduler_runs WHERE id = ${runId})`
    : `(SELECT over_cap_dates FROM plans WHERE organization_id = ${organizationId} AND number = ${number})`;
}
