/**
 * Edits that would mail someone twice (SPEC 2, 4, 6): whatever becomes of a mail's dates, before it goes out, while it
 * does, and afterwards, what was claimed over all days is one mail of an instance to a contact, and one of an occurrence.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { campaigning, instance, target } from '../model/campaign-case-helpers.ts';
import { configOf, organization, person } from '../model/case-helpers.ts';
import { shippedCampaignTypes } from '../model/defaults.ts';
import { mailedTwice } from '../model/invariants.ts';
import type { ModelCampaigns, ModelContact, ModelInput } from '../model/types.ts';
import { deleteContact } from '../../src/db/delete-contact.ts';
import { findPendingChanges } from '../../src/db/queries/find-pending-changes.ts';
import { importContacts } from '../../src/db/import-contacts.ts';
import { inTransaction } from '../../src/db/transaction.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { addDays } from '../support/expected-plan.ts';
import { ImportFolder } from '../support/import-text.ts';
import { TIME_ZONE } from '../support/model-database.ts';
import { auditOrganization } from '../support/plan-audit.ts';
import { PlanningWorld } from '../support/planning-world.ts';
import { replan } from '../support/replanning.ts';

const FIRST_DAY = '2027-03-03';
/** All mails would go out on it were there no edit. */
const MAIL_DAY = '2027-03-05';
const LATER = '2027-03-29';

let db: TestDatabase;
let files: ImportFolder;
let worlds = 0;

beforeAll(async () => {
  db = await createTestDatabase();
  files = new ImportFolder();
});

afterAll(async () => {
  files.remove();
  await db.drop();
});

type Stage = 'before the run' | 'in the run' | 'before the claim' | 'after the claim';

interface Moment {
  readonly daysFromMail: number;
  readonly stage: Stage;
}

const MOMENTS: readonly [string, Moment][] = [
  ['on the day before', { daysFromMail: -1, stage: 'before the run' }],
  ['on the morning of its day', { daysFromMail: 0, stage: 'before the run' }],
  ['while that morning’s run is going on', { daysFromMail: 0, stage: 'in the run' }],
  ['between that run and the claim', { daysFromMail: 0, stage: 'before the claim' }],
  ['when it is claimed', { daysFromMail: 0, stage: 'after the claim' }],
  ['on the morning after', { daysFromMail: 1, stage: 'before the run' }],
  ['two weeks after', { daysFromMail: 14, stage: 'before the run' }],
];

/** Before, while and after it goes out, where each edit has an organization of its own. */
const TELLING_MOMENTS = ['on the day before', 'when it is claimed', 'on the morning after'];

/** What becomes of the day's claimed mails; `given back`: nobody attempts those of the mail's first day. */
type Outcome = 'sent' | 'failed' | 'cancelled' | 'given back';

/** Done one a day, from the moment on. */
type Edits = readonly ((world: PlanningWorld) => Promise<void>)[];

interface Life {
  readonly moment: Moment;
  readonly edits: Edits;
  readonly days: number;
  /** Days on which nothing is due and nothing is edited are gone through in steps of so many. */
  readonly stepDays: number;
  readonly outcome: Outcome;
  /** Whoever edits has it planned at once, if it concerns some contacts only. */
  readonly isReplanned: boolean;
}

/** Day by day: plans, claims, settles; what every run publishes is compared with the model. */
async function liveThrough(world: PlanningWorld, life: Life): Promise<void> {
  const { moment, edits, days, stepDays, outcome, isReplanned } = life;
  const firstEditDay = addDays(MAIL_DAY, moment.daysFromMail);
  const editDays = edits.map((_edit, index) => addDays(firstEditDay, index));
  const editOf = (day: string, stage: Stage): (() => Promise<void>) => {
    let isDone = moment.stage !== stage;
    return async () => {
      const edit = edits[editDays.indexOf(day)];
      if (isDone || edit === undefined) return;
      isDone = true;
      await edit(world);
      if (isReplanned) await replanChanged(world);
    };
  };
  const lastDay = addDays(FIRST_DAY, days);
  for (let day = FIRST_DAY, step = 0; day <= lastDay; day = addDays(day, 1), step += 1) {
    const isDue = world.input.planInForce.some((row) => row.scheduled_send_date <= day);
    if (!isDue && step % stepDays !== 0 && !editDays.includes(day)) continue;
    world.where = `on ${day}`;
    world.setDays(day, day);
    await editOf(day, 'before the run')();
    await world.plan({ before: { publish: editOf(day, 'in the run') } });
    await editOf(day, 'before the claim')();
    await world.claim(day);
    await editOf(day, 'after the claim')();
    if (isDue || editDays.includes(day)) {
      world.setDays(day, addDays(day, 1));
      await world.plan();
    }
    if (outcome === 'given back' && day === MAIL_DAY) continue;
    const claimed = world.input.ledger.filter(({ status }) => status === 'scheduled');
    await world.settle(claimed, outcome === 'given back' ? 'sent' : outcome);
  }
}

