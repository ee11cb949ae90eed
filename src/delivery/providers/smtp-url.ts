/** The SMTP server, as SMTP_URL in the environment names it. */
import { SchedulerError } from '../../contracts/errors.ts';

export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte (smtps://); else STARTTLS where the server offers it. */
  readonly isTls: boolean;
  /** STARTTLS or nothing: a password does not leave this host unencrypted, whoever took the offer away. */
  readonly needsTls: boolean;
  readonly login: { readonly user: string; readonly pass: string } | null;
}

const SUBMISSION_PORT = 587;
const SUBMISSIONS_PORT = 465;
const RULE =
  'smtp://user:password@host:port or smtps://…; user and password percent-encoded, or both left out';

/** @throws SchedulerError INVALID_INPUT, which never holds the URL: there is a password in it */
export function parseSmtpUrl(text: string | undefined): SmtpServer {
  if (text === undefined || text.trim() === '') throw refused('is not set');
  const url = parse(text.trim());
  if (url === null) throw refused('is no URL');
  if (url.protocol !== 'smtp:' && url.protocol !== 'smtps:')
    throw refused('does not begin with smtp:// or smtps://');
  if (url.hostname === '') throw refused('names no host');
  if (!['', '/'].includes(url.pathname) || url.search !== '' || url.hash !== '') {
    throw refused('has something behind host and port');
  }
  if ((url.username === '') !== (url.password === ''))
    throw refused('has a user or a password without the other');
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const isTls = url.protocol === 'smtps:';
  const login = url.username === '' ? null : { user: decoded(url.username), pass: decoded(url.password) };
  return {
    host,
    port: url.port === '' ? (isTls ? SUBMISSIONS_PORT : SUBMISSION_PORT) : Number(url.port),
    isTls,
    needsTls: !isTls && login !== null && !isLoopback(host),
    login,
  };
}

function parse(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw refused('has a user or password that is not percent-encoded');
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function refused(why: string): SchedulerError {
  return new SchedulerError('INVALID_INPUT', `SMTP_URL ${why}: set it to ${RULE}.`, {
    place: 'SMTP_URL',
    allowed: RULE,
  });
}
