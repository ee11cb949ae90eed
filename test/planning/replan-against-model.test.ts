/**
 * Contacts planned again between two runs (SPEC 9, Replanning), day by day, beside the independent model: whatever has
 * been edited, sent or left lying, the whole plan and ledger are compared row for row after every replan, and so is a
 * full run from there.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findPendingChanges } from '../../src/db/queries/find-pending-changes.ts';
import { generateOrganization, nextDay } from '../model/generate.ts';
import { violationsOf } from '../model/invariants.ts';
import { Random } from '../model/random.ts';
import { contactsTouched } from '../model/replan.ts';
import type { ModelInput, ModelPlannedRow } from '../model/types.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import type { StoredRow } from '../support/model-database.ts';
import { auditOrganization } from '../support/plan-audit.ts';
import { PlanningWorld } from '../support/planning-world.ts';
import { replan, type InForce, type Replanned } from '../support/replanning.ts';
import { asModelSays } from '../support/row-comparison.ts';

/** More, by `REPLAN_SEEDS=1000-1200 npm test -- test/planning/replan-against-model.test.ts`. */
const SEEDS = seedsFrom(process.env.REPLAN_SEEDS ?? '1-12');
const DAYS = 4;
const MAX_SET = 200;

let db: TestDatabase;

beforeAll(async () => {
  db = await createTestDatabase();
});

afterAll(async () => {
  await db.drop();
});

