/**
 * An organization in a database and, beside it, what the database must hold by the model: every action is
 * done to both, and whatever differs afterwards is an error that says where.
 */
import { isDeepStrictEqual } from 'node:util';
import { claimDay, settleClaimed, type SettledStatus } from '../../src/db/claim.ts';
import { lockOrganization } from '../../src/db/organizations.ts';
import { ScheduleIds } from '../../src/db/schedule-ids.ts';
import { inTransaction } from '../../src/db/transaction.ts';
import type { RunSummary } from '../../src/contracts/schedule-run.ts';
import { parseDay } from '../../src/domain/calendar.ts';
import { instantOf } from '../../src/domain/time-zone.ts';
import { planByModel } from '../model/model.ts';
import { nextDay } from '../model/next-day.ts';
import { Random } from '../model/random.ts';
import type { ModelCampaigns, ModelInput, ModelOutput, ModelRow } from '../model/types.ts';
import type { TestDatabase } from './database.ts';
import {
  addDays,
  dailyCapOf,
  expectedAfterRun,
  planDayLines,
  type ExpectedPlan,
  type StoredInput,
} from './expected-plan.ts';
import { createConfigurationFolder, type ConfigurationFolder } from './model-configuration.ts';
import {
  CAMPAIGNS_OF_LEDGER,
  deleteContacts,
  insertCampaigns,
  insertOrganization,
  keepSuppressions,
  putCampaigns,
  putContacts,
  putSuppressions,
  readLedger,
  readPlan,
  readSchedules,
  TIME_ZONE,
  type StoredRow,
} from './model-database.ts';
import { firstDifference } from './row-comparison.ts';
import { createRunner, type PlanRunner, type RunOptions } from './run-planning.ts';

/** All that a row has to say. */
export const ROW_FIELDS = [
  'id',
  'run_id',
  'contact_id',
  'email_type',
  'campaign_instance_id',
  'event_date',
  'ideal_date',
  'scheduled_send_date',
  'scheduled_send_time',
  'status',
  'skip_reason',
  'priority',
  'over_cap',
  'email_template',
  'sms_template',
  'metadata',
] as const;

const FINAL_STATUSES: readonly SettledStatus[] = [
  'sent',
  'sent',
  'delivered',
  'failed',
  'cancelled',
  'bounced',
  'unknown',
];

export interface WorldOptions {
  readonly name: string;
  readonly sandbox: boolean;
}

export class PlanningWorld {
  readonly db: TestDatabase;
  readonly name: string;
  readonly organizationId: number;
  readonly isSandbox: boolean;
  readonly runner: PlanRunner;
  readonly configuration: ConfigurationFolder;
  input: StoredInput;
  lastOutput: ModelOutput | null = null;
  /** Rows of the ledger with a committed attempt: never given back. */
  readonly attempted = new Set<number>();
  /** In the error, where the difference was found. */
  where = '';
  private readonly clock: { nowMs: number };

  private constructor(
    db: TestDatabase,
    { name, sandbox }: WorldOptions,
    parts: {
      organizationId: number;
      configuration: ConfigurationFolder;
      input: ModelInput;
      clock: { nowMs: number };
      runner: PlanRunner;
    },
  ) {
    this.db = db;
    this.name = name;
    this.isSandbox = sandbox;
    this.organizationId = parts.organizationId;
    this.configuration = parts.configuration;
    this.input = { ...parts.input, ledger: [], planInForce: [] };
    this.clock = parts.clock;
    this.runner = parts.runner;
  }

  /** The model's organization before its first run; close it to remove its files. */
  static async create(db: TestDatabase, input: ModelInput, options: WorldOptions): Promise<PlanningWorld> {
    const organizationId = await insertOrganization(db.owner, options.name, options.sandbox);
    await putContacts(db.owner, organizationId, input.contacts);
    await insertCampaigns(db.owner, organizationId, input.campaigns ?? CAMPAIGNS_OF_LEDGER);
    await putSuppressions(db.owner, organizationId, input.suppressions);
    const configuration = await createConfigurationFolder();
    await configuration.write(input.config, input.rules);
    const clock = { nowMs: 0 };
    const runner = await createRunner({
      pool: db.pool,
      configurationFolder: configuration.folder,
      now: () => clock.nowMs,
    });
    const world = new PlanningWorld(db, options, { organizationId, configuration, input, clock, runner });
    world.setDays(input.today, input.asOf);
    return world;
  }

