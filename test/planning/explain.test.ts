/**
 * `explain` beside what runs published: every contact of generated organizations, over days with kept plans, claims,
 * overdue mails and edits; and beside what planning a contact alone comes to by the model.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseConfiguration } from '../../src/config/accept.ts';
import { readConfigurationFiles } from '../../src/config/source.ts';
import { explainContact } from '../../src/cli/explain/explain-contact.ts';
import type { AsOfRequest } from '../../src/cli/explain/explain-as-of.ts';
import type { Explanation, NoteCode } from '../../src/cli/explain/explanation.ts';
import { explanationJson, type MailJson } from '../../src/cli/output/explanation-json.ts';
import { explanationText } from '../../src/cli/output/explanation-text.ts';
import { parseDay } from '../../src/domain/calendar.ts';
import type { Hash32 } from '../../src/domain/occurrence.ts';
import { instantOf } from '../../src/domain/time-zone.ts';
import { loadHash32 } from '../../src/domain/xxhash32.ts';
import { generateOrganization } from '../model/generate.ts';
import { planByModel } from '../model/model.ts';
import type { ModelPlannedRow } from '../model/types.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { deleteContacts, readPlan, TIME_ZONE, type StoredRow } from '../support/model-database.ts';
import { PlanningWorld } from '../support/planning-world.ts';

let db: TestDatabase;
let hash: Hash32;

beforeAll(async () => {
  db = await createTestDatabase();
  hash = await loadHash32();
});

afterAll(async () => {
  await db.drop();
});

interface Scenario {
  readonly seed: number;
  readonly contacts: number;
  readonly sandbox: boolean;
  readonly days: number;
}

const SCENARIOS: readonly Scenario[] = [
  { seed: 4, contacts: 40, sandbox: false, days: 4 },
  { seed: 139, contacts: 40, sandbox: true, days: 3 },
  { seed: 11, contacts: 40, sandbox: false, days: 3 },
];

describe('what is explained is what was published, for every contact, day by day', () => {
  const name = 'seed $seed: $contacts contacts, sandbox: $sandbox, $days days';
  test.each(SCENARIOS)(name, { timeout: 120_000 }, async (scenario) => {
    const world = await createWorld(scenario);
    try {
      for (let day = 0, fresh = false; day < scenario.days; day += 1) {
        world.where = `day ${day}`;
        await world.plan({ fresh, batchSize: 25 });
        await compareAllWithPlan(world);
        ({ fresh } = await world.goToNextDay(scenario.seed * 1000 + day));
        await compareSomeAfterChanges(world);
        await compareSomeAlone(world);
      }
    } finally {
      await world.close();
    }
  });
});

async function createWorld({ seed, contacts, sandbox }: Omit<Scenario, 'days'>): Promise<PlanningWorld> {
  const input = generateOrganization(seed, { contacts, malformedDates: false });
  return PlanningWorld.create(db, input, { name: `explain-${seed}`, sandbox });
}

async function explain(
  world: PlanningWorld,
  contactId: number,
  asOf: AsOfRequest | null = null,
): Promise<Explanation> {
  const organization = {
    id: world.organizationId,
    name: world.name,
    timeZone: TIME_ZONE,
    isSandbox: world.isSandbox,
  };
  const explanation = await explainContact(
    db.pool,
    { organization, reference: `id:${contactId}`, hash },
    asOf,
  );
  const lines = explanationText(explanation).split('\n');
  expect(lines.filter(({ length }) => length > 100)).toEqual([]);
  return explanation;
}

/** Just published: nothing has changed since, so that every row is decided again, and to the letter. */
async function compareAllWithPlan(world: PlanningWorld): Promise<void> {
  const plan = await readPlan(db.pool, world.organizationId);
  const rejected = new Map(world.lastOutput!.rejected.map((of) => [of.contact_id, of.reason]));
  const contacts = new Set(world.input.contacts.map(({ id }) => id));
  for (const id of await idsOf(world)) {
    const explanation = await explain(world, id);
    const json = explanationJson(explanation);
    const where = `${world.name} ${world.where}, contact ${id}`;
    expect(json.notes, where).toEqual([]);
    expect(sorted(json.mails.map(toldByJson)), where).toEqual(
      sorted(plan.filter((row) => row.contact_id === id).map(toldByRow)),
    );
    expect(
      json.mails.filter(({ decision, isFrozen }) => decision === null && !isFrozen),
      where,
    ).toEqual([]);
    expect(json.rejection, where).toBe(rejected.get(id) ?? null);
    expect(json.outcome === 'absent', where).toBe(!contacts.has(id));
  }
}

