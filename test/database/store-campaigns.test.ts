/** Adding, changing and removing campaigns: what is refused and how, and that nothing is ever half-done. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Refusal } from '../../src/contracts/finding.ts';
import type { CampaignEntry } from '../../src/db/campaign-fields/entry.ts';
import { NEW_INSTANCE } from '../../src/db/campaign-fields/instance-fields.ts';
import { NEW_TARGET } from '../../src/db/campaign-fields/target-fields.ts';
import { NEW_TYPE } from '../../src/db/campaign-fields/type-fields.ts';
import { addTarget, changeTarget, removeTarget } from '../../src/db/campaign-targets.ts';
import type { OrganizationProfile } from '../../src/db/queries/find-organization.ts';
import { removeCampaignInstance, removeCampaignType } from '../../src/db/remove-campaign.ts';
import { storeCampaigns, type CampaignOutcome } from '../../src/db/store-campaigns.ts';
import { inTransaction } from '../../src/db/transaction.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let db: TestDatabase;
let organizations = 0;
let agency: OrganizationProfile;

beforeAll(async () => {
  db = await createTestDatabase();
});

afterAll(async () => {
  await db.drop();
});

beforeEach(async () => {
  organizations += 1;
  const name = `agency-${organizations}`;
  const { rows } = await db.owner.query<{ id: string }>(
    `INSERT INTO organizations (name, time_zone) VALUES ($1, 'America/Chicago') RETURNING id`,
    [name],
  );
  agency = { id: Number(rows[0]!.id), name, timeZone: 'America/Chicago', isSandbox: false };
  await db.owner.query(
    `INSERT INTO contacts (organization_id, external_id, email, state)
     SELECT $1, 'C' || n, 'c' || n || '@example.com', 'TX' FROM generate_series(1, 3) n`,
    [agency.id],
  );
  await store(instance('Spring', { type: 'rate_increase', active_end_date: '2027-05-31' }));
});

type Fields = Readonly<Record<string, unknown>>;

function instance(name: string, given: Fields, mode: CampaignEntry['mode'] = 'add'): CampaignEntry {
  return { kind: 'instance', path: [], mode, given: { name, ...given } };
}

function type(name: string, given: Fields, mode: CampaignEntry['mode'] = 'add'): CampaignEntry {
  return { kind: 'type', path: [], mode, given: { name, ...given } };
}

function changeOf(kind: CampaignEntry['kind'], currentName: string, given: Fields): CampaignEntry {
  return { kind, path: [], mode: 'change', currentName, given };
}

async function store(...entries: readonly CampaignEntry[]): Promise<CampaignOutcome[]> {
  return inTransaction(db.pool, (client) => storeCampaigns(client, agency, entries));
}

/** What a change is refused with; its organization's name is left out of messages. */
async function refusalOf(work: () => Promise<unknown>): Promise<{ code: string; message: string }> {
  const before = await everything();
  const error: unknown = await work().then(
    () => null,
    (error: unknown) => error,
  );
  if (!(error instanceof Refusal)) throw new Error('was not refused', { cause: error });
  expect(await everything()).toEqual(before);
  return { code: error.code, message: error.message.replaceAll(agency.name, 'agency') };
}

async function everything(): Promise<unknown> {
  const { rows } = await db.owner.query(
    `SELECT (SELECT json_agg(t ORDER BY t.id) FROM campaign_types t WHERE organization_id = $1) AS types,
       (SELECT json_agg(i ORDER BY i.id) FROM campaign_instances i WHERE organization_id = $1) AS instances,
       (SELECT json_agg(c ORDER BY contact_id) FROM contact_campaigns c WHERE organization_id = $1) AS targets,
       (SELECT count(*) FROM planning_changes WHERE organization_id = $1) AS changes,
       (SELECT count(*) FROM audit_log WHERE organization_id = $1) AS audit`,
    [agency.id],
  );
  return rows[0];
}

const add = (contact: string, given: Fields, instance = 'Spring') =>
  inTransaction(db.pool, (client) => addTarget(client, agency, { instance, contact }, given));