async function replanChanged(world: PlanningWorld): Promise<void> {
  const pending = await findPendingChanges(db.pool, world.organizationId, 1_000);
  if (pending === null || pending.contactIds === 'many' || !pending.hasPlan) return;
  await replan(world, pending.contactIds);
}

/** Once claimed, of the contacts given or of all: by the ledger, not by the plan. */
async function claimedOf(world: PlanningWorld): Promise<string[]> {
  const { rows } = await db.pool.query<{ mail: string }>(
    `SELECT concat_ws(' ', contact_id, coalesce('instance ' || campaign_instance_id, email_type)) AS mail
     FROM ledger WHERE organization_id = $1 AND status <> 'skipped' AND parent_id IS NULL
     ORDER BY contact_id, campaign_instance_id, email_type`,
    [world.organizationId],
  );
  return rows.map(({ mail }) => mail);
}

async function inWorld(
  input: ModelInput,
  life: Pick<Life, 'moment' | 'edits'> & Partial<Life>,
): Promise<string[]> {
  worlds += 1;
  const world = await PlanningWorld.create(db, input, { name: `twice-${worlds}`, sandbox: false });
  try {
    await liveThrough(world, { days: 45, stepDays: 15, outcome: 'sent', isReplanned: false, ...life });
    expect(mailedTwice(world.input)).toEqual([]);
    expect(await auditOrganization(db.owner, world.organizationId)).toEqual([]);
    return await claimedOf(world);
  } finally {
    await world.close();
  }
}

function editCampaigns(how: (campaigns: ModelCampaigns) => Partial<ModelCampaigns>): Edits[number] {
  return async (world) => {
    const campaigns = world.input.campaigns!;
    await world.editCampaigns({ ...campaigns, ...how(campaigns) });
  };
}

function editInstance(id: number, fields: Partial<ModelCampaigns['instances'][number]>): Edits[number] {
  return editCampaigns(({ instances }) => ({
    instances: instances.map((one) => (one.id === id ? { ...one, ...fields } : one)),
  }));
}

function editType(id: number, fields: Partial<ModelCampaigns['types'][number]>): Edits[number] {
  return editCampaigns(({ types }) => ({
    types: types.map((one) => (one.id === id ? { ...one, ...fields } : one)),
  }));
}

function correctTarget(contactId: number, trigger: string): Edits[number] {
  return editCampaigns(({ targets }) => ({
    targets: targets.map((one) => (one.contact_id === contactId ? { ...one, trigger_date: trigger } : one)),
  }));
}

function removeTarget(contactId: number): Edits[number] {
  return editCampaigns(({ targets }) => ({
    targets: targets.filter((one) => one.contact_id !== contactId),
  }));
}

function addTarget(instanceId: number, contactId: number, trigger: string | null): Edits[number] {
  return editCampaigns(({ targets }) => ({
    targets: [...targets, target(instanceId, trigger, { contact_id: contactId })],
  }));
}

/** As `contacts delete` does: nothing personal is left of it. */
function deleteForGood(id: number): Edits[number] {
  return async (world) => {
    const { organizationId, name } = world;
    await inTransaction(db.pool, (client) => deleteContact(client, { id: organizationId, name }, `id:${id}`));
    const contacts = world.input.contacts.filter((one) => one.id !== id);
    world.input = { ...world.input, contacts };
  };
}

