/** What a run plans by, from its record: every activity of the run comes to the same. */
import type { ClientBase } from 'pg';
import { compileRules } from '../src/config/compile-rules.ts';
import type { Json } from '../src/config/json.ts';
import { resolveConfiguration } from '../src/config/resolve.ts';
import { readCampaigns, readCampaignsOfRun } from '../src/db/campaigns.ts';
import { readConfiguration } from '../src/db/configuration-versions.ts';
import type { RunRecord } from '../src/db/runs.ts';
import { CampaignBook } from '../src/domain/campaigns.ts';
import type { Configuration } from '../src/domain/configuration.ts';
import type { Hash32 } from '../src/domain/occurrence.ts';
import type { PlanningContext } from '../src/domain/placing.ts';
import { loadLimits, type LoadLimits } from '../src/domain/shaping.ts';
import { StateRules } from '../src/domain/state-rules.ts';

export interface CompiledConfiguration {
  readonly configuration: Configuration;
  readonly rules: StateRules;
}

/** A few, since a process serves many organizations. */
const KEPT_CONFIGURATIONS = 16;
const KEPT_CAMPAIGNS = 16;

/**
 * Compiles configurations and campaigns, and keeps what it compiled: versions never change, nor what a run has pinned
 * at a snapshot.
 */
export class RunPlanning {
  private readonly hash: Hash32;
  private readonly compiled = new Map<string, CompiledConfiguration>();
  private readonly campaigns = new Map<string, CampaignBook>();

  constructor(hash: Hash32) {
    this.hash = hash;
  }

  async contextOf(client: ClientBase, run: RunRecord): Promise<PlanningContext> {
    const compiled = await this.compile(client, run.configurationVersion, run);
    const campaigns = await this.campaignsOf(client, run, compiled.configuration);
    const { today, asOfDay, isFresh } = run;
    return { today, asOfDay, isFresh, hash: this.hash, campaigns, ...compiled };
  }

  /** A run that starts over, or whose opening was rolled back, has another snapshot and pins anew. */
  private async campaignsOf(
    client: ClientBase,
    run: RunRecord,
    { features }: Configuration,
  ): Promise<CampaignBook> {
    const key = `${run.id} ${run.snapshot}`;
    const kept = this.campaigns.get(key);
    if (kept !== undefined) return kept;
    const { types, instances } = await readCampaignsOfRun(client, run.id);
    const campaigns = new CampaignBook(types, instances, {
      asOfDay: run.asOfDay,
      isSwitchedOn: features.campaigns,
    });
    if (this.campaigns.size >= KEPT_CAMPAIGNS) this.campaigns.clear();
    this.campaigns.set(key, campaigns);
    return campaigns;
  }

  /** For a replan: campaigns as they are now, by the configuration given. */
  async contextOfReplan(
    client: ClientBase,
    run: RunRecord,
    compiled: CompiledConfiguration,
  ): Promise<PlanningContext> {
    const { today, asOfDay } = run;
    const { types, instances } = await readCampaigns(client, run.organizationId);
    const isSwitchedOn = compiled.configuration.features.campaigns;
    const campaigns = new CampaignBook(types, instances, { asOfDay, isSwitchedOn });
    return { today, asOfDay, isFresh: false, hash: this.hash, campaigns, ...compiled };
  }

  async compile(
    client: ClientBase,
    version: number,
    scope: { readonly organization: string; readonly environment: string | null },
  ): Promise<CompiledConfiguration> {
    const key = JSON.stringify([version, scope.organization, scope.environment]);
    const kept = this.compiled.get(key);
    if (kept !== undefined) return kept;
    const stored = await readConfiguration(client, version);
    const compiled = {
      configuration: resolveConfiguration(
        { document: stored.document as Json },
        { organization: scope.organization, environment: scope.environment },
      ),
      rules: new StateRules(compileRules(stored.rules as Json)),
    };
    if (this.compiled.size >= KEPT_CONFIGURATIONS) this.compiled.clear();
    this.compiled.set(key, compiled);
    return compiled;
  }
}

export function limitsOf(run: RunRecord, context: PlanningContext): LoadLimits {
  return loadLimits(run.contactCount, context.configuration.load);
}