const change = (contact: string, given: Fields, instance = 'Spring') =>
  inTransaction(db.pool, (client) => changeTarget(client, agency, { instance, contact }, given));
const remove = (contact: string, instance = 'Spring') =>
  inTransaction(db.pool, (client) => removeTarget(client, agency, { instance, contact }));
const removeInstance = (name: string, withTargets = false) =>
  inTransaction(db.pool, (client) => removeCampaignInstance(client, agency, name, { withTargets }));
const removeType = (name: string) =>
  inTransaction(db.pool, (client) => removeCampaignType(client, agency, name));

/** A mail of the instance in the ledger, to the first contact. */
async function mail(name: string, status: string, day = '2026-11-02', emailType = 'campaign_rate_increase') {
  await db.owner.query(
    `WITH version AS (
       INSERT INTO configuration_versions (document, rules, hash, files_hash, accepted_by)
       VALUES ('{}', '{}', 'h', 'h', 'test') RETURNING version
     ), run AS (
       INSERT INTO scheduler_runs (organization_id, state, today, as_of, configuration_version, batch_size,
         workflow_id, workflow_chain_id, snapshot)
       SELECT $1, 'published', '2026-11-01', '2026-11-01', version, 100, gen_random_uuid()::text, 'c',
         pg_current_snapshot() FROM version RETURNING id
     )
     INSERT INTO ledger (id, organization_id, contact_id, email_type, campaign_instance_id, event_date,
       ideal_date, scheduled_send_date, scheduled_send_time, status, skip_reason, priority, email_template, run_id)
     SELECT (SELECT coalesce(max(id), 0) + 1 FROM ledger), $1, c.id, $5, i.id, $4::date, $4::date, $4::date,
       '08:30', $3, CASE $3 WHEN 'skipped' THEN 'exclusion_window' END, 1, 'x', run.id
     FROM run, campaign_instances i, contacts c
     WHERE i.organization_id = $1 AND i.name = $2 AND c.organization_id = $1 AND c.external_id = 'C1'`,
    [agency.id, name, status, day, emailType],
  );
}

describe('defaults', () => {
  test('of new ones are those of the database', async () => {
    await db.owner.query(
      `INSERT INTO campaign_types (organization_id, name, priority) VALUES ($1, 'by-database', 1)`,
      [agency.id],
    );
    await db.owner.query(
      `INSERT INTO campaign_instances (organization_id, campaign_type_id, name)
       SELECT $1, id, 'by database' FROM campaign_types WHERE organization_id = $1 AND name = 'by-database'`,
      [agency.id],
    );
    await db.owner.query(
      `INSERT INTO contact_campaigns (organization_id, contact_id, campaign_instance_id)
       SELECT $1, (SELECT min(id) FROM contacts WHERE organization_id = $1), id FROM campaign_instances
       WHERE organization_id = $1 AND name = 'by database'`,
      [agency.id],
    );
    const [outcome] = await store(changeOf('type', 'by-database', NEW_TYPE));
    expect(outcome!.outcome).toBe('unchanged');
    const [other] = await store(changeOf('instance', 'by database', NEW_INSTANCE));
    expect(other!.outcome).toBe('unchanged');
    const { rows } = await db.owner.query(
      `SELECT trigger_date, metadata::text FROM contact_campaigns WHERE organization_id = $1`,
      [agency.id],
    );
    expect(rows).toEqual([NEW_TARGET]);
  });
});

