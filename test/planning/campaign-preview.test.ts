/**
 * `campaigns preview`: what it says of a draft is what the run does that is published once the draft is active, as
 * the model has it and as it is counted here from what readers see.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { previewCampaign, type CampaignPreview } from '../../src/cli/campaign-preview.ts';
import { campaignPreviewText } from '../../src/cli/output/campaign-preview.ts';
import { TERMINAL_COLUMNS } from '../../src/cli/output/wrap.ts';
import type { DisplacementKind } from '../../src/db/preview/displaced-mails.ts';
import { findOrganization } from '../../src/db/queries/find-organization.ts';
import { inSnapshot } from '../../src/db/snapshot.ts';
import { campaigning, instance, target, typesWith } from '../model/campaign-case-helpers.ts';
import { configOf, person } from '../model/case-helpers.ts';
import { generateOrganization } from '../model/generate.ts';
import type { ModelCampaignInstance, ModelInput } from '../model/types.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { addDays } from '../support/expected-plan.ts';
import { readPlan, readSchedules, type StoredRow } from '../support/model-database.ts';
import { PlanningWorld } from '../support/planning-world.ts';
import { newWorkflow } from '../support/run-planning.ts';

let db: TestDatabase;
let worlds = 0;
const opened: PlanningWorld[] = [];

beforeAll(async () => {
  db = await createTestDatabase();
});

afterAll(async () => {
  await db.drop();
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((world) => world.close()));
});

async function createWorld(input: ModelInput): Promise<PlanningWorld> {
  worlds += 1;
  const world = await PlanningWorld.create(db, input, { name: `preview-${worlds}`, sandbox: false });
  opened.push(world);
  return world;
}

async function preview(world: PlanningWorld, name: string): Promise<CampaignPreview> {
  const { runId } = await world.planDry({ preview: name });
  return report(world, runId);
}

async function report(world: PlanningWorld, runId: number): Promise<CampaignPreview> {
  const organization = await findOrganization(db.pool, world.name);
  return inSnapshot(db.pool, (client) => previewCampaign(client, organization!, runId));
}

function setStatus(world: PlanningWorld, id: number, status: ModelCampaignInstance['status']): Promise<void> {
  const campaigns = world.input.campaigns!;
  return world.editCampaigns({
    ...campaigns,
    instances: campaigns.instances.map((one) => (one.id === id ? { ...one, status } : one)),
  });
}

/** What readers see of the instance, counted. */
function seenOf(plan: readonly StoredRow[], all: readonly StoredRow[], id: number) {
  const own = plan.filter((row) => row.campaign_instance_id === id);
  const sent = own.filter(({ status }) => status === 'pre-scheduled');
  const skippedByReason: Record<string, number> = {};
  for (const { skip_reason: reason } of own) {
    if (reason !== null) skippedByReason[reason] = (skippedByReason[reason] ?? 0) + 1;
  }
  const moved = (by: string): number => sent.filter(({ metadata }) => metadata?.placed_by === by).length;
  return {
    contacts: new Set(own.map((row) => row.contact_id)).size,
    preScheduled: sent.length,
    skippedByReason,
    blockedBy: countBy(own, ({ metadata }) => blockedBy(metadata)),
    moves: {
      caughtUp: moved('catch_up'),
      smoothed: moved('smoothed'),
      redistributed: moved('redistributed'),
      overCap: sent.filter((row) => row.over_cap).length,
    },
    days: [...new Set(sent.map((row) => row.scheduled_send_date))].sort().map((day) => ({
      day,
      mails: sent.filter((row) => row.scheduled_send_date === day).length,
      volume: all.filter((row) => row.scheduled_send_date === day && isInVolume(row)).length,
      isOverCap: plan.some((row) => row.scheduled_send_date === day && row.over_cap),
    })),
  };
}

function blockedBy(metadata: StoredRow['metadata']): string | null {
  const rule = (metadata as { blocked_by?: { state: string; rule: string } } | null)?.blocked_by;
  return rule === undefined ? null : `${rule.state} ${rule.rule}`;
}

