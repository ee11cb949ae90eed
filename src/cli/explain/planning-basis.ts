/** What a run plans by: a configuration and its rules, from a stored version or from the files. */
import type { ClientBase } from 'pg';
import { compileRules } from '../../config/compile-rules.ts';
import type { Json } from '../../config/json.ts';
import { resolveConfiguration, type Scope } from '../../config/resolve.ts';
import { readConfiguration, readLatestConfiguration } from '../../db/configuration-versions.ts';
import type { Configuration } from '../../domain/configuration.ts';
import { StateRules } from '../../domain/state-rules.ts';
import type { AcceptedConfiguration } from '../../config/accept.ts';

export interface PlanningBasis {
  /** `null`: files that are no version yet. */
  readonly version: number | null;
  readonly configuration: Configuration;
  readonly rules: StateRules;
}

export async function basisOfVersion(
  client: ClientBase,
  version: number,
  scope: Scope,
): Promise<PlanningBasis> {
  return compile(version, await readConfiguration(client, version), scope);
}

/** That of a run which would start now: the latest version, or the files if they have changed since. */
export async function basisOfNextRun(
  client: ClientBase,
  files: AcceptedConfiguration,
  scope: Scope,
): Promise<PlanningBasis> {
  const latest = await readLatestConfiguration(client);
  return latest?.filesHash === files.hash
    ? compile(latest.version, latest, scope)
    : compile(null, files, scope);
}

function compile(
  version: number | null,
  { document, rules }: { readonly document: unknown; readonly rules: unknown },
  scope: Scope,
): PlanningBasis {
  return {
    version,
    configuration: resolveConfiguration({ document: document as Json }, scope),
    rules: new StateRules(compileRules(rules as Json)),
  };
}
