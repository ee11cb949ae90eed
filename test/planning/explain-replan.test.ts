/**
 * `explain` of contacts that were planned again in the plan in force (SPEC 9, Replanning): every row is decided again,
 * to the letter, by what the replan had read, and whoever was not planned again is explained by the plan's own run.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { replanContacts } from '../../activities/replan-contacts.ts';
import { explainContact } from '../../src/cli/explain/explain-contact.ts';
import { explanationJson, type ExplanationJson } from '../../src/cli/output/explanation-json.ts';
import { explanationText } from '../../src/cli/output/explanation-text.ts';
import { TERMINAL_COLUMNS } from '../../src/cli/output/wrap.ts';
import type { ReplanSummary } from '../../src/contracts/replan-contacts.ts';
import type { Hash32 } from '../../src/domain/occurrence.ts';
import { loadHash32 } from '../../src/domain/xxhash32.ts';
import { generateOrganization } from '../model/generate.ts';
import { Random } from '../model/random.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { addDays } from '../support/expected-plan.ts';
import { interceptedPool } from '../support/intercepted-pool.ts';
import { readPlan, TIME_ZONE, type StoredRow } from '../support/model-database.ts';
import { PlanningWorld } from '../support/planning-world.ts';
import { editSome, replan } from '../support/replanning.ts';
import { newWorkflow } from '../support/run-planning.ts';

const AS_OF = '2027-03-01';

let db: TestDatabase;
let hash: Hash32;
let world: PlanningWorld;
let worlds = 0;

beforeAll(async () => {
  db = await createTestDatabase();
  hash = await loadHash32();
});

afterAll(async () => {
  await db.drop();
});

afterEach(async () => {
  await world.close();
});

async function createWorld(seed: number, { sandbox }: { sandbox: boolean }): Promise<void> {
  worlds += 1;
  const input = generateOrganization(seed, {
    ...{ contacts: 40, asOf: AS_OF, malformedDates: false, campaigns: true, rules: 'shipped' },
  });
  world = await PlanningWorld.create(
    db,
    { ...input, today: AS_OF },
    { name: `explain-replan-${worlds}`, sandbox },
  );
}

async function explain(contactId: number): Promise<{ json: ExplanationJson; text: string }> {
  const { organizationId: id, name, isSandbox } = world;
  const organization = { id, name, timeZone: TIME_ZONE, isSandbox };
  const explanation = await explainContact(
    db.pool,
    { organization, reference: `id:${contactId}`, hash },
    null,
  );
  const text = explanationText(explanation);
  expect(text.split('\n').filter(({ length }) => length > TERMINAL_COLUMNS)).toEqual([]);
  return { json: explanationJson(explanation), text: text.replaceAll(/\s+/g, ' ') };
}

/** By contact: the replan that planned it last in the plan in force. */
type Replans = Map<number, number>;

async function replanAndNote(ids: readonly number[], replans: Replans): Promise<void> {
  const { summary } = await replan(world, ids);
  for (const id of ids) replans.set(id, summary.runId!);
  await compareChanges(ids, summary);
}

/** What the replan says that it changed is what is explained: mails that are new, and mails that it ended. */
async function compareChanges(ids: readonly number[], { changes }: ReplanSummary): Promise<void> {
  let [added, ended] = [0, 0];
  for (const id of new Set(ids)) {
    const { json } = await explain(id);
    added += json.mails.filter(({ decision }) => decision?.formerDate === null).length;
    ended += json.ended.length;
  }
  expect({ added, ended }).toEqual({ added: changes.added, ended: changes.removed + changes.missed });
}

async function compareAll(replans: Replans): Promise<void> {
  const plan = await readPlan(db.pool, world.organizationId);
  const { rows } = await db.pool.query<{ id: string }>('SELECT id FROM contacts WHERE organization_id = $1', [
    world.organizationId,
  ]);
  for (const id of rows.map((row) => Number(row.id))) {
    const { json, text } = await explain(id);
    const where = `contact ${id}, ${world.where}`;
    expect(json.notes, where).toEqual([]);
    expect(json.basis.replan?.run ?? null, where).toBe(replans.get(id) ?? null);
    const mails = json.mails.filter(({ settledAs }) => settledAs === null);
    const inForce = plan.filter((row) => row.contact_id === id);
    expect(mails.map(told).sort(), where).toEqual(inForce.map(toldByRow).sort());
    const undecided = json.mails.filter(({ decision, isFrozen }) => decision === null && !isFrozen);
    expect(undecided, where).toEqual([]);
    const replanId = replans.get(id);
    if (replanId === undefined) expect(text).not.toContain('planned again since');
    else expect(text).toMatch(new RegExp(`planned again since, on \\d{4}-.{11}, by run ${replanId}, as of `));
  }
}