describe('is refused, and nothing is stored:', () => {
  const NO_LEGAL_BASIS =
    'legal_basis: a value is missing; allowed: a text that says why a type that does not respect exclusion windows may mail into them.';
  test.each<[string, CampaignEntry, string, string]>([
    [
      'a type with the name of another',
      type('rate_increase', { priority: 1 }),
      'INVALID_INPUT',
      'agency has a campaign type "rate_increase" already: `npx email-scheduler campaigns types show rate_increase --organization agency` shows it.',
    ],
    [
      'an instance with the name of another',
      instance('Spring', { type: 'seasonal_promo' }),
      'INVALID_INPUT',
      'agency has a campaign instance "Spring" already: `npx email-scheduler campaigns instances show Spring --organization agency` shows it.',
    ],
    [
      'a type renamed to another’s name',
      changeOf('type', 'rate_increase', { name: 'policy_update' }),
      'INVALID_INPUT',
      'agency has a campaign type "policy_update" already: `npx email-scheduler campaigns types show policy_update --organization agency` shows it.',
    ],
    [
      'a change of a type that is not there',
      changeOf('type', 'rates', { priority: 1 }),
      'UNKNOWN_CAMPAIGN',
      'agency has no campaign type "rates". It has rate_increase, seasonal_promo, initial_blast, regulatory_notice, policy_update. `npx email-scheduler campaigns types list --organization agency` lists them.',
    ],
    [
      'a change of an instance that is not there',
      changeOf('instance', 'Fall', { status: 'active' }),
      'UNKNOWN_CAMPAIGN',
      'agency has no campaign instance "Fall". It has Spring. `npx email-scheduler campaigns instances list --organization agency` lists them.',
    ],
    [
      'an instance of an unknown type',
      instance('Fall', { type: 'rates' }),
      'UNKNOWN_CAMPAIGN',
      'type: "rates" is not allowed; allowed: the name of a campaign type: rate_increase, seasonal_promo, initial_blast, regulatory_notice, policy_update.',
    ],
    [
      'a start behind the end that is stored',
      changeOf('instance', 'Spring', { active_start_date: '2027-06-01' }),
      'INVALID_INPUT',
      'active_start_date: "2027-06-01" is not allowed; allowed: a date on or before active_end_date, which is 2027-05-31.',
    ],
    [
      'a type that ignores windows without saying why',
      changeOf('type', 'rate_increase', { respect_exclusion_windows: false }),
      'INVALID_INPUT',
      NO_LEGAL_BASIS,
    ],
    [
      'taking the legal basis from a type that ignores windows',
      changeOf('type', 'regulatory_notice', { legal_basis: null }),
      'INVALID_INPUT',
      NO_LEGAL_BASIS,
    ],
    [
      'what its reader could not make out',
      {
        ...changeOf('type', 'rate_increase', {}),
        findings: [{ path: ['active'], value: 'maybe', allowed: 'yes or no' }],
      },
      'INVALID_INPUT',
      'active: "maybe" is not allowed; allowed: yes or no.',
    ],
  ])('%s', async (_, entry, code, message) => {
    expect(await refusalOf(() => store(entry))).toEqual({ code, message });
  });

  test('all entries, if one of them is wrong; all that is wrong is named', async () => {
    const good = type('vip', { priority: 1 });
    const entries = [good, instance('A', { type: 'vip' }), instance('B', { type: 'vop', status: 'on' })];
    expect((await refusalOf(() => store(...entries))).message.split('\n')).toEqual([
      'There are 2 problems; nothing was stored.',
      '  status: "on" is not allowed; allowed: one of draft, active, paused, ended.',
      '  type: "vop" is not allowed; allowed: the name of a campaign type: rate_increase, seasonal_promo, initial_blast, regulatory_notice, policy_update, vip.',
    ]);
  });

  test('two entries of one name', async () => {
    const twice = instance('A', { type: 'rate_increase' }, 'import');
    expect((await refusalOf(() => store(twice, twice))).message).toBe(
      'name: "A" is not allowed; allowed: each name once; this one is given above already.',
    );
  });
});

