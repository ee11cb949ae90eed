/** Runs the product's rules on the model's inputs, so that both can be compared row for row. */
import type { Configuration, MonthDay, StateRule } from '../../src/domain/configuration.ts';
import { formatDay, parseDay, type DayNumber } from '../../src/domain/calendar.ts';
import type { CampaignTarget } from '../../src/domain/campaigns.ts';
import type { Contact } from '../../src/domain/contact.ts';
import { DayCounts } from '../../src/domain/day-counts.ts';
import type { Hash32 } from '../../src/domain/occurrence.ts';
import type { ContactFacts, PlanningContext } from '../../src/domain/placing.ts';
import { planContacts, type ContactPlan, type Shape } from '../../src/domain/planning.ts';
import {
  countsInVolume,
  type LedgerMail,
  type PlanRow,
  type PlanSkipReason,
} from '../../src/domain/schedule-row.ts';
import { loadLimits, type LoadLimits } from '../../src/domain/shaping.ts';
import { StateRules } from '../../src/domain/state-rules.ts';
import type {
  ModelConfig,
  ModelContact,
  ModelInput,
  ModelMetadata,
  ModelOutput,
  ModelPlannedRow,
  ModelRow,
  ModelRule,
} from '../model/types.ts';
import { campaignBookOf, targetOf } from './product-campaigns.ts';

export interface ProductPlan {
  readonly context: PlanningContext;
  /** Of the contacts that were planned. */
  readonly facts: readonly ContactFacts[];
  readonly limits: LoadLimits;
  readonly contacts: readonly ContactPlan[];
  readonly shape: Shape;
}

/** What the product's rules decide, as they say it. */
export function decideByProduct(input: ModelInput, hash: Hash32): ProductPlan {
  const context: PlanningContext = {
    today: day(input.today),
    asOfDay: day(input.asOf),
    isFresh: input.fresh,
    configuration: configurationOf(input.config),
    rules: new StateRules(input.rules.map(ruleOf)),
    campaigns: campaignBookOf(input),
    hash,
  };
  const facts = factsOf(input);
  const candidates = facts.filter(({ contactId }) => input.only?.includes(contactId) ?? true);
  const others = facts.filter(({ contactId }) => !(input.only?.includes(contactId) ?? true));
  const limits = loadLimits(input.contacts.length, context.configuration.load);
  const settled = settledVolumes(context, facts, others);
  return { context, facts: candidates, limits, ...planContacts(context, candidates, settled, limits) };
}

/** The same as rows of the model. */
export function planByProduct(input: ModelInput, hash: Hash32): ModelOutput {
  const { context, contacts, shape } = decideByProduct(input, hash);
  const overCap = new Set(shape.overCapDays);
  const output: ModelOutput = { rows: [], missed: [], rejected: [], nothing_due: [], volumes: {} };
  for (const contact of contacts) {
    if (contact.rejection !== null) {
      output.rejected.push({ contact_id: contact.contactId, reason: contact.rejection });
    }
    if (contact.outcome === 'nothing_due') output.nothing_due.push(contact.contactId);
    for (const { row } of contact.planned) {
      const isFlagged = row.status === 'pre-scheduled' && overCap.has(row.day);
      output.rows.push({
        ...modelRow(row),
        ...(row.campaignInstanceId === null ? {} : templatesOf(row)),
        status: row.status,
        scheduled_send_time: row.sendTime,
        over_cap: isFlagged,
      });
    }
    for (const { row, outcome } of contact.endedRows) {
      if (outcome === 'missed') {
        output.missed.push({ ...modelRow(row), status: 'skipped', skip_reason: 'missed' });
      }
    }
  }
  output.rows.sort(byOccurrence);
  output.missed.sort(byOccurrence);
  for (const [volumeDay, volume] of shape.volumes.entries()) {
    if (volumeDay >= context.asOfDay) output.volumes[formatDay(volumeDay)] = volume;
  }
  return output;
}

function templatesOf(
  row: Pick<PlanRow, 'emailTemplate' | 'smsTemplate' | 'emailType'>,
): Pick<ModelPlannedRow, 'email_template' | 'sms_template'> {
  return { email_template: row.emailTemplate ?? row.emailType, sms_template: row.smsTemplate };
}

