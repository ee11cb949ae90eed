/** What a hand-over that failed has come to (SPEC 10: never lost, never twice). */
import type { NodemailerError } from 'nodemailer/lib/errors';

/** How far the message had come: `whole` is from when its final dot may have been sent. */
export type Progress = 'untouched' | 'begun' | 'whole';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** How long to wait where the server's words do not say it: greylisting lets a mail pass after some minutes. */
const RETRY_AFTER_MS: Readonly<Record<number, number>> = {
  421: MINUTE_MS,
  450: 5 * MINUTE_MS,
  451: 5 * MINUTE_MS,
  452: 5 * MINUTE_MS,
};
const UNIT_MS: Readonly<Record<string, number>> = { s: SECOND_MS, m: MINUTE_MS, h: HOUR_MS };
const ASKED_TO_WAIT = /\b(?:in|after|wait(?: for)?|for) (\d{1,6}) ?(s|m|h)(?:ec|in|r|our)?(?:ond|ute)?s?\b/i;

/** About the session or this client, not the message: bad sequence of commands, authentication, encryption. */
const SESSION_CODES: readonly number[] = [503, 530, 534, 535, 538];
/** RFC 5321, 4.2.3: mailbox unavailable, not local, name not allowed. */
const MAILBOX_CODES: readonly number[] = [550, 551, 553];
/** Servers that answer 550 to every recipient because they do not know who is sending. */
const ABOUT_SENDER = /\b(?:relay|authenticat|log ?in)/i;

/** The outcome without the response, whose words are put in by whoever knows what must not be read in them. */
export type Outcome =
  | { readonly outcome: 'deferred'; readonly retryAfterMs: number | null }
  | { readonly outcome: 'refused'; readonly isHardBounce: boolean }
  | { readonly outcome: 'unknown' };

export function outcomeOf(error: NodemailerError, progress: Progress): Outcome {
  const code = error.responseCode ?? 0;
  // A reply to MAIL, RCPT or DATA (EENVELOPE) or to the message; all else is about the connection.
  const isVerdict = isReplyToMessage(error) && code >= 400 && code < 600;
  if (progress === 'whole' && !(isVerdict && error.code === 'EMESSAGE')) return { outcome: 'unknown' };
  if (isVerdict && code >= 500 && !SESSION_CODES.includes(code)) {
    return { outcome: 'refused', isHardBounce: isHardBounce(code, error) };
  }
  return { outcome: 'deferred', retryAfterMs: retryAfterMs(code, error.response ?? '') };
}

export function isReplyToMessage({ code, response }: NodemailerError): boolean {
  return (code === 'EENVELOPE' || code === 'EMESSAGE') && response !== undefined;
}

/**
 * Is the address at fault, so that it is to be suppressed? The enhanced code decides (RFC 3463) unless it says no
 * more than the plain one; a mailbox that is full or a policy is no fault of the address.
 */
function isHardBounce(code: number, { command, response = '' }: NodemailerError): boolean {
  if (command === 'MAIL FROM') return false;
  const enhanced = /^\d{3}[ -]([245])\.(\d{1,3})\.(\d{1,3})\b/.exec(response);
  const [kind, subject, detail] = [1, 2, 3].map((part) => Number(enhanced?.[part] ?? 0));
  // A server that contradicts itself by 4.x.x.
  if (enhanced !== null && kind !== 5) return false;
  // 5.1.7 and 5.1.8 are the sender's address; 5.2.1 is a mailbox that is switched off.
  if (subject === 1) return detail !== 7 && detail !== 8;
  if (subject === 2) return detail === 1;
  const saysNoMore = subject === 0 || (subject === 5 && detail === 0);
  return saysNoMore && command === 'RCPT TO' && MAILBOX_CODES.includes(code) && !ABOUT_SENDER.test(response);
}

/** As the server's words ask, within an hour; else by its code. */
function retryAfterMs(code: number, response: string): number | null {
  const byCode = RETRY_AFTER_MS[code] ?? null;
  const asked = byCode === null ? null : ASKED_TO_WAIT.exec(response);
  if (asked === null) return byCode;
  const waitMs = Number(asked[1]) * UNIT_MS[asked[2]!.toLowerCase()]!;
  return Math.min(Math.max(waitMs, SECOND_MS), HOUR_MS);
}