describe('a type', () => {
  test('is added, changed and renamed, and says what changed', async () => {
    expect(await store(type('vip', { priority: 3, transactional: true }))).toMatchObject([
      { kind: 'type', name: 'vip', outcome: 'added', changes: [] },
    ]);
    expect(await store(changeOf('type', 'vip', { name: 'VIP', priority: 4, active: true }))).toMatchObject([
      {
        ...{ name: 'VIP', outcome: 'changed' },
        changes: [
          { field: 'name', old: 'vip', new: 'VIP' },
          { field: 'priority', old: 3, new: 4 },
        ],
      },
    ]);
    expect(await store(changeOf('type', 'VIP', { priority: 4 }))).toMatchObject([{ outcome: 'unchanged' }]);
  });

  test('keeps its name while an instance of it is no draft: its mails would be drawn anew', async () => {
    const renamed = changeOf('type', 'rate_increase', { name: 'new_rates' });
    for (const status of ['active', 'paused', 'ended']) {
      await store(changeOf('instance', 'Spring', { status }));
      expect(await refusalOf(() => store(renamed))).toEqual({
        code: 'CAMPAIGN_IN_USE',
        message: expect.stringMatching(
          new RegExp(
            `^Campaign type rate_increase keeps its name, as it has 1 instance that is no draft: Spring \\(${status}\\)\\..*\`npx email-scheduler campaigns types add new_rates --priority \\d+ --organization agency\` adds a type of that name\\.$`,
          ),
        ) as string,
      });
    }
    expect(await store(changeOf('type', 'rate_increase', { legal_basis: 'Asked for.' }))).toMatchObject([
      { outcome: 'changed' },
    ]);
    await store(changeOf('instance', 'Spring', { status: 'draft' }));
    expect(await store(renamed)).toMatchObject([{ name: 'new_rates', outcome: 'changed' }]);
  });

  test('stays for all contacts while targets of it have no trigger date', async () => {
    await store(instance('News', { type: 'policy_update' }));
    await add('C1', {}, 'News');
    const narrowed = changeOf('type', 'policy_update', { target_all_contacts: false });
    expect((await refusalOf(() => store(narrowed))).message).toBe(
      'target_all_contacts: false is not allowed; allowed: true as long as targets of its instances have no trigger date (1 has none): other types need one.',
    );
    await change('C1', { trigger_date: '2027-03-01' }, 'News');
    expect(await store(narrowed)).toMatchObject([{ outcome: 'changed' }]);
  });

  test('is removed only without instances', async () => {
    expect(await refusalOf(() => removeType('rate_increase'))).toEqual({
      code: 'CAMPAIGN_IN_USE',
      message:
        'Campaign type rate_increase has 1 instance (Spring) and cannot be removed. To plan nothing of it any more, make it inactive: `npx email-scheduler campaigns types change rate_increase --active no --organization agency`.',
    });
    expect((await refusalOf(() => removeType('rates'))).code).toBe('UNKNOWN_CAMPAIGN');
    await removeType('seasonal_promo');
    expect((await refusalOf(() => removeType('seasonal_promo'))).code).toBe('UNKNOWN_CAMPAIGN');
  });
});

