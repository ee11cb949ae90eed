/** Hands messages to an SMTP server. */
import { setMaxListeners } from 'node:events';
import type { NodemailerError } from 'nodemailer/lib/errors';
import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import { composeMessage, type ComposedMessage } from '../compose-message.ts';
import type { HandOver, HandOverContext, Message, Provider } from '../message.ts';
import { responseText } from '../response-text.ts';
import { MessageBody } from './message-body.ts';
import { SmtpConnections, type PooledConnection, type SmtpTimeouts } from './smtp-connections.ts';
import { isReplyToMessage, outcomeOf, type Progress } from './smtp-outcome.ts';
import type { SmtpServer } from './smtp-url.ts';

export interface SmtpSettings {
  readonly server: SmtpServer;
  readonly maxConnections: number;
  readonly now: () => Date;
  readonly timeouts?: SmtpTimeouts;
}

const MINUTE_MS = 60_000;
const DEFAULT_TIMEOUTS: SmtpTimeouts = {
  connectMs: 30_000,
  greetingMs: 30_000,
  silenceMs: 5 * MINUTE_MS,
  handOverMs: 10 * MINUTE_MS,
};

interface Failure {
  readonly isAccepted: false;
  readonly error: NodemailerError;
  readonly progress: Progress;
}

type Ending =
  | Failure
  | { readonly isAccepted: true; readonly response: string; readonly serverMessageId: string | undefined };

export class SmtpProvider implements Provider {
  readonly name = 'smtp';
  readonly #connections: SmtpConnections;
  readonly #handOverMs: number;
  readonly #now: () => Date;
  /** What no response may show. */
  readonly #secrets: readonly string[];

  constructor({ server, maxConnections, now, timeouts = DEFAULT_TIMEOUTS }: SmtpSettings) {
    this.#connections = new SmtpConnections(server, maxConnections, timeouts);
    this.#handOverMs = timeouts.handOverMs;
    this.#now = now;
    this.#secrets = server.login === null ? [] : [server.login.user, server.login.pass];
  }

  async handOver(message: Message, { signal }: HandOverContext): Promise<HandOver> {
    const mail = await composeMessage(message, this.#now());
    if ('fault' in mail) return { outcome: 'refused', response: mail.fault, isHardBounce: false };
    const limit = limitedSignal(signal, this.#handOverMs);
    try {
      return this.#handOverOf(await this.#deliver(mail, limit.signal), mail);
    } finally {
      limit.end();
    }
  }

  close(): Promise<void> {
    return this.#connections.close();
  }

  /** Over a new connection where one that was kept turns out to have ended before the message was begun. */
  async #deliver(mail: ComposedMessage, signal: AbortSignal): Promise<Ending> {
    const first = await this.#deliverOnce(mail, signal);
    if (!first.isStale) return first.ending;
    this.#connections.dropIdle();
    return (await this.#deliverOnce(mail, signal)).ending;
  }

  async #deliverOnce(
    mail: ComposedMessage,
    signal: AbortSignal,
  ): Promise<{ readonly ending: Ending; readonly isStale: boolean }> {
    let pooled: PooledConnection;
    try {
      pooled = await this.#connections.lease(signal);
    } catch (error) {
      return { ending: { isAccepted: false, error: error as Error, progress: 'untouched' }, isStale: false };
    }
    const ending = await send(pooled.connection, mail, signal);
    if (ending.isAccepted) this.#connections.giveBack(pooled);
    else if (isFitForNext(pooled.connection, ending)) this.#connections.giveBackReset(pooled);
    else this.#connections.drop(pooled);
    return { ending, isStale: pooled.timesUsed > 0 && !ending.isAccepted && hadEnded(ending) };
  }

  #handOverOf(ending: Ending, { to }: ComposedMessage): HandOver {
    const hidden = [to, ...this.#secrets];
    if (ending.isAccepted) {
      const { serverMessageId } = ending;
      const response = responseText(ending.response, hidden);
      return { outcome: 'accepted', providerMessageId: serverMessageId ?? queueId(response), response };
    }
    const { error, progress } = ending;
    const response = responseText(wordsOf(error, progress), hidden);
    return { ...outcomeOf(error, progress), response };
  }
}

/** One hand-over; it ends at once when the signal is aborted, and nothing of the message is sent after that. */
function send(
  connection: SMTPConnection,
  { from, to, bytes }: ComposedMessage,
  signal: AbortSignal,
): Promise<Ending> {
  const body = new MessageBody(bytes);
  return new Promise((resolve) => {
    const fail = (error: NodemailerError, progress = progressOf(body)) => {
      signal.removeEventListener('abort', abort);
      // The rest and the final dot must not follow, though the connection may go on until it is dropped.
      body.destroy();
      resolve({ isAccepted: false, error, progress });
    };
    const abort = () => {
      fail(signal.reason as Error);
    };
    if (signal.aborted) {
      abort();
      return;
    }
    signal.addEventListener('abort', abort, { once: true });
    connection.send({ from, to: [to] }, body, (error, info) => {
      if (error !== null) fail(error);
      // Taken before it was all there: nobody knows what such a server has.
      else if (!body.isWhole) fail(new Error(`Answered too early: ${info.response}`), 'whole');
      else {
        signal.removeEventListener('abort', abort);
        resolve({ isAccepted: true, response: info.response, serverMessageId: info.serverMessageId });
      }
    });
  });
}

function progressOf(body: MessageBody): Progress {
  if (body.isWhole) return 'whole';
  return body.isBegun ? 'begun' : 'untouched';
}

/** The connection was over before the message came to it, which says nothing about the message. */
function hadEnded({ error, progress }: Failure): boolean {
  const isOver = error.responseCode === 421 || error.code === 'ECONNECTION' || error.code === 'ESOCKET';
  return isOver && progress === 'untouched';
}

/** Only sender or recipient was refused: nothing of the message is on its way to be mixed with what comes next. */
function isFitForNext({ destroyed }: SMTPConnection, { error, progress }: Failure): boolean {
  const code = error.responseCode ?? 0;
  return !destroyed && progress === 'untouched' && isReplyToMessage(error) && code >= 400 && code !== 421;
}

function wordsOf(error: NodemailerError, progress: Progress): string {
  if (isReplyToMessage(error)) return error.response!;
  const words = error.message;
  return progress === 'whole' ? `No answer to the message was read: ${words}` : words;
}

/** The name that most servers give a message in their answer. */
function queueId(response: string): string | null {
  return /\bqueued as <?([\w.-]{1,100})/i.exec(response)?.[1] ?? null;
}

/** Aborted with the given signal, or when the time is over. Not AbortSignal.any, which Node 20 never frees. */
function limitedSignal(outer: AbortSignal, limitMs: number): { readonly signal: AbortSignal; end(): void } {
  const controller = new AbortController();
  const abort = () => {
    controller.abort(new Error('The hand-over was aborted'));
  };
  const timer = setTimeout(() => {
    controller.abort(new Error(`The hand-over took longer than ${Math.ceil(limitMs / 1_000)} s`));
  }, limitMs);
  if (outer.aborted) abort();
  else {
    // As many as are in flight; ten would be taken for a leak.
    setMaxListeners(0, outer);
    outer.addEventListener('abort', abort, { once: true });
  }
  return {
    signal: controller.signal,
    end: () => {
      clearTimeout(timer);
      outer.removeEventListener('abort', abort);
    },
  };
}