function byOccurrence(a: ModelRow, b: ModelRow): number {
  if (a.contact_id !== b.contact_id) return a.contact_id - b.contact_id;
  if (a.email_type !== b.email_type) return a.email_type < b.email_type ? -1 : 1;
  const byInstance = (a.campaign_instance_id ?? 0) - (b.campaign_instance_id ?? 0);
  return byInstance !== 0 ? byInstance : a.event_date < b.event_date ? -1 : 1;
}

function day(text: string): DayNumber {
  const parsed = parseDay(text);
  if (parsed === null) throw new RangeError(`not a day: ${text}`);
  return parsed;
}

/** What lies on days from the as-of date on and is not up for planning. */
function settledVolumes(
  context: PlanningContext,
  facts: readonly ContactFacts[],
  others: readonly ContactFacts[],
): { volumes: DayCounts; effectiveDate: DayCounts } {
  const settled = { volumes: new DayCounts(), effectiveDate: new DayCounts() };
  const add = (mail: { day: DayNumber; emailType: string }): void => {
    if (mail.day < context.asOfDay) return;
    settled.volumes.add(mail.day, 1);
    if (mail.emailType === 'effective_date') settled.effectiveDate.add(mail.day, 1);
  };
  for (const { ledger } of facts) ledger.filter(countsInVolume).forEach(add);
  for (const { planRows } of others) {
    for (const row of planRows) {
      const isPlaced =
        row.status === 'pre-scheduled' ||
        row.skipReason === 'campaign_conflict' ||
        row.skipReason === 'frequency_limit';
      if (isPlaced) add(row);
    }
  }
  return settled;
}

function factsOf(input: ModelInput): ContactFacts[] {
  const facts = new Map<
    number,
    { contact: Contact | null; targets: CampaignTarget[]; ledger: LedgerMail[]; planRows: PlanRow[] }
  >();
  const of = (id: number) => {
    let found = facts.get(id);
    if (found === undefined)
      facts.set(id, (found = { contact: null, targets: [], ledger: [], planRows: [] }));
    return found;
  };
  for (const contact of input.contacts) of(contact.id).contact = contactOf(contact, input);
  for (const target of input.campaigns?.targets ?? []) of(target.contact_id).targets.push(targetOf(target));
  for (const row of input.ledger)
    if (row.status !== 'requeued') of(row.contact_id).ledger.push(ledgerMail(row));
  input.planInForce.forEach((row, index) => of(row.contact_id).planRows.push(planRow(row, index + 1, input)));
  return [...facts]
    .map(([contactId, fact]) => ({ contactId, ...fact }))
    .sort((a, b) => a.contactId - b.contactId);
}

function contactOf(contact: ModelContact, input: ModelInput): Contact {
  const address = contact.email?.trim().toLowerCase();
  const scopes = input.suppressions
    .filter((suppression) => suppression.address.trim().toLowerCase() === address)
    .map((suppression) => suppression.scope);
  return {
    id: contact.id,
    email: contact.email,
    zipCode: contact.zip_code,
    state: contact.state,
    birthDay: contact.birth_date === null ? null : parseDay(contact.birth_date.trim()),
    effectiveDay: contact.effective_date === null ? null : parseDay(contact.effective_date.trim()),
    suppression: scopes.includes('all') ? 'all' : (scopes[0] ?? null),
  };
}

function ledgerMail(row: ModelRow): LedgerMail {
  return {
    emailType: row.email_type,
    campaignInstanceId: row.campaign_instance_id,
    eventDay: day(row.event_date),
    day: day(row.scheduled_send_date),
    status: row.status,
    skipReason: row.skip_reason,
    priority: row.priority,
    isFollowUp: row.email_type.startsWith('followup_'),
    isTransactional: row.email_type === 'campaign_regulatory_notice',
  };
}

function planRow(row: ModelRow, id: number, input: ModelInput): PlanRow {
  return {
    id,
    runId: 1,
    contactId: row.contact_id,
    emailType: row.email_type,
    campaignInstanceId: row.campaign_instance_id,
    eventDay: day(row.event_date),
    idealDay: day(row.ideal_date),
    day: day(row.scheduled_send_date),
    sendTime: input.config.send_time,
    status: row.status === 'pre-scheduled' ? 'pre-scheduled' : 'skipped',
    skipReason: row.skip_reason as PlanSkipReason | null,
    priority: row.priority,
    placedBy: row.metadata?.placed_by ?? null,
    movedFrom: row.metadata?.moved_from === undefined ? null : day(row.metadata.moved_from),
    emailTemplate: null,
    smsTemplate: null,
    details: detailsOf(row.metadata),
  };
}