/** Days have passed, mails were claimed and contacts edited: the plan is explained by what was known when it was made. */
async function compareSomeAfterChanges(world: PlanningWorld): Promise<void> {
  const { rows } = await db.pool.query<{ contact_id: string | null; cause: string }>(
    'SELECT DISTINCT contact_id, cause FROM planning_changes WHERE organization_id = $1',
    [world.organizationId],
  );
  const causes = new Map<number, string[]>();
  for (const { contact_id, cause } of rows) {
    const id = Number(contact_id);
    causes.set(id, [...(causes.get(id) ?? []), cause]);
  }
  const ids = await idsOf(world);
  const claimed = new Set(world.input.ledger.map(({ contact_id }) => contact_id));
  for (const id of ids.filter((one) => causes.has(one) || (claimed.has(one) && one % 2 === 0))) {
    const { notes } = await explain(world, id);
    const where = `${world.name} ${world.where}, contact ${id}, ${JSON.stringify(notes)}`;
    const codes = notes.map(({ code }) => code);
    const changes = causes.get(id) ?? [];
    for (const [cause, code] of CAUSES) {
      if (changes.includes(cause)) expect(codes, where).toContainEqual(expect.stringMatching(code));
    }
    // A mail that failed since no longer stands in the way: that cannot be told from the row of the ledger.
    const isLedgerChanged = codes.includes('ledger_changed');
    if (!isLedgerChanged) expect(codes, where).not.toContain('not_as_published');
  }
}

const CAUSES: readonly [string, RegExp][] = [
  ['contacts added', /contact_added/],
  ['contacts changed', /contact_(changed|deleted)/],
  ['suppression changed', /suppression_changed/],
  ['mail failed', /ledger_changed/],
  ['mail cancelled', /ledger_changed/],
];

/** What planning would do for one contact alone is what the model says of planning it alone. */
async function compareSomeAlone(world: PlanningWorld): Promise<void> {
  world.giveBack();
  const { folder } = world.configuration;
  const files = parseConfiguration(await readConfigurationFiles(folder));
  const { today, asOf } = world.input;
  const nowMs = instantOf(parseDay(today)!, '09:00', TIME_ZONE);
  const request = { asOfDay: parseDay(asOf)!, files, environment: null, nowMs };
  for (const { id } of world.input.contacts.filter((_, index) => index % 4 === 0)) {
    const explanation = await explain(world, id, request);
    const where = `${world.name} ${world.where}, contact ${id} alone as of ${asOf}`;
    const expected = planByModel({ ...world.input, fresh: false, only: [id] });
    const told = explanationJson(explanation);
    expect(
      sorted(told.mails.filter(({ isFrozen }) => !isFrozen).map((mail) => withoutId(toldByJson(mail)))),
      where,
    ).toEqual(sorted(expected.rows.map(toldByModel)));
    expect(told.rejection, where).toBe(expected.rejected[0]?.reason ?? null);
    expect(told.ended.length, where).toBeGreaterThanOrEqual(expected.missed.length);
  }
}

/** Deleted contacts too. */
async function idsOf({ organizationId }: PlanningWorld): Promise<number[]> {
  const { rows } = await db.pool.query<{ id: string }>(
    'SELECT id FROM contacts WHERE organization_id = $1 ORDER BY id',
    [organizationId],
  );
  return rows.map(({ id }) => Number(id));
}

function toldByJson(mail: MailJson): string {
  const { id, emailType, eventDate, idealDate, scheduledSendDate, status, skipReason } = mail;
  const { priority, placedBy, movedFrom, isOverCap } = mail;
  return JSON.stringify([
    id,
    emailType,
    eventDate,
    idealDate,
    scheduledSendDate,
    status,
    skipReason,
    priority,
    placedBy,
    movedFrom,
    isOverCap,
  ]);
}

function toldByRow(row: StoredRow): string {
  return JSON.stringify([row.id, ...valuesOf(row)]);
}

function toldByModel(row: ModelPlannedRow): string {
  return JSON.stringify(valuesOf(row));
}

function valuesOf(row: StoredRow | ModelPlannedRow): unknown[] {
  return [
    row.email_type,
    row.event_date,
    row.ideal_date,
    row.scheduled_send_date,
    row.status,
    row.skip_reason,
    row.priority,
    row.metadata?.placed_by ?? null,
    row.metadata?.moved_from ?? null,
    row.over_cap,
  ];
}

function withoutId(told: string): string {
  return JSON.stringify((JSON.parse(told) as unknown[]).slice(1));
}

function sorted(texts: readonly string[]): string[] {
  return [...texts].sort();
}

const PLAIN = { contacts: 40, rules: 'shipped', config: 'default', asOf: '2027-03-01' } as const;

async function createPlainWorld(name: string): Promise<PlanningWorld> {
  const input = generateOrganization(77, { ...PLAIN, malformedDates: false });
  return PlanningWorld.create(db, { ...input, today: PLAIN.asOf }, { name, sandbox: false });
}