/** By its external id it finds its row. */
function importAgain(contact: ModelContact): Edits[number] {
  return async (world) => {
    const { request, problems } = files.request([
      'external_id,email,state',
      `contact-${contact.id},${contact.email},${contact.state}`,
    ]);
    const { restored } = await importContacts(db.pool, {
      ...request,
      ...{ organization: world.name, isSandbox: false, timeZone: TIME_ZONE, actor: 'the test' },
    });
    expect({ restored, problems }).toEqual({ restored: 1, problems: [] });
    world.input = { ...world.input, contacts: [...world.input.contacts, contact] };
  };
}

function editContact(id: number, fields: Partial<ModelContact>): Edits[number] {
  return (world) => {
    const { contacts, suppressions } = world.input;
    const edited = contacts.map((one) => (one.id === id ? { ...one, ...fields } : one));
    return world.editContacts({ contacts: edited, suppressions });
  };
}

/** Something else happens to each contact: 1 to 10 are targets of the instance of their number, the others have dates. */
const EDITS_OF_CONTACTS: Record<string, Edits> = {
  'the trigger date is corrected': [correctTarget(1, LATER)],
  'the target is removed and added': [removeTarget(2), addTarget(2, 2, '2027-03-12')],
  'the target is removed and added with another trigger date': [removeTarget(3), addTarget(3, 3, LATER)],
  'the instance is ended and made active again': [
    editInstance(4, { status: 'ended' }),
    editInstance(4, { status: 'active' }),
  ],
  'its mails come another number of days before': [editInstance(5, { metadata: { days_before_event: 2 } })],
  'the instance gets another type': [editInstance(6, { campaign_type_id: 4 })],
  'the start of the instance is moved': [editInstance(7, { active_start_date: LATER })],
  'the type is renamed': [editType(1, { name: 'renamed' }), editType(1, { name: 'renamed_again' })],
  'the type is switched off and on': [editType(5, { active: false }), editType(5, { active: true })],
  'the contact is deleted and imported again': [deleteForGood(10), importAgain(person(10))],
  'the birth date is corrected': [editContact(11, { birth_date: '1950-03-25' })],
  'the birth date is corrected again and again': [
    editContact(12, { birth_date: '1950-04-20' }),
    editContact(12, { birth_date: '1950-12-01' }),
    editContact(12, { birth_date: '1950-03-22' }),
    editContact(12, { birth_date: '1950-03-30' }),
  ],
  'the effective date is corrected': [editContact(13, { effective_date: '2015-04-20' })],
};

function targetedOrganization(): ModelInput {
  const contacts = Array.from({ length: 10 }, (_, index) => person(index + 1)).concat(
    person(11, { birth_date: '1950-03-19' }),
    person(12, { birth_date: '1950-03-19' }),
    person(13, { effective_date: '2015-04-04' }),
  );
  const onTheDay = { metadata: { days_before_event: 0 } };
  const instances = [
    ...[1, 2, 3, 4, 5, 6].map((id) => instance(id, 'seasonal_promo')),
    instance(7, 'seasonal_promo', onTheDay),
    instance(8, 'rate_increase', onTheDay),
    instance(9, 'policy_update', onTheDay),
    instance(10, 'seasonal_promo', onTheDay),
  ];
  const targets = instances.map(({ id, metadata }) =>
    target(id, metadata === null ? '2027-03-12' : MAIL_DAY, { contact_id: id }),
  );
  const types = shippedCampaignTypes().map((type) => ({ ...type, target_all_contacts: false }));
  const input = campaigning(instances, targets, {
    contacts,
    types,
    config: configOf('birthday', 'effective_date'),
  });
  // Each contact's plan is its own.
  input.config.features.load_balancing = false;
  return input;
}

/** What happens to several is done one after the other, the first of each on the first day. */
function together(all: readonly Edits[]): Edits {
  return Array.from({ length: Math.max(...all.map(({ length }) => length)) }, (_, day) => async (world) => {
    for (const edits of all) await edits[day]?.(world);
  });
}

const EACH_ONCE = [
  ...Array.from({ length: 10 }, (_, index) => `${index + 1} instance ${index + 1}`),
  ...['11 birthday', '12 birthday', '13 effective_date'],
];

