/** Links of mails, followed: a server on loopback, a database, and a plan that follows. */
import { request as httpRequest } from 'node:http';
import { connect as connectTo } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { Client } from '@temporalio/client';
import type { Pool } from 'pg';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { replanContacts } from '../../activities/replan-contacts.ts';
import { ChangeFollower } from '../../src/api/follow-changes.ts';
import { createServer } from '../../src/api/server.ts';
import { lockAddress } from '../../src/db/address-lock.ts';
import { claimDay } from '../../src/db/claim.ts';
import { deleteContact } from '../../src/db/delete-contact.ts';
import { LinkKeys, rotateLinkKey } from '../../src/db/link-keys.ts';
import { lockOrganization } from '../../src/db/organizations.ts';
import { inTransaction } from '../../src/db/transaction.ts';
import {
  CLICK_LINK_DAYS,
  createLinkMaker,
  unsubscribeHeaders,
  type LinkMaker,
} from '../../src/delivery/links.ts';
import { sealToken } from '../../src/delivery/sealed-token.ts';
import { parseDay } from '../../src/domain/calendar.ts';
import { runCommand, runForJson, type CommandPlace } from '../support/command.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { createRunner, newWorkflow, type PlanRunner } from '../support/run-planning.ts';

const CONFIGURATION_FOLDER = new URL('../../config', import.meta.url).pathname;
const AS_OF = '2026-11-23';
const MS_PER_DAY = 86_400_000;
const BROWSER = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
const TARGET = 'https://agency.example/quote?plan=g';
const ADDRESS = 'Ann@Example.com';
const NORMAL_ADDRESS = 'ann@example.com';

let db: TestDatabase;
let runner: PlanRunner;
let keys: LinkKeys;
let follower: ChangeFollower;
let app: ReturnType<typeof createServer>;
let url: string;
let logged: string;
let nowMs: number;
/** Of the cache of keys. */
let keysNowMs = 0;
let organization: { id: number; name: string };
let contactId: number;
let scheduleId: number;
let links: LinkMaker;
let count = 0;

beforeAll(async () => {
  db = await createTestDatabase();
  runner = await createRunner({ pool: db.pool, configurationFolder: CONFIGURATION_FOLDER });
});

afterAll(async () => {
  await db.drop();
});

/** An agency with a plan, and Ann's birthday mail of it claimed and sent. */
beforeEach(async () => {
  const name = `agency-${++count}`;
  const { rows } = await db.owner.query<{ id: string; contact_id: string }>(
    `WITH o AS (INSERT INTO organizations (name, time_zone, sandbox) VALUES ($1, 'America/Chicago', true) RETURNING id)
     INSERT INTO contacts (organization_id, external_id, email, state, birth_date)
       SELECT id, 'ann', $2, 'TX', DATE '1950-06-15' FROM o RETURNING organization_id AS id, id AS contact_id`,
    [name, ` ${ADDRESS}`],
  );
  organization = { id: Number(rows[0]!.id), name };
  contactId = Number(rows[0]!.contact_id);
  await runner.run({ organization: name, asOf: AS_OF });
  scheduleId = await sendMail('birthday');
  nowMs = Date.parse('2027-06-02T15:00:00Z');
  await serve();
  links = await linksOf({ organizationId: organization.id, scheduleId, contactId });
});

afterEach(async () => {
  await app.close();
  await follower.settled();
});

async function sendMail(emailType: string): Promise<number> {
  const { rows } = await db.owner.query<{ id: string; day: string }>(
    `SELECT id, scheduled_send_date::text AS day FROM email_schedules
     WHERE organization_id = $1 AND email_type = $2 AND status = 'pre-scheduled' ORDER BY 2 LIMIT 1`,
    [organization.id, emailType],
  );
  const { id, day } = rows[0]!;
  await inTransaction(db.pool, async (client) => {
    await lockOrganization(client, organization);
    await claimDay(client, organization.id, parseDay(day)!);
  });
  await db.owner.query("UPDATE ledger SET status = 'sent', actual_send_at = $2 WHERE id = $1", [
    ...[Number(id), new Date('2027-06-01T13:30:00Z')],
  ]);
  return Number(id);
}