  async close(): Promise<void> {
    await this.configuration.remove();
  }

  /** A sandbox's today is its as-of date; a real organization publishes up to tomorrow. */
  setDays(today: string, asOf: string): void {
    const days = this.isSandbox
      ? { today: asOf, asOf }
      : { today, asOf: asOf > addDays(today, 1) ? addDays(today, 1) : asOf };
    this.input = { ...this.input, ...days };
    this.clock.nowMs = instantOf(parseDay(this.input.today)!, '09:00', TIME_ZONE);
  }

  /** Runs, publishes, and compares all that the run left behind. */
  async plan(options: Omit<RunOptions, 'organization' | 'asOf'> = {}): Promise<RunSummary> {
    this.input.fresh = options.fresh ?? false;
    const summary = await this.runner.run({ organization: this.name, asOf: this.input.asOf, ...options });
    this.giveBack();
    const plan = await readPlan(this.db.pool, this.organizationId);
    const expected = expectedAfterRun(this.input, summary.runId, plan);
    this.expectSame('the plan', firstDifference(expected.plan, plan, ROW_FIELDS));
    const ledger = await readLedger(this.db.pool, this.organizationId);
    this.expectSame('the ledger', firstDifference(expected.ledger, ledger, ROW_FIELDS, idOf));
    await this.compareRecord(summary, expected);
    await this.compareLeftovers(summary.runId);
    this.input = { ...this.input, planInForce: plan, ledger };
    this.lastOutput = expected.output;
    await this.compareStored();
    return summary;
  }

  /** A dry run: readers see what they saw; its checksum is the one of the plan that it would publish. */
  async planDry(options: Omit<RunOptions, 'organization' | 'asOf'> = {}): Promise<RunSummary> {
    const run = { organization: this.name, asOf: this.input.asOf, ...options, dryRun: true };
    const opened = await this.runner.open(run);
    this.giveBack();
    const summary = await this.runner.finish(opened, run);
    await this.compareStored();
    return summary;
  }

  /** What was claimed on a day that has passed and has no attempt: the next run gives it back (SPEC 10). */
  giveBack(): void {
    const isGivenBack = (row: StoredRow): boolean =>
      row.scheduled_send_date < this.input.today &&
      (row.status === 'scheduled' || row.status === 'processing') &&
      !isFollowUp(row) &&
      !this.attempted.has(row.id);
    const { ledger, planInForce } = this.input;
    const givenBack = ledger.filter(isGivenBack).map((row) => ({ ...row, status: 'pre-scheduled' }));
    this.input = {
      ...this.input,
      ledger: ledger.filter((row) => !isGivenBack(row)),
      planInForce: [...planInForce, ...givenBack],
    };
  }

  /** Claims the day's mails and gives them statuses; some stay as they were claimed, some with an attempt. */
  async dispatch(day: string, random: Random): Promise<void> {
    await this.claim(day);
    const claimed = this.input.ledger.filter(
      (row) => row.scheduled_send_date === day && row.status === 'scheduled',
    );
    const isAllSent = random.chance(0.5);
    const byStatus = new Map<SettledStatus, StoredRow[]>();
    for (const row of claimed) {
      if (!isAllSent && random.chance(0.25)) {
        await this.leaveUnsettled(row, random);
        continue;
      }
      const status = isAllSent ? 'sent' : random.pick(FINAL_STATUSES);
      byStatus.set(status, [...(byStatus.get(status) ?? []), row]);
    }
    for (const [status, rows] of byStatus) await this.settle(rows, status);
    await this.addFollowUps(
      (byStatus.get('sent') ?? []).filter(() => random.chance(0.3)),
      random,
    );
    await this.compareStored();
  }

  /** All that is due is sent. */
  async dispatchAll(day: string): Promise<void> {
    await this.claim(day);
    await this.settle(
      this.input.ledger.filter((row) => row.scheduled_send_date === day && row.status === 'scheduled'),
      'sent',
    );
    await this.compareStored();
  }

