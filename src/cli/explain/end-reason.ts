/** Why a row of the plan before is not in the new one. */
import type { RejectionReason } from '../../domain/contact.ts';
import type { EndedRow } from '../../domain/placing.ts';
import type { Explanation } from './explanation.ts';

/** `not_due`: of a contact that is planned, its occurrence is gone. */
export type EndReason = 'missed' | 'not_due' | 'contact_deleted' | RejectionReason;

export function endReason(
  { decided, suppression, context }: Pick<Explanation, 'decided' | 'suppression' | 'context'>,
  { row, outcome }: EndedRow,
): EndReason {
  if (outcome === 'missed') return 'missed';
  if (decided?.plan.outcome === 'absent') return 'contact_deleted';
  const rejection = decided?.plan.rejection ?? null;
  if (rejection !== null) return rejection;
  if (suppression !== 'marketing') return 'not_due';
  // A required notice is due; what is none is held back.
  const { campaignInstanceId: id } = row;
  const instance = id === null ? null : context.campaigns.planned.get(id);
  const isMarketing = instance === null || instance?.terms.isTransactional === false;
  return isMarketing ? 'suppressed' : 'not_due';
}