async function linksOf(mail: {
  organizationId: number;
  scheduleId: number;
  contactId: number;
}): Promise<LinkMaker> {
  return createLinkMaker({
    baseUrl: url,
    keys: await keys.read(0),
    mail,
    today: Math.floor(nowMs / MS_PER_DAY),
  });
}

async function serve(connect: () => Promise<Client> = () => Promise.resolve(workerHere())): Promise<void> {
  logged = '';
  const logger = pino({}, { write: (line: string) => (logged += line) });
  keys = new LinkKeys(db.pool, () => keysNowMs);
  follower = new ChangeFollower({ pool: db.pool, connect, logger });
  app = createServer({ pool: db.pool, keys, follower, logger, now: () => nowMs, environment: null });
  await app.listen({ host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
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

function follow(link: string, init: RequestInit & { userAgent?: string } = {}): Promise<Response> {
  const { userAgent = BROWSER, headers = {}, ...rest } = init;
  const all = { 'user-agent': userAgent, ...(headers as Record<string, string>) };
  return fetch(link, { redirect: 'manual', ...rest, headers: all });
}

/** As `fetch` does not let one: the path as it is. */
function rawGet(path: string): Promise<{ status: number; location: string | undefined }> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ hostname, port, path, headers: { 'user-agent': BROWSER } }, (response) => {
      response.resume();
      resolve({ status: response.statusCode!, location: response.headers.location });
    });
    sent.once('error', reject).end();
  });
}

async function suppressions(): Promise<string[]> {
  const { rows } = await db.pool.query<{ text: string }>(
    `SELECT concat_ws(' ', address, scope, reason) AS text FROM suppressions WHERE organization_id = $1 ORDER BY 1`,
    [organization.id],
  );
  return rows.map(({ text }) => text);
}

async function auditLog(): Promise<Record<string, unknown>[]> {
  const { rows } = await db.pool.query<Record<string, unknown>>(
    `SELECT actor, action, entity_id, new FROM audit_log
     WHERE organization_id = $1 AND entity = 'suppression' ORDER BY id`,
    [organization.id],
  );
  return rows;
}

interface Event {
  type: string;
  schedule_id: string | null;
  is_evidence: boolean;
  occurred_at: Date;
  metadata: Record<string, string>;
}

async function events(): Promise<Event[]> {
  const { rows } = await db.pool.query<Event>(
    `SELECT type, schedule_id, is_evidence, occurred_at, metadata FROM contact_events
     WHERE organization_id = $1 ORDER BY id`,
    [organization.id],
  );
  return rows;
}

async function plannedMails(): Promise<number> {
  const { rows } = await db.pool.query(
    `SELECT FROM email_schedules WHERE organization_id = $1 AND contact_id = $2 AND status = 'pre-scheduled'`,
    [organization.id, contactId],
  );
  return rows.length;
}

const UNSUBSCRIBED = [`${NORMAL_ADDRESS} marketing unsubscribe`];