  async claim(day: string): Promise<void> {
    const isDue = (row: StoredRow): boolean =>
      row.scheduled_send_date === day && row.status === 'pre-scheduled' && !this.isPaused(row);
    const due = this.input.planInForce.filter(isDue);
    const claimed = await inTransaction(this.db.pool, async (client) => {
      await lockOrganization(client, { id: this.organizationId });
      return claimDay(client, this.organizationId, parseDay(day)!);
    });
    this.expectSame(
      `claimed on ${day}`,
      claimed === due.length ? null : `${claimed}, expected ${due.length}`,
    );
    this.input = {
      ...this.input,
      planInForce: this.input.planInForce.filter((row) => !isDue(row)),
      ledger: [...this.input.ledger, ...due.map((row) => ({ ...row, status: 'scheduled' }))],
    };
  }

  /** "A paused one is planned and not sent" (SPEC 6). */
  private isPaused({ campaign_instance_id: id }: ModelRow): boolean {
    return this.input.campaigns?.instances.find((one) => one.id === id)?.status === 'paused';
  }

  async settle(rows: readonly StoredRow[], status: SettledStatus): Promise<void> {
    const ids = new Set(rows.map(({ id }) => id));
    const settled = await inTransaction(this.db.pool, (client) =>
      settleClaimed(client, this.organizationId, [...ids], status),
    );
    this.expectSame('settled', settled === ids.size ? null : `${settled}, expected ${ids.size}`);
    this.setStatus(ids, status);
  }

  private setStatus(ids: ReadonlySet<number>, status: string): void {
    const ledger = this.input.ledger.map((row) => (ids.has(row.id) ? { ...row, status } : row));
    this.input = { ...this.input, ledger };
  }

  private async leaveUnsettled(row: StoredRow, random: Random): Promise<void> {
    if (random.chance(0.5)) {
      await this.db.owner.query("UPDATE ledger SET status = 'processing' WHERE id = $1", [row.id]);
      this.setStatus(new Set([row.id]), 'processing');
    }
    if (!random.chance(0.4)) return;
    await this.db.owner.query(
      `INSERT INTO deliveries (organization_id, schedule_id, channel, attempt, token, status, provider, evidence)
       VALUES ($1, $2, 'email', 1, gen_random_uuid(), 'attempted', 'sandbox', '{}')`,
      [this.organizationId, row.id],
    );
    this.attempted.add(row.id);
  }

  private async addFollowUps(parents: readonly StoredRow[], random: Random): Promise<void> {
    const followUps = await inTransaction(this.db.owner, async (client) => {
      const ids = new ScheduleIds(client);
      await ids.reserve(parents.length);
      const rows = parents.map((parent): StoredRow & { parent_id: number } => {
        const status = random.pick(['pre-scheduled', 'sent', 'skipped']);
        const day = addDays(parent.scheduled_send_date, 2);
        return {
          ...parent,
          id: ids.next(),
          parent_id: parent.id,
          email_type: 'followup_1_cold',
          ideal_date: day,
          scheduled_send_date: day,
          status,
          skip_reason: status === 'skipped' ? 'exclusion_window' : null,
          over_cap: false,
          email_template: 'followup_1_cold',
          sms_template: null,
          metadata: null,
        };
      });
      await this.insertIntoLedger(rows);
      return rows;
    });
    this.input = {
      ...this.input,
      ledger: [...this.input.ledger, ...followUps.map(({ parent_id: _parent, ...row }) => row)],
    };
  }

  private async insertIntoLedger(rows: readonly (StoredRow & { parent_id: number | null })[]): Promise<void> {
    await this.db.owner.query(
      `INSERT INTO ledger (id, organization_id, contact_id, email_type, campaign_instance_id, event_date,
         ideal_date, scheduled_send_date, scheduled_send_time, status, skip_reason, priority, transactional,
         email_template, run_id, parent_id)
       SELECT id, $1, contact_id, email_type, campaign_instance_id, event_date, ideal_date,
         scheduled_send_date, scheduled_send_time, status, skip_reason, priority,
         email_type = 'campaign_regulatory_notice', email_template, run_id, parent_id
       FROM jsonb_to_recordset($2::jsonb) AS given (id bigint, contact_id bigint, email_type text,
         campaign_instance_id bigint, event_date date, ideal_date date, scheduled_send_date date,
         scheduled_send_time time, status text, skip_reason text, priority smallint, email_template text,
         run_id bigint, parent_id bigint)`,
      [this.organizationId, JSON.stringify(rows)],
    );
  }

