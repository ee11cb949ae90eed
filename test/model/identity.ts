/** SPEC 2: the text that names an occurrence. */

import type { ModelRow } from './types.ts';

export function occurrenceText(
  contactId: number,
  type: string,
  instanceId: number | null,
  event: string,
): string {
  return `${contactId}:${type}:${instanceId ?? ''}:${event}`;
}

export function textOfRow(row: ModelRow): string {
  return occurrenceText(row.contact_id, row.email_type, row.campaign_instance_id, row.event_date);
}

export function compareTexts(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