describe('the link to unsubscribe', () => {
  test('shows a page that says whose mails, and changes nothing, however often it is opened', async () => {
    const link = links.unsubscribe(ADDRESS);
    for (const method of ['GET', 'GET', 'HEAD']) {
      const response = await follow(link, { method });
      expect(response.status).toBe(200);
      const page = await response.text();
      if (method === 'HEAD') expect(page).toBe('');
      else {
        expect(page).toContain(`<h1>Unsubscribe from ${organization.name}</h1>`);
        expect(page).toContain('<form method="post"><button type="submit">Unsubscribe</button></form>');
        expect(page).not.toContain(ADDRESS);
        expect(page).not.toContain('<script');
      }
    }
    expect(await suppressions()).toEqual([]);
    expect(await auditLog()).toEqual([]);
  });

  test('calls the agency as its mails do', async () => {
    const sender = JSON.stringify({ sender: { from: '"Hill & <b>Dale</b>" <mail@hill.example>' } });
    const named = JSON.stringify({ sender: { from: 'Hill & Dale <mail@hill.example>' } });
    for (const document of [sender, named]) {
      await db.owner.query(
        `INSERT INTO configuration_versions (document, rules, hash, files_hash, accepted_by)
         VALUES ($1, '{}', 'h', 'h', 'tester')`,
        [document],
      );
      const page = await (await follow(links.unsubscribe(ADDRESS))).text();
      expect(page).not.toContain('<b>');
      if (document === named) expect(page).toContain('<h1>Unsubscribe from Hill &amp; Dale</h1>');
    }
    await db.owner.query("DELETE FROM configuration_versions WHERE accepted_by = 'tester'");
  });

  test('unsubscribes the address that the mail went to when the button is pressed; twice is once', async () => {
    const link = links.unsubscribe(ADDRESS);
    for (let time = 0; time < 2; time++) {
      const response = await follow(link, {
        ...{ method: 'POST', body: '' },
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      });
      expect(response.status).toBe(200);
      expect(await response.text()).toContain('<h1>You are unsubscribed</h1>');
      expect(await suppressions()).toEqual(UNSUBSCRIBED);
    }
    expect(await auditLog()).toEqual([
      {
        ...{ actor: `recipient of mail ${scheduleId}`, action: 'add' },
        entity_id: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown,
        new: '{"scope": "marketing", "reason": "unsubscribe"}',
      },
    ]);
  });

  test.each([
    ['a form', 'application/x-www-form-urlencoded', 'List-Unsubscribe=One-Click'],
    [
      'a form of parts',
      'multipart/form-data; boundary=x',
      '--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n',
    ],
  ])('takes the one click of a mail program, sent as %s', async (_, type, body) => {
    const header = unsubscribeHeaders(links.unsubscribe(ADDRESS))['List-Unsubscribe']!;
    const response = await follow(header.slice(1, -1), {
      ...{ method: 'POST', body, userAgent: 'Googlebot/2.1' },
      headers: { 'content-type': type },
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(await response.text()).toBe('Unsubscribed.\n');
    expect(await suppressions()).toEqual(UNSUBSCRIBED);
  });

  test.each([
    ['no body', {}],
    ['a body without a type', { body: new Uint8Array([1, 2]) }],
    ['JSON that is none', { body: '{', headers: { 'content-type': 'application/json' } }],
  ])('takes a POST with %s', async (_, init: RequestInit) => {
    const response = await follow(links.unsubscribe(ADDRESS), { method: 'POST', ...init });
    expect(response.status).toBe(200);
    expect(await suppressions()).toEqual(UNSUBSCRIBED);
  });

  test('has the contact rejected by the plan in force, without waiting for it', async () => {
    expect(await plannedMails()).toBeGreaterThan(0);
    await follow(links.unsubscribe(ADDRESS), { method: 'POST' });
    await follower.settled();
    expect(await plannedMails()).toBe(0);
    const { rows } = await db.pool.query(
      `SELECT reason FROM rejected_contacts r JOIN scheduler_runs s ON s.id = r.run_id
       WHERE s.organization_id = $1 AND r.contact_id = $2 AND s.kind = 'replan'`,
      [organization.id, contactId],
    );
    expect(rows).toEqual([{ reason: 'suppressed' }]);
  });

  test('unsubscribes while Temporal is away: the change is left for the sweep', async () => {
    await app.close();
    let giveUp: (error: Error) => void = () => undefined;
    await serve(() => new Promise((_, reject) => (giveUp = reject)));
    links = await linksOf({ organizationId: organization.id, scheduleId, contactId });
    // The answer is there before anybody has given up.
    expect((await follow(links.unsubscribe(ADDRESS), { method: 'POST' })).status).toBe(200);
    await vi.waitUntil(() => {
      giveUp(new Error('no Temporal'));
      return logged !== '';
    });
    await follower.settled();
    expect(await suppressions()).toEqual(UNSUBSCRIBED);
    const { rows } = await db.pool.query('SELECT cause FROM planning_changes WHERE organization_id = $1', [
      organization.id,
    ]);
    expect(rows).toEqual([{ cause: 'suppression changed' }]);
    expect(logged).toContain('the plan in force does not have a change yet');
  });

  test('holds for the address that the mail went to, not for the one that the contact has now', async () => {
    await db.owner.query("UPDATE contacts SET email = 'ann@elsewhere.example' WHERE id = $1", [contactId]);
    await follow(links.unsubscribe(ADDRESS), { method: 'POST' });
    expect(await suppressions()).toEqual(UNSUBSCRIBED);
  });

  test('works after the contact was deleted', async () => {
    await inTransaction(db.pool, (client) => deleteContact(client, organization, 'ann'));
    expect((await follow(links.unsubscribe(ADDRESS))).status).toBe(200);
    expect((await follow(links.unsubscribe(ADDRESS), { method: 'POST' })).status).toBe(200);
    expect(await suppressions()).toEqual(UNSUBSCRIBED);
  });

  test('leaves the reason of an address that is suppressed already', async () => {
    await db.owner.query(`INSERT INTO suppressions VALUES ($1, $2, 'marketing', 'by phone')`, [
      ...[organization.id, NORMAL_ADDRESS],
    ]);
    await follow(links.unsubscribe(ADDRESS), { method: 'POST' });
    expect(await suppressions()).toEqual([`${NORMAL_ADDRESS} marketing by phone`]);
  });

  test('of another organization or a forged one changes nothing', async () => {
    const [key] = await keys.read();
    const token = links.unsubscribe(ADDRESS).split('/').at(-1)!;
    const nowhere = await linksOf({ organizationId: 999_999, scheduleId, contactId });
    const forged = [
      `${url}/u/${token.slice(0, -1)}`,
      `${url}/u/${token}%0A`,
      `${url}/u/${token.slice(0, 20)}%0D%0A${token.slice(20)}`,
      `${url}/u/${token}/`,
      `${url}/u/${links.click(TARGET, 'x').split('/').at(-1)!}`,
      `${url}/u/${sealToken('unsubscribe', { ...key!, secret: Buffer.alloc(32) }, `[${organization.id},1,1,"${ADDRESS}"]`)}`,
      `${url}/u/${'A'.repeat(5_000)}`,
      `${url}/u/%ZZ`,
      `${url}/u/`,
      nowhere.unsubscribe(ADDRESS),
    ];
    for (const link of forged) {
      for (const method of ['GET', 'POST']) expect((await follow(link, { method })).status).toBe(404);
    }
    expect(await suppressions()).toEqual([]);
  });

  test('waits for who records an attempt to that address, and for no other', async () => {
    await inTransaction(db.pool, async (client) => {
      await lockAddress(client, organization.id, ` ${ADDRESS.toUpperCase()}`);
      expect((await follow(links.unsubscribe('other@example.com'), { method: 'POST' })).status).toBe(200);
      const pressed = follow(links.unsubscribe(ADDRESS), { method: 'POST' });
      await untilWaiting(1);
      expect(await suppressions()).toEqual(['other@example.com marketing unsubscribe']);
      await client.query('COMMIT');
      expect((await pressed).status).toBe(200);
      await client.query('BEGIN');
    });
    expect(await suppressions()).toEqual([...UNSUBSCRIBED, 'other@example.com marketing unsubscribe']);
  });

  test('pressed many times at once is pressed once', async () => {
    const link = links.unsubscribe(ADDRESS);
    const responses = await Promise.all(Array.from({ length: 40 }, () => follow(link, { method: 'POST' })));
    expect(responses.map(({ status }) => status)).toEqual(Array.from({ length: 40 }, () => 200));
    expect(await suppressions()).toEqual(UNSUBSCRIBED);
    expect(await auditLog()).toHaveLength(1);
  });
});

/** That many transactions wait for a lock. */
async function untilWaiting(transactions: number): Promise<void> {
  for (;;) {
    const { rows } = await db.owner.query<{ waiting: number }>(
      `SELECT count(*)::integer AS waiting FROM pg_stat_activity
       WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    if (rows[0]!.waiting >= transactions) return;
  }
}

describe('a click link', () => {
  test('leads where the template said, and each click is an event', async () => {
    const response = await follow(links.click(TARGET, 'quote'));
    expect(response.status).toBe(302);
    expect(response.headers.get('location')).toBe(TARGET);
    expect(response.headers.get('referrer-policy')).toBe('no-referrer');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.text()).toBe('');
    nowMs += 2_000;
    await follow(links.click(TARGET, 'quote'));
    const metadata = { label: 'quote', url: TARGET };
    const event = { type: 'clicked', schedule_id: String(scheduleId), is_evidence: true, metadata };
    expect(await events()).toEqual([
      { ...event, occurred_at: new Date(nowMs - 2_000) },
      { ...event, occurred_at: new Date(nowMs) },
    ]);
  });

  test('that is clicked twice within a second is clicked once', async () => {
    await Promise.all([1, 2, 3].map(() => follow(links.click(TARGET, 'quote'))));
    expect(await events()).toHaveLength(1);
  });

  test('that is only asked about (HEAD) leads on, and is no evidence; a click of that second is', async () => {
    const response = await follow(links.click(TARGET, 'quote'), { method: 'HEAD' });
    expect(response.status).toBe(302);
    expect(response.headers.get('location')).toBe(TARGET);
    expect(await events()).toMatchObject([{ is_evidence: false, metadata: { doubt: 'head' } }]);
    await follow(links.click(TARGET, 'quote'));
    expect((await events()).map(({ is_evidence: isEvidence }) => isEvidence)).toEqual([false, true]);
  });

  test.each([
    ['a scanner', 'scanner', { userAgent: 'Mozilla/5.0 (compatible; Barracuda Sentinel)' }],
    ['a program without a name', 'scanner', { userAgent: '' }],
    ['a browser that prepares a page', 'prefetch', { headers: { 'sec-purpose': 'prefetch;prerender' } }],
  ])('that %s follows leads on, and is no evidence', async (_, doubt, init) => {
    expect((await follow(links.click(TARGET, 'quote'), init)).status).toBe(302);
    expect(await events()).toMatchObject([{ is_evidence: false, metadata: { doubt } }]);
  });

  test('followed within 5 seconds of the sending is no evidence; by the attempt, if no sending is recorded', async () => {
    nowMs = Date.parse('2027-06-01T13:30:04.900Z');
    await follow(links.click(TARGET, 'a'));
    nowMs += 100;
    await follow(links.click(TARGET, 'b'));
    await db.owner.query("UPDATE ledger SET status = 'processing', actual_send_at = NULL WHERE id = $1", [
      scheduleId,
    ]);
    await db.owner.query(
      `INSERT INTO deliveries (organization_id, schedule_id, channel, attempt, token, status, provider, evidence,
         attempted_at) VALUES ($1, $2, 'email', 1, gen_random_uuid(), 'handed_over', 'smtp', '{}', $3)`,
      [organization.id, scheduleId, new Date(nowMs + 60_000)],
    );
    nowMs += 61_000;
    await follow(links.click(TARGET, 'c'));
    expect((await events()).map((event) => [event.is_evidence, event.metadata.doubt])).toEqual([
      [false, 'at_delivery'],
      [true, undefined],
      [false, 'at_delivery'],
    ]);
  });

  test('followed with every other of its mail is no evidence, nor are those before it', async () => {
    await follow(links.click(TARGET, 'long ago'));
    nowMs += 60_000;
    for (const label of ['a', 'b', 'c']) {
      await follow(links.click(TARGET, label));
      nowMs += 500;
    }
    expect((await events()).map((event) => event.is_evidence)).toEqual([true, true, true, true]);
    await follow(links.click(TARGET, 'd'));
    nowMs += 60_000;
    await follow(links.click(TARGET, 'later'));
    expect((await events()).map((event) => event.is_evidence)).toEqual([
      true,
      false,
      false,
      false,
      false,
      true,
    ]);
  });

  test('followed at the very same time with every other of its mail is no evidence', async () => {
    const labels = ['a', 'b', 'c', 'd'];
    const followed = await inTransaction(db.owner, async (client) => {
      // None of them is stored until each has looked what there is, or waits for another.
      await client.query('LOCK TABLE contact_events IN SHARE MODE');
      const all = labels.map((label) => follow(links.click(TARGET, label)));
      await untilWaiting(labels.length);
      return all;
    });
    await Promise.all(followed);
    expect((await events()).map((event) => event.is_evidence)).toEqual(labels.map(() => false));
  });

  test('of another mail does not count with these', async () => {
    const others = await linksOf({ organizationId: organization.id, scheduleId: scheduleId + 1, contactId });
    for (const label of ['a', 'b', 'c']) await follow(others.click(TARGET, label));
    await follow(links.click(TARGET, 'd'));
    expect((await events()).map((event) => [event.is_evidence, event.schedule_id])).toEqual([
      // A mail that the ledger does not have: an event of the contact all the same.
      ...[1, 2, 3].map(() => [true, null]),
      [true, String(scheduleId)],
    ]);
  });

  test('of a contact that was deleted leads on, and records nothing', async () => {
    await inTransaction(db.pool, (client) => deleteContact(client, organization, 'ann'));
    expect((await follow(links.click(TARGET, 'quote'))).status).toBe(302);
    expect(await events()).toEqual([]);
  });

  test('leads on if its click cannot be recorded', async () => {
    const link = links.click(TARGET, 'quote');
    await db.owner.query('ALTER TABLE contact_events RENAME TO contact_events_away');
    try {
      expect((await follow(link)).headers.get('location')).toBe(TARGET);
    } finally {
      await db.owner.query('ALTER TABLE contact_events_away RENAME TO contact_events');
    }
    expect(logged).toContain('a click was not recorded');
  });

  test('that has expired leads nowhere, and records nothing', async () => {
    const link = links.click(TARGET, 'quote');
    nowMs += (CLICK_LINK_DAYS + 1) * MS_PER_DAY;
    const response = await follow(link);
    expect(response.status).toBe(410);
    expect(response.headers.get('location')).toBeNull();
    expect(await response.text()).toContain('<h1>This link has expired</h1>');
    expect((await follow(links.unsubscribe(ADDRESS))).status).toBe(200);
    expect(await events()).toEqual([]);
  });

  test('leads nowhere but where it was signed', async () => {
    const token = links.click(TARGET, 'quote').split('/').at(-1)!;
    for (const path of [
      '/c/https://evil.example',
      '/c/https:%2F%2Fevil.example',
      '//evil.example',
      '//evil.example/..',
      '/\\evil.example',
      '/c//evil.example',
      `/c/${token.slice(0, -2)}`,
      `/c/${token}@evil.example`,
      `/c/${token}%0d%0aLocation:%20https://evil.example`,
      `/c/${links.unsubscribe(ADDRESS).split('/').at(-1)!}`,
      '/c/javascript:alert(1)',
      `/c/?url=https://evil.example`,
      `/c/${'A'.repeat(5_000)}`,
    ]) {
      expect({ path, ...(await rawGet(path)) }).toEqual({ path, status: 404, location: undefined });
    }
    expect(await rawGet(`/c/${token}?url=https://evil.example`)).toEqual({ status: 302, location: TARGET });
    expect(await events()).toHaveLength(1);
  });
});