describe('a contact is mailed once, whichever of these edits is made', () => {
  const edits = together(Object.values(EDITS_OF_CONTACTS));

  test('on the day of the mail, with none', async () => {
    expect(await inWorld(targetedOrganization(), { moment: MOMENTS[0]![1], edits: [] })).toEqual(EACH_ONCE);
  });

  test.each(MOMENTS)('%s', async (_when, moment) => {
    expect(await inWorld(targetedOrganization(), { moment, edits })).toEqual(EACH_ONCE);
  });

  /** Instances and types concern all contacts, for whom a run is started: only what concerns some is left. */
  const editsOfSome = together(
    Object.entries(EDITS_OF_CONTACTS)
      .filter(([what]) => !/instance|type|mails/.test(what))
      .map(([, each]) => each),
  );

  test.each(MOMENTS)('%s, and planned again at once', async (_when, moment) => {
    const life = { moment, edits: editsOfSome, isReplanned: true };
    expect(await inWorld(targetedOrganization(), life)).toEqual(EACH_ONCE);
  });

  test.each(['failed', 'cancelled', 'given back'] as const)(
    'when it is claimed, and then the mail is %s',
    async (outcome) => {
      const moment = { daysFromMail: 0, stage: 'after the claim' } as const;
      expect(await inWorld(targetedOrganization(), { moment, edits, outcome })).toEqual(EACH_ONCE);
    },
  );
});

/** Instance 9 is for all of five contacts. */
const EDITS_OF_A_BLAST: readonly [string, Edits][] = [
  ['its start is moved to later', [editInstance(9, { active_start_date: LATER })]],
  ['its start is moved to before', [editInstance(9, { active_start_date: '2027-03-02' })]],
  [
    'its start is moved day by day',
    [6, 7, 8, 9].map((day) => editInstance(9, { active_start_date: `2027-03-0${day}` })),
  ],
  ['its start is taken away', [editInstance(9, { active_start_date: null })]],
  [
    'its contacts become targets, go and come',
    together([
      [addTarget(9, 1, LATER)],
      [addTarget(9, 2, null), correctTarget(2, LATER)],
      [addTarget(9, 3, LATER), removeTarget(3)],
      [deleteForGood(4), importAgain(person(4))],
    ]),
  ],
  ['its type is renamed', [editType(3, { name: 'renamed' })]],
  ['it gets another type', [editInstance(9, { campaign_type_id: 5 })]],
  [
    'its type is for all contacts no more, and is again',
    [editType(3, { target_all_contacts: false }), editType(3, { target_all_contacts: true })],
  ],
  [
    'it is ended and made active again',
    [editInstance(9, { status: 'ended' }), editInstance(9, { status: 'active' })],
  ],
];

describe('an instance for all mails each contact once, although', () => {
  const blast = (): ModelInput => {
    const input = campaigning([instance(9, 'initial_blast', { active_start_date: MAIL_DAY })], [], {
      contacts: [1, 2, 3, 4, 5].map((id) => person(id)),
    });
    input.config.features.load_balancing = false;
    return input;
  };

  describe.each(EDITS_OF_A_BLAST)('%s', (_what, edits) => {
    test.each(MOMENTS.filter(([when]) => TELLING_MOMENTS.includes(when)))('%s', async (_when, moment) => {
      expect(await inWorld(blast(), { moment, edits })).toEqual(
        [1, 2, 3, 4, 5].map((id) => `${id} instance 9`),
      );
    });
  });
});

describe('a birthday is written to once in 300 days, although the birth date is corrected', () => {
  const CORRECTIONS: readonly [string, readonly string[]][] = [
    ['by some days', ['1950-03-24']],
    ['to a month later', ['1950-04-19']],
    ['to the autumn', ['1950-12-01']],
    ['to the day before', ['1950-03-18']],
    ['to and fro', ['1950-04-19', '1950-12-20', '1950-03-24', '1950-03-19', '1950-03-28']],
  ];

  test.each(CORRECTIONS)('%s, on the morning after', async (_how, dates) => {
    const input = organization({
      config: configOf('birthday'),
      contacts: [person(1, { birth_date: '1950-03-19' })],
    });
    const edits = dates.map((date) => editContact(1, { birth_date: date }));
    const moment = { daysFromMail: 1, stage: 'before the run' } as const;
    expect(await inWorld(input, { moment, edits, days: 290, stepDays: 60 })).toEqual(['1 birthday']);
  });
});
