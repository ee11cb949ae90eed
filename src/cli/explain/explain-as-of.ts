/** Explains what planning would do as of a day for one contact alone; nothing is stored. */
import type { PoolClient } from 'pg';
import type { AcceptedConfiguration } from '../../config/accept.ts';
import { SchedulerError } from '../../contracts/errors.ts';
import { readOrganization, type Organization } from '../../db/organizations.ts';
import { readCampaigns } from '../../db/campaigns.ts';
import { countContacts } from '../../db/queries/count-contacts.ts';
import { listContactLedger } from '../../db/queries/list-contact-ledger.ts';
import { listRunDays } from '../../db/queries/list-run-days.ts';
import { listUnattempted } from '../../db/queries/list-unattempted.ts';
import { readLoadCalendar } from '../../db/queries/read-load-calendar.ts';
import { readFacts } from '../../db/read-facts.ts';
import { readSegments } from '../../db/queries/read-segments.ts';
import { planningDays, type PlanningDays } from '../../domain/as-of.ts';
import { formatDay, LAST_DAY, type DayNumber } from '../../domain/calendar.ts';
import { CampaignBook, NO_TARGETS } from '../../domain/campaigns.ts';
import type { Configuration } from '../../domain/configuration.ts';
import { isUnchanged } from '../../domain/draft-row.ts';
import { explainReplan, type ContactExplanation } from '../../domain/explain.ts';
import type { ContactFacts, PlanningContext } from '../../domain/placing.ts';
import type { SettledVolumes } from '../../domain/planning.ts';
import { findOccurrence, hasPlace, type PlanRow } from '../../domain/schedule-row.ts';
import { loadLimits } from '../../domain/shaping.ts';
import { dayAt, timeOfDayAt } from '../../domain/time-zone.ts';
import { EFFECTIVE_DATE } from '../../domain/yearly.ts';
import type { ExplainedContact, ExplainedRow, Explanation, Note } from './explanation.ts';
import { volumesOf } from './load-volumes.ts';
import { basisOfNextRun } from './planning-basis.ts';

export interface AsOfRequest {
  readonly asOfDay: DayNumber;
  readonly files: AcceptedConfiguration;
  readonly environment: string | null;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
}

export async function explainAsOf(
  client: PoolClient,
  { organization: { id, name }, profile, hash }: ExplainedContact,
  { asOfDay, files, environment, nowMs }: AsOfRequest,
): Promise<Explanation> {
  const organization = await readOrganization(client, { id });
  const scope = { organization: name, environment };
  const { version, configuration, rules } = await basisOfNextRun(client, files, scope);
  const days = daysOf(organization, configuration, asOfDay, nowMs);
  const { types, instances } = await readCampaigns(client, id);
  const context: PlanningContext = {
    today: days.today,
    asOfDay: days.asOfDay,
    isFresh: false,
    configuration,
    rules,
    campaigns: new CampaignBook(types, instances, {
      asOfDay: days.asOfDay,
      isSwitchedOn: configuration.features.campaigns,
    }),
    hash,
  };
  const facts = await readFactsOfNextRun(client, organization, profile.id, days, context.campaigns);
  const others = await readVolumesOfOthers(client, organization, days.asOfDay, facts);
  const limits = loadLimits(await countContacts(client, id), configuration.load);
  const decided = explainReplan(context, facts, others, limits);
  return {
    organization: name,
    timeZone: organization.timeZone,
    profile,
    contact: facts.contact,
    suppression: facts.contact?.suppression ?? null,
    basis: {
      kind: 'as_of',
      configurationVersion: version,
      formerPlanNumber: organization.planNumber,
      isDryRunOnly: days.isDryRunOnly,
    },
    context,
    notes: notesOfDays(organization, days),
    decided,
    errorCode: decided.plan.error?.name ?? null,
    rows: await explainRows(client, decided),
    ledger: await listContactLedger(client, id, profile.id),
  };
}

function notesOfDays({ isSandbox, sandboxToday }: Organization, days: PlanningDays): Note[] {
  if (days.isDryRunOnly) {
    return [{ code: 'dry_run_only', text: 'A run as of so late a day is a dry run: it is not published.' }];
  }
  if (!isSandbox || sandboxToday === null || sandboxToday === days.asOfDay) return [];
  return [
    {
      code: 'sandbox_clock',
      text: 'The clock of a sandbox goes to that day: what the plan has before it counts as never sent.',
    },
  ];
}

