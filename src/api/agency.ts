import type { Pool } from 'pg';
import { InvalidConfiguration } from '../config/problem.ts';
import { resolveConfiguration } from '../config/resolve.ts';
import { readLatestConfiguration } from '../db/configuration-versions.ts';
import { findOrganizationName } from '../db/queries/find-organization-name.ts';

export interface Agency {
  readonly id: number;
  /** The organization's. */
  readonly name: string;
  /** As its mails call it: the name before the sender's address, or else the organization's. */
  readonly displayName: string;
}

/** `null`: there is no such organization. */
export async function findAgency(pool: Pool, id: number, environment: string | null): Promise<Agency | null> {
  const name = await findOrganizationName(pool, id);
  if (name === null) return null;
  const latest = await readLatestConfiguration(pool);
  const from = latest === null ? null : senderOf(latest.document, name, environment);
  const [, displayName = ''] = /^([^<>]*)<[^<>]*>$/.exec(from ?? '') ?? [];
  return { id, name, displayName: displayName.trim().replace(/^"(.*)"$/, '$1') || name };
}

/** A stored configuration that this version of the program refuses keeps nobody from unsubscribing. */
function senderOf(document: unknown, organization: string, environment: string | null): string | null {
  try {
    return resolveConfiguration({ document: document as never }, { organization, environment }).sender.from;
  } catch (error) {
    if (error instanceof InvalidConfiguration) return null;
    throw error;
  }
}
