/** `campaigns …` as a person or a program uses it, on the sample organization with its campaigns and a plan. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { claimDay, settleClaimed } from '../../src/db/claim.ts';
import { importTargets } from '../../src/db/import-targets.ts';
import type { OrganizationProfile } from '../../src/db/queries/find-organization.ts';
import { inTransaction } from '../../src/db/transaction.ts';
import { parseDay } from '../../src/domain/calendar.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { importSample } from '../support/import-sample.ts';
import { runCommand, runForJson, type CommandEnding } from '../support/command.ts';
import { createRunner } from '../support/run-planning.ts';

const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url));
const SAMPLE = join(CHECKOUT, 'config/sample/campaigns.yaml');
const WITH_TARGETS = ['rate-increase-2027', 'winter-checkup-2027', 'network-notice-2026'];
const NOTICE_DAY = '2026-12-14';

let db: TestDatabase;
let folder: string;
let demo: OrganizationProfile;

beforeAll(async () => {
  db = await createTestDatabase();
  folder = mkdtempSync(join(tmpdir(), 'campaign-commands-'));
  demo = await importSample(db.pool);
});

afterAll(async () => {
  rmSync(folder, { recursive: true });
  await db.drop();
});

/** No Temporal is there: a change is stored all the same, and the plan follows later. */
function place() {
  return { databaseUrl: db.databaseUrl, temporalAddress: '127.0.0.1:1', namespace: 'default' };
}

function campaigns(...args: readonly string[]): Promise<CommandEnding> {
  return runCommand(place(), 'campaigns', ...args, '--organization', 'demo');
}

function campaignsJson(...args: readonly string[]): Promise<unknown> {
  return runForJson(place(), 'campaigns', ...args, '--organization', 'demo');
}