describe('the server', () => {
  test('says that it lives', async () => {
    const response = await follow(`${url}/health/live`);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: 'healthy' });
  });

  test('sends pages that load, run and frame nothing', async () => {
    const hash = /<style>([^]*)<\/style>/;
    for (const link of [links.unsubscribe(ADDRESS), `${url}/nothing`, `${url}/u/x`]) {
      const { headers, ...response } = await follow(link).then(async (each) => ({
        headers: each.headers,
        text: await each.text(),
      }));
      const policy = headers.get('content-security-policy')!;
      expect(policy).toContain("default-src 'none'");
      const style = hash.exec(response.text)![1]!;
      const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(style));
      expect(policy).toContain(`style-src 'sha256-${Buffer.from(digest).toString('base64')}'`);
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('set-cookie')).toBeNull();
    }
  });

  test('refuses a body that is too long, and other methods', async () => {
    const link = links.unsubscribe(ADDRESS);
    expect((await follow(link, { method: 'POST', body: 'x'.repeat(10_000) })).status).toBe(413);
    expect((await follow(link, { method: 'DELETE' })).status).toBe(404);
    expect(await suppressions()).toEqual([]);
  });

  test('asks to try again while the database is away, and says nothing of an address', async () => {
    const link = links.unsubscribe(ADDRESS);
    await keys.read();
    await db.owner.query('ALTER TABLE suppressions RENAME TO suppressions_away');
    try {
      const response = await follow(link, { method: 'POST' });
      expect(response.status).toBe(503);
      expect(response.headers.get('retry-after')).toBe('60');
      expect(await response.text()).toContain('<h1>Please try again in a minute</h1>');
    } finally {
      await db.owner.query('ALTER TABLE suppressions_away RENAME TO suppressions');
    }
    expect(logged).toContain('/u/:token');
    expect(logged.toLowerCase()).not.toContain(NORMAL_ADDRESS);
    expect(logged).not.toContain(link.split('/').at(-1));
  });

  test('answers those who come after many that went away in the middle', async () => {
    const { port } = new URL(url);
    const path = links.click(TARGET, 'x').slice(url.length);
    for (let index = 0; index < 300; index++) {
      await new Promise<void>((resolve) => {
        const socket = connectTo(Number(port), '127.0.0.1', () => {
          socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`, () => {
            socket.destroy();
            resolve();
          });
        });
      });
    }
    expect((await follow(links.unsubscribe(ADDRESS))).status).toBe(200);
  });
});

describe('keys', () => {
  const place = (): CommandPlace => ({
    ...{ databaseUrl: db.databaseUrl, temporalAddress: '127.0.0.1:1', namespace: 'default' },
  });

  test('are rotated by a command; links of before stay good in a server that runs, and new ones are', async () => {
    const [before] = await keys.read(0);
    const link = links.unsubscribe(ADDRESS);
    expect(await runForJson(place(), 'api', 'rotate-keys', '--as', 'olga')).toEqual({ key: before!.id + 1 });
    const all = await new LinkKeys(db.pool, Date.now).read();
    expect(all.slice(0, 2).map(({ id, isRetired }) => [id, isRetired])).toEqual([
      [before!.id + 1, false],
      [before!.id, true],
    ]);
    const made = createLinkMaker({
      ...{ baseUrl: url, keys: all, today: 0 },
      mail: { organizationId: organization.id, scheduleId, contactId },
    });
    keysNowMs += 1_001;
    expect((await follow(made.unsubscribe(ADDRESS))).status).toBe(200);
    expect((await follow(link)).status).toBe(200);
    const { rows } = await db.pool.query(
      "SELECT actor, entity_id, action, old, new FROM audit_log WHERE entity = 'link_key' ORDER BY id DESC LIMIT 1",
    );
    const [former, latest] = [String(before!.id), String(before!.id + 1)];
    expect(rows).toEqual([{ actor: 'olga', entity_id: latest, action: 'rotate', old: former, new: latest }]);
  });

  test('are asked for once a minute, and good as they were while the database is away', async () => {
    let [asked, readMs] = [0, 0];
    let answer: () => Promise<unknown> = () => db.pool.query('SELECT 1 AS id');
    const query = () => {
      asked++;
      return answer();
    };
    const read = new LinkKeys({ query } as unknown as Pool, () => readMs);
    await Promise.all([read.read(), read.read()]);
    readMs = 60_000;
    expect(await read.read()).toEqual([{ id: 1 }]);
    expect(asked).toBe(1);
    readMs = 60_001;
    answer = () => Promise.reject(new Error('away'));
    expect(await read.read()).toEqual([{ id: 1 }]);
    expect(asked).toBe(2);
    const never = new LinkKeys({ query } as unknown as Pool, () => readMs);
    await expect(never.read()).rejects.toThrow('away');
    answer = () => db.pool.query('SELECT 2 AS id');
    expect(await never.read()).toEqual([{ id: 2 }]);
  });

  test('are rotated one after the other, and one signs', async () => {
    await Promise.all([1, 2, 3, 4].map(() => inTransaction(db.pool, rotateLinkKey)));
    const all = await keys.read(0);
    expect(all.filter(({ isRetired }) => !isRetired)).toHaveLength(1);
    expect(new Set(all.map(({ secret }) => Buffer.from(secret).toString('hex'))).size).toBe(all.length);
    expect(all.map(({ secret }) => secret.length)).toEqual(all.map(() => 32));
  });

  test('are no program’s to write or take away', async () => {
    for (const statement of [
      'DELETE FROM link_keys',
      "UPDATE link_keys SET secret = decode(repeat('00', 32), 'hex')",
      'SELECT add_link_key()',
      'UPDATE contact_events SET is_evidence = true',
    ]) {
      await expect(db.pool.query(statement)).rejects.toMatchObject({ code: '42501' });
    }
  });

  test('the command says what becomes of links that are in mails', async () => {
    const { code, stdout } = await runCommand(place(), 'api', 'rotate-keys');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Links are signed with key \d+ from now on, [^]*stay good/);
  });
});