function seedsFrom(range: string): number[] {
  const [first = 1, last = first] = range.split('-').map(Number);
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

describe('contacts that are planned again, and a run from there, are as the model says', () => {
  test.each(SEEDS)('seed %i', async (seed) => {
    const life = new Life(seed, await createWorld(seed));
    try {
      await life.live();
    } finally {
      await life.world.close();
    }
    expect(life.replans).toBeGreaterThan(DAYS);
  });
});

function createWorld(seed: number): Promise<PlanningWorld> {
  const random = new Random(seed);
  const contacts = random.pick([6, 40, 90, 220]);
  const input = generateOrganization(seed, {
    contacts,
    malformedDates: false,
    campaigns: random.chance(0.8),
  });
  return PlanningWorld.create(db, input, { name: `replan-${seed}`, sandbox: random.chance(0.3) });
}

class Life {
  readonly world: PlanningWorld;
  replans = 0;
  private readonly seed: number;
  private readonly random: Random;
  private inForce: InForce;
  /** Campaigns have changed since the last run: all contacts would have to be planned again. */
  private isOfAll = false;
  private edits = 0;
  /** Of the plan in force. */
  private asOf = '';

  constructor(seed: number, world: PlanningWorld) {
    this.seed = seed;
    this.world = world;
    this.random = new Random(seed * 31);
    this.inForce = world.input;
  }

  async live(): Promise<void> {
    const { world, random } = this;
    for (let day = 0, fresh = false; day < DAYS; day += 1) {
      world.where = `day ${day}`;
      if (day > 0 && random.chance(0.5)) await this.replanSome('before the run');
      await this.run(fresh);
      if (!world.isSandbox && random.chance(0.3)) await world.dispatch(world.input.today, random);
      for (let round = random.int(1, 4); round > 0; round -= 1) {
        await this.edit();
        await this.replanSome('after the run');
      }
      await this.replanAll();
      ({ fresh } = await world.goToNextDay(this.seed * 1000 + day));
      // Campaigns too may have been edited.
      this.isOfAll = true;
    }
    await this.run(false);
    expect(withoutFollowUps(await auditOrganization(db.owner, world.organizationId))).toEqual([]);
  }

  private async run(fresh: boolean): Promise<void> {
    const { world } = this;
    await world.plan({ fresh, batchSize: Math.max(4, Math.ceil(world.input.contacts.length / 3)) });
    this.inForce = { config: world.input.config, rules: world.input.rules };
    this.isOfAll = false;
    this.asOf = world.input.asOf;
  }

  /** What people change on a day, more of it than usual; the world's own days and mails stay as they are. */
  private async edit(): Promise<void> {
    const { world, random } = this;
    let edited: ModelInput = { ...world.input, ...this.inForce };
    for (let times = random.int(1, 4); times > 0; times -= 1) {
      this.edits += 1;
      const next = nextDay(edited, NO_PLAN, this.seed * 7919 + this.edits, { reimports: true });
      const { contacts, suppressions, campaigns } = next;
      const ofCampaigns = campaigns === undefined ? {} : { campaigns: this.editable(edited, campaigns) };
      edited = { ...edited, contacts, suppressions, ...ofCampaigns };
    }
    const before = world.input;
    await world.editContacts(edited);
    const touched = contactsTouched(withoutTargets(before), withoutTargets(world.input));
    if (!this.isOfAll) expect(await this.pending()).toEqual(expect.arrayContaining(touched));
    if (edited.campaigns !== undefined) await world.editCampaigns(edited.campaigns);
  }

  /** Targets always; types and instances, which concern all, now and then. */
  private editable(
    before: ModelInput,
    { types, instances, targets }: NonNullable<ModelInput['campaigns']>,
  ): NonNullable<ModelInput['campaigns']> {
    if (this.random.chance(0.15)) {
      this.isOfAll = true;
      return { types, instances, targets };
    }
    const { types: sameTypes, instances: sameInstances } = before.campaigns!;
    const isForAll = (instanceId: number): boolean | undefined => {
      const typeId = sameInstances.find(({ id }) => id === instanceId)?.campaign_type_id;
      return sameTypes.find(({ id }) => id === typeId)?.target_all_contacts;
    };
    // A target of an instance that is new, or no longer for all, could not be stored.
    const storable = targets.filter(
      ({ campaign_instance_id: id, trigger_date: trigger }) =>
        isForAll(id) === true || (isForAll(id) === false && trigger !== null),
    );
    return { types: sameTypes, instances: sameInstances, targets: storable };
  }

  /** One, some or very many; edited or not, rejected, deleted or overdue. */
  private async replanSome(when: string): Promise<void> {
    const { world, random } = this;
    const { contacts, planInForce, ledger, today } = world.input;
    const living = contacts.map(({ id }) => id);
    const known = [...new Set([...living, ...[...planInForce, ...ledger].map((row) => row.contact_id)])];
    const overdue = planInForce.filter((row) => row.scheduled_send_date < today).map((row) => row.contact_id);
    const pending = await this.pending();
    const candidates = random.pick([known, living, pending, pending, [...new Set(overdue)]]);
    const size = random.pick([1, 1, random.int(2, 10), MAX_SET]);
    const ids = random.sample(candidates.length > 0 ? candidates : living, size);
    if (ids.length === 0) return;
    world.where = `${world.where.replace(/, .*/, '')}, ${ids.length} contacts ${when}`;
    await this.replan(ids);
  }

  /** All that has changed; then a full run of the same day, which has nothing left to do. */
  private async replanAll(): Promise<void> {
    const { world } = this;
    world.where = `${world.where.replace(/, .*/, '')}, all that has changed`;
    const pending = await this.pending();
    const last = await this.replan(pending.length > 0 ? pending : [world.input.contacts[0]!.id]);
    if (this.isOfAll) return;
    expect(violationsOfAll(last, world.input.planInForce)).toEqual([]);
    expect(await findPendingChanges(db.pool, world.organizationId, MAX_SET)).toBeNull();
    world.setDays(last.input.today, last.input.asOf);
    if (world.input.today !== last.input.today) return;
    world.where += ', and a run';
    const { counts } = await world.plan();
    const { added, changed, removed, missed } = counts.changes;
    if (last.output.over_cap_days.length > 0 || last.input.asOf !== this.asOf) return;
    expect({ where: world.where, added, changed, removed, missed }).toEqual({
      ...{ where: world.where, added: 0, changed: 0, removed: 0, missed: 0 },
    });
  }

  private async pending(): Promise<number[]> {
    const found = await findPendingChanges(db.pool, this.world.organizationId, 1_000);
    return found === null || found.contactIds === 'many' ? [] : [...found.contactIds];
  }

  private async replan(ids: readonly number[]): Promise<Replanned> {
    this.replans += 1;
    return replan(this.world, ids, this.inForce);
  }
}

/** Those of drafts and ended instances concern nobody. */
function withoutTargets(input: ModelInput): ModelInput {
  const { campaigns: _campaigns, ...others } = input;
  return others;
}

/** Whoever has planned them: the properties of all rows, once all that has changed is planned. */
function violationsOfAll({ input, output }: Replanned, plan: readonly StoredRow[]): string[] {
  const rows = plan
    .filter((row) => row.scheduled_send_date >= input.asOf)
    .map((row) => asModelSays(row) as ModelPlannedRow);
  const of = { rows, missed: [], rejected: [], nothing_due: [], volumes: output.volumes };
  return violationsOf(input, of).filter((text) => text !== 'the books do not balance');
}

/** Edits do not depend on what was planned. */
const NO_PLAN = { rows: [], missed: [], rejected: [], nothing_due: [], volumes: {} };

/** Two follow-ups may share their event date. */
function withoutFollowUps(problems: readonly string[]): string[] {
  return problems.filter((problem) => !problem.includes('followup_'));
}
