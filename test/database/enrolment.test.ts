/** Enrolment in one call: what is stored, what is refused, and the rows that it answers with. */
import type { Client } from '@temporalio/client';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { replanContacts } from '../../activities/replan-contacts.ts';
import { enrollContact, type Enrolment, type EnrolmentRequest } from '../../src/client/enroll.ts';
import { SchedulerError } from '../../src/contracts/errors.ts';
import { enrolmentText } from '../../src/cli/output/enrolment.ts';
import { runCommand } from '../support/command.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { createRunner, newWorkflow, type PlanRunner } from '../support/run-planning.ts';

const CONFIGURATION_FOLDER = new URL('../../config', import.meta.url).pathname;
const AS_OF = '2026-11-23';

let db: TestDatabase;
let runner: PlanRunner;
let organization: string;
let organizationId: string;
let count = 0;

beforeAll(async () => {
  db = await createTestDatabase();
  runner = await createRunner({ pool: db.pool, configurationFolder: CONFIGURATION_FOLDER });
});

afterAll(async () => {
  await db.drop();
});

beforeEach(async () => {
  organization = `agency-${++count}`;
  const { rows } = await db.owner.query<{ id: string }>(
    `INSERT INTO organizations (name, time_zone, sandbox) VALUES ($1, 'America/Chicago', true) RETURNING id`,
    [organization],
  );
  organizationId = rows[0]!.id;
  await db.owner.query(
    `INSERT INTO contacts (organization_id, external_id, email, state, birth_date) VALUES
       ($1, 'tx', 'tx@example.com', 'TX', '1950-06-15'),
       ($1, 'ny', 'ny@example.com', 'NY', '1950-06-15'),
       ($1, 'nobody', NULL, 'TX', '1950-06-15')`,
    [organizationId],
  );
  await addInstance('rates', 'rate_increase', 'active');
  await addInstance('news', 'policy_update', 'paused');
});

async function addInstance(name: string, type: string, status: string): Promise<void> {
  await db.owner.query(
    `INSERT INTO campaign_instances (organization_id, campaign_type_id, name, status)
     SELECT organization_id, id, $2, $4 FROM campaign_types WHERE organization_id = $1 AND name = $3`,
    [organizationId, name, type, status],
  );
}

/** A worker that plans at once, without Temporal in between. */
function workerHere(): Client {
  const start = (_type: string, { args: [input] }: { args: [unknown] }) => {
    const { dependencies, planning } = runner;
    const result = replanContacts(dependencies, planning, { input, workflow: newWorkflow() });
    return Promise.resolve({ workflowId: 'here', result: () => result });
  };
  const withDeadline = (_at: number, work: () => Promise<unknown>) => work();
  return { workflow: { start }, withDeadline } as unknown as Client;
}

function nobodyHere(): Client {
  const start = () => Promise.reject(new SchedulerError('WORKER_MISSING', 'No worker has planned it.'));
  return { workflow: { start } } as unknown as Client;
}

/** An answer that was lost on its way. */
function silentHere(): Client {
  const start = () => Promise.reject(new Error('14 UNAVAILABLE: the connection was dropped'));
  return { workflow: { start } } as unknown as Client;
}

function enrol(request: Partial<EnrolmentRequest> = {}, client = workerHere()): Promise<Enrolment> {
  return enrollContact(db.pool, client, {
    ...{ organization, instance: 'rates', contact: 'tx', triggerDate: '2027-03-01', actor: 'tester' },
    ...request,
  });
}

async function publishPlan(): Promise<void> {
  await runner.run({ organization, asOf: AS_OF });
}

async function targets(): Promise<string[]> {
  const { rows } = await db.pool.query<{ text: string }>(
    `SELECT concat_ws(' ', i.name, c.external_id, t.trigger_date::text, t.metadata::text) AS text
     FROM contact_campaigns t
     JOIN contacts c ON c.organization_id = t.organization_id AND c.id = t.contact_id
     JOIN campaign_instances i ON i.organization_id = t.organization_id AND i.id = t.campaign_instance_id
     WHERE t.organization_id = $1 ORDER BY i.name, c.id`,
    [organizationId],
  );
  return rows.map(({ text }) => text);
}