test('a contact that changed while the run went on is explained by what it was planned by in the end', async () => {
  const world = await createPlainWorld('explain-mid-run');
  try {
    await world.plan();
    const claimedIds = new Set(
      (await readPlan(db.pool, world.organizationId))
        .filter((row) => row.scheduled_send_date === PLAIN.asOf && row.status === 'pre-scheduled')
        .map((row) => row.contact_id),
    );
    expect(claimedIds.size).toBeGreaterThan(0);
    const edit = async (): Promise<void> => {
      await world.claim(PLAIN.asOf);
      await db.owner.query(
        `UPDATE contacts SET birth_date = birth_date + 20, effective_date = effective_date - 9
         WHERE organization_id = $1 AND id <= 20 AND id <> ALL ($2)`,
        [world.organizationId, [...claimedIds]],
      );
    };
    await world.runner.run({ organization: world.name, asOf: PLAIN.asOf, before: { publish: edit } });
    for (const { id, birth_date, effective_date } of world.input.contacts) {
      const codes = (await explain(world, id)).notes.map(({ code }) => code);
      const isEdited = id <= 20 && (birth_date !== null || effective_date !== null);
      const expected: NoteCode[] = isEdited || claimedIds.has(id) ? ['planned_again'] : [];
      expect({ id, codes }).toEqual({ id, codes: expected });
    }
  } finally {
    await world.close();
  }
});

test('a deleted contact is explained by what is left of it', async () => {
  const world = await createPlainWorld('explain-deleted');
  try {
    await world.plan();
    const plan = await readPlan(db.pool, world.organizationId);
    const { contact_id: id } = plan[0]!;
    const mails = plan.filter(({ contact_id }) => contact_id === id).length;
    await deleteContacts(db.owner, world.organizationId, [id]);
    const deleted = explanationJson(await explain(world, id));
    expect(deleted.notes.map(({ code }) => code)).toEqual(['contact_deleted']);
    expect(deleted.mails.map(({ decision }) => decision === null)).toEqual(Array(mails).fill(false));

    // As erasure does: the address is gone, also in the history.
    await db.owner.query(
      'UPDATE contact_history SET email = NULL WHERE organization_id = $1 AND contact_id = $2',
      [world.organizationId, id],
    );
    const erased = explanationJson(await explain(world, id));
    expect(erased).toMatchObject({ outcome: null, rejection: null });
    expect(erased.mails.map(({ decision }) => decision)).toEqual(Array(mails).fill(null));

    await world.runner.run({ organization: world.name, asOf: PLAIN.asOf });
    const gone = explanationJson(await explain(world, id));
    expect(gone).toMatchObject({ outcome: 'absent', notes: [], mails: [] });
    expect(gone.ended).toHaveLength(mails);
  } finally {
    await world.close();
  }
});

test('a newer configuration is said, and the plan is explained by its own', async () => {
  const world = await createPlainWorld('explain-configuration');
  try {
    await world.plan();
    const { contact_id: id } = (await readPlan(db.pool, world.organizationId))[0]!;
    const before = explanationJson(await explain(world, id));
    const { config, rules } = world.input;
    await world.configuration.write({ ...config, catch_up_days: config.catch_up_days + 1 }, rules);
    await world.runner.run({ organization: world.name, asOf: PLAIN.asOf, dryRun: true });
    const after = explanationJson(await explain(world, id));
    expect(after.notes.map(({ code }) => code)).toEqual(['configuration_changed']);
    expect({ ...after, notes: [] }).toEqual(before);
  } finally {
    await world.close();
  }
});

test('a plan that was put back is explained by its own days', async () => {
  const world = await createPlainWorld('explain-restored');
  try {
    const { planNumber } = await world.plan();
    world.setDays('2027-03-02', '2027-03-02');
    await world.plan({ fresh: true });
    await world.runner.run({ organization: world.name, asOf: '2027-03-02', restore: planNumber! });
    const plan = await readPlan(db.pool, world.organizationId);
    for (const id of await idsOf(world)) {
      const { notes, mails } = explanationJson(await explain(world, id));
      expect(notes.map(({ code }) => code)).toEqual(['put_back']);
      expect(sorted(mails.map(toldByJson))).toEqual(
        sorted(plan.filter((row) => row.contact_id === id).map(toldByRow)),
      );
    }
  } finally {
    await world.close();
  }
});

test('a plan whose predecessor is gone is explained as kept', async () => {
  const world = await createPlainWorld('explain-gone');
  try {
    await world.plan();
    world.setDays('2027-03-02', '2027-03-02');
    await world.plan({ fresh: true });
    await db.owner.query(
      `SELECT drop_plan_base(former_base_id) FROM scheduler_runs WHERE organization_id = $1 AND former_base_id IS NOT NULL`,
      [world.organizationId],
    );
    await db.owner.query(
      `UPDATE plan_bases SET dropped_at = now()
       WHERE id IN (SELECT former_base_id FROM scheduler_runs WHERE organization_id = $1)`,
      [world.organizationId],
    );
    for (const id of await idsOf(world)) {
      const { notes, mails } = explanationJson(await explain(world, id));
      expect(notes.map(({ code }) => code)).toEqual(['former_plan_gone']);
      for (const { skipReason, decision } of mails) {
        const hasPlace = skipReason === null || skipReason === 'frequency_limit';
        expect(decision?.keeping).toBe(hasPlace ? 'kept' : 'had_no_place');
      }
    }
  } finally {
    await world.close();
  }
});
