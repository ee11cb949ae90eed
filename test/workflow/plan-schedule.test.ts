import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection, type ScheduleDescription } from '@temporalio/client';
import { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSchedule, planScheduleOptions } from '../../src/cli/plan-schedule.ts';
import { migrate } from '../../src/db/migrate.ts';
import { ensureSearchAttributes } from '../../src/worker/search-attributes.ts';
import { runCommand, runForJson, type CommandEnding, type CommandPlace } from '../support/command.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { buildGates, closeGate } from '../support/gates.ts';
import { insertContacts } from '../support/insert-contacts.ts';
import { startPrivateServers } from '../support/private-servers.ts';
import { until } from '../support/until.ts';
import { startWorkerProcess } from '../support/worker-process.ts';

const CHICAGO = 'America/Chicago';
const CONFIG = new URL('../../config/', import.meta.url);
const DAY_SECONDS = 86_400;
const namespace = `schedule-test-${randomBytes(4).toString('hex')}`;
const temporalAddress = process.env.TEMPORAL_ADDRESS ?? '';
const configurationFolder = mkdtempSync(join(tmpdir(), 'email-scheduler-schedule-'));
const cleanUps: (() => Promise<unknown>)[] = [];
let database: TestDatabase;
let place: CommandPlace;
let client: Client;

beforeAll(async () => {
  configure('04:00');
  database = await createTestDatabase();
  cleanUps.push(() => database.drop());
  await buildGates(database.owner);
  const connection = await Connection.connect({ address: temporalAddress });
  cleanUps.push(() => connection.close());
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: { seconds: DAY_SECONDS as unknown as Long },
  });
  client = new Client({ connection, namespace });
  place = { databaseUrl: database.databaseUrl, temporalAddress, namespace, configurationFolder };
  await insertContacts(database.owner, 'sand', 10);
  for (const organization of ['acme', 'daily', 'moved']) await createReal(organization, 300);
});

afterAll(async () => {
  for (const cleanUp of cleanUps.reverse()) await cleanUp();
  rmSync(configurationFolder, { recursive: true });
});

function configure(planTime: string): void {
  for (const file of ['scheduler.yaml', 'state-rules.yaml']) {
    const text = readFileSync(new URL(file, CONFIG), 'utf8');
    writeFileSync(
      join(configurationFolder, file),
      text.replace(/^plan_time: .*$/m, `plan_time: '${planTime}'`),
    );
  }
}

/** Not a sandbox: its today is the zone's. */
async function createReal(organization: string, contacts: number): Promise<void> {
  await insertContacts(database.owner, organization, contacts);
  await database.owner.query('UPDATE organizations SET sandbox = false WHERE name = $1', [organization]);
}

function schedule(subcommand: string, organization: string, ...more: string[]): Promise<CommandEnding> {
  return runCommand(place, 'plan', 'schedule', subcommand, '--organization', organization, ...more);
}

function describeSchedule(organization: string): Promise<ScheduleDescription> {
  return client.schedule.getHandle(`plan-${organization}`).describe();
}

async function auditOf(organization: string): Promise<unknown[]> {
  const { rows } = await database.owner.query<{ action: string }>(
    `SELECT a.action, a.actor LIKE 'cli:%' AS by_operator FROM audit_log a JOIN organizations o
     ON o.id = a.organization_id WHERE o.name = $1 AND entity = 'plan_schedule' ORDER BY a.id`,
    [organization],
  );
  return rows;
}

