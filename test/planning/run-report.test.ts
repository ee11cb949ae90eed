/** What `runs show` says of runs that ended in every way and at every phase, and of today's mails. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { applyBatch } from '../../activities/apply-batch.ts';
import { endRun } from '../../activities/end-run.ts';
import { placeBatch } from '../../activities/place-batch.ts';
import { redistributeMails } from '../../activities/redistribute-mails.ts';
import { sealPlan } from '../../activities/seal-plan.ts';
import { shapePlan } from '../../activities/shape-plan.ts';
import { runListText } from '../../src/cli/output/run-list.ts';
import { runReportText } from '../../src/cli/output/run-report.ts';
import { TERMINAL_COLUMNS } from '../../src/cli/output/wrap.ts';
import type { RunReport } from '../../src/cli/run-findings.ts';
import { listAllRuns } from '../../src/cli/run-list.ts';
import { reportRun } from '../../src/cli/run-report.ts';
import type { TemporalFindings } from '../../src/cli/runs-in-temporal.ts';
import { temporalUnreachable } from '../../src/cli/unreachable.ts';
import type { ScheduleDescription } from '@temporalio/client';
import { RUN_ENDINGS } from '../../src/cli/runbook.ts';
import { SchedulerError } from '../../src/contracts/errors.ts';
import type { OpenedRun, WorkflowRef } from '../../src/contracts/schedule-run.ts';
import { findOrganization } from '../../src/db/queries/find-organization.ts';
import { listOrganizations } from '../../src/db/queries/list-organizations.ts';
import { parseDay } from '../../src/domain/calendar.ts';
import { instantOf } from '../../src/domain/time-zone.ts';
import type { TestDatabase } from '../support/database.ts';
import { addDays } from '../support/expected-plan.ts';
import { TIME_ZONE } from '../support/model-database.ts';
import { parseCommand } from '../support/parse-command.ts';
import { AS_OF, PlainWorlds } from '../support/plain-worlds.ts';
import type { PlanningWorld } from '../support/planning-world.ts';
import { newWorkflow } from '../support/run-planning.ts';

const NO_FINDINGS: TemporalFindings = { workflow: null, workers: [], unrecorded: [], schedule: null };
const OPEN: TemporalFindings = {
  ...NO_FINDINGS,
  workflow: { status: 'RUNNING', isOpen: true, pending: [] },
  workers: [{ identity: '1@host', secondsAgo: 3 }],
};
const CLOSED: TemporalFindings = {
  ...NO_FINDINGS,
  workflow: { status: 'TERMINATED', isOpen: false, pending: [] },
};
/** No day of this organization is too full: nothing is collected. */
const PHASES = ['place', 'shape', 'redistribute', 'apply', 'seal', 'publish'] as const;
type Phase = (typeof PHASES)[number];

let db: TestDatabase;
let world: PlanningWorld;
let worlds: PlainWorlds;

beforeAll(async () => {
  worlds = await PlainWorlds.begin('report');
  ({ db } = worlds);
});

afterAll(async () => {
  await worlds.end();
});

beforeEach(async () => {
  world = await worlds.create({ seed: 41, contacts: 120 });
});

async function report(
  findings: TemporalFindings = NO_FINDINGS,
  runId: number | null = null,
  day = world.input.today,
): Promise<RunReport> {
  const [overview] = await listOrganizations(db.pool, world.name);
  const sources = {
    pool: db.pool,
    askTemporal: () => Promise.resolve(findings),
    nowMs: instantOf(parseDay(day)!, '09:00', TIME_ZONE),
  };
  const found = await reportRun(sources, overview!, runId);
  await expectCommands(found);
  return found;
}

/** Every command that is advised is one that the program takes. */
async function expectCommands({ next }: RunReport): Promise<void> {
  for (const command of next.commands) {
    expect(await parseCommand(command.split(' ').slice(2)), command).not.toBe('');
  }
}

/** Without the breaks between words. */
function textOf(of: RunReport): string {
  const text = runReportText(of);
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(TERMINAL_COLUMNS);
  return text.replaceAll(/\s+/g, ' ');
}

function open(workflow: WorkflowRef, more: object = {}): Promise<OpenedRun> {
  return world.runner.open(
    { organization: world.name, asOf: world.input.asOf, batchSize: 40, ...more },
    workflow,
  );
}