  /** Goes to the model's next day: dispatches the days in between or leaves them, edits, new configuration. */
  async goToNextDay(seed: number): Promise<{ fresh: boolean }> {
    const random = new Random(seed);
    const next = nextDay(this.input, this.lastOutput ?? planByModel(this.input), seed, { reimports: true });
    const formerToday = this.input.today;
    this.setDays(next.today, next.asOf);
    const claimsToday = !this.isSandbox && random.chance(0.3);
    for (let day = formerToday; day <= this.input.today; day = addDays(day, 1)) {
      const isDispatched = day < this.input.today ? random.chance(0.8) : claimsToday;
      if (isDispatched) await this.dispatch(day, random);
    }
    await this.editContacts(next);
    if (next.campaigns === undefined) await this.addCampaignMails(next.ledger);
    else await this.editCampaigns(next.campaigns);
    await this.configuration.write(next.config, next.rules);
    this.input = { ...this.input, config: next.config, rules: next.rules };
    return { fresh: next.fresh };
  }

  async editContacts({
    contacts,
    suppressions,
  }: Pick<ModelInput, 'contacts' | 'suppressions'>): Promise<void> {
    const former = new Map(this.input.contacts.map((contact) => [contact.id, contact]));
    const edited = contacts.filter((contact) => !isDeepStrictEqual(former.get(contact.id), contact));
    await putContacts(this.db.owner, this.organizationId, edited);
    for (const contact of contacts) former.delete(contact.id);
    await deleteContacts(this.db.owner, this.organizationId, [...former.keys()]);
    await keepSuppressions(this.db.owner, this.organizationId, suppressions);
    await putSuppressions(this.db.owner, this.organizationId, suppressions);
    this.input = { ...this.input, contacts, suppressions };
  }

  async editCampaigns(campaigns: ModelCampaigns): Promise<void> {
    await putCampaigns(this.db.owner, this.organizationId, campaigns, this.input.campaigns!);
    this.input = { ...this.input, campaigns };
  }

  private async addCampaignMails(ledger: readonly ModelRow[]): Promise<void> {
    const isNew = (row: ModelRow): boolean =>
      row.campaign_instance_id !== null &&
      !isFollowUp(row) &&
      !this.input.ledger.some(
        (one) => one.contact_id === row.contact_id && one.campaign_instance_id === row.campaign_instance_id,
      );
    const added = ledger.filter(isNew);
    if (added.length === 0) return;
    const rows = await inTransaction(this.db.owner, async (client) => {
      const ids = new ScheduleIds(client);
      await ids.reserve(added.length);
      const { rows: runs } = await client.query<{ id: string }>('SELECT max(id) AS id FROM scheduler_runs');
      return added.map((row): StoredRow => ({
        ...row,
        id: ids.next(),
        run_id: Number(runs[0]!.id),
        scheduled_send_time: '08:30',
        over_cap: false,
        email_template: row.email_type,
        sms_template: null,
      }));
    });
    await this.insertIntoLedger(rows.map((row) => ({ ...row, parent_id: null })));
    this.input = { ...this.input, ledger: [...this.input.ledger, ...rows] };
  }

