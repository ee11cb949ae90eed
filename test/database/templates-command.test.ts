/** `templates …` as a person or a program uses it, on the sample organization. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readEnvironment } from '../../src/cli/environment.ts';
import { importSampleOrganization } from '../../src/cli/sample-organization.ts';
import { findMailWithTemplate } from '../../src/db/queries/find-mail-with-template.ts';
import { findOrganization, type OrganizationProfile } from '../../src/db/queries/find-organization.ts';
import { listCampaignTemplates } from '../../src/db/queries/list-campaign-templates.ts';
import { sampleContacts } from '../../src/db/queries/sample-contacts.ts';
import { parseDay } from '../../src/domain/calendar.ts';
import { runCommand, runForJson, type CommandEnding } from '../support/command.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { createRunner } from '../support/run-planning.ts';

const CONFIG = fileURLToPath(new URL('../../config', import.meta.url));
const SHIPPED = join(CONFIG, 'templates');

let db: TestDatabase;
let folder: string;
let demo: OrganizationProfile;

beforeAll(async () => {
  db = await createTestDatabase();
  await importSampleOrganization(db.pool, 'demo', readEnvironment(), () => undefined);
  demo = (await findOrganization(db.pool, 'demo'))!;
  await db.owner.query("UPDATE contacts SET first_name = 'Ann' WHERE external_id = 'S-0001'");
  await db.owner.query("UPDATE contacts SET first_name = 'Secretia' WHERE external_id = 'S-0002'");
  folder = mkdtempSync(join(tmpdir(), 'templates-command-'));
});

afterAll(async () => {
  rmSync(folder, { recursive: true });
  await db.drop();
});

function place(templatesFolder?: string) {
  const servers = { databaseUrl: db.databaseUrl, temporalAddress: '127.0.0.1:1', namespace: 'default' };
  return templatesFolder === undefined ? servers : { ...servers, templatesFolder };
}

/** The shipped templates, with one part changed. */
function edited(name: string, file: string, change: (text: string) => string): string {
  const copy = join(folder, name);
  cpSync(SHIPPED, copy, { recursive: true });
  const path = join(copy, file);
  writeFileSync(path, change(readFileSync(path, 'utf8')));
  return copy;
}

function check(templatesFolder?: string, ...args: readonly string[]): Promise<CommandEnding> {
  return runCommand(place(templatesFolder), 'templates', 'check', '--organization', 'demo', ...args);
}