/** The first batch of the phase, all of those before. */
async function goInto(run: OpenedRun, phase: Phase): Promise<void> {
  const { dependencies, planning } = world.runner;
  const work: Record<Phase, (batch: number) => Promise<unknown>> = {
    place: (batch) => placeBatch(dependencies, planning, { runId: run.runId, batch }),
    shape: () => shapePlan(dependencies, planning, run),
    redistribute: () => redistributeMails(dependencies, planning, run),
    apply: (batch) => applyBatch(dependencies, planning, { runId: run.runId, batch }),
    seal: () => sealPlan(dependencies, run),
    publish: () => Promise.resolve(),
  };
  for (const each of PHASES) {
    const isBatched = each === 'place' || each === 'apply';
    if (each === phase) {
      if (isBatched) await work[each](0);
      return;
    }
    for (let batch = 0; batch < (isBatched ? run.batches : 1); batch += 1) await work[each](batch);
  }
}

function end(workflow: WorkflowRef, code: string, state: 'failed' | 'cancelled' = 'failed'): Promise<void> {
  return endRun(world.runner.dependencies, { workflow, state, code, message: `It ended with ${code}.` });
}

describe('a run that failed', () => {
  test.each(PHASES)('in its phase %s says so, with its code, and what to type', async (phase) => {
    const workflow = newWorkflow();
    const run = await open(workflow);
    await goInto(run, phase);
    await end(workflow, 'RUN_OUT_OF_BALANCE');
    const found = await report();
    const done = phase === 'place' || phase === 'apply' ? 1 : 0;
    const batches = phase === 'place' || phase === 'apply' ? run.batches : 1;
    // Whether anything was to be collected is not known afterwards.
    const stoppedIn = phase === 'redistribute' ? 'collect' : phase;
    expect(found).toMatchObject({
      situation: 'failed',
      phase: stoppedIn,
      cause: { code: 'RUN_OUT_OF_BALANCE', message: 'It ended with RUN_OUT_OF_BALANCE.' },
      next: {
        commands: [`npx email-scheduler runs retry ${run.runId} --organization ${world.name}`],
        section: 'run_out_of_balance',
      },
    });
    expect(found.phases.find((each) => each.phase === phase)).toMatchObject({ batchesDone: done, batches });
    const text = textOf(found);
    expect(text).toContain(`Run ${run.runId} of ${world.name} FAILED on`);
    expect(text).toContain('Cause RUN_OUT_OF_BALANCE: It ended with RUN_OUT_OF_BALANCE.');
    expect(text).toContain(
      batches > 1 ? `Stopped in ${stoppedIn}: 1 of ${batches} batches done` : `Stopped in ${stoppedIn}`,
    );
    expect(text).toContain('docs/runbook.md#run_out_of_balance');
    expect(text).toContain(`NO MAILS on ${AS_OF}: no plan has been published yet.`);
  });

  test.each(RUN_ENDINGS)('with %s is told what to type', async (code) => {
    const workflow = newWorkflow();
    await open(workflow);
    await end(workflow, code);
    const { next } = await report();
    expect(next.section).toBe(code.toLowerCase());
    expect(next.commands).not.toEqual([]);
  });

  test('leaves today’s mails to the plan in force, and is over once a later run has published', async () => {
    await world.plan();
    const workflow = newWorkflow();
    const run = await open(workflow);
    await end(workflow, 'INTERNAL_ERROR');
    const { todaysMails } = await report();
    expect(todaysMails).toMatchObject({ day: AS_OF, plan: { number: 1, asOf: AS_OF } });
    const { planNumber, runId } = await world.plan();
    const later = await report(NO_FINDINGS, run.runId);
    expect(later.next.sentence).toBe(`Nothing: run ${runId} has put plan ${planNumber} in force since.`);
    expect(later.next.commands).toEqual([]);
  });

  test('before it had a record is shown before the runs that have one', async () => {
    await world.plan();
    const cause = {
      code: 'INVALID_CONFIGURATION',
      message: 'The configuration has a problem.\n  file:1: no',
    };
    const unrecorded = {
      ...{ workflowId: 'plan-x-scheduled', kind: 'plan' as const, status: 'FAILED', isOpen: false, cause },
      previewedInstance: null,
      ...{ startedAt: new Date(Date.now() + 1000), finishedAt: new Date(Date.now() + 2000) },
    };
    const found = await report({ ...NO_FINDINGS, unrecorded: [unrecorded] });
    expect(found).toMatchObject({
      situation: 'failed',
      run: null,
      unrecorded: { workflowId: 'plan-x-scheduled' },
      cause,
    });
    expect(found.next).toMatchObject({
      commands: [
        'npx email-scheduler rules check',
        `npx email-scheduler plan run --organization ${world.name}`,
      ],
      section: 'invalid_configuration',
    });
    expect(textOf(found)).toContain('FAILED before it began to plan.');

    const refused = { ...unrecorded, cause: { code: 'RUN_ALREADY_GOING', message: 'Another one goes on.' } };
    const behind = await report({ ...NO_FINDINGS, unrecorded: [refused] });
    expect(behind).toMatchObject({ situation: 'published', later: [{ workflowId: 'plan-x-scheduled' }] });
    expect(textOf(behind)).toContain('plan-x-scheduled failed: RUN_ALREADY_GOING: Another one goes on.');

    const before = { ...refused, startedAt: new Date(Date.now() + 500) };
    expect(await report({ ...NO_FINDINGS, unrecorded: [unrecorded, before] })).toMatchObject({
      unrecorded: { cause },
      later: [],
    });
  });
});

