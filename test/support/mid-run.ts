/** What a run must publish when contacts have changed since it read them (SPEC 9): by the model. */
import { planByModel } from '../model/model.ts';
import type { ModelInput, ModelRow } from '../model/types.ts';

/** What the model says of a row of the plan in force. */
export const COMPARED = [
  'contact_id',
  'email_type',
  'campaign_instance_id',
  'event_date',
  'ideal_date',
  'scheduled_send_date',
  'status',
  'skip_reason',
  'priority',
  'metadata',
] as const;

/** First the plan of what the run has read, then the changed contacts as one set over it. */
export function replannedByModel(
  now: ModelInput,
  asRead: ModelInput,
  ids: readonly number[],
): { plan: ModelRow[]; ledger: ModelRow[] } {
  const isChanged = ({ contact_id: id }: { contact_id: number }): boolean => ids.includes(id);
  const isFrozen = ({ scheduled_send_date: day }: { scheduled_send_date: string }): boolean =>
    day >= now.today && day < now.asOf;
  const first = planByModel(asRead);
  const ofOthers = first.rows.filter((row) => !isChanged(row));
  const frozen = now.planInForce.filter(isFrozen);
  const replanned = planByModel({
    ...now,
    only: [...ids],
    planInForce: [
      ...ofOthers,
      ...frozen.filter((row) => !isChanged(row)),
      ...now.planInForce.filter(isChanged),
    ],
  });
  const missed = [...first.missed.filter((row) => !isChanged(row)), ...replanned.missed];
  const pastSkipped = now.planInForce.filter(
    (row) => row.scheduled_send_date < now.today && row.status === 'skipped',
  );
  return {
    plan: [...frozen, ...ofOthers, ...replanned.rows],
    ledger: [...now.ledger, ...missed, ...pastSkipped],
  };
}
