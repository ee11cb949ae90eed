/** What links in mails are signed with. */
export interface LinkKey {
  readonly id: number;
  readonly secret: Uint8Array;
  /** It verifies links, and signs no more. */
  readonly isRetired: boolean;
}