describe('a run that has not failed', () => {
  test('was cancelled', async () => {
    const workflow = newWorkflow();
    const { runId } = await open(workflow);
    await end(workflow, 'CANCELLED', 'cancelled');
    const found = await report();
    expect(found).toMatchObject({ situation: 'cancelled', next: { section: 'cancelled' } });
    expect(textOf(found)).toContain(`runs retry ${runId}`);
  });

  test('goes on, hangs, has no worker, is lost, or nobody can tell', async () => {
    const run = await open(newWorkflow());
    await goInto(run, 'apply');
    const going = await report(OPEN);
    expect(going).toMatchObject({
      situation: 'running',
      phase: 'apply',
      next: { section: 'the-run-is-still-going' },
    });
    expect(textOf(going)).toMatch(
      /Now in apply: 1 of \d batches done Workflow open in Temporal Workers 1@host asked for work 3 s ago/,
    );

    const failing = (failure: string, attempt = 5): TemporalFindings => ({
      ...OPEN,
      workflow: { status: 'RUNNING', isOpen: true, pending: [{ name: 'applyBatch', attempt, failure }] },
    });
    const sectionOf = async (findings: TemporalFindings): Promise<string> =>
      (await report(findings)).next.section;
    expect(await sectionOf(failing('deadlock detected'))).toBe('the-run-hangs');
    expect(await sectionOf(failing('deadlock detected', 2))).toBe('the-run-is-still-going');
    expect(await sectionOf(failing('could not extend file: No space left on device'))).toBe(
      'the-disk-is-full',
    );
    expect(await sectionOf(failing('connect ECONNREFUSED 127.0.0.1:5432'))).toBe('postgresql-unreachable');
    expect(await sectionOf(failing('activity Heartbeat timeout'))).toBe('no-worker');
    expect(textOf(await report(failing('deadlock detected')))).toContain(
      'Trying applyBatch, attempt 5; the one before failed: deadlock detected',
    );

    const alone = await report({ ...OPEN, workers: [] });
    expect(textOf(alone)).toContain('Workers NO WORKER asks for work');
    expect(alone.next).toMatchObject({ section: 'no-worker' });
    expect(alone.next.commands[0]).toBe('npx email-scheduler worker');

    const lost = await report(CLOSED);
    expect(lost).toMatchObject({ situation: 'lost', next: { section: 'run_abandoned' } });
    expect(textOf(lost)).toContain('was left half done');
    expect(lost.next.commands).toEqual([
      `npx email-scheduler runs retry ${run.runId} --organization ${world.name}`,
    ]);
  });

  test('is told of without Temporal, too', async () => {
    await open(newWorkflow());
    const [overview] = await listOrganizations(db.pool, world.name);
    const down = {
      pool: db.pool,
      askTemporal: () => Promise.reject(temporalUnreachable('127.0.0.1:1', null)),
      nowMs: Date.now(),
    };
    const found = await reportRun(down, overview!, null);
    expect(found).toMatchObject({ situation: 'unknown', next: { section: 'temporal-unreachable' } });
    expect(textOf(found)).toContain('Temporal at 127.0.0.1:1 does not answer');
    const profile = await findOrganization(db.pool, world.name);
    const list = await listAllRuns(down, profile!, 10);
    expect(list.runs).toHaveLength(1);
    expect(runListText(list, profile!).replaceAll(/\s+/g, ' ')).toContain(
      'Temporal at 127.0.0.1:1 does not answer',
    );
    const broken = { ...down, askTemporal: () => Promise.reject(new TypeError('a fault')) };
    await expect(reportRun(broken, overview!, null)).rejects.toThrow('a fault');
  });

  test('has put a plan in force, and needs Temporal all the same', async () => {
    await world.plan();
    const [overview] = await listOrganizations(db.pool, world.name);
    const askTemporal = () => Promise.reject(temporalUnreachable('127.0.0.1:1', null));
    const found = await reportRun({ pool: db.pool, askTemporal, nowMs: Date.now() }, overview!, null);
    expect(found).toMatchObject({
      situation: 'published',
      next: {
        sentence: 'Start Temporal: without it no run starts and no mail goes out.',
        section: 'temporal-unreachable',
      },
    });
  });

  test('waits for its turn', async () => {
    const first = await open(newWorkflow());
    await world.runner.tryOpen(
      { organization: world.name, asOf: world.input.asOf, ifRunning: 'queue' },
      newWorkflow(),
    );
    const found = await report(OPEN);
    expect(found).toMatchObject({ situation: 'queued', phases: [], phase: null });
    expect(found.run!.id).toBeGreaterThan(first.runId);
    expect(textOf(found)).toContain('waits for another run to end');
  });

  test('was dry', async () => {
    await world.plan();
    const { runId } = await world.planDry();
    const found = await report();
    expect(found).toMatchObject({ situation: 'dry_run', phase: null, cause: null });
    expect(found.next.commands).toEqual([
      `npx email-scheduler plan diff current run:${runId} --organization ${world.name}`,
      `npx email-scheduler plan run --organization ${world.name}`,
    ]);
  });

  test('was published: its counts, rejected contacts by reason, moves, and time by phase', async () => {
    const { runId, counts, checksum } = await world.plan({ batchSize: 40 });
    const found = await report();
    expect(found).toMatchObject({
      situation: 'published',
      phase: null,
      run: { id: runId, planNumber: 1, checksum, counts },
      next: { commands: [] },
    });
    expect(found.phases.map(({ phase }) => phase).filter((phase) => phase !== 'collect')).toEqual([
      ...PHASES,
    ]);
    for (const { batches, batchesDone, tookMs } of found.phases) {
      expect(batchesDone).toBe(batches);
      expect(tookMs).toBeGreaterThanOrEqual(0);
    }
    const took = found.phases.reduce((sum, { tookMs }) => sum + tookMs!, 0);
    expect(took).toBe(Number(found.run!.finishedAt) - Number(found.run!.startedAt));
    expect(found.phases[0]!.workMs).toMatchObject({
      reading: expect.any(Number) as number,
      planning: expect.any(Number) as number,
      writing: expect.any(Number) as number,
    });
    const text = textOf(found);
    expect(text).toContain(`${counts.contacts.read} read = ${counts.contacts.planned} planned`);
    for (const [reason, count] of Object.entries(counts.rejected))
      expect(text).toContain(`${reason} ${count}`);
    expect(text).toContain(`${counts.moves.smoothed} smoothed`);
  });

  test('does not exist', async () => {
    expect(textOf(await report())).toContain('has no run yet.');
    await expect(report(NO_FINDINGS, 1_000_000)).rejects.toMatchObject({ code: 'UNKNOWN_RUN' });
    const other = await worlds.open(world.input, { sandbox: true });
    const { runId } = await world.plan();
    const [overview] = await listOrganizations(db.pool, other.name);
    const sources = { pool: db.pool, askTemporal: () => Promise.resolve(NO_FINDINGS), nowMs: Date.now() };
    await expect(reportRun(sources, overview!, runId)).rejects.toBeInstanceOf(SchedulerError);
  });
});

