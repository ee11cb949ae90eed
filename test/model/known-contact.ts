/** SPEC 3: what of a contact the rules go by. */
export interface KnownContact {
  id: number;
  /** One, or two where ZIP and stored state disagree. */
  states: string[];
  birthDay: number | null;
  effectiveDay: number | null;
  /** Suppressed for marketing: "only occurrences of transactional campaign types exist for it". */
  isTransactionalOnly: boolean;
}