describe('plan schedule', () => {
  test('set creates it as it is said, once; pause keeps who and why; resume; everything is in the audit log', async () => {
    const none = await schedule('show', 'acme');
    expect(none.stdout).toMatch(/^acme has no schedule/);
    const { code, stdout } = await schedule('set', 'acme');
    expect(stdout).toMatch(
      /^Created the schedule of acme\.\nacme is planned every day at 04:00 \(America\/Chicago\)\.$/m,
    );
    expect(code).toBe(0);
    expect(await describeSchedule('acme')).toMatchObject({
      scheduleId: 'plan-acme',
      spec: { timezone: CHICAGO },
      policies: { overlap: 'SKIP', catchupWindow: 3_600_000, pauseOnFailure: false },
      action: {
        workflowType: 'scheduleRun',
        workflowId: 'plan-acme-scheduled',
        taskQueue: 'email-scheduler',
        args: [{ organization: 'acme', ifRunning: 'queue' }],
        staticSummary: 'Plan acme, daily at 04:00 (America/Chicago)',
        memo: { startedBy: 'schedule plan-acme' },
      },
      memo: { purpose: 'The daily planning run of acme' },
      searchAttributes: { EmailSchedulerOrganization: ['acme'] },
      state: { paused: false },
    });
    expect((await schedule('set', 'acme')).stdout).toMatch(/^The schedule of acme was as it should be\./);

    const paused = await schedule('pause', 'acme', '--reason', 'the import goes on');
    expect(paused.stdout).toMatch(/^Paused the schedule of acme: no run starts by itself\.$/m);
    const { state } = await describeSchedule('acme');
    expect(state.paused).toBe(true);
    expect(state.note).toMatch(
      /^paused by cli:\w+ on \d{4}-\d\d-\d\d \d\d:\d\d \(America\/Chicago\): the import goes on$/,
    );
    expect((await schedule('show', 'acme')).stdout).toContain('PAUSED');
    expect((await schedule('set', 'acme')).stdout).toContain('PAUSED');
    expect((await schedule('pause', 'acme')).stdout).toMatch(/^The schedule of acme was paused already\.$/m);
    expect((await describeSchedule('acme')).state.note).toBe(state.note);

    expect((await schedule('resume', 'acme')).stdout).toMatch(/^Resumed the schedule of acme\./);
    expect((await describeSchedule('acme')).state.paused).toBe(false);
    expect((await schedule('resume', 'acme')).stdout).toMatch(/^The schedule of acme was not paused\.$/m);
    expect(await auditOf('acme')).toEqual(
      ['set', 'pause', 'resume'].map((action) => ({ action, by_operator: true })),
    );
  });

  test('is changed in the name that --as gives', async () => {
    await createReal('named', 10);
    for (const subcommand of ['set', 'pause', 'resume']) await schedule(subcommand, 'named', '--as', 'anna');
    expect((await describeSchedule('named')).state.note).toMatch(/^resumed by anna on /);
    const { rows } = await database.owner.query(
      `SELECT a.action, a.actor FROM audit_log a JOIN organizations o ON o.id = a.organization_id
       WHERE o.name = 'named' AND entity = 'plan_schedule' ORDER BY a.id`,
    );
    expect(rows).toEqual(['set', 'pause', 'resume'].map((action) => ({ action, actor: 'anna' })));
  });

  test('shows that the configuration or the zone has changed since; set brings it in step and leaves the pause', async () => {
    await schedule('set', 'moved');
    await schedule('pause', 'moved');
    configure('05:15');
    await database.owner.query(`UPDATE organizations SET time_zone = 'America/Denver' WHERE name = 'moved'`);
    const shown = await schedule('show', 'moved');
    expect(shown.stdout).toContain('moved is planned every day at 04:00 (America/Chicago).');
    expect(shown.stdout.replaceAll(/\s+/g, ' ')).toContain(
      'Differs from the configuration: time 04:00 instead of 05:15; zone America/Chicago instead of America/Denver',
    );
    const set = await schedule('set', 'moved');
    expect(set.stdout.replaceAll(/\s+/g, ' ')).toContain('it had time 04:00 instead of 05:15;');
    expect(await runForJson(place, 'plan', 'schedule', 'show', '--organization', 'moved')).toMatchObject({
      organization: 'moved',
      schedule: {
        id: 'plan-moved',
        planTime: '05:15',
        timeZone: 'America/Denver',
        paused: true,
        overlap: 'SKIP',
      },
      configured: { planTime: '05:15', timeZone: 'America/Denver' },
      differences: [],
    });
    configure('04:00');
  });

  test('what somebody set in Temporal Web is shown, and brought in step by set', async () => {
    await schedule('set', 'moved');
    const handle = client.schedule.getHandle('plan-moved');
    await handle.update(({ action, policies, state }) => ({
      ...{ action, policies, state },
      spec: { calendars: [{ hour: [4, 16] }], timezone: 'America/Denver' },
    }));
    const { stdout } = await schedule('show', 'moved');
    expect(stdout).toContain('moved is planned by a calendar that was set elsewhere (America/Denver).');
    expect(stdout).toContain('time another calendar instead of 04:00');
    await schedule('set', 'moved');
    expect((await schedule('show', 'moved')).stdout).not.toContain('Differs');
  });

  test('a wrong configuration is said, and does not keep the schedule from being shown', async () => {
    configure('25:00');
    const { code, stdout } = await schedule('show', 'acme');
    configure('04:00');
    expect(stdout).toContain('acme is planned every day at 04:00');
    expect(stdout).toMatch(/Problem {4}The configuration has a problem/);
    expect(code).toBe(0);
  });

  test.each([
    ['show', 'sand', 'ORGANIZATION_KIND', 1],
    ['set', 'sand', 'ORGANIZATION_KIND', 1],
    ['pause', 'sand', 'ORGANIZATION_KIND', 1],
    ['set', 'nobody', 'UNKNOWN_ORGANIZATION', 1],
    ['pause', 'daily', 'UNKNOWN_SCHEDULE', 1],
    ['resume', 'daily', 'UNKNOWN_SCHEDULE', 1],
  ])('%s of %s is refused with %s', async (subcommand, organization, code, exitCode) => {
    const ending = await schedule(subcommand, organization, '--json');
    expect(JSON.parse(ending.stderr)).toMatchObject({ error: { code } });
    expect(ending).toMatchObject({ code: exitCode, stdout: '' });
  });

  test('a run that it starts waits for one that somebody started by hand, is as of today, and publishes', async () => {
    await schedule('set', 'daily');
    const worker = await startWorkerProcess(place);
    cleanUps.push(() => worker.kill());
    const { rows } = await database.owner.query<{ id: string }>(
      `SELECT id FROM organizations WHERE name = 'daily'`,
    );
    const gate = await closeGate(database.owner, 'place', Number(rows[0]!.id));
    await client.workflow.start('scheduleRun', {
      ...{
        taskQueue: 'email-scheduler',
        workflowId: 'plan-daily-by-hand',
        args: [{ organization: 'daily' }],
      },
    });
    await until('the run by hand is at the gate', async () => (await gate.waiting()) > 0);
    await client.schedule.getHandle('plan-daily').trigger();
    const readRuns = async (): Promise<{ state: string; workflow_id: string; is_of_today: boolean }[]> => {
      const runs = await database.owner.query<{ state: string; workflow_id: string; is_of_today: boolean }>(
        `SELECT state, workflow_id, as_of IN (today, today + 1) AS is_of_today FROM scheduler_runs r
         JOIN organizations o ON o.id = r.organization_id WHERE o.name = 'daily' ORDER BY r.id`,
      );
      return runs.rows;
    };
    await until('the scheduled run waits', async () => (await readRuns())[1]?.state === 'queued');
    await gate.open();
    const [, scheduled] = await until('both were published', async () => {
      const runs = await readRuns();
      return runs.every(({ state }) => state === 'published') && runs;
    });
    expect(scheduled).toMatchObject({ is_of_today: true });
    expect(scheduled!.workflow_id).toMatch(/^plan-daily-scheduled-\d{4}-/);
    const { stdout } = await schedule('show', 'daily');
    expect(stdout).toContain(scheduled!.workflow_id);
    await worker.kill();
  });
});