describe('whether today’s mails go out', () => {
  async function plannedOn(day: string): Promise<number> {
    const { rows } = await db.pool.query<{ mails: number }>(
      `SELECT count(*)::integer AS mails FROM email_schedules
       WHERE organization_id = $1 AND scheduled_send_date = $2 AND status = 'pre-scheduled'`,
      [world.organizationId, day],
    );
    return rows[0]!.mails;
  }

  async function busiestDay(): Promise<string> {
    const { rows } = await db.pool.query<{ day: string }>(
      `SELECT scheduled_send_date::text AS day FROM email_schedules
       WHERE organization_id = $1 AND status = 'pre-scheduled' GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1`,
      [world.organizationId],
    );
    return rows[0]!.day;
  }

  test('they do by the plan in force, however old; what was claimed is told by status, what was not sent, too', async () => {
    await world.plan();
    const day = await busiestDay();
    const mails = await plannedOn(day);
    expect(mails).toBeGreaterThan(1);
    const before = await report(NO_FINDINGS, null, day);
    expect(before.todaysMails).toMatchObject({ day, planned: mails, claimed: {}, plan: { number: 1 } });
    expect(textOf(before)).toContain(`The mails of ${day} go out: ${mails} mail(s) planned, by plan 1`);
    const overdue = before.todaysMails.overdue;
    expect(overdue).toBeGreaterThan(0);
    expect(textOf(before)).toContain(`${overdue} mail(s) of earlier days were not sent`);

    await world.claim(day);
    const claimed = await report(NO_FINDINGS, null, day);
    expect(claimed.todaysMails).toMatchObject({ planned: 0, claimed: { scheduled: mails } });
    expect(textOf(claimed)).toContain(`go out: ${mails} claimed for sending (${mails} scheduled), by plan 1`);
    const quiet = await report(NO_FINDINGS, null, '2040-01-01');
    expect(textOf(quiet)).toContain('No mails on 2040-01-01: plan 1, which is in force, has none.');
  });

  test.each([
    [1, false],
    [2, false],
    [3, true],
  ])('a plan that is %d day(s) old is called old: %s', async (days, isOld) => {
    await world.plan();
    await db.owner.query('UPDATE plans SET published_at = $2 WHERE organization_id = $1', [
      world.organizationId,
      new Date(instantOf(parseDay(AS_OF)!, '04:00', TIME_ZONE)),
    ]);
    const found = await report(NO_FINDINGS, null, addDays(AS_OF, days));
    expect(found.todaysMails.planAgeDays).toBe(days);
    expect(textOf(found).includes(`Plan 1 is ${days} days old`)).toBe(isOld);
    expect(found.next.section === 'the-plan-in-force-is-old').toBe(isOld);
  });
});