  /** Plan, ledger and the counts per day are what they must be; nothing is there twice. */
  async compareStored(): Promise<void> {
    const { pool } = this.db;
    const plan = await readPlan(pool, this.organizationId);
    this.expectSame('the plan', firstDifference(this.input.planInForce, plan, ROW_FIELDS));
    const ledger = await readLedger(pool, this.organizationId);
    this.expectSame('the ledger', firstDifference(this.input.ledger, ledger, ROW_FIELDS, idOf));
    const seen = await readSchedules(pool, this.organizationId);
    this.expectSame('what readers see', firstDifference([...plan, ...ledger], seen, ROW_FIELDS, idOf));
    const { rows } = await pool.query<{ line: string }>(
      `SELECT concat_ws(' ', day, email_type, pre_scheduled, skipped_with_place, skipped) AS line
       FROM plan_days d JOIN organizations o ON o.id = d.organization_id AND o.plan_number = d.plan_number
       WHERE o.id = $1 AND pre_scheduled + skipped_with_place + skipped > 0`,
      [this.organizationId],
    );
    const lines = rows.map(({ line }) => line).sort();
    const expectedLines = planDayLines(plan);
    if (!isDeepStrictEqual(lines, expectedLines)) {
      const missing = expectedLines.filter((line) => !lines.includes(line));
      const extra = lines.filter((line) => !expectedLines.includes(line));
      this.expectSame('plan_days', `missing ${missing.join(', ')}; not expected ${extra.join(', ')}`);
    }
  }

  private async compareRecord({ runId, counts }: RunSummary, expected: ExpectedPlan): Promise<void> {
    const { warnings: _warnings, ...compared } = counts;
    this.expectSame(
      'the counts',
      differenceOf(withoutEmptyTypes(expected.counts), withoutEmptyTypes(compared)),
    );
    const { rows } = await this.db.pool.query<Record<string, unknown>>(
      `SELECT r.state, r.as_of::text AS as_of, r.plan_number = o.plan_number AS in_force, r.counts AS stored,
         p.daily_cap, p.run_id = r.id AS own_plan,
         (SELECT coalesce(jsonb_agg(jsonb_build_object('contact_id', contact_id, 'reason', reason) ORDER BY contact_id), '[]')
          FROM rejected_contacts WHERE run_id = r.id) AS rejected
       FROM scheduler_runs r JOIN organizations o ON o.id = r.organization_id
       LEFT JOIN plans p ON p.organization_id = o.id AND p.number = r.plan_number
       WHERE r.id = $1`,
      [runId],
    );
    const record = {
      state: 'published',
      as_of: this.input.asOf,
      in_force: true,
      stored: counts,
      daily_cap: dailyCapOf(this.input),
      own_plan: true,
      rejected: expected.output.rejected,
    };
    this.expectSame('the record', differenceOf(record, rows[0]));
  }

  private async compareLeftovers(runId: number): Promise<void> {
    const { rows } = await this.db.pool.query<Record<string, unknown>>(
      `SELECT (SELECT count(*)::integer FROM scheduler_shares WHERE run_id = $1) AS shares,
         (SELECT count(*)::integer FROM plan_closings WHERE run_id = $1) AS closings,
         (SELECT count(*)::integer FROM scheduler_checkpoints WHERE run_id = $1 AND NOT done AND phase <> 'collect') AS undone,
         (SELECT count(*)::integer FROM planning_changes WHERE organization_id = $2) AS changes`,
      [runId, this.organizationId],
    );
    this.expectSame(
      'what is left of the run',
      differenceOf({ shares: 0, closings: 0, undone: 0, changes: 0 }, rows[0]),
    );
  }

  expectEqual(what: string, actual: unknown, expected: unknown): void {
    this.expectSame(what, differenceOf(expected, actual));
  }

  /** @param difference a text that says where it is; `null`: none */
  expectSame(what: string, difference: string | null): void {
    if (difference === null) return;
    const { today, asOf } = this.input;
    throw new Error(`${this.name} ${this.where}, today ${today}, as of ${asOf}: ${what}: ${difference}`);
  }
}

function idOf(row: StoredRow): string {
  return String(row.id);
}

function isFollowUp(row: ModelRow): boolean {
  return row.email_type.startsWith('followup_');
}

function differenceOf(expected: unknown, actual: unknown): string | null {
  if (isDeepStrictEqual(expected, actual)) return null;
  return `\nexpected ${JSON.stringify(expected)}\n     got ${JSON.stringify(actual)}`;
}

/** A type that has been struck out again is there with zeros. */
function withoutEmptyTypes<T extends { by_type: Record<string, object> }>(counts: T): T {
  const types = Object.entries(counts.by_type).filter(
    ([, of]) => JSON.stringify(of) !== '{"pre_scheduled":0,"skipped":{}}',
  );
  return { ...counts, by_type: Object.fromEntries(types) };
}