describe('an instance', () => {
  test('compares its metadata by value, to the last digit', async () => {
    const given = { metadata: '{"n": 12345678901234567890, "a": [1,2]}' };
    expect(await store(changeOf('instance', 'Spring', given))).toMatchObject([{ outcome: 'changed' }]);
    const written = { metadata: '{"a":[1, 2],"n":12345678901234567890}' };
    expect(await store(changeOf('instance', 'Spring', written))).toMatchObject([{ outcome: 'unchanged' }]);
    const other = { metadata: '{"a":[1, 2],"n":12345678901234567891}' };
    expect(await store(changeOf('instance', 'Spring', other))).toMatchObject([{ outcome: 'changed' }]);
    expect(await store(changeOf('instance', 'Spring', { metadata: null }))).toMatchObject([
      { changes: [{ field: 'metadata', new: '{}' }] },
    ]);
  });

  test('ends, and is active again', async () => {
    for (const status of ['active', 'ended', 'active', 'paused', 'draft']) {
      expect(await store(changeOf('instance', 'Spring', { status }))).toMatchObject([{ outcome: 'changed' }]);
    }
  });

  test('is given another type only as a draft', async () => {
    expect(await store(changeOf('instance', 'Spring', { type: 'seasonal_promo' }))).toMatchObject([
      { changes: [{ field: 'type', old: 'rate_increase', new: 'seasonal_promo' }] },
    ]);
    await store(changeOf('instance', 'Spring', { status: 'active' }));
    expect(await refusalOf(() => store(changeOf('instance', 'Spring', { type: 'rate_increase' })))).toEqual({
      code: 'CAMPAIGN_IN_USE',
      message:
        'Spring is active and stays of type seasonal_promo: only a draft without mails can be given another type. Add a new instance instead.',
    });
  });

  test('is given no type for which its targets lack a trigger date', async () => {
    await store(instance('News', { type: 'policy_update' }));
    await add('C1', {}, 'News');
    await add('C2', { trigger_date: '2027-03-01' }, 'News');
    expect(
      (await refusalOf(() => store(changeOf('instance', 'News', { type: 'rate_increase' })))).message,
    ).toBe(
      'type: "rate_increase" is not allowed; allowed: a type for all contacts: 1 of its targets has no trigger date, which those of other types need.',
    );
    await store(changeOf('instance', 'News', { type: 'initial_blast' }));
  });

  test('that has mailed is no draft any more, is not removed, and can be ended', async () => {
    await store(changeOf('instance', 'Spring', { status: 'active' }));
    await mail('Spring', 'sent');
    expect(await refusalOf(() => store(changeOf('instance', 'Spring', { status: 'draft' })))).toEqual({
      code: 'CAMPAIGN_IN_USE',
      message: 'Spring has mailed (1 mail in the ledger) and is no draft any more: pause it or end it.',
    });
    expect(await refusalOf(() => removeInstance('Spring', true))).toEqual({
      code: 'CAMPAIGN_IN_USE',
      message:
        'Campaign instance Spring has 1 mail in the ledger and stays as their record. End it instead: `npx email-scheduler campaigns instances change Spring --status ended --organization agency`.',
    });
    await store(changeOf('instance', 'Spring', { status: 'ended' }));
    expect((await refusalOf(() => removeInstance('Spring'))).message).toMatch(
      /It has ended: nothing more of it goes out\.$/,
    );
  });

  test('with targets is removed only together with them', async () => {
    await add('C1', { trigger_date: '2027-03-01' });
    await add('C2', { trigger_date: '2027-03-01' });
    expect(await refusalOf(() => removeInstance('Spring'))).toEqual({
      code: 'CAMPAIGN_IN_USE',
      message:
        'Campaign instance Spring has 2 targets. End it instead (`npx email-scheduler campaigns instances change Spring --status ended --organization agency`), or remove it together with them: `npx email-scheduler campaigns instances remove Spring --with-targets --organization agency`.',
    });
    expect(await removeInstance('Spring', true)).toBe(2);
    expect((await refusalOf(() => removeInstance('Spring'))).code).toBe('UNKNOWN_CAMPAIGN');
  });
});

describe('two commands at once', () => {
  test('add one instance of a name', async () => {
    const entry = instance('Fall', { type: 'rate_increase' });
    const results = await Promise.allSettled([store(entry), store(entry), store(entry)]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected', 'rejected']);
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(Refusal);
    }
  });

  test('give no target to an instance that is being removed', async () => {
    const results = await Promise.allSettled([
      ...['C1', 'C2', 'C3'].map((contact) => add(contact, { trigger_date: '2027-03-01' })),
      removeInstance('Spring', true),
    ]);
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(Refusal);
    }
    expect(await everything()).toMatchObject({ instances: null, targets: null });
  });
});