describe('a run that did not start', () => {
  const DAY = '2027-03-02';
  const at = (day: string, time: string): Date => new Date(instantOf(parseDay(day)!, time, TIME_ZONE));

  /** Daily at 04:00, as Temporal describes it. */
  function scheduled(paused: boolean, createdAt = at(AS_OF, '12:00')): TemporalFindings {
    const whole = (start: unknown, end: unknown) => [{ start, end, step: 1 }];
    const calendar = {
      ...{ second: whole(0, 0), minute: whole(0, 0), hour: whole(4, 4), dayOfMonth: whole(1, 31) },
      ...{ month: whole('JANUARY', 'DECEMBER'), dayOfWeek: whole('SUNDAY', 'SATURDAY'), year: [] },
    };
    const schedule = {
      spec: { calendars: [calendar], timezone: TIME_ZONE },
      state: { paused, note: paused ? 'paused by cli:ann on 2027-03-01 17:00: import' : '' },
      info: { createdAt, nextActionTimes: [at('2027-03-03', '04:00')], numActionsMissedCatchupWindow: 1 },
    };
    return { ...NO_FINDINGS, schedule: schedule as unknown as ScheduleDescription };
  }

  beforeEach(async () => {
    await world.plan();
    await db.owner.query('UPDATE scheduler_runs SET started_at = $2 WHERE organization_id = $1', [
      world.organizationId,
      at(AS_OF, '04:00'),
    ]);
  });

  test('was missed: it is to be started by hand', async () => {
    const found = await report(scheduled(false), null, DAY);
    expect(found).toMatchObject({
      situation: 'published',
      missedStart: at(DAY, '04:00'),
      next: {
        commands: [`npx email-scheduler plan run --organization ${world.name}`],
        section: 'the-run-did-not-start',
      },
    });
    expect(textOf(found)).toContain('the start of 2027-03-02 04:00 was MISSED');
  });

  test('because the schedule is paused: that is said, with the note', async () => {
    const found = await report(scheduled(true), null, DAY);
    expect(found.next.commands).toEqual([
      `npx email-scheduler plan schedule resume --organization ${world.name}`,
      `npx email-scheduler plan run --organization ${world.name}`,
    ]);
    expect(textOf(found)).toContain('PAUSED; the start of 2027-03-02 04:00 was MISSED: paused by cli:ann');
  });

  test('is not missed if one has started since, if it was not due yet, or without a schedule then', async () => {
    expect((await report(scheduled(false, at(DAY, '05:00')), null, DAY)).missedStart).toBeNull();
    expect((await report(scheduled(false), null, AS_OF)).missedStart).toBeNull();
    expect((await report(NO_FINDINGS, null, DAY)).missedStart).toBeNull();
    await db.owner.query('UPDATE scheduler_runs SET started_at = $2 WHERE organization_id = $1', [
      world.organizationId,
      at(DAY, '04:00'),
    ]);
    expect(await report(scheduled(false), null, DAY)).toMatchObject({
      missedStart: null,
      next: { commands: [] },
    });
  });
});