function told(mail: ExplanationJson['mails'][number]): string {
  const { id, emailType, eventDate, scheduledSendDate, status, skipReason, placedBy, isOverCap } = mail;
  return JSON.stringify([
    ...[id, emailType, eventDate, scheduledSendDate, status, skipReason, placedBy, isOverCap],
  ]);
}

function toldByRow(row: StoredRow): string {
  return JSON.stringify([
    ...[row.id, row.email_type, row.event_date, row.scheduled_send_date, row.status, row.skip_reason],
    ...[row.metadata?.placed_by ?? null, row.over_cap],
  ]);
}

describe('after several replans of several contacts', () => {
  test.each([
    { seed: 77, sandbox: false },
    { seed: 78, sandbox: true },
    { seed: 91, sandbox: false },
  ])('every contact is explained as it is: seed $seed, sandbox: $sandbox', async ({ seed, sandbox }) => {
    await createWorld(seed, { sandbox });
    await world.plan();
    const replans: Replans = new Map();
    const random = new Random(seed);
    for (let round = 0; round < 3; round += 1) {
      world.where = `round ${round}`;
      const edited = await editSome(world, (round * 3) % 10);
      await replanAndNote(edited, replans);
      const ids = world.input.contacts.map(({ id }) => id);
      await replanAndNote(random.sample(ids, 8), replans);
      await compareAll(replans);
    }
  });

  test('on a later day too, with mails claimed in between', async () => {
    await createWorld(77, { sandbox: false });
    await world.plan();
    const today = addDays(AS_OF, 1);
    world.setDays(today, today);
    await world.plan();
    const replans: Replans = new Map();
    await replanAndNote(await editSome(world, 4), replans);
    await world.claim(today);
    await replanAndNote(await editSome(world, 5), replans);
    await replanAndNote(
      world.input.contacts.map(({ id }) => id).filter((id) => id % 6 === 0),
      replans,
    );
    await compareAll(replans);
  });

  test('the next plan is explained by its own run again', async () => {
    await createWorld(77, { sandbox: false });
    await world.plan();
    await replanAndNote(await editSome(world, 4), new Map());
    await world.plan();
    await compareAll(new Map());
  });
});

test('what has changed since the replan is said, and the contact explained as the replan knew it', async () => {
  await createWorld(77, { sandbox: false });
  await world.plan();
  const { id } = world.input.contacts.find(({ birth_date: date }) => date !== null)!;
  const before = (await explain(id)).json.contact;
  const replans: Replans = new Map();
  await setBirthDate(id, '1950-06-20');
  await replanAndNote([id], replans);
  await setBirthDate(id, '1950-09-01');
  const { json } = await explain(id);
  expect(json.notes.map(({ code }) => code)).toEqual(['contact_changed']);
  expect(json.contact).toMatchObject({ birthDate: '1950-06-20' });
  expect(before).not.toMatchObject({ birthDate: '1950-06-20' });
  expect(json.mails.filter(({ decision, isFrozen }) => decision === null && !isFrozen)).toEqual([]);
});

test('a change of many contacts that came before the replan was planned with, and is none since', async () => {
  await createWorld(77, { sandbox: false });
  await world.plan();
  const { id } = world.input.contacts.find(({ birth_date: date }) => date !== null)!;
  await setBirthDate(id, '1950-07-04');
  // As an import of thousands is noted: once, for all.
  await db.owner.query('UPDATE planning_changes SET contact_id = NULL WHERE organization_id = $1', [
    world.organizationId,
  ]);
  const replans: Replans = new Map();
  await replanAndNote([id], replans);
  const { json } = await explain(id);
  expect(json).toMatchObject({ notes: [], contact: { birthDate: '1950-07-04' } });
});

test('transactions that end while the replan begins do not hide what it started from', async () => {
  await createWorld(77, { sandbox: false });
  await world.plan();
  const { dependencies, planning } = world.runner;
  const others = async (): Promise<void> => {
    for (let count = 0; count < 3; count += 1) await db.owner.query('SELECT pg_current_xact_id()');
  };
  const edited = await editSome(world, 4);
  const pool = interceptedPool(db.pool, 'INSERT INTO scheduler_runs', others);
  const summary = await replanContacts({ ...dependencies, pool }, planning, {
    input: { organization: world.name, contactIds: edited },
    workflow: newWorkflow(),
  });
  expect(summary.changes.removed).toBeGreaterThan(0);
  await compareChanges(edited, summary);
  await compareAll(new Map(edited.map((id) => [id, summary.runId!])));
});

async function setBirthDate(contactId: number, birthDate: string): Promise<void> {
  const contacts = world.input.contacts.map((one) =>
    one.id === contactId ? { ...one, birth_date: birthDate } : one,
  );
  await world.editContacts({ contacts, suppressions: world.input.suppressions });
}