describe('templates check', () => {
  test('finds no fault in the shipped templates for real contacts and campaigns', async () => {
    const { code, stdout, stderr } = await check();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('Note: sender.from and sender.postal_address are not set');
    expect(stdout).toMatch(/each for two made-up contacts and 300 contacts of demo: no fault\.\n$/);
  });

  test('names file, line, variable and for how many contacts, and no value', async () => {
    const copy = edited('missing', 'birthday/text.liquid', (text) =>
      text.replace('All of us', '{{ contact.attributes.agent }} {{ contact.first_name }} All of us'),
    );
    const { code, stdout } = await check(copy, '--contacts', '663');
    expect(code).toBe(1);
    const { rows } = await db.owner.query<{ count: number }>(
      `SELECT count(*)::integer AS count FROM contacts
       WHERE organization_id = $1 AND coalesce(trim(attributes ->> 'agent'), '') = ''`,
      [demo.id],
    );
    expect(rows[0]!.count).toBeGreaterThan(0);
    expect(stdout.replace(/\n\s+/g, ' ')).toContain(
      'birthday/text.liquid:5: contact.attributes.agent is missing: give it a default, or ask with "if" whether it is there. for a made-up contact with everything, and for a made-up contact with as little as possible, and for ' +
        `${rows[0]!.count} of 663 contacts (such as id:`,
    );
    expect(stdout).not.toContain('Secretia');
  });

  test('names templates that campaigns and the configuration name and that are not there', async () => {
    const copy = join(folder, 'removed');
    cpSync(SHIPPED, copy, { recursive: true });
    for (const name of ['portal-launch', 'winter-checkup-es', 'privacy-policy-reminder', 'aep']) {
      rmSync(join(copy, name), { recursive: true });
    }
    const { code, stdout } = await check(copy, '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      faults: [],
      missing: [
        { template: 'aep', named_by: ['email_types.aep'] },
        { template: 'portal-launch', named_by: ['campaign portal-launch-2026'] },
        { template: 'privacy-policy-reminder', named_by: ['campaign privacy-policy-2027'] },
        { template: 'winter-checkup-es', named_by: ['campaign winter-checkup-2027'] },
      ],
    });
  });

  test('holds example links and a sender to come against a real organization', async () => {
    await db.owner.query("INSERT INTO organizations (name, time_zone) VALUES ('real', 'America/Chicago')");
    const { code, stdout } = await runCommand(place(), 'templates', 'check', '--organization', 'real');
    expect(code).toBe(1);
    expect(stdout).toMatch(/^sender\.from and sender\.postal_address are not set/m);
    expect(stdout).toMatch(/^\d+ click links in \d+ files lead to agency\.example/m);
  });

  test.each([
    ['an unknown organization', ['--organization', 'nobody'], 1, 'There is no organization "nobody":'],
    ['no number of contacts', ['--contacts', '0'], 2, 'Allowed: a whole number from 1 to 10000.'],
  ])('%s is refused', async (_, args, code, message) => {
    const ending = await runCommand(place(), 'templates', 'check', ...args);
    expect(ending.code).toBe(code);
    expect(ending.stderr).toContain(message);
  });

  test('a folder that is not there is a sentence', async () => {
    const { code, stderr } = await check('/nowhere/at/all');
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr:
        'The folder of templates, /nowhere/at/all, cannot be read: ENOENT. EMAIL_SCHEDULER_TEMPLATES names another one.\n',
    });
  });
});

describe('templates preview', () => {
  const preview = (...args: readonly string[]): Promise<CommandEnding> =>
    runCommand(place(), 'templates', 'preview', ...args, '--organization', 'demo');

  test('prints subject and text, and writes the HTML', async () => {
    const file = join(folder, 'birthday.html');
    const { code, stdout } = await preview('birthday', '--contact', 'S-0001', '--html', file);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Subject: Ann, your birthday is coming up\n\ndemo\n/);
    expect(stdout).toContain('No mail to this contact uses the template: its dates are examples.');
    expect(stdout).toContain('[POSTAL ADDRESS IS NOT SET]');
    expect(readFileSync(file, 'utf8')).toMatch(/^<!DOCTYPE html>[^]*<p>Hello Ann,<\/p>[^]*<\/html>$/);
  });

  test('is JSON for programs', async () => {
    const shown = await runForJson(
      place(),
      'templates',
      'preview',
      'birthday',
      '--contact',
      'S-0001',
      '--organization',
      'demo',
    );
    expect(shown).toMatchObject({
      template: 'birthday',
      send_date: null,
      subject: 'Ann, your birthday is coming up',
    });
    expect(Object.keys(shown as object)).toEqual(expect.arrayContaining(['html', 'text']));
  });

  test.each([
    [
      'an unknown template',
      ['birthdey', '--contact', 'S-0001'],
      1,
      'There is no template of this name. The folder has aep, birthday,',
    ],
    ['an unknown contact', ['birthday', '--contact', 'S-9999'], 1, 'demo has no contact "S-9999"'],
    [
      'a file in no folder',
      ['birthday', '--contact', 'S-0001', '--html', '/nowhere/x.html'],
      2,
      '--html /nowhere/x.html lies in no folder',
    ],
    ['no contact', ['birthday'], 2, "required option '--contact <id>' not specified"],
  ])('%s is refused', async (_, args, code, message) => {
    const ending = await preview(...args);
    expect(ending.code).toBe(code);
    expect(ending.stderr).toContain(message);
  });

  test('of a deleted contact is refused', async () => {
    await db.owner.query("UPDATE contacts SET deleted_at = now() WHERE external_id = 'S-0009'");
    const { code, stderr } = await preview('birthday', '--contact', 'S-0009');
    expect(code).toBe(1);
    expect(stderr).toContain('was deleted');
  });
});