describe('the times that Temporal computes', () => {
  test.each([
    ['04:00', '2027-03-12', ['13 04:00', '14 04:00', '15 04:00']],
    ['04:00', '2027-11-05', ['06 04:00', '07 04:00', '08 04:00']],
    // The clocks jump over it: that day has none.
    ['02:30', '2027-03-12', ['13 02:30', '15 02:30', '16 02:30']],
    ['02:30', '2027-11-05', ['06 02:30', '07 02:30', '08 02:30']],
    // The clocks show it twice: so do the starts.
    ['01:30', '2027-11-05', ['06 01:30', '07 01:30', '07 01:30', '08 01:30']],
  ])('of %s after %s are, on the clocks of the zone, %j', async (planTime, day, expected) => {
    const options = planScheduleOptions({ organization: 'acme', timeZone: CHICAGO, planTime });
    const scheduleId = `times-${planTime}-${day}`;
    await client.schedule.create({
      ...options,
      scheduleId,
      spec: { ...options.spec, startAt: new Date(`${day}T18:00:00Z`) },
    });
    const handle = client.schedule.getHandle(scheduleId);
    const { info } = await handle.describe();
    await handle.delete();
    const clock = new Intl.DateTimeFormat('en-CA', {
      ...{ timeZone: CHICAGO, day: '2-digit', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
    });
    const times = info.nextActionTimes.map((time) => {
      const part = Object.fromEntries(clock.formatToParts(time).map(({ type, value }) => [type, value]));
      return `${part.day} ${part.hour}:${part.minute}`;
    });
    expect(times.slice(0, expected.length)).toEqual(expected);
  });
});

/** Time enough to create two schedules and to kill the server, however busy the machine is. */
const DUE_IN_MS = 15_000;
/** Longer than the shortest catch-up window that Temporal takes. */
const DOWN_AFTER_DUE_MS = 14_000;
const DOWN_TIMEOUT_MS = 180_000;

test(
  'a server that was down at the time starts the run once when it is back, unless that is too late',
  async () => {
    const servers = await startPrivateServers();
    cleanUps.push(() => servers.stop());
    const { databaseUrl } = servers.postgres;
    await migrate(databaseUrl, () => undefined);
    const owner = new Pool({ connectionString: databaseUrl, max: 1 });
    cleanUps.push(() => owner.end());
    for (const organization of ['in-time', 'too-late']) await insertContacts(owner, organization, 100);
    const connection = await Connection.connect({ address: servers.temporal.address });
    cleanUps.push(() => connection.close());
    await ensureSearchAttributes(connection, 'default');
    const by = new Client({ connection });

    const due = new Date(Math.floor((Date.now() + DUE_IN_MS) / 1000) * 1000);
    /** At a second of a minute: a schedule of ours starts at its beginning. */
    const create = async (organization: string, catchUpWindowMs?: number): Promise<void> => {
      const planTime = due.toISOString().slice(11, 16);
      const options = planScheduleOptions({ organization, timeZone: 'UTC', planTime }, catchUpWindowMs);
      const [calendar] = options.spec.calendars;
      const calendars = [{ ...calendar, second: due.getUTCSeconds() }];
      await createSchedule(by, { ...options, spec: { ...options.spec, calendars } });
    };
    const describeThere = (organization: string) => by.schedule.getHandle(`plan-${organization}`).describe();
    await create('in-time');
    await create('too-late', 10_000);
    // A schedule counts from when the server first looks at it.
    for (const organization of ['in-time', 'too-late']) {
      const [next] = (await describeThere(organization)).info.nextActionTimes;
      expect(next).toEqual(due);
    }
    await servers.temporal.kill();
    expect(Date.now()).toBeLessThan(Number(due));
    await delay(Number(due) + DOWN_AFTER_DUE_MS - Date.now());
    await servers.temporal.startAgain();
    const worker = await startWorkerProcess({
      ...{ databaseUrl, temporalAddress: servers.temporal.address, namespace: 'default' },
    });
    cleanUps.push(() => worker.kill());

    const countsOf = async (organization: string): Promise<[number, number]> => {
      const { info } = await describeThere(organization);
      return [info.numActionsTaken, info.numActionsMissedCatchupWindow];
    };
    await until('the server has seen what it missed', async () => {
      const [taken] = await countsOf('in-time');
      const [, missed] = await countsOf('too-late');
      return taken > 0 && missed > 0;
    });
    const runs = await until('the run was published', async () => {
      const { rows } = await owner.query<{ state: string; workflow_id: string }>(
        'SELECT state, workflow_id FROM scheduler_runs',
      );
      return rows.some(({ state }) => state === 'published') && rows;
    });
    expect(runs.map(({ workflow_id: id }) => id)).toEqual([
      `plan-in-time-scheduled-${due.toISOString().replace('.000Z', 'Z')}`,
    ]);
    expect(await countsOf('in-time')).toEqual([1, 0]);
    expect(await countsOf('too-late')).toEqual([0, 1]);
  },
  DOWN_TIMEOUT_MS,
);
