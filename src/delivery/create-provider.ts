import { SchedulerError } from '../contracts/errors.ts';
import type { Provider } from './message.ts';
import { SandboxProvider } from './providers/sandbox.ts';
import { parseSmtpUrl } from './providers/smtp-url.ts';
import { SmtpProvider } from './providers/smtp.ts';

export interface ProviderSettings {
  /** `delivery.provider` of the configuration. */
  readonly provider: string;
  /** `delivery.max_in_flight`: as many connections, at most. */
  readonly maxInFlight: number;
  /** SMTP_URL of the environment, where there is one. */
  readonly smtpUrl: string | undefined;
  /** EMAIL_SCHEDULER_SANDBOX of the environment, or its default. */
  readonly sandboxFolder: string;
  readonly now: () => Date;
}

/** @throws SchedulerError if the provider is not there, or lacks what it needs from the environment */
export function createProvider(settings: ProviderSettings): Provider {
  const { provider, maxInFlight, smtpUrl, sandboxFolder, now } = settings;
  if (provider === 'sandbox') return new SandboxProvider(sandboxFolder, now);
  if (provider === 'smtp') {
    return new SmtpProvider({ server: parseSmtpUrl(smtpUrl), maxConnections: maxInFlight, now });
  }
  throw new SchedulerError(
    'INVALID_INPUT',
    `delivery.provider is "${provider}", which is not there yet: set it to smtp or sandbox.`,
    { place: 'delivery.provider', value: provider, allowed: 'smtp or sandbox' },
  );
}