describe('what is read for it', () => {
  test('a sample is spread over the ids, without deleted contacts, and all of them where there are few', async () => {
    const { rows } = await db.owner.query<{ id: string }>(
      'SELECT id FROM contacts WHERE organization_id = $1 AND deleted_at IS NULL ORDER BY id',
      [demo.id],
    );
    const ids = rows.map(({ id }) => Number(id));
    const all = await sampleContacts(db.pool, demo.id, 2_000);
    expect(all.map(({ id }) => id)).toEqual(ids);
    const some = (await sampleContacts(db.pool, demo.id, 10)).map(({ id }) => id);
    expect(some).toHaveLength(10);
    for (const [at, id] of some.entries()) {
      const position = ids.indexOf(id) / ids.length;
      expect(position).toBeGreaterThanOrEqual(at / 10 - 0.02);
      expect(position).toBeLessThan((at + 1) / 10);
    }
    expect(await sampleContacts(db.pool, 4_711, 10)).toEqual([]);
  });

  test('templates of targets and follow-ups are named by their campaign; those of ended ones are not', async () => {
    await db.owner.query(
      `INSERT INTO campaign_instances (organization_id, campaign_type_id, name, status, email_template)
       SELECT $1, id, 'over', 'ended', 'not-asked-for' FROM campaign_types WHERE organization_id = $1 AND name = 'policy_update'`,
      [demo.id],
    );
    const named = await listCampaignTemplates(db.pool, demo.id);
    expect(named.map(({ instance, template, followUp }) => [instance, template, followUp])).toEqual([
      ['network-notice-2026', 'network-notice', null],
      ['portal-launch-2026', 'portal-launch', null],
      ['privacy-policy-2027', 'campaign_policy_update', null],
      ['privacy-policy-2027', 'privacy-policy-reminder', 'followup_1_cold'],
      ['rate-increase-2027', 'campaign_rate_increase', null],
      ['winter-checkup-2027', 'winter-checkup', null],
      ['winter-checkup-2027', 'winter-checkup-es', null],
    ]);
  });

  test('a preview shows the dates and the campaign of the mail that is planned', async () => {
    const runner = await createRunner({ pool: db.pool, configurationFolder: CONFIG });
    await runner.run({ organization: 'demo', asOf: '2026-11-23' });
    const { rows } = await db.owner.query<{ contact_id: string; send: string; event: string }>(
      `SELECT contact_id, scheduled_send_date::text AS send, event_date::text AS event FROM email_schedules
       WHERE organization_id = $1 AND email_template = 'network-notice' AND status = 'pre-scheduled' ORDER BY id LIMIT 1`,
      [demo.id],
    );
    const { contact_id: contact, send, event } = rows[0]!;
    expect(await findMailWithTemplate(db.pool, demo.id, Number(contact), 'network-notice')).toEqual({
      emailType: 'campaign_regulatory_notice',
      eventDate: event,
      sendDate: send,
      instance: 'network-notice-2026',
      type: 'regulatory_notice',
      metadata: {},
    });
    const { stdout } = await runCommand(
      place(),
      'templates',
      'preview',
      'network-notice',
      '--contact',
      `id:${contact}`,
      '--organization',
      'demo',
    );
    expect(stdout).toContain(`As on ${send}`);
    const [year, , day] = event.split('-').map(Number);
    expect(parseDay(event)).not.toBeNull();
    expect(stdout).toMatch(new RegExp(`takes\\s+effect\\s+on\\s+[A-Z][a-z]+ ${day}, ${year}`));
  });
});