/** Metadata without the two keys that have columns of their own. */
function detailsOf(metadata: ModelMetadata | null): string | null {
  const { placed_by: _placedBy, moved_from: _movedFrom, ...details } = metadata ?? {};
  return Object.keys(details).length === 0 ? null : JSON.stringify(details);
}

function modelRow(row: Omit<PlanRow, 'id' | 'runId'>): ModelRow {
  const details = row.details === null ? {} : (JSON.parse(row.details) as ModelMetadata);
  const metadata: ModelMetadata = {
    ...(row.placedBy === null ? {} : { placed_by: row.placedBy }),
    ...(row.movedFrom === null ? {} : { moved_from: formatDay(row.movedFrom) }),
    ...details,
  };
  return {
    contact_id: row.contactId,
    email_type: row.emailType,
    campaign_instance_id: row.campaignInstanceId,
    event_date: formatDay(row.eventDay),
    ideal_date: formatDay(row.idealDay),
    scheduled_send_date: formatDay(row.day),
    status: row.status,
    skip_reason: row.skipReason,
    priority: row.priority,
    metadata: Object.keys(metadata).length === 0 ? null : metadata,
  };
}

function monthDay(text: string): MonthDay {
  const [month, dayOfMonth] = text.split('-').map(Number);
  return { month: month!, day: dayOfMonth! };
}

function configurationOf(config: ModelConfig): Configuration {
  const { email_types: types } = config;
  const anniversary = (of: ModelConfig['email_types']['birthday'], template: string) => ({
    enabled: of.enabled,
    daysBefore: of.days_before,
    deadlineDaysBefore: of.deadline_days_before,
    priority: of.priority,
    template,
  });
  return {
    timeZone: 'America/Chicago',
    sendTime: config.send_time,
    sendUntil: '20:00',
    planTime: '04:00',
    features: {
      campaigns: config.features.campaigns,
      followUps: true,
      loadBalancing: config.features.load_balancing,
      frequencyLimit: config.features.frequency_limit,
      postWindow: config.features.post_window,
      sms: false,
    },
    birthday: anniversary(types.birthday, 'birthday'),
    effectiveDate: anniversary(types.effective_date, 'effective_date'),
    aep: {
      enabled: types.aep.enabled,
      days: types.aep.days.map(({ on, deadline }) => ({ on: monthDay(on), deadline: monthDay(deadline) })),
      priority: types.aep.priority,
      template: 'aep',
    },
    postWindow: {
      enabled: types.post_window.enabled,
      daysAfter: types.post_window.days_after,
      deadlineDaysAfter: types.post_window.deadline_days_after,
      priority: types.post_window.priority,
      template: 'post_window',
    },
    catchUpDays: config.catch_up_days,
    exclusion: {
      extensionDays: config.exclusion.extension_days,
      unknownAnchor: config.exclusion.unknown_anchor,
    },
    load: {
      dailyCapPercent: config.load.daily_cap_percent,
      redistributeAbovePercent: config.load.redistribute_above_percent,
      redistributeWithinDays: config.load.redistribute_within_days,
      smoothingLimit: config.load.smoothing_limit,
      smoothingPercentOfCap: config.load.smoothing_percent_of_cap,
      smoothingDays: config.load.smoothing_days,
    },
    frequency: { maxMails: config.frequency.max_mails, periodDays: config.frequency.period_days },
    followUp: { delaySeconds: 172_800, tooLateAfterDays: 7 },
    run: { batchSize: 10_000, maxDurationSeconds: 10_800 },
    sender: { from: null, replyTo: null, postalAddress: null },
    delivery: { provider: 'sandbox', maxInFlight: 20, perSecond: 50 },
  };
}

function ruleOf(rule: ModelRule): StateRule {
  return {
    name: `${rule.state} ${rule.kind}`,
    state: rule.state,
    kind: rule.kind,
    daysBefore: rule.days_before ?? 0,
    daysAfter: rule.days_after ?? 0,
    from: rule.from === undefined ? null : monthDay(rule.from),
    to: rule.to === undefined ? null : monthDay(rule.to),
    anchoredOnMonthStart: rule.anchor === 'month_start',
    extensionDays: rule.extension_days ?? null,
    allYearFromAge: rule.all_year_from_age ?? null,
    citation: 'generated',
    lawFrom: rule.law_from === undefined ? null : day(rule.law_from),
    lawUntil: rule.law_until === undefined ? null : day(rule.law_until),
  };
}
