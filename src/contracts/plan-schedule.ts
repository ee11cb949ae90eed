/** Names around the Temporal Schedule that plans an organization every day (SPEC 9). */

export function planScheduleId(organization: string): string {
  return `plan-${organization}`;
}

/** Temporal adds the time for which the run was due: `plan-acme-scheduled-2026-11-24T10:00:00Z`. */
export function scheduledRunIdPrefix(organization: string): string {
  return `plan-${organization}-scheduled`;
}