describe('a target', () => {
  const MISSING =
    'trigger_date: a value is missing; allowed: a date, as YYYY-MM-DD: Spring is of type rate_increase, whose targets need a trigger date.';

  test('is added, changed, emptied and removed', async () => {
    expect(
      await add('C1', { trigger_date: '2027-03-01', metadata: '{"email_template": "es"}' }),
    ).toMatchObject({
      outcome: 'added',
    });
    expect(await change('C1', { trigger_date: '2027-03-02' })).toMatchObject({
      outcome: 'changed',
      changes: [{ field: 'trigger_date', old: '2027-03-01', new: '2027-03-02' }],
    });
    expect(await change('C1', { metadata: '{"email_template":"es"}' })).toMatchObject({
      outcome: 'unchanged',
    });
    expect(await change('C1', { metadata: null })).toMatchObject({
      changes: [{ field: 'metadata', old: '{"email_template": "es"}', new: '{}' }],
    });
    expect(await remove('C1')).toMatchObject({ outcome: 'removed' });
  });

  test.each<[string, () => Promise<unknown>, string, string | RegExp]>([
    ['without a trigger date', () => add('C1', {}), 'INVALID_INPUT', MISSING],
    [
      'of an unknown contact',
      () => add('C9', { trigger_date: '2027-03-01' }),
      'UNKNOWN_CONTACT',
      /^agency has no contact "C9"/,
    ],
    [
      'of an unknown instance',
      () => add('C1', { trigger_date: '2027-03-01' }, 'Fall'),
      'UNKNOWN_CAMPAIGN',
      /^There is no campaign instance "Fall" in agency/,
    ],
    [
      'with metadata of the wrong shape',
      () => add('C1', { trigger_date: '2027-03-01', metadata: '{"sms_template": 1}' }),
      'INVALID_INPUT',
      /^metadata\.sms_template: 1 is not allowed/,
    ],
    [
      'that is not there, changed',
      () => change('C1', { trigger_date: null }),
      'UNKNOWN_CAMPAIGN',
      /no target row/,
    ],
    ['that is not there, removed', () => remove('C1'), 'UNKNOWN_CAMPAIGN', /no target row of Spring/],
  ])('%s is refused', async (_, work, code, message) => {
    const refusal = await refusalOf(work);
    expect(refusal.code).toBe(code);
    if (typeof message === 'string') expect(refusal.message).toBe(message);
    else expect(refusal.message).toMatch(message);
  });

  test('is told everything that is wrong at once', async () => {
    const { code, message } = await refusalOf(() =>
      add('C9', { trigger_date: '2027-02-29', metadata: '[]' }, 'Fall'),
    );
    expect(code).toBe('INVALID_INPUT');
    expect(message.split('\n').map((line) => line.trim().slice(0, 31))).toEqual([
      'There are 4 problems; nothing w',
      'There is no campaign instance "',
      'agency has no contact "C9": nei',
      'trigger_date: "2027-02-29" is n',
      'metadata: "[]" is not allowed; ',
    ]);
  });

  test('is added once', async () => {
    await add('C1', { trigger_date: '2027-03-01' });
    expect((await refusalOf(() => add('C1', { trigger_date: '2027-03-09' }))).message).toBe(
      'Contact C1 is a target of Spring already, with the trigger date 2027-03-01: `npx email-scheduler campaigns targets change --instance Spring --contact C1 --trigger-date DATE --organization agency` gives it another date.',
    );
  });

  test('keeps a trigger date where it needs one', async () => {
    await add('C1', { trigger_date: '2027-03-01' });
    expect((await refusalOf(() => change('C1', { trigger_date: null }))).message).toBe(MISSING);
  });

  test.each(['draft', 'active', 'paused'])('is given to an instance that is %s', async (status) => {
    await store(changeOf('instance', 'Spring', { status }));
    expect(await add('C1', { trigger_date: '2027-03-01' })).toMatchObject({ outcome: 'added' });
  });

  test('is not given to one that has ended, from which those that are there may be taken', async () => {
    await add('C1', { trigger_date: '2027-03-01' });
    await store(changeOf('instance', 'Spring', { status: 'ended' }));
    expect((await refusalOf(() => add('C2', { trigger_date: '2027-03-01' }))).code).toBe('CAMPAIGN_CLOSED');
    expect(await remove('C1')).toMatchObject({ outcome: 'removed' });
  });

  test('of a contact that was deleted is refused, and can be taken away', async () => {
    await add('C1', { trigger_date: '2027-03-01' });
    const { rows } = await db.owner.query<{ id: string }>(
      `UPDATE contacts SET deleted_at = now() WHERE organization_id = $1 AND external_id IN ('C1', 'C2')
       RETURNING id`,
      [agency.id],
    );
    const id = `id:${rows[1]!.id}`;
    expect((await refusalOf(() => add(id, { trigger_date: '2027-03-01' }))).code).toBe('UNKNOWN_CONTACT');
    expect(await remove('C1')).toMatchObject({ outcome: 'removed' });
  });
});