describe('an enrolment', () => {
  test('of which Temporal’s answer is lost is stored, and says that the plan does not have it yet', async () => {
    await publishPlan();
    const { planning, rows } = await enrol({}, silentHere());
    expect(planning).toMatchObject({ outcome: 'later' });
    expect((planning as { reason: string }).reason).toContain('14 UNAVAILABLE');
    expect(rows).toEqual([]);
    expect(await targets()).toEqual(['rates tx 2027-03-01 {}']);
  });

  test('answers with the rows that are in force then, those of the instance first', async () => {
    await publishPlan();
    const enrolment = await enrol({ metadata: '{"email_template": "gentle"}' });
    expect(enrolment).toMatchObject({
      contact: { externalId: 'tx' },
      instance: { name: 'rates', status: 'active', type: 'rate_increase' },
      triggerDate: '2027-03-01',
      rejection: null,
      planning: { outcome: 'replanned', replan: { planNumber: 1, changes: { added: 1, removed: 0 } } },
    });
    expect(enrolment.rows[0]).toMatchObject({
      isOfInstance: true,
      campaign: 'rates',
      eventDate: '2027-03-01',
      scheduledSendDate: '2027-02-15',
      scheduledSendTime: '08:30',
      status: 'pre-scheduled',
    });
    expect(enrolment.rows.slice(1).map(({ emailType }) => emailType)).toContain('birthday');
    const { rows } = await db.pool.query(
      `SELECT FROM email_schedules WHERE organization_id = $1 AND email_type = 'campaign_rate_increase'
         AND email_template = 'gentle'`,
      [organizationId],
    );
    expect(rows).toHaveLength(1);
  });

  test('is written down in the name of who made it, and leaves nothing to be planned', async () => {
    await publishPlan();
    await enrol();
    const { rows } = await db.owner.query<{ actor: string }>(
      `SELECT actor FROM audit_log WHERE organization_id = $1 AND entity = 'target'`,
      [organizationId],
    );
    expect(rows).toEqual([{ actor: 'tester' }]);
    const pending = await db.owner.query('SELECT FROM planning_changes WHERE organization_id = $1', [
      organizationId,
    ]);
    expect(pending.rows).toEqual([]);
  });

  test('without a plan in force is stored and has no rows', async () => {
    const enrolment = await enrol();
    expect(enrolment).toMatchObject({ planning: { outcome: 'no_plan' }, rows: [] });
    expect(await targets()).toEqual(['rates tx 2027-03-01 {}']);
    expect(enrolmentText(enrolment)).toContain('There is no plan yet');
  });

  test('that nobody plans is stored, and says so', async () => {
    await publishPlan();
    const enrolment = await enrol({}, nobodyHere());
    expect(enrolment).toMatchObject({ planning: { outcome: 'later' }, rows: [] });
    expect(await targets()).toEqual(['rates tx 2027-03-01 {}']);
    expect(enrolmentText(enrolment)).toContain('It is stored');
  });

  test('in a paused instance of all contacts needs no trigger date, and says what is not sent', async () => {
    await publishPlan();
    const enrolment = await enrollContact(db.pool, workerHere(), {
      ...{ organization, instance: 'news', contact: 'external:tx', actor: 'tester' },
    });
    expect(await targets()).toEqual(['news tx {}']);
    expect(enrolmentText(enrolment)).toContain('news is paused: its mails are planned, and none is sent');
  });

  test.for<[string, Partial<EnrolmentRequest>, string]>([
    ['goes out', {}, 'rates (campaign_rate_increase) of 2027-03-01 goes out on 2027-02-15 at 08:30'],
    [
      'is blocked by law',
      { contact: 'ny' },
      'is skipped on 2027-02-15 because the law of NY forbids mail all year',
    ],
    ['cannot be sent', { contact: 'nobody' }, 'the contact has no e-mail address'],
    [
      'came too late',
      { triggerDate: '2026-11-01' },
      'because the last day on which it made sense had passed',
    ],
    ['is caught up', { triggerDate: '2026-12-01' }, 'its ideal date 2026-11-17 had passed'],
  ])('says in words that a mail %s', async ([, request, sentence]) => {
    await publishPlan();
    const text = enrolmentText(await enrol(request));
    expect(text.replaceAll(/\s+/g, ' ')).toContain(sentence);
  });

  test('of two at once, one is made and the other is told of its date', async () => {
    const both = await Promise.allSettled([enrol(), enrol({ triggerDate: '2027-04-01' })]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const refused = both.find(({ status }) => status === 'rejected') as PromiseRejectedResult;
    expect((refused.reason as Error).message).toMatch(/already, with the trigger date 2027-0[34]-01/);
    expect(await targets()).toHaveLength(1);
  });
});

describe('an enrolment is refused, and nothing is stored, with', () => {
  test.for<[string, Partial<EnrolmentRequest>, string, string]>([
    ['an unknown organization', { organization: 'none' }, 'UNKNOWN_ORGANIZATION', 'no organization "none"'],
    ['an unknown instance', { instance: 'none' }, 'UNKNOWN_CAMPAIGN', 'There is no campaign instance "none"'],
    ['an unknown contact', { contact: 'none' }, 'UNKNOWN_CONTACT', 'has no contact "none"'],
    [
      'a date that does not exist',
      { triggerDate: '2027-02-29' },
      'INVALID_INPUT',
      '"2027-02-29" is not allowed',
    ],
    ['a date too late', { triggerDate: '2200-01-01' }, 'INVALID_INPUT', 'from 1900-01-01 to 2199-12-31'],
    ['metadata that is no object', { metadata: '[1]' }, 'INVALID_INPUT', 'a JSON object'],
    ['metadata that is no JSON', { metadata: '{' }, 'INVALID_INPUT', 'a JSON object'],
    [
      'metadata that is too large',
      { metadata: { a: 'x'.repeat(16_384) } },
      'INVALID_INPUT',
      'at most 16384 bytes',
    ],
    ['a template that is no text', { metadata: { email_template: 1 } }, 'INVALID_INPUT', 'email_template'],
  ])('%s', async ([, request, code, sentence]) => {
    await expect(enrol(request)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(sentence) as string,
    });
    expect(await targets()).toEqual([]);
  });

  test('no trigger date where one is needed', async () => {
    await expect(
      enrollContact(db.pool, workerHere(), {
        ...{ organization, instance: 'rates', contact: 'tx', actor: 'tester' },
      }),
    ).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining('targets need a trigger date') as string,
    });
    expect(await targets()).toEqual([]);
  });

  test.for<[string, string]>([
    ['draft', 'is a draft, of which no mail is planned'],
    ['ended', 'has ended and takes nobody in'],
  ])('a %s instance', async ([status, sentence]) => {
    await addInstance('other', 'rate_increase', status);
    await expect(enrol({ instance: 'other' })).rejects.toMatchObject({
      code: 'CAMPAIGN_CLOSED',
      message: expect.stringContaining(sentence) as string,
    });
    expect(await targets()).toEqual([]);
  });

  test('an inactive type', async () => {
    await db.owner.query(
      `UPDATE campaign_types SET active = false WHERE organization_id = $1 AND name = 'rate_increase'`,
      [organizationId],
    );
    await expect(enrol()).rejects.toMatchObject({
      code: 'CAMPAIGN_CLOSED',
      message: expect.stringContaining('would have no mail of it') as string,
    });
  });

  test('a deleted contact', async () => {
    const { rows } = await db.owner.query<{ id: string }>(
      `UPDATE contacts SET deleted_at = now(), external_id = NULL WHERE organization_id = $1 AND external_id = 'tx'
       RETURNING id`,
      [organizationId],
    );
    await expect(enrol({ contact: `id:${rows[0]!.id}` })).rejects.toMatchObject({
      code: 'UNKNOWN_CONTACT',
      message: expect.stringContaining('was deleted and gets no mail') as string,
    });
  });

  test('an id that is the external id of another contact', async () => {
    const { rows } = await db.owner.query<{ id: string }>(
      `SELECT id FROM contacts WHERE organization_id = $1 AND external_id = 'tx'`,
      [organizationId],
    );
    const { id } = rows[0]!;
    await db.owner.query(
      `UPDATE contacts SET external_id = $2 WHERE organization_id = $1 AND external_id = 'ny'`,
      [organizationId, id],
    );
    await expect(enrol({ contact: id })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    expect(await targets()).toEqual([]);
    await enrol({ contact: `id:${id}` });
    expect(await targets()).toEqual(['rates tx 2027-03-01 {}']);
  });

  test('a target already, which keeps its date', async () => {
    await enrol();
    await expect(enrol({ triggerDate: '2027-04-01' })).rejects.toMatchObject({
      message: expect.stringMatching(
        /is a target of rates already, with the trigger date 2027-03-01.*targets change/,
      ) as string,
    });
    expect(await targets()).toEqual(['rates tx 2027-03-01 {}']);
  });

  test('several things at once, each named', async () => {
    const refused = enrol({ instance: 'none', contact: 'none', triggerDate: 'soon' });
    await expect(refused).rejects.toMatchObject({
      message: expect.stringMatching(/3 problems[^]*"none"[^]*"none"[^]*soon/) as string,
    });
  });

  test('Temporal away: before anything is stored', async () => {
    const place = { databaseUrl: db.databaseUrl, temporalAddress: '127.0.0.1:1', namespace: 'default' };
    const args = ['--instance', 'rates', '--contact', 'tx', '--trigger-date', '2027-03-01'];
    const ending = await runCommand(place, 'campaigns', 'enroll', ...args, '--organization', organization);
    expect(ending).toMatchObject({ code: 1, stdout: '' });
    expect(ending.stderr).toContain('Temporal at 127.0.0.1:1 does not answer');
    expect(await targets()).toEqual([]);
  });
});