function daysOf(
  organization: Organization,
  configuration: Configuration,
  asOfDay: DayNumber,
  nowMs: number,
): PlanningDays {
  const days = planningDays(
    {
      isSandbox: organization.isSandbox,
      sandboxToday: organization.sandboxToday,
      zoneDay: dayAt(nowMs, organization.timeZone),
      zoneTime: timeOfDayAt(nowMs, organization.timeZone),
      sendUntil: configuration.sendUntil,
      claimedThrough: organization.claimedThrough,
    },
    asOfDay,
  );
  if (!('refusal' in days)) return days;
  const value = formatDay(asOfDay);
  throw new SchedulerError(
    'INVALID_INPUT',
    `--as-of is ${value}, ${days.refusal} (${organization.name}). Without --as-of, the plan in force is explained.`,
    { place: '--as-of', value, allowed: days.refusal },
  );
}

/** What a run would read: what was claimed and never attempted is back in the plan by then (SPEC 10). */
async function readFactsOfNextRun(
  client: PoolClient,
  { id: organizationId, planBaseId }: Organization,
  contactId: number,
  { givesBackBefore }: PlanningDays,
  campaigns: CampaignBook,
): Promise<ContactFacts> {
  const [found] = await readFacts(client, {
    organizationId,
    selection: { contactIds: [contactId] },
    planInForce:
      planBaseId === null
        ? null
        : { baseId: planBaseId, segmentRunIds: await readSegments(client, planBaseId) },
    // Also of those that are not planned: why not is told.
    instanceIds: campaigns.instanceIds,
    snapshot: null,
  });
  const facts = found ?? { contactId, contact: null, targets: NO_TARGETS, ledger: [], planRows: [] };
  const givenBack =
    planBaseId === null ? [] : await listUnattempted(client, organizationId, contactId, givesBackBefore);
  return {
    ...facts,
    ledger: facts.ledger.filter((mail) => findOccurrence(givenBack, mail) === undefined),
    planRows: [...facts.planRows, ...givenBack],
  };
}

/** The plan in force and the ledger, without the contact's own mails that are up for planning. */
async function readVolumesOfOthers(
  client: PoolClient,
  { id: organizationId, planNumber }: Organization,
  asOfDay: DayNumber,
  { planRows }: ContactFacts,
): Promise<SettledVolumes> {
  const loads = await readLoadCalendar(
    client,
    { organizationId, planNumber: planNumber ?? 0 },
    { fromDay: asOfDay, untilDay: LAST_DAY },
  );
  const others = volumesOf(loads);
  for (const row of planRows) {
    if (row.day < asOfDay || !hasPlace(row)) continue;
    others.volumes.add(row.day, -1);
    if (row.emailType === EFFECTIVE_DATE) others.effectiveDate.add(row.day, -1);
  }
  return others;
}

async function explainRows(client: PoolClient, decided: ContactExplanation): Promise<ExplainedRow[]> {
  const formerRows = decided.plan.planned.flatMap(({ former }) => former ?? []);
  const unchangedRows = decided.plan.unchangedRows;
  const runs = await listRunDays(client, [
    ...new Set([...formerRows, ...unchangedRows].map(({ runId }) => runId)),
  ]);
  const runOf = (row: PlanRow) => runs.find(({ runId }) => runId === row.runId) ?? null;
  const planned = decided.mails.map((trace): ExplainedRow => {
    const { former } = trace.mail;
    return {
      id: former?.id ?? null,
      row: trace.row,
      changedBy: former !== null && isUnchanged(trace.row, former) ? runOf(former) : null,
      isFrozen: false,
      isOverCap: trace.cap?.isOverCap ?? false,
      trace,
      settledAs: null,
    };
  });
  const unchanged = unchangedRows.map((row): ExplainedRow => ({
    id: row.id,
    row,
    changedBy: runOf(row),
    isFrozen: true,
    isOverCap: false,
    trace: null,
    settledAs: null,
  }));
  return [...unchanged, ...planned].sort((a, b) => a.row.day - b.row.day);
}
