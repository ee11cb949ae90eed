/** What providers are given and what they answer. */

/** A finished mail to one address. */
export interface Message {
  /** With its angle brackets; the mail is found again by it. */
  readonly messageId: string;
  /** `Agency <mail@agency.example>` or an address alone. */
  readonly from: string;
  readonly replyTo: string | null;
  /** One address, nothing else. */
  readonly to: string;
  readonly subject: string;
  readonly html: string;
  readonly text: string;
  /** Further headers, List-Unsubscribe among them. */
  readonly headers: Readonly<Record<string, string>>;
}

/** How a hand-over ended. Responses are the server's words, without addresses. */
export type HandOver =
  | { readonly outcome: 'accepted'; readonly providerMessageId: string | null; readonly response: string }
  /** Surely not taken; may be tried again. */
  | { readonly outcome: 'deferred'; readonly response: string; readonly retryAfterMs: number | null }
  /** Surely not taken, and never will be. */
  | { readonly outcome: 'refused'; readonly response: string; readonly isHardBounce: boolean }
  /** Nobody knows: cut off after the hand-over had begun to count. */
  | { readonly outcome: 'unknown'; readonly response: string };

export interface HandOverContext {
  /** The organization's name. */
  readonly organization: string;
  /** The day on which the mail goes out, YYYY-MM-DD. */
  readonly day: string;
  /** The row of the ledger. */
  readonly scheduleId: number;
  /** Aborted: the hand-over ends at once, by its outcome so far. */
  readonly signal: AbortSignal;
}

export interface Provider {
  readonly name: 'smtp' | 'sandbox';
  /** Never throws: whatever goes wrong is an outcome. */
  handOver(message: Message, context: HandOverContext): Promise<HandOver>;
  close(): Promise<void>;
}