function write(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

async function storedCampaigns(): Promise<unknown> {
  const { rows } = await db.owner.query(
    `SELECT (SELECT json_agg(t ORDER BY t.id) FROM campaign_types t WHERE organization_id = $1) AS types,
       (SELECT json_agg(i ORDER BY i.id) FROM campaign_instances i WHERE organization_id = $1) AS instances,
       (SELECT count(*) FROM planning_changes WHERE organization_id = $1) AS changes`,
    [demo.id],
  );
  return rows[0];
}

describe('campaigns import', () => {
  test('adds the sample’s campaigns, and the second time changes nothing', async () => {
    const first = await campaigns('import', SAMPLE, '--as', 'anna');
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout.split('\n').slice(1, 6)).toEqual([
      '                    added  changed  unchanged',
      'campaign types          0        0          0',
      'campaign instances      5        0          0',
      'Added: campaign instance rate-increase-2027',
      'Added: campaign instance winter-checkup-2027',
    ]);
    const stored = await storedCampaigns();
    expect(await campaignsJson('import', SAMPLE)).toMatchObject({
      ...{ file: SAMPLE, organization: 'demo' },
      types: { added: 0, changed: 0, unchanged: 0 },
      instances: { added: 0, changed: 0, unchanged: 5 },
      planning: { outcome: 'nothing' },
    });
    expect(await storedCampaigns()).toEqual(stored);
  });

  test('changes only the fields that the file has, and adds types for instances of the same file', async () => {
    const file = write(
      'more.yaml',
      `campaign_instances:
  - {name: rate-increase-2027, sms_template: rates}
  - {name: vip-2027, type: vip, metadata: {days_before_event: 3, tags: [a, {b: null}]}}
campaign_types:
  - {name: vip, priority: 2, respect_exclusion_windows: false, legal_basis: Asked for it.}
  - {name: policy_update, legal_basis: null}
`,
    );
    expect(await campaignsJson('import', file)).toMatchObject({
      types: { added: 1, changed: 0, unchanged: 1 },
      instances: { added: 1, changed: 1, unchanged: 0 },
    });
    const show = await campaignsJson('instances', 'show', 'rate-increase-2027');
    expect(show).toMatchObject({ smsTemplate: 'rates', activeStartDate: '2026-12-01', status: 'active' });
    await campaigns('instances', 'change', 'rate-increase-2027', '--sms-template', '');
  });

  test('names every problem with file, line, path, value and what is allowed, and stores nothing', async () => {
    const file = write(
      'wrong.yaml',
      `campaign_types:
  - name: fine
    priority: 3
  - name: exempt
    priority: 1
    respect_exclusion_windows: no
  - name: exempt
    priority: 1
    respect_exclusion_windows: false
campaign_instances:
  - name: Spring
    type: rates
    active_start_date: 2027-03-02
    active_end_date: 2027-03-01
    metadata: {priority: 2000, followup_templates: {cold: a}}
  - Summer
  - {name: Fall, type: fine, respect_exclusion_windows: false, colour: red}
targets: []
`,
    );
    const stored = await storedCampaigns();
    const { code, stdout, stderr } = await campaigns('import', file);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr.replaceAll(folder, '').trimEnd().split('\n')).toEqual([
      '/wrong.yaml is not imported: it has 11 problems; correct it and try again.',
      '  /wrong.yaml:6: campaign_types[1].respect_exclusion_windows: "no" is not allowed; allowed: true or false.',
      '  /wrong.yaml:7: campaign_types[2].name: "exempt" is not allowed; allowed: each name once; this one is given above already.',
      '  /wrong.yaml:7: campaign_types[2].legal_basis: a value is missing; allowed: a text that says why a type that does not respect exclusion windows may mail into them.',
      expect.stringMatching(
        /^ {2}\/wrong\.yaml:12: campaign_instances\[0\]\.type: "rates" is not allowed; allowed: the name of a campaign type: .*, fine, exempt\.$/,
      ),
      '  /wrong.yaml:14: campaign_instances[0].active_end_date: "2027-03-01" is not allowed; allowed: a date on or after active_start_date, which is 2027-03-02.',
      expect.stringMatching(
        /^ {2}\/wrong\.yaml:15: campaign_instances\[0\]\.metadata\.priority: 2000 is not allowed/,
      ),
      expect.stringMatching(
        /^ {2}\/wrong\.yaml:15: campaign_instances\[0\]\.metadata\.followup_templates\.cold: this key is not known/,
      ),
      '  /wrong.yaml:16: campaign_instances[1]: "Summer" is not allowed; allowed: a mapping that describes one campaign instance.',
      expect.stringMatching(
        /^ {2}\/wrong\.yaml:17: campaign_instances\[2\]\.respect_exclusion_windows: false is not allowed; allowed: true, or null/,
      ),
      expect.stringMatching(
        /^ {2}\/wrong\.yaml:17: campaign_instances\[2\]\.colour: this key is not known here/,
      ),
      '  /wrong.yaml:18: targets: this key is not known here; allowed: the keys campaign_types and campaign_instances.',
    ]);
    expect(await storedCampaigns()).toEqual(stored);
  });

  test.each([
    ['that is not there', null, 'The file does not exist; check its path.'],
    ['that is empty', '', 'The file is empty; it needs campaign_types, campaign_instances or both.'],
    ['that is no YAML', 'campaign_types: [', 'Flow sequence in block collection must be'],
    ['that is a list', '- name: a', 'a mapping with the keys campaign_types and campaign_instances.'],
    [
      'whose list is none',
      'campaign_types: {}',
      '{} is not allowed; allowed: a list of at most 1000 mappings.',
    ],
    ['with a key twice', 'campaign_types: []\ncampaign_types: []', 'Map keys must be unique'],
  ])('refuses a file %s', async (name, text, sentence) => {
    const file =
      text === null ? join(folder, 'nothing.yaml') : write(`${name.replaceAll(' ', '-')}.yaml`, text);
    const { code, stderr } = await campaigns('import', file);
    expect(stderr).toContain(sentence);
    expect(code).toBe(1);
  });
});