function countBy<T>(of: readonly T[], nameOf: (one: T) => string | null): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const one of of) {
    const name = nameOf(one);
    if (name !== null) counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

/** SPEC 7. */
function isInVolume({ status, skip_reason: reason, email_type: type }: StoredRow): boolean {
  if (type.startsWith('followup_')) return false;
  if (status === 'skipped') return reason === 'campaign_conflict' || reason === 'frequency_limit';
  return !['cancelled', 'failed', 'requeued'].includes(status);
}

/** The mails of others that a plan has otherwise than the one before. */
function displacedIn(before: readonly StoredRow[], after: readonly StoredRow[], id: number) {
  const formerById = new Map(before.map((row) => [row.id, row]));
  const standsFor = (row: StoredRow | undefined): boolean =>
    (row?.metadata?.stands_for ?? []).some((text) => text.split(':')[2] === String(id));
  const kinds: Record<DisplacementKind, string[]> = {
    ...{ moved: [], pushed_out: [], post_window_added: [], post_window_shared: [], other: [] },
  };
  for (const row of after.filter((one) => one.campaign_instance_id !== id)) {
    const former = formerById.get(row.id);
    const isPushed = row.skip_reason === 'campaign_conflict' || row.skip_reason === 'frequency_limit';
    if (standsFor(row) && former === undefined) kinds.post_window_added.push(row.email_type);
    else if (standsFor(row) && !standsFor(former)) kinds.post_window_shared.push(row.email_type);
    else if (former?.status === 'pre-scheduled' && isPushed) {
      kinds.pushed_out.push(`${row.email_type} ${row.skip_reason}`);
    } else if (
      former !== undefined &&
      row.status === 'pre-scheduled' &&
      row.scheduled_send_date !== former.scheduled_send_date
    ) {
      kinds.moved.push(row.email_type);
    } else if (
      former?.status !== row.status ||
      former.scheduled_send_date !== row.scheduled_send_date ||
      former.skip_reason !== row.skip_reason
    ) {
      kinds.other.push(row.email_type);
    }
  }
  return {
    moved: countBy(kinds.moved, (name) => name),
    pushedOut: countBy(kinds.pushed_out, (name) => name),
    postWindows: { added: kinds.post_window_added.length, shared: kinds.post_window_shared.length },
    otherwise: kinds.other.length,
  };
}

/** The preview, in the form of what is counted. */
function told({ targets, mails, volume }: CampaignPreview) {
  return {
    contacts: targets.withMail,
    preScheduled: mails.preScheduled,
    skippedByReason: mails.skippedByReason,
    blockedBy: Object.fromEntries(
      Object.entries(
        mails.skippedByState.reduce<Record<string, number>>((all, { blockedBy: rule, mails: of }) => {
          if (rule === null) return all;
          const name = `${rule.state} ${rule.rule}`;
          return { ...all, [name]: (all[name] ?? 0) + of };
        }, {}),
      ),
    ),
    moves: mails.moves,
    days: volume.days,
  };
}

function toldOfOthers({ displaced }: CampaignPreview) {
  const { moved, pushedOut, postWindows, otherwise } = displaced!;
  return {
    moved: Object.fromEntries(moved.map(({ emailType, mails }) => [emailType, mails])),
    pushedOut: Object.fromEntries(
      pushedOut.map(({ emailType, reason, mails }) => [`${emailType} ${reason}`, mails]),
    ),
    postWindows,
    otherwise,
  };
}

/** Previews the draft, makes it active, runs, and compares; the world compares the run with the model. */
async function comparePreview(world: PlanningWorld, id: number, name: string): Promise<CampaignPreview> {
  const before = await readPlan(db.pool, world.organizationId);
  const previewed = await preview(world, name);
  await setStatus(world, id, 'active');
  const { counts } = await world.plan();
  const after = await readPlan(db.pool, world.organizationId);
  expect(told(previewed)).toEqual(seenOf(after, await readSchedules(db.pool, world.organizationId), id));
  if (previewed.displaced !== null) {
    expect(toldOfOthers(previewed)).toEqual(displacedIn(before, after, id));
  }
  for (const line of campaignPreviewText(previewed, true).split('\n')) {
    // What can be copied is not broken.
    if (!line.includes('npx')) expect(line.length, line).toBeLessThanOrEqual(TERMINAL_COLUMNS);
  }
  expect(counts.occurrences.total).toBeGreaterThan(0);
  return previewed;
}

const SEEDS = Number(process.env.PREVIEW_SEEDS ?? 6);

describe('generated organizations: what the preview of a draft says is what making it active does', () => {
  test.each(Array.from({ length: SEEDS }, (_, index) => 700 + index))('seed %i', async (seed) => {
    const input = generateOrganization(seed, { campaigns: true, contacts: 90, malformedDates: false });
    input.config.features.campaigns = true;
    const world = await createWorld({ ...input, fresh: false });
    await world.plan();
    const { instances, types } = world.input.campaigns!;
    const previewable = instances.filter(
      ({ status, active_end_date: end, campaign_type_id: typeId }) =>
        status !== 'ended' &&
        (end === null || end >= world.input.asOf) &&
        types.find(({ id }) => id === typeId)!.active,
    );
    for (const one of previewable.slice(0, 3)) {
      if (one.status === 'active') await setStatus(world, one.id, 'draft');
      await world.plan();
      await comparePreview(world, one.id, one.name);
    }
  });
});

const SPRING = 4;

/** Contacts in several states, yearly mails, and a draft whose mails meet windows, other campaigns and the limit. */
function agency(): ModelInput {
  const states = ['TX', 'CA', 'NY', 'OR', 'TX', 'MO'];
  const contacts = Array.from({ length: 60 }, (_, index) =>
    person(index + 1, {
      state: states[index % states.length]!,
      birth_date: `1950-0${(index % 3) + 4}-1${index % 9}`,
      effective_date: '2015-05-10',
    }),
  );
  contacts[7] = person(8, { email: 'no address' });
  contacts[13] = person(14, { state: null });
  const input = campaigning(
    [
      instance(1, 'seasonal_promo', { name: 'Promo' }),
      instance(2, 'initial_blast', { name: 'Blast', active_start_date: '2027-03-24' }),
      instance(3, 'seasonal_promo', { name: 'Over', active_end_date: '2027-02-01' }),
      instance(SPRING, 'rate_increase', { name: 'Spring', status: 'draft', active_end_date: '2027-06-30' }),
      instance(5, 'seasonal_promo', { name: 'Ended', status: 'ended' }),
      instance(6, 'policy_update', { name: 'Inactive', status: 'draft' }),
      instance(7, 'initial_blast', { name: 'Everybody’s', status: 'draft', active_start_date: '2027-03-10' }),
    ],
    [
      ...contacts.slice(0, 30).map(({ id }) => target(1, '2027-03-31', { contact_id: id })),
      ...contacts
        .slice(0, 40)
        .map(({ id }) => target(SPRING, id % 10 === 0 ? '2027-08-01' : '2027-04-07', { contact_id: id })),
    ],
    {
      contacts,
      config: configOf('birthday', 'effective_date', 'post_window'),
      types: typesWith('policy_update', { active: false }),
      suppressions: [{ address: 'person9@example.com', scope: 'marketing' }],
    },
  );
  return input;
}

describe('an agency with a draft', () => {
  let world: PlanningWorld;

  beforeEach(async () => {
    world = await createWorld(agency());
  });

  test('is shown the targets, why some have no mail, and what it displaces, as it comes to be', async () => {
    await world.plan();
    const previewed = await comparePreview(world, SPRING, 'Spring');
    expect(previewed).toMatchObject({
      instance: { id: SPRING, name: 'Spring', type: 'rate_increase', status: 'draft', endDate: '2027-06-30' },
      targets: {
        contacts: 40,
        targetRows: 40,
        withMail: 37,
        withoutMail: [
          { kind: 'rejected', detail: 'invalid_email', contacts: 1 },
          { kind: 'rejected', detail: 'suppressed', contacts: 1 },
          { kind: 'rejected', detail: 'unknown_state', contacts: 1 },
        ],
      },
      publishBy: `npx email-scheduler campaigns instances change Spring --status active --organization ${world.name}`,
    });
    const { displaced, mails } = previewed;
    expect(mails.skippedByReason).toMatchObject({ outside_active_dates: 4 });
    expect(mails.skippedByState.find(({ states }) => states[0] === 'NY')).toMatchObject({
      reason: 'exclusion_window',
      blockedBy: { state: 'NY' },
    });
    expect(displaced!.isBehind).toBe(false);
    expect(displaced!.pushedOut.length).toBeGreaterThan(0);
    expect(displaced!.postWindows.added + displaced!.postWindows.shared).toBeGreaterThan(0);
    const pushed = displaced!.examples.find(({ kind }) => kind === 'pushed_out')!;
    expect(pushed.because.join()).toContain(`:campaign_rate_increase:${SPRING}:`);
    const text = campaignPreviewText(previewed, false);
    for (const { emailType } of displaced!.pushedOut) expect(text).toContain(emailType);
    expect(text).toContain('NY');
  });

  test('is told where there is no plan in force', async () => {
    const previewed = await comparePreview(world, SPRING, 'Spring');
    expect(previewed.displaced).toBeNull();
    expect(campaignPreviewText(previewed, false)).toContain('no plan in force');
  });

  test('sees every contact of an instance that is for all', async () => {
    await world.plan();
    const previewed = await comparePreview(world, 7, 'Everybody’s');
    expect(previewed.targets).toMatchObject({ contacts: 60, targetRows: 0, withMail: 57 });
    expect(previewed.publishBy).toContain("'Everybody’s'");
  });

  test('sees what the ledger holds already', async () => {
    await setStatus(world, 7, 'active');
    await world.plan();
    const today = '2027-03-10';
    world.setDays(today, today);
    await world.plan();
    await world.dispatchAll(today);
    world.setDays(addDays(today, 1), addDays(today, 1));
    await setStatus(world, 7, 'draft');
    await world.plan();
    const previewed = await comparePreview(world, 7, 'Everybody’s');
    const settled = previewed.targets.withoutMail.filter(({ kind }) => kind === 'in_ledger');
    expect(settled.find(({ detail }) => detail === 'sent')!.contacts).toBeGreaterThan(0);
  });

  test('stays what it was, whatever is published later', async () => {
    await world.plan();
    const { runId } = await world.planDry({ preview: 'Spring' });
    const then = await report(world, runId);
    await setStatus(world, SPRING, 'active');
    await world.plan();
    const today = addDays(world.input.today, 1);
    world.setDays(today, today);
    await world.plan();
    await world.dispatchAll(today);
    const now = await report(world, runId);
    expect({ ...now, targets: null }).toEqual({
      ...then,
      instance: { ...then.instance, status: 'active' },
      targets: null,
      publishBy: null,
    });
  });

  test('publishes nothing, and is pinned once more when the run starts over', async () => {
    const { planNumber } = await world.plan();
    const { runId } = await world.planDry({
      preview: 'Spring',
      before: { seal: () => startOverOnce() },
    });
    const { rows } = await db.pool.query(
      `SELECT r.rounds, r.preview_instance_id::integer AS instance, r.plan_number, o.plan_number AS in_force,
         (SELECT status FROM campaign_instances i WHERE i.organization_id = o.id AND i.id = $2) AS status
       FROM scheduler_runs r JOIN organizations o ON o.id = r.organization_id WHERE r.id = $1`,
      [runId, SPRING],
    );
    expect(rows).toEqual([
      { rounds: 2, instance: SPRING, plan_number: null, in_force: planNumber, status: 'draft' },
    ]);
    expect((await report(world, runId)).mails.preScheduled).toBeGreaterThan(0);
  });

  let isStartedOver = false;
  async function startOverOnce(): Promise<void> {
    if (isStartedOver) return;
    isStartedOver = true;
    await setStatus(world, 1, 'ended');
  }

  test('waits behind a run that is going on, and is held against the plan of that', async () => {
    await world.plan();
    const first = await world.runner.open({ organization: world.name, asOf: world.input.asOf });
    const workflow = newWorkflow();
    const run = { organization: world.name, asOf: world.input.asOf, preview: 'Spring', dryRun: true };
    const waiting = { ...run, ifRunning: 'queue' } as const;
    expect(await world.runner.tryOpen(waiting, workflow)).toMatchObject({ outcome: 'queued' });
    await expect(world.runner.tryOpen(run, newWorkflow())).rejects.toMatchObject({
      code: 'RUN_ALREADY_GOING',
    });
    await world.runner.finish(first);
    const { runId } = await world.runner.finish(await world.runner.open(waiting, workflow));
    const previewed = await report(world, runId);
    expect(previewed.displaced!.planNumber).toBe(2);
    expect(previewed.mails.preScheduled).toBeGreaterThan(0);
  });

  test('whose targets change while the run goes on is previewed as it was read', async () => {
    await world.plan();
    const change = async (): Promise<void> => {
      const { campaigns } = world.input;
      const targets = campaigns!.targets
        .filter((one) => one.campaign_instance_id !== SPRING || one.contact_id % 5 !== 1)
        .concat(target(SPRING, '2027-04-20', { contact_id: 50 + (campaigns!.targets.length % 7) }));
      await world.editCampaigns({ ...campaigns!, targets });
    };
    for (const step of ['place', 'shape', 'apply', 'seal', 'publish'] as const) {
      const { runId } = await world.planDry({ preview: 'Spring', before: { [step]: change } });
      expect((await report(world, runId)).mails.preScheduled).toBeGreaterThan(0);
    }
  });

  test('that is paused, or active already, is previewed as it stands', async () => {
    await world.plan();
    await setStatus(world, 1, 'paused');
    expect(await preview(world, 'Promo')).toMatchObject({
      instance: { status: 'paused' },
      publishBy: expect.stringContaining('change Promo --status active') as string,
      displaced: { pushedOut: [], moved: [] },
    });
    await setStatus(world, 1, 'active');
    const active = await preview(world, 'Promo');
    expect(active.publishBy).toBeNull();
    expect(campaignPreviewText(active, false)).toContain('is active');
  });

  test.each([
    ['an instance that nobody knows', 'Autumn', 'UNKNOWN_CAMPAIGN', 'instances list'],
    ['one that has ended', 'Ended', 'CAMPAIGN_CLOSED', 'has ended'],
    ['one of an inactive type', 'Inactive', 'CAMPAIGN_CLOSED', 'policy_update is inactive'],
    ['one whose last day has passed', 'Over', 'CAMPAIGN_CLOSED', '2027-02-01'],
  ])('is refused a preview of %s', async (_what, name, code, says) => {
    await expect(world.planDry({ preview: name })).rejects.toMatchObject({
      code,
      message: expect.stringContaining(says) as string,
      detail: { place: 'preview', value: name },
    });
    const { rows } = await db.pool.query('SELECT FROM scheduler_runs WHERE organization_id = $1', [
      world.organizationId,
    ]);
    expect(rows).toEqual([]);
  });

  test('is refused a preview while campaigns are switched off', async () => {
    world.input.config.features.campaigns = false;
    await world.configuration.write(world.input.config, world.input.rules);
    await expect(world.planDry({ preview: 'Spring' })).rejects.toMatchObject({
      code: 'CAMPAIGN_CLOSED',
      message: expect.stringContaining('switched off') as string,
    });
  });

  test('may be removed after a preview of it', async () => {
    await world.plan();
    const { runId } = await world.planDry({ preview: 'Spring' });
    const values = [world.organizationId, SPRING];
    await db.owner.query(
      'DELETE FROM contact_campaigns WHERE organization_id = $1 AND campaign_instance_id = $2',
      values,
    );
    await db.owner.query('DELETE FROM campaign_instances WHERE organization_id = $1 AND id = $2', values);
    const { rows } = await db.pool.query('SELECT preview_instance_id FROM scheduler_runs WHERE id = $1', [
      runId,
    ]);
    expect(rows).toEqual([{ preview_instance_id: null }]);
  });
});
