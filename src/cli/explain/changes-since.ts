/** Sentences about what has changed since a plan was published. */
import type { UncoveredChange } from '../../db/contact-changes.ts';
import { momentText } from '../output/time-text.ts';
import type { Note, NoteCode } from './explanation.ts';

const CAMPAIGN_CAUSES = ['campaign type changed', 'campaign instance changed'];
const NEXT_RUN = 'the next planning run plans it again';

/** One note for each kind of change, of the latest of its kind. */
export function notesOfChanges(
  changes: readonly UncoveredChange[],
  isDeleted: boolean,
  timeZone: string,
): Note[] {
  const latest = new Map<NoteCode, UncoveredChange>();
  for (const change of changes) latest.set(codeOf(change, isDeleted), change);
  return [...latest].map(([code, { changedAt }]) => ({
    code,
    text: textOf(code, momentText(changedAt, timeZone)),
  }));
}

function codeOf({ cause, isOwn }: UncoveredChange, isDeleted: boolean): NoteCode {
  if (CAMPAIGN_CAUSES.includes(cause)) return 'campaign_changed';
  if (!isOwn) return 'many_contacts_changed';
  if (cause === 'target changed') return 'target_changed';
  if (cause === 'suppression changed') return 'suppression_changed';
  if (cause === 'contacts added') return 'contact_added';
  if (cause === 'contacts changed') return isDeleted ? 'contact_deleted' : 'contact_changed';
  return 'ledger_changed';
}

function textOf(code: NoteCode, moment: string): string {
  switch (code) {
    case 'contact_added':
      return `The contact was added on ${moment}, after the plan was made: it is not in it; ${NEXT_RUN}.`;
    case 'contact_deleted':
      return `The contact was deleted on ${moment}, after the plan was made; the next planning run ends its mails.`;
    case 'contact_changed':
      return `The contact was changed on ${moment}, after the plan was made: explained is the contact as it was then; ${NEXT_RUN}.`;
    case 'suppression_changed':
      return `Its address was suppressed or freed on ${moment}, after the plan was made; ${NEXT_RUN}.`;
    case 'target_changed':
      return `It became a target of a campaign, or ceased to be one, or its trigger was changed, on ${moment}, after the plan was made; ${NEXT_RUN}.`;
    case 'campaign_changed':
      return `A campaign or its type was changed on ${moment}, after the plan was made: explained is what they were then; ${NEXT_RUN}.`;
    case 'many_contacts_changed':
      return `Many contacts were changed at once on ${moment}, after the plan was made, perhaps this one; ${NEXT_RUN}.`;
    default:
      return `A mail of the contact was claimed, failed, cancelled or given back on ${moment}, after the plan was made; ${NEXT_RUN}.`;
  }
}