describe('wrong use', () => {
  test.each<[string, string[], string]>([
    [
      'every value that is not allowed is named by its option',
      [
        ...[
          'instances',
          'add',
          'Fall',
          '--type',
          'rates',
          '--active-end-date',
          '2027-02-29',
          '--status',
          'on',
        ],
        ...[
          '--respect-exclusion-windows',
          'no',
          '--enable-followups',
          'maybe',
          '--metadata',
          '{"priority":-1}',
        ],
      ],
      'There are 6 problems; nothing was stored.',
    ],
    ['nothing to change', ['types', 'change', 'policy_update'], 'Nothing is given that is to be changed'],
    [
      'a flag of a type that is neither yes nor no',
      ['types', 'change', 'policy_update', '--active', 'type'],
      '--active: "type" is not allowed; allowed: yes or no.',
    ],
    [
      'a number that is none',
      ['types', 'add', 'x', '--priority', '1e2'],
      '--priority: "1e2" is not allowed; allowed: a whole number from 0 to 1000.',
    ],
    [
      'a status of targets that there is not',
      ['targets', 'list', '--instance', 'vip-2027', '--status', 'open'],
      'Allowed choices are pending, scheduled, sent, skipped.',
    ],
  ])('%s', async (_, args, sentence) => {
    const { code, stderr } = await campaigns(...args);
    expect(stderr).toContain(sentence);
    expect(code).toBe(2);
  });

  test('is JSON with --json, with code, place, value and what is allowed', async () => {
    const { code, stderr } = await campaigns(
      'types',
      'change',
      'policy_update',
      '--priority',
      '1001',
      '--json',
    );
    expect(code).toBe(2);
    expect(JSON.parse(stderr)).toEqual({
      error: {
        code: 'INVALID_INPUT',
        message: '--priority: 1001 is not allowed; allowed: a whole number from 0 to 1000.',
        ...{ place: '--priority', value: '1001', allowed: 'a whole number from 0 to 1000' },
      },
    });
  });

  test.each<[string, string[]]>([
    ['a type', ['types', 'show', 'rates']],
    ['an instance', ['instances', 'show', 'rates']],
    ['an instance of targets', ['targets', 'list', '--instance', 'rates']],
  ])('%s that is not there is UNKNOWN_CAMPAIGN', async (_, args) => {
    const { code, stderr } = await campaigns(...args, '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'UNKNOWN_CAMPAIGN', value: 'rates' } });
  });
});

test('what cannot be previewed or put back is refused before a workflow is started: no Temporal is there', async () => {
  await campaigns('instances', 'add', 'over', '--type', 'rate_increase', '--status', 'ended');
  await campaigns('types', 'add', 'asleep', '--priority', '4', '--active', 'no');
  await campaigns('instances', 'add', 'dormant', '--type', 'asleep');
  const npx = 'npx email-scheduler campaigns';
  for (const [name, sentence] of [
    [
      'sprnig',
      `There is no campaign instance "sprnig" in demo: \`${npx} instances list --organization demo\``,
    ],
    [
      'over',
      `an ended instance has no mails; \`${npx} instances change over --status draft --organization demo\` opens it`,
    ],
    ['dormant', `mails; \`${npx} types change asleep --active yes --organization demo\` makes it active`],
  ] as const) {
    const { code, stderr } = await campaigns('preview', name);
    expect(stderr).toContain(sentence);
    expect(code).toBe(1);
  }
  for (const args of [
    ['campaigns', 'preview', 'over'],
    ['plan', 'restore', '77'],
  ]) {
    const nowhere = await runCommand(place(), ...args, '--organization', 'nowhere');
    expect(nowhere).toMatchObject({ code: 1, stdout: '' });
    expect(nowhere.stderr).toContain(
      'There is no organization "nowhere": `npx email-scheduler organizations list`',
    );
  }
  expect(await runCommand(place(), 'plan', 'restore', '77', '--organization', 'demo')).toEqual({
    ...{ code: 1, stdout: '' },
    stderr:
      'There is no plan "77": `npx email-scheduler plan list --organization demo` shows what there is.\n',
  });
  for (const name of ['over', 'dormant']) await campaigns('instances', 'remove', name);
  await campaigns('types', 'remove', 'asleep');
});

describe('lists', () => {
  test('of types and suppressions fit into a terminal', async () => {
    const { stdout: types } = await campaigns('types', 'list');
    expect(types).toContain('regulatory_notice');
    const reason =
      'asked us by telephone not to be written to any more, and to take the address off every list';
    const address = 'somebody.with-a-long-name@mail.example.com';
    const named = [address, '--scope', 'marketing', '--reason', reason, '--organization', 'demo'];
    expect(await runCommand(place(), 'suppressions', 'add', ...named)).toMatchObject({ code: 0 });
    const { stdout } = await runCommand(place(), 'suppressions', 'list', '--organization', 'demo');
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain(reason);
    for (const line of `${types}${stdout}`.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
    await runCommand(place(), 'suppressions', 'remove', address, '--organization', 'demo');
  });
});

describe('the sample’s campaigns, planned', () => {
  beforeAll(async () => {
    for (const instance of WITH_TARGETS) {
      await importTargets(db.pool, {
        ...{ file: join(CHECKOUT, `config/sample/targets-${instance}.csv`), organization: demo, instance },
        ...{ isStrict: true, actor: 'test', onProblem: () => undefined, onProgress: () => undefined },
      });
    }
    const runner = await createRunner({ pool: db.pool, configurationFolder: join(CHECKOUT, 'config') });
    await runner.run({ organization: 'demo', asOf: '2026-11-23' });
    const { rows } = await db.owner.query<{ id: string; contact_id: string }>(
      `SELECT id, contact_id FROM email_schedules WHERE email_type = 'campaign_regulatory_notice'
       ORDER BY contact_id LIMIT 5`,
    );
    await inTransaction(db.pool, (client) => claimDay(client, demo.id, parseDay(NOTICE_DAY)!));
    for (const [index, status] of (['sent', 'bounced', 'failed', 'cancelled'] as const).entries()) {
      await inTransaction(db.pool, (client) =>
        settleClaimed(client, demo.id, [Number(rows[index]!.id)], status),
      );
    }
  });

  test('have 40 to 80 targets each, whose files were taken as a whole', async () => {
    for (const instance of WITH_TARGETS) {
      const file = readFileSync(join(CHECKOUT, `config/sample/targets-${instance}.csv`), 'utf8');
      const lines = file.trimEnd().split('\n').length - 1;
      expect(lines).toBeGreaterThanOrEqual(40);
      expect(lines).toBeLessThanOrEqual(80);
      expect(await campaignsJson('instances', 'show', instance)).toMatchObject({ targets: lines });
    }
  });

  test('show conflicts, blocked mails, and an exempted notice', async () => {
    expect(await campaignsJson('instances', 'show', 'winter-checkup-2027')).toMatchObject({
      mails: expect.arrayContaining([
        expect.objectContaining({ status: 'skipped', reason: 'campaign_conflict' }),
        expect.objectContaining({ status: 'skipped', reason: 'exclusion_window' }),
      ]) as unknown,
    });
    const { stdout } = await campaigns('instances', 'show', 'network-notice-2026');
    expect(stdout).toContain(
      'Windows          exempt: its mails go out inside exclusion windows, too (of the type)',
    );
    expect(stdout).not.toContain('exclusion_window');
  });

  test('for all contacts count those without target rows', async () => {
    const { stdout } = await campaigns('instances', 'show', 'privacy-policy-2027');
    expect(stdout).toContain('Targets          every contact (663): 0 with a target row, 663 without one');
    expect(stdout).toContain('Priority         2 (its metadata; the type has 3)');
  });

  test('have targets whose status follows from their mails', async () => {
    const list = async (status?: string) =>
      (await campaignsJson(
        ...['targets', 'list', '--instance', 'network-notice-2026'],
        ...(status === undefined ? [] : ['--status', status]),
      )) as { total: number; targets: { status: string; mailStatus: string | null }[] };
    const { total, targets } = await list();
    const pairs = new Set(targets.map(({ status, mailStatus }) => `${status} by ${mailStatus}`));
    expect([...pairs].sort()).toEqual([
      ...['pending by null', 'scheduled by scheduled', 'sent by bounced', 'sent by sent'],
      ...['skipped by cancelled', 'skipped by failed'],
    ]);
    expect(total).toBe(48);
    expect(await list('sent')).toMatchObject({ total: 2 });
    expect(await list('skipped')).toMatchObject({ total: 2 });
  });

  test('list targets up to a limit, and say how many more there are', async () => {
    const { stdout } = await campaigns('targets', 'list', '--instance', 'rate-increase-2027', '--limit', '2');
    expect(stdout.trimEnd().split('\n')).toHaveLength(4);
    expect(stdout).toMatch(/… and 76 more: --limit shows them\.$/m);
  });

  test('are not removed while the plan in force has mails of them', async () => {
    const { code, stderr } = await campaigns('instances', 'remove', 'rate-increase-2027', '--with-targets');
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^Campaign instance rate-increase-2027 has \d+ mails in the plan in force and cannot be removed yet\./,
    );
  });

  test('are changed in the name that is given; the change is stored where nobody plans at the moment', async () => {
    const { code, stdout } = await campaigns(
      ...['targets', 'change', '--instance', 'rate-increase-2027', '--contact', 'S-0003'],
      ...['--trigger-date', '2027-03-01', '--as', 'anna'],
    );
    expect(code).toBe(0);
    expect(stdout.split('\n').slice(0, 2)).toEqual([
      'Changed: contact S-0003 (id 3) as a target of rate-increase-2027 (active) in demo:',
      '  trigger_date: 2027-01-01 → 2027-03-01',
    ]);
    expect(stdout).toContain('It is stored, and the plan in force does not have it yet');
    const { rows } = await db.owner.query(
      `SELECT actor, entity, field, new FROM audit_log WHERE entity = 'target' AND action = 'change'`,
    );
    expect(rows).toEqual([{ actor: 'anna', entity: 'target', field: 'trigger_date', new: '2027-03-01' }]);
  });
});
