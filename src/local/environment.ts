import { join } from 'node:path';

type Variables = Readonly<Record<string, string | undefined>>;

/** What the local stack takes from the environment of the program that starts it. */
export interface LocalEnvironment {
  /** A database that is there already. */
  readonly databaseUrl: string | undefined;
  /** A Temporal server that is there already. */
  readonly temporalAddress: string | undefined;
  readonly namespace: string;
  /** Where programs are looked for. */
  readonly searchPath: string;
  /** What several checkouts of one user share. */
  readonly cacheFolder: string;
  /** For the tools that fetch and build Temporal: proxies, caches, certificates. */
  readonly variables: Variables;
}

export function readLocalEnvironment(variables: Variables, userHome: string): LocalEnvironment {
  const cacheHome = given(variables.XDG_CACHE_HOME) ?? join(userHome, '.cache');
  return {
    databaseUrl: given(variables.DATABASE_URL),
    temporalAddress: given(variables.TEMPORAL_ADDRESS),
    namespace: given(variables.TEMPORAL_NAMESPACE) ?? 'default',
    searchPath: variables.PATH ?? '',
    cacheFolder: join(cacheHome, 'email-scheduler'),
    variables,
  };
}

/** An empty variable is one that is not set. */
function given(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === '' ? undefined : value.trim();
}
