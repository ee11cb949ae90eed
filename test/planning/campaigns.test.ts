/** Campaigns in runs through the database: what changes while a run is going on, what is claimed, what is put back. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { campaigning, instance, target, typesWith } from '../model/campaign-case-helpers.ts';
import { person } from '../model/case-helpers.ts';
import type { ModelCampaigns, ModelInput } from '../model/types.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { addDays } from '../support/expected-plan.ts';
import { readPlan } from '../support/model-database.ts';
import { auditOrganization } from '../support/plan-audit.ts';
import { PlanningWorld } from '../support/planning-world.ts';

const CONTACTS = 60;

let db: TestDatabase;
let world: PlanningWorld;
let worlds = 0;

beforeAll(async () => {
  db = await createTestDatabase();
});

afterAll(async () => {
  await db.drop();
});

beforeEach(async () => {
  worlds += 1;
  world = await PlanningWorld.create(db, organization(), { name: `campaigns-${worlds}`, sandbox: false });
});

afterEach(async () => {
  await world.close();
});

/** Without load balancing each contact's plan is its own, whenever it was made. */
function organization(): ModelInput {
  const contacts = Array.from({ length: CONTACTS }, (_, index) => person(index + 1));
  const input = campaigning(
    [
      instance(1, 'initial_blast', { active_start_date: '2027-03-08' }),
      instance(2, 'seasonal_promo'),
      instance(3, 'regulatory_notice', { sms_template: 'notice.txt', metadata: { priority: 2 } }),
      instance(4, 'rate_increase', { status: 'draft' }),
    ],
    contacts
      .slice(0, 20)
      .flatMap(({ id }) => [
        target(2, '2027-03-20', { contact_id: id }),
        target(3, '2027-03-02', { contact_id: id }),
        target(4, '2027-03-30', { contact_id: id }),
      ]),
    { contacts, types: typesWith('seasonal_promo', { priority: 4 }) },
  );
  input.config.features.load_balancing = false;
  return input;
}

type Edit = (campaigns: ModelCampaigns) => ModelCampaigns;

function editInstance(id: number, fields: Partial<ModelCampaigns['instances'][number]>): Edit {
  return (campaigns) => ({
    ...campaigns,
    instances: campaigns.instances.map((one) => (one.id === id ? { ...one, ...fields } : one)),
  });
}

function edit(how: Edit): Promise<void> {
  return world.editCampaigns(how(world.input.campaigns!));
}

async function roundsOf(runId: number): Promise<number> {
  const { rows } = await db.pool.query<{ rounds: number }>(
    'SELECT rounds FROM scheduler_runs WHERE id = $1',
    [runId],
  );
  return rows[0]!.rounds;
}

/** Runs with the edit in its midst; the world compares what comes of it with the model of the edited campaigns. */
async function planWith(
  moment: 'place' | 'shape' | 'apply' | 'seal' | 'publish',
  how: Edit,
): Promise<number> {
  let isDone = false;
  const once = async (): Promise<void> => {
    if (isDone) return;
    isDone = true;
    await edit(how);
  };
  const { runId } = await world.plan({ batchSize: 25, before: { [moment]: once } });
  expect(await auditOrganization(db.owner, world.organizationId)).toEqual([]);
  return roundsOf(runId);
}

async function nextMorning(days = 1): Promise<void> {
  const today = addDays(world.input.today, days);
  world.setDays(today, today);
  await Promise.resolve();
}

const MOMENTS = ['place', 'shape', 'apply', 'seal', 'publish'] as const;

describe.each(MOMENTS)('what changes before %s of a run', (moment) => {
  test.each<[string, Edit]>([
    ['an instance that ends', editInstance(1, { status: 'ended' })],
    ['a start that is moved', editInstance(1, { active_start_date: '2027-03-12' })],
    ['a draft that becomes active', editInstance(4, { status: 'active' })],
    [
      'a new instance with targets',
      (campaigns) => ({
        ...campaigns,
        instances: [...campaigns.instances, instance(9, 'seasonal_promo')],
        targets: [...campaigns.targets, target(9, '2027-04-20', { contact_id: 50 })],
      }),
    ],
    [
      'a type of another priority',
      (campaigns) => ({ ...campaigns, types: typesWith('seasonal_promo', { priority: 9 }) }),
    ],
  ])('makes it start over: %s', async (_what, how) => {
    expect(await planWith(moment, how)).toBe(2);
  });

  test('of targets is planned again for their contacts', async () => {
    const rounds = await planWith(moment, (campaigns) => ({
      ...campaigns,
      targets: campaigns.targets
        .filter(({ contact_id: id }) => id !== 3)
        .map((one) => (one.contact_id === 5 ? { ...one, trigger_date: '2027-04-01' } : one))
        .concat(target(2, '2027-03-25', { contact_id: 44, metadata: { email_template: 'own' } })),
    }));
    expect(rounds).toBe(1);
  });

  test('of drafts and their targets, or to a paused one, is of no concern', async () => {
    const rounds = await planWith(moment, (campaigns) => ({
      ...editInstance(2, { status: 'paused' })(editInstance(4, { active_end_date: '2027-05-01' })(campaigns)),
      targets: [...campaigns.targets, target(4, '2027-04-20', { contact_id: 50 })],
    }));
    expect(rounds).toBe(1);
  });
});

describe('the day’s claim', () => {
  test('keeps what the ledger needs of a campaign mail', async () => {
    await world.plan();
    await nextMorning();
    await world.claim(world.input.today);
    const { rows } = await db.pool.query(
      `SELECT DISTINCT email_type, transactional, priority, sms_template, metadata FROM ledger
       WHERE organization_id = $1`,
      [world.organizationId],
    );
    expect(rows).toEqual([
      {
        email_type: 'campaign_regulatory_notice',
        transactional: true,
        priority: 2,
        sms_template: 'notice.txt',
        metadata: { legal_basis: 'a notice that the law requires' },
      },
    ]);
  });

  test('leaves the mails of a paused instance, which are placed afresh the next day', async () => {
    await world.plan();
    await edit(editInstance(3, { status: 'paused' }));
    await nextMorning();
    await world.claim(world.input.today);
    expect(await readPlan(db.pool, world.organizationId)).toHaveLength(CONTACTS + 40);
    await nextMorning();
    await world.plan();
    await edit(editInstance(3, { status: 'active' }));
    await world.claim(world.input.today);
    await world.plan();
  });

  test('gives back what was not attempted, with all that its row said', async () => {
    await world.plan();
    await nextMorning();
    await world.claim(world.input.today);
    await nextMorning();
    await world.plan();
  });
});

test('an earlier plan does not bring back the mails of a campaign that has ended since', async () => {
  const { planNumber } = await world.plan();
  await edit(editInstance(1, { status: 'ended' }));
  await world.plan();
  await world.runner.run({ organization: world.name, restore: planNumber! });
  const plan = await readPlan(db.pool, world.organizationId);
  expect(plan.filter((row) => row.campaign_instance_id === 1)).toEqual([]);
  expect(plan.filter((row) => row.campaign_instance_id === 2)).toHaveLength(20);
  expect(await auditOrganization(db.owner, world.organizationId)).toEqual([]);
});

test('a run reads the campaigns of its own organization only', async () => {
  const other = await PlanningWorld.create(db, organization(), { name: `others-${worlds}`, sandbox: false });
  try {
    await other.editCampaigns(editInstance(1, { status: 'ended' })(other.input.campaigns!));
    await other.plan();
    await world.plan();
  } finally {
    await other.close();
  }
});
