/** An SMTP server that answers as it is told, or goes away where it is told to. */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/**
 * What it does instead of answering well: a reply, ends the connection, resets it, or says nothing for ever. `stall`
 * reads no further, so that a long message stays on its way, and then ends the connection.
 */
export type Act = { readonly reply: string } | 'end' | 'reset' | 'silence' | 'stall';

/** `begun` is when the first bytes of the message have come, `message` when its final dot has. */
export type Point =
  'connect' | 'EHLO' | 'STARTTLS' | 'AUTH' | 'MAIL' | 'RCPT' | 'DATA' | 'begun' | 'message' | 'RSET';

/** For each connection in turn, or the same for all. */
export type Script = Readonly<Partial<Record<Point, Act | ((connection: number) => Act | null)>>>;

const GOOD: Readonly<Record<Point, string>> = {
  connect: '220 scripted.example ESMTP',
  EHLO: '250-scripted.example\r\n250 8BITMIME',
  STARTTLS: '502 5.5.1 not here',
  AUTH: '235 2.7.0 welcome',
  MAIL: '250 2.1.0 ok',
  RCPT: '250 2.1.5 ok',
  DATA: '354 go on',
  begun: '',
  message: '250 2.0.0 Ok: queued as 4F2A',
  RSET: '250 2.0.0 ok',
};
const FINAL_DOT = '\r\n.\r\n';
const STALL_MS = 100;

export class ScriptedSmtp {
  /** Every message whose final dot has come, whatever was answered. */
  readonly messages: string[] = [];
  readonly commands: string[] = [];
  connections = 0;
  /** Resets each connection when so many bytes have come; what came before is heard. */
  bytesUntilReset = Infinity;
  readonly #server: Server;
  readonly #script: Script;
  readonly #sockets = new Set<Socket>();
  readonly #extensions: readonly string[];

  private constructor(script: Script, extensions: readonly string[]) {
    this.#script = script;
    this.#extensions = extensions;
    this.#server = createServer((socket) => {
      this.#serve(socket);
    });
  }

  static async start(script: Script = {}, extensions: readonly string[] = []): Promise<ScriptedSmtp> {
    const server = new ScriptedSmtp(script, extensions);
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Ends every connection, as a server that is started again does. */
  hangUp(): void {
    for (const socket of this.#sockets) socket.end();
  }

  /** Says something more to everybody. */
  dribble(text: string): void {
    for (const socket of this.#sockets) socket.write(text);
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #serve(socket: Socket): void {
    const connection = this.connections;
    this.connections += 1;
    this.#sockets.add(socket);
    let received = '';
    let isInMessage = false;
    let isBegun = false;
    let hasRecipient = false;
    const begin = () => {
      if (!isBegun) act('begun');
      isBegun = true;
    };
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#sockets.delete(socket);
    });
    const act = (point: Point): boolean => this.#act(socket, point, connection);
    let receivedBytes = 0;
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1', 0, Math.max(this.bytesUntilReset - receivedBytes, 0));
      receivedBytes += chunk.length;
      hear();
      if (receivedBytes >= this.bytesUntilReset) socket.resetAndDestroy();
    });
    const hear = () => {
      for (;;) {
        if (isInMessage) {
          const end = received.startsWith('.\r\n') ? -2 : received.indexOf(FINAL_DOT);
          if (end === -1) {
            if (received.length > 0) begin();
            return;
          }
          this.messages.push(received.slice(0, Math.max(end, 0)));
          received = received.slice(end + FINAL_DOT.length);
          isInMessage = false;
          begin();
          act('message');
          isBegun = false;
          continue;
        }
        const end = received.indexOf('\r\n');
        if (end < 0) return;
        const line = received.slice(0, end);
        received = received.slice(end + 2);
        this.commands.push(line);
        const verb = line.slice(0, 4).toUpperCase();
        if (verb === 'QUIT') {
          socket.end('221 bye\r\n');
          return;
        }
        const point = (verb === 'STAR' ? 'STARTTLS' : verb) as Point;
        if (point === 'DATA' && !hasRecipient) {
          socket.write('503 5.5.1 no recipient\r\n');
          continue;
        }
        const isGood = act(point);
        if (point === 'RCPT') hasRecipient = isGood;
        if (point === 'DATA') isInMessage = isGood;
      }
    };
    act('connect');
  }

  /** @returns whether it answered well */
  #act(socket: Socket, point: Point, connection: number): boolean {
    if (socket.destroyed || socket.writableEnded) return false;
    const scripted = this.#script[point];
    const told = typeof scripted === 'function' ? scripted(connection) : (scripted ?? null);
    if (told === null) {
      const reply = point === 'EHLO' ? this.#ehlo() : GOOD[point];
      if (reply !== '') socket.write(`${reply}\r\n`);
      return true;
    }
    if (told === 'end') socket.end();
    else if (told === 'reset') socket.resetAndDestroy();
    else if (told === 'stall') stall(socket);
    else if (told !== 'silence') {
      socket.write(`${told.reply}\r\n`);
      return told.reply.startsWith('3');
    }
    return false;
  }

  #ehlo(): string {
    return ['250-scripted.example', ...this.#extensions.map((name) => `250-${name}`), '250 8BITMIME'].join(
      '\r\n',
    );
  }
}

function stall(socket: Socket): void {
  socket.pause();
  setTimeout(() => {
    socket.destroy();
  }, STALL_MS);
}
