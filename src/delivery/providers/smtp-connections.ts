/** The open connections to one SMTP server: as many at once as are allowed, each used again and again. */
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { SmtpServer } from './smtp-url.ts';

export interface SmtpTimeouts {
  /** Until the connection stands, with TLS. */
  readonly connectMs: number;
  readonly greetingMs: number;
  /** Without a byte either way. RFC 5321, 4.5.3.2 asks for 5 minutes for most replies. */
  readonly silenceMs: number;
  /** For one hand-over as a whole: a server that dribbles is never silent. */
  readonly handOverMs: number;
}

export interface PooledConnection {
  readonly connection: SMTPConnection;
  /** Hand-overs that went over it before. */
  readonly timesUsed: number;
}

/** Servers end connections that are not used, or used for long: this side does so before. */
const MAX_IDLE_MS = 30_000;
const MAX_TIMES_USED = 100;
const GOODBYE_MS = 1_000;

/** Not nodemailer's own pool: that one hands a message over again by itself, and does not tell how far it had come. */
export class SmtpConnections {
  readonly #server: SmtpServer;
  readonly #timeouts: SmtpTimeouts;
  readonly #maxConnections: number;
  readonly #idle = new Map<PooledConnection, NodeJS.Timeout>();
  readonly #waiting: (() => void)[] = [];
  #leases = 0;
  #onUnused: (() => void)[] = [];
  #isClosed = false;

  constructor(server: SmtpServer, maxConnections: number, timeouts: SmtpTimeouts) {
    this.#server = server;
    this.#maxConnections = maxConnections;
    this.#timeouts = timeouts;
  }

  /**
   * A connection that stands, for the caller alone until it is given back or dropped.
   * @throws what kept it from being opened; the signal's reason if that ended the wait
   */
  async lease(signal: AbortSignal): Promise<PooledConnection> {
    await this.#beginLease(signal);
    try {
      return this.#takeIdle() ?? { connection: await this.#open(signal), timesUsed: 0 };
    } catch (error) {
      this.#endLease();
      throw error;
    }
  }

  /** After an accepted message. */
  giveBack({ connection, timesUsed }: PooledConnection): void {
    // Not at once: what a server says too much is noticed between two messages, and ends the connection.
    setImmediate(() => {
      this.#keep({ connection, timesUsed: timesUsed + 1 });
      this.#endLease();
    });
  }

  /** After one that was refused: the session is told to begin anew. */
  giveBackReset({ connection, timesUsed }: PooledConnection): void {
    const settle = () => {
      connection.off('end', settle);
      this.#keep({ connection, timesUsed: timesUsed + 1 });
      this.#endLease();
    };
    connection.once('end', settle);
    connection.reset((error) => {
      if (error !== null) connection.close();
      else settle();
    });
  }

  drop({ connection }: PooledConnection): void {
    connection.close();
    this.#endLease();
  }

  dropIdle(): void {
    for (let pooled = this.#takeIdle(); pooled !== null; pooled = this.#takeIdle()) pooled.connection.close();
  }

  /** Waits for what is being handed over, within its timeouts. */
  async close(): Promise<void> {
    this.#isClosed = true;
    // They find it closed.
    for (const begin of this.#waiting.splice(0)) begin();
    for (let pooled = this.#takeIdle(); pooled !== null; pooled = this.#takeIdle())
      sayGoodbye(pooled.connection);
    if (this.#leases === 0) return;
    await new Promise<void>((resolve) => {
      this.#onUnused.push(resolve);
    });
  }

  async #beginLease(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    while (this.#leases >= this.#maxConnections && !this.#isClosed) {
      await new Promise<void>((resolve, reject) => {
        const begin = () => {
          signal.removeEventListener('abort', abort);
          resolve();
        };
        const abort = () => {
          this.#waiting.splice(this.#waiting.indexOf(begin), 1);
          reject(signal.reason as Error);
        };
        signal.addEventListener('abort', abort, { once: true });
        this.#waiting.push(begin);
      });
    }
    if (this.#isClosed) throw new Error('The connections to the SMTP server are closed');
    this.#leases += 1;
  }

  #endLease(): void {
    this.#leases -= 1;
    this.#waiting.shift()?.();
    if (this.#leases > 0) return;
    for (const settle of this.#onUnused.splice(0)) settle();
  }

  #takeIdle(): PooledConnection | null {
    for (const [pooled, timer] of this.#idle) {
      clearTimeout(timer);
      this.#idle.delete(pooled);
      if (!pooled.connection.destroyed) return pooled;
    }
    return null;
  }

  #keep(pooled: PooledConnection): void {
    const { connection, timesUsed } = pooled;
    if (connection.destroyed) return;
    if (this.#isClosed || timesUsed >= MAX_TIMES_USED) {
      sayGoodbye(connection);
      return;
    }
    const timer = setTimeout(() => {
      this.#idle.delete(pooled);
      sayGoodbye(connection);
    }, MAX_IDLE_MS);
    this.#idle.set(pooled, timer);
  }

  #open(signal: AbortSignal): Promise<SMTPConnection> {
    const { host, port, isTls, needsTls, login } = this.#server;
    const connection = new SMTPConnection({
      host,
      port,
      secure: isTls,
      requireTLS: needsTls,
      connectionTimeout: this.#timeouts.connectMs,
      greetingTimeout: this.#timeouts.greetingMs,
      socketTimeout: this.#timeouts.silenceMs,
      socketCloseTimeout: 0,
    });
    return new Promise<SMTPConnection>((resolve, reject) => {
      const abort = () => {
        fail(signal.reason as Error);
      };
      const fail = (error: Error) => {
        signal.removeEventListener('abort', abort);
        // First: closing calls this function again, with less to say.
        reject(error);
        connection.close();
      };
      const stand = () => {
        signal.removeEventListener('abort', abort);
        resolve(connection);
      };
      // These two stay: a connection that stands may end at any time, and whoever sends over it is told apart.
      connection.on('error', fail);
      connection.once('end', () => {
        fail(new Error('The connection was closed'));
      });
      signal.addEventListener('abort', abort, { once: true });
      connection.connect((error) => {
        if (error !== undefined) fail(error);
        else if (login === null || !connection.allowsAuth) stand();
        else {
          connection.login(login, (refusal) => {
            if (refusal === null) stand();
            else fail(refusal);
          });
        }
      });
    });
  }
}

function sayGoodbye(connection: SMTPConnection): void {
  connection.quit();
  setTimeout(() => {
    connection.close();
  }, GOODBYE_MS).unref();
}
