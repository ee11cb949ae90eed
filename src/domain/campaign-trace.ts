/** Which campaign instances write to a contact and why others do not (SPEC 6): the reasons behind `campaignCandidates`. */
import { campaignCandidates, settledMailOf } from './campaign-candidates.ts';
import type { CampaignBook, CampaignInstance, CampaignTarget, NotPlannedReason } from './campaigns.ts';
import type { LedgerMail } from './schedule-row.ts';

/** `no_trigger`: a target without the date that its instance needs. */
type CampaignRefusal = NotPlannedReason | 'no_trigger' | 'settled' | 'unsubscribed';

export interface CampaignTrace {
  readonly instance: CampaignInstance;
  readonly emailType: string;
  /** `null`: it is for all contacts, and has no row of this one. */
  readonly target: CampaignTarget | null;
  /** `null`: its mail is due. */
  readonly refusal: CampaignRefusal | null;
  /** The mail of the ledger because of which there is none. */
  readonly ledgerMail: LedgerMail | null;
}

/**
 * The instances of which the contact is a target, and those planned for all.
 * @param targets also of instances that are not planned
 * @param isUnsubscribed only required notices are due
 */
export function traceCampaigns(
  campaigns: CampaignBook,
  targets: readonly CampaignTarget[],
  ledger: readonly LedgerMail[],
  isUnsubscribed: boolean,
): CampaignTrace[] {
  const traces: CampaignTrace[] = [];
  for (const { instance, emailType, isForAllContacts, refusal } of campaigns.allInstances()) {
    const target = targets.find(({ instanceId }) => instanceId === instance.id) ?? null;
    const isConcerned = target !== null || (isForAllContacts && refusal === null);
    if (!isConcerned) continue;
    const trace = { instance, emailType, target };
    if (refusal !== null) {
      traces.push({ ...trace, refusal, ledgerMail: null });
      continue;
    }
    traces.push({ ...trace, ...askedOf(campaigns, instance.id, target, ledger, isUnsubscribed) });
  }
  return traces;
}

function askedOf(
  campaigns: CampaignBook,
  instanceId: number,
  target: CampaignTarget | null,
  ledger: readonly LedgerMail[],
  isUnsubscribed: boolean,
): Pick<CampaignTrace, 'refusal' | 'ledgerMail'> {
  const ofInstance = ({ campaignInstanceId }: { readonly campaignInstanceId: number | null }): boolean =>
    campaignInstanceId === instanceId;
  const targets = target === null ? [] : [target];
  const candidate = campaignCandidates(campaigns, targets, []).find(ofInstance);
  if (candidate === undefined) return { refusal: 'no_trigger', ledgerMail: null };
  const ledgerMail = settledMailOf(candidate, ledger);
  if (ledgerMail !== null) return { refusal: 'settled', ledgerMail };
  const isHeldBack = isUnsubscribed && candidate.campaign?.isTransactional !== true;
  return { refusal: isHeldBack ? 'unsubscribed' : null, ledgerMail: null };
}
