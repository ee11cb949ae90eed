/**
 * Contacts that are not planned, or not for all: `explain`, `contacts show`, `campaigns instances show` and
 * `campaigns targets` say why, by which scope, and their numbers add up.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { reportInstance } from '../../src/cli/campaign-instance-report.ts';
import { reportTarget, reportTargets } from '../../src/cli/campaign-target-report.ts';
import { describeContact } from '../../src/cli/describe-contact.ts';
import { explainContact } from '../../src/cli/explain/explain-contact.ts';
import { instanceText } from '../../src/cli/output/campaign-instances.ts';
import { targetListText, targetText } from '../../src/cli/output/campaign-targets.ts';
import { contactDescriptionText } from '../../src/cli/output/contact-description.ts';
import { explanationJson, type ExplanationJson } from '../../src/cli/output/explanation-json.ts';
import { explanationText } from '../../src/cli/output/explanation-text.ts';
import { TERMINAL_COLUMNS } from '../../src/cli/output/wrap.ts';
import { findOrganization, type OrganizationProfile } from '../../src/db/queries/find-organization.ts';
import { inSnapshot } from '../../src/db/snapshot.ts';
import type { Hash32 } from '../../src/domain/occurrence.ts';
import { loadHash32 } from '../../src/domain/xxhash32.ts';
import { campaigning, instance, target } from '../model/campaign-case-helpers.ts';
import { configOf, person } from '../model/case-helpers.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { PlanningWorld } from '../support/planning-world.ts';
import { replan } from '../support/replanning.ts';

const IDS = [1, 2, 3, 4, 5, 6, 7, 8];
const [UNSUBSCRIBED, SUPPRESSED, NOTIFIED, MALFORMED, STATELESS, DELETED, PLANNED, WITHOUT_ADDRESS] = IDS;
const [SPRING, NOTICE, DRAFT, ENDED] = [1, 2, 3, 4];

let db: TestDatabase;
let world: PlanningWorld;
let organization: OrganizationProfile;
let hash: Hash32;

beforeAll(async () => {
  db = await createTestDatabase();
  hash = await loadHash32();
  const contacts = IDS.map((id) => person(id, { state: 'TX', birth_date: '1950-06-15' }));
  const input = campaigning(
    [
      instance(SPRING, 'rate_increase', { name: 'spring' }),
      instance(NOTICE, 'regulatory_notice', { name: 'notice' }),
      instance(DRAFT, 'rate_increase', { name: 'later', status: 'draft' }),
      instance(ENDED, 'rate_increase', { name: 'over', status: 'ended' }),
    ],
    [
      ...IDS.map((id) => target(SPRING, '2027-04-20', { contact_id: id })),
      target(NOTICE, '2027-05-20', { contact_id: NOTIFIED! }),
      ...IDS.map((id) => target(DRAFT, '2027-04-20', { contact_id: id })),
      target(ENDED, '2027-04-20', { contact_id: PLANNED! }),
    ],
    { contacts, config: configOf('birthday') },
  );
  world = await PlanningWorld.create(db, input, { name: 'held-back', sandbox: false });
  organization = (await findOrganization(db.pool, 'held-back'))!;
}, 60_000);

afterAll(async () => {
  await world.close();
  await db.drop();
});

test('where there is no plan yet, that is why a target has no mail', async () => {
  expect(await instanceLines('spring')).toContain('Without mail 8 are not planned: there is no plan yet');
  expect(await targetLines('spring')).toContain('pending none: no plan yet');
});

describe('once they are planned again', () => {
  beforeAll(async () => {
    await world.plan();
    const address = (id: number): string => `person${id}@example.com`;
    const changes: Record<number, object> = {
      [MALFORMED!]: { email: 'nobody' },
      [STATELESS!]: { state: null, zip_code: null },
      [WITHOUT_ADDRESS!]: { email: null },
    };
    await world.editContacts({
      contacts: world.input.contacts
        .filter(({ id }) => id !== DELETED)
        .map((one) => ({ ...one, ...changes[one.id] })),
      suppressions: [
        { address: address(UNSUBSCRIBED!), scope: 'marketing' },
        { address: address(SUPPRESSED!), scope: 'all' },
        { address: address(NOTIFIED!), scope: 'marketing' },
      ],
    });
    await replan(world, IDS);
  }, 60_000);

  test.each<[string, number, { result: string; ended: string | null; reason: string | null }]>([
    [
      'unsubscribed from marketing',
      UNSUBSCRIBED!,
      {
        result:
          'rejected: suppressed (marketing), its address gets no marketing, and no required notice is due',
        ended: 'the contact is suppressed (marketing)',
        reason: 'suppressed',
      },
    ],
    [
      'suppressed as a whole',
      SUPPRESSED!,
      {
        result: 'rejected: suppressed (all), nothing may be sent to its address',
        ended: 'the contact is suppressed (all)',
        reason: 'suppressed',
      },
    ],
    [
      'unsubscribed, with a required notice that is due',
      NOTIFIED!,
      {
        result: '1 pre-scheduled, 0 skipped; only required notices: its address is suppressed (marketing)',
        ended: 'the contact is suppressed (marketing)',
        reason: 'suppressed',
      },
    ],
    [
      'with a malformed address',
      MALFORMED!,
      {
        result: 'rejected: invalid_email, its e-mail address is malformed',
        ended: 'the contact has no usable e-mail address',
        reason: 'invalid_email',
      },
    ],
    [
      'without an address',
      WITHOUT_ADDRESS!,
      {
        result: 'rejected: missing_email, it has no e-mail address',
        ended: 'the contact has no e-mail address',
        reason: 'missing_email',
      },
    ],
    [
      'without a state',
      STATELESS!,
      {
        result: 'rejected: unknown_state, neither ZIP code nor stored state names a state',
        ended: 'the state of the contact is unknown',
        reason: 'unknown_state',
      },
    ],
    [
      'deleted',
      DELETED!,
      {
        result: 'deleted: nothing is planned',
        ended: 'the contact was deleted',
        reason: 'contact_deleted',
      },
    ],
    ['as it was', PLANNED!, { result: '2 pre-scheduled, 0 skipped', ended: null, reason: null }],
  ])('explain says why its former mails were dropped: %s', async (_name, id, { result, ended, reason }) => {
    const { json, text } = await explain(id);
    expect(text).toContain(`result ${result}`);
    expect(text).not.toContain('it is not due any more');
    expect(new Set(json.ended.map((row) => (row as { reason: string }).reason))).toEqual(
      new Set(reason === null ? [] : [reason]),
    );
    if (ended === null) return;
    for (const name of ['spring \\(campaign_rate_increase\\) 2027-04-20', 'birthday 2027-06-15']) {
      const dropped = `dropped: ${ended.replaceAll(/[()]/g, String.raw`\$&`)}`;
      expect(text).toMatch(new RegExp(`${name}, pre-scheduled on [-0-9]+: ${dropped}`));
    }
  });

  test('a campaign without a mail for one who has unsubscribed is told by its name, and the reason', async () => {
    const { text, json } = await explain(NOTIFIED!);
    expect(text).toContain('campaign spring (campaign_rate_increase): the contact is suppressed (marketing)');
    expect(json.contact.suppression).toBe('marketing');
  });

  test.each([
    [UNSUBSCRIBED!, 'rejected: suppressed (marketing), its address gets no marketing', 'suppressed'],
    [SUPPRESSED!, 'rejected: suppressed (all), nothing may be sent to its address', 'suppressed'],
    [NOTIFIED!, 'it is planned; only required notices: its address is suppressed (marketing)', null],
    [STATELESS!, 'rejected: unknown_state', 'unknown_state'],
    [PLANNED!, 'it is planned', null],
  ])('contacts show agrees: contact %i', async (id, result, rejection) => {
    const description = await inSnapshot(db.pool, (client) =>
      describeContact(client, organization, `id:${id}`),
    );
    expect(description.trace!.rejection).toBe(rejection);
    expect(spaced(contactDescriptionText(description))).toContain(`result ${result}`);
  });

  test('the numbers of targets and mails of an instance add up', async () => {
    const report = (await reportInstance(db.pool, organization, 'spring'))!;
    expect(report.targetsByMail).toEqual({
      ...{ contacts: 7, targetRows: 7, withMail: 1 },
      withoutMail: [
        { kind: 'rejected', detail: 'invalid_email', contacts: 1 },
        { kind: 'rejected', detail: 'missing_email', contacts: 1 },
        { kind: 'rejected', detail: 'suppressed', contacts: 2 },
        { kind: 'rejected', detail: 'unknown_state', contacts: 1 },
        { kind: 'unsubscribed', detail: null, contacts: 1 },
      ],
    });
    const lines = await instanceLines('spring');
    expect(lines).toContain('Targets 7');
    expect(lines).toContain(
      'Without mail 5 cannot be planned at all (invalid_email 1, missing_email 1, suppressed 2, unknown_state 1); 1 has unsubscribed from marketing',
    );
    expect(lines).toMatch(/pre-scheduled 1 2027-04-/);
    expect(await instanceLines('later')).toContain('Without mail 7 are not planned: the campaign is a draft');
    expect(await instanceLines('over')).toContain('Without mail 1 is not planned: the campaign has ended');
    expect(await instanceLines('notice')).not.toContain('Without mail');
  });

  test('mails of contacts that are no targets any more are told apart', async () => {
    const { campaigns } = world.input;
    const targets = campaigns!.targets.filter(
      (one) => one.contact_id !== PLANNED || one.campaign_instance_id !== SPRING,
    );
    await world.editCampaigns({ ...campaigns!, targets });
    expect(await instanceLines('spring')).toContain('Other mails 1 of contacts that it is not for any more');
    await world.editCampaigns(campaigns!);
  });

  test('a target without a mail is told why', async () => {
    const lines = await targetLines('spring');
    for (const part of [
      'pending none: rejected, invalid_email',
      'pending none: rejected, suppressed',
      'pending none: unsubscribed',
      'pending pre-scheduled 2027-04-',
    ]) {
      expect(lines).toContain(part);
    }
    expect(await targetLines('later')).toContain('pending none: draft');
    expect(await targetLines('over')).toContain('pending none: ended');
    const status = async (name: string, id: number): Promise<string> =>
      spaced(
        targetText(await reportTarget(db.pool, organization, { instance: name, contact: `id:${id}` }), 'x'),
      );
    expect(await status('spring', STATELESS!)).toContain(
      'Status pending, and without a mail: the contact cannot be planned at all (unknown_state)',
    );
    expect(await status('over', PLANNED!)).toContain(
      'Status pending, and without a mail: the contact is not planned: the campaign has ended',
    );
    expect(await status('spring', PLANNED!)).toContain('Status pending: its mail has not gone out yet');
  });

  test('a contact that is back since the plan was made is not taken for a rejected one', async () => {
    await replanWith(STATELESS!, { state: 'TX' });
    expect((await reportInstance(db.pool, organization, 'spring'))!.targetsByMail.withMail).toBe(2);
    await world.editContacts({
      contacts: world.input.contacts.map((one) => (one.id === UNSUBSCRIBED ? { ...one, state: 'OK' } : one)),
      suppressions: world.input.suppressions.filter(({ address }) => address !== 'person1@example.com'),
    });
    await replan(world, [UNSUBSCRIBED!]);
    const { targetsByMail } = (await reportInstance(db.pool, organization, 'spring'))!;
    expect(targetsByMail).toMatchObject({ contacts: 7, withMail: 3 });
  });

  test('a mail that an earlier replan placed is said to be of the plan which that changed', async () => {
    const placed = await explain(STATELESS!);
    const { plan } = placed.json.basis;
    const { run } = placed.json.basis.replan!;
    await replanWith(STATELESS!, { birth_date: '1950-07-20' });
    const { text, json } = await explain(STATELESS!);
    expect(text).toMatch(new RegExp(`unchanged since plan ${plan!}, as of [-0-9]+ \\(run ${run}\\)`));
    expect(json.mails.map(({ changedBy }) => changedBy?.plan)).toEqual([plan, plan]);
  });
});

async function replanWith(contactId: number, fields: object): Promise<void> {
  const { contacts, suppressions } = world.input;
  await world.editContacts({
    contacts: contacts.map((one) => (one.id === contactId ? { ...one, ...fields } : one)),
    suppressions,
  });
  await replan(world, [contactId]);
}

async function explain(contactId: number): Promise<{ json: ExplanationJson; text: string }> {
  const explanation = await explainContact(
    db.pool,
    { organization, reference: `id:${contactId}`, hash },
    null,
  );
  return { json: explanationJson(explanation), text: spaced(explanationText(explanation)) };
}

async function instanceLines(name: string): Promise<string> {
  const report = await reportInstance(db.pool, organization, name);
  return spaced(instanceText(report!, organization));
}

async function targetLines(name: string): Promise<string> {
  const report = await reportTargets(db.pool, organization, { instance: name, status: null, limit: 50 });
  return spaced(targetListText(report, null, organization.name));
}

/** In one line, once it is known that none of them is too long. */
function spaced(text: string): string {
  for (const line of text.split('\n')) {
    if (!line.includes('npx')) expect(line.length, line).toBeLessThanOrEqual(TERMINAL_COLUMNS);
  }
  return text.replaceAll(/\s+/g, ' ');
}
