/** What a campaign instance would do, gathered from the dry run that planned it as if it were active. */
import type { PoolClient } from 'pg';
import type { OrganizationProfile } from '../db/queries/find-organization.ts';
import {
  countDisplacements,
  listDisplacedMails,
  type Displacement,
  type DisplacedMail,
} from '../db/preview/displaced-mails.ts';
import { readPreviewRun, type PreviewRun } from '../db/preview/preview-run.ts';
import {
  readPreviewedDays,
  readPreviewedMoves,
  readPreviewedSkips,
  type PreviewedMoves,
  type SkippedMails,
} from '../db/preview/previewed-mails.ts';
import { readPreviewedTargets } from '../db/preview/previewed-targets.ts';
import type { TargetsByMail } from '../db/preview/without-mail.ts';
import { formatDay, type DayNumber } from '../domain/calendar.ts';
import type { InstanceStatus } from '../domain/campaigns.ts';
import { stateByZip, storedState } from '../domain/contact.ts';
import { loadLimits, type LoadLimits } from '../domain/shaping.ts';
import { shellWord } from '../contracts/wording.ts';
import { basisOfVersion } from './explain/planning-basis.ts';

/** What `campaigns preview --json` prints; days are `YYYY-MM-DD`. */
export interface CampaignPreview {
  readonly organization: string;
  readonly instance: {
    readonly id: number;
    readonly name: string;
    readonly type: string;
    readonly status: InstanceStatus;
    readonly startDate: string | null;
    readonly endDate: string | null;
    readonly isForAllContacts: boolean;
  };
  /** The dry run: commands about plans know it as `run:ID`. */
  readonly run: { readonly id: number; readonly today: string; readonly asOf: string };
  readonly targets: TargetsByMail;
  readonly mails: PreviewedMails;
  readonly volume: PreviewedVolume;
  /** By id: examples and the mails that they give way to are named by them. */
  readonly campaignNames: Readonly<Record<string, string>>;
  /** `null`: there is no plan in force, so that nothing is displaced. */
  readonly displaced: Displaced | null;
  /** The command that makes it real; `null`: it is active already. */
  readonly publishBy: string | null;
}

export interface PreviewedMails {
  /** Mails that go out. */
  readonly preScheduled: number;
  readonly skipped: number;
  readonly skippedByReason: Readonly<Record<string, number>>;
  readonly skippedByState: readonly SkippedByState[];
  /** Of those that go out. */
  readonly moves: PreviewedMoves;
}

interface SkippedByState {
  readonly reason: string;
  /** Of the contact: that of its ZIP code, and the stored one if it is another. */
  readonly states: readonly string[];
  /** Of a mail that the law of a state holds back: which state's, by which rule. */
  readonly blockedBy: { readonly state: string; readonly rule: string } | null;
  readonly mails: number;
}

export interface PreviewedVolume {
  readonly dailyCap: number;
  /** A day above this is brought down to the cap. */
  readonly redistributeAbove: number;
  readonly firstDay: string | null;
  readonly lastDay: string | null;
  /** Every day on which a mail of the instance goes out. */
  readonly days: readonly VolumeOfDay[];
}

interface VolumeOfDay {
  readonly day: string;
  /** Of the instance. */
  readonly mails: number;
  /** Of all mails, as the cap counts them. */
  readonly volume: number;
  /** Above the cap, and nothing could bring it down. */
  readonly isOverCap: boolean;
}

export interface Displaced {
  /** The plan in force that the dry run started from. */
  readonly planNumber: number;
  /** Other changes since that plan was made are in the dry run, too. */
  readonly isBehind: boolean;
  readonly moved: readonly MailsOfType[];
  readonly pushedOut: readonly (MailsOfType & { readonly reason: string })[];
  readonly postWindows: { readonly added: number; readonly shared: number };
  /** New or changed otherwise: `plan diff` shows them. */
  readonly otherwise: number;
  readonly examples: readonly DisplacedMail[];
}

export interface MailsOfType {
  readonly emailType: string;
  readonly mails: number;
}

const EXAMPLES_OF_EACH_KIND = 3;

/** @param runId a dry run that previewed an instance */
export async function previewCampaign(
  client: PoolClient,
  organization: OrganizationProfile,
  runId: number,
): Promise<CampaignPreview> {
  const run = await readPreviewRun(client, organization.id, runId);
  const { plan, instance, type, status } = run;
  const { configuration } = await basisOfVersion(client, plan.configurationVersion, {
    organization: organization.name,
    environment: run.environment,
  });
  const volume = await gatherVolume(client, run, loadLimits(run.contactCount, configuration.load));
  return {
    organization: organization.name,
    instance: {
      ...{ id: instance.id, name: instance.name, type: type.name, status },
      startDate: textOf(instance.startDay),
      endDate: textOf(instance.endDay),
      isForAllContacts: type.targetsAllContacts,
    },
    run: { id: runId, today: formatDay(plan.today), asOf: formatDay(plan.asOfDay) },
    targets: await readPreviewedTargets(client, run),
    mails: await gatherMails(client, run, volume),
    volume,
    campaignNames: Object.fromEntries(run.instances.map(({ id, name }) => [String(id), name])),
    displaced: await gatherDisplaced(client, run),
    publishBy: status === 'active' ? null : activation(organization.name, instance.name),
  };
}

function activation(organization: string, instance: string): string {
  return `npx email-scheduler campaigns instances change ${shellWord(instance)} --status active --organization ${organization}`;
}

function textOf(day: DayNumber | null): string | null {
  return day === null ? null : formatDay(day);
}

async function gatherVolume(
  client: PoolClient,
  run: PreviewRun,
  { dailyCap, redistributeAbove }: LoadLimits,
): Promise<PreviewedVolume> {
  const overCapDays = new Set(run.overCapDays);
  const days = (await readPreviewedDays(client, run)).map(({ day, mails, volume }) => ({
    ...{ day: formatDay(day), mails, volume },
    isOverCap: overCapDays.has(day),
  }));
  const [firstDay = null, lastDay = null] = [days[0]?.day, days.at(-1)?.day];
  return { dailyCap, redistributeAbove, firstDay, lastDay, days };
}

async function gatherMails(
  client: PoolClient,
  run: PreviewRun,
  { days }: PreviewedVolume,
): Promise<PreviewedMails> {
  const skippedByState = byState(await readPreviewedSkips(client, run));
  const skippedByReason: Record<string, number> = {};
  for (const { reason, mails } of skippedByState) {
    skippedByReason[reason] = (skippedByReason[reason] ?? 0) + mails;
  }
  return {
    preScheduled: sumOf(days),
    skipped: sumOf(skippedByState),
    skippedByReason,
    skippedByState,
    moves: await readPreviewedMoves(client, run),
  };
}

/** Most of each reason first. */
function byState(skips: readonly SkippedMails[]): SkippedByState[] {
  const groups = new Map<string, SkippedByState>();
  for (const { reason, blockedBy, mails, ...contact } of skips) {
    const states = [...new Set([stateByZip(contact), storedState(contact)])].filter((one) => one !== null);
    const key = JSON.stringify([reason, states, blockedBy?.state, blockedBy?.rule]);
    const before = groups.get(key)?.mails ?? 0;
    groups.set(key, { reason, states, blockedBy, mails: before + mails });
  }
  return [...groups]
    .sort(
      ([a, one], [b, other]) => compare(one.reason, other.reason) || other.mails - one.mails || compare(a, b),
    )
    .map(([, group]) => group);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

async function gatherDisplaced(client: PoolClient, run: PreviewRun): Promise<Displaced | null> {
  const { former } = run;
  if (former === null) return null;
  const counts = await countDisplacements(client, run, former);
  const of = (kind: Displacement['kind']): Displacement[] => counts.filter((count) => count.kind === kind);
  return {
    planNumber: former.number,
    isBehind: former.isBehind,
    moved: of('moved').map(({ emailType, mails }) => ({ emailType, mails })),
    pushedOut: of('pushed_out').map(({ emailType, reason, mails }) => ({
      ...{ emailType, reason: reason!, mails },
    })),
    postWindows: { added: sumOf(of('post_window_added')), shared: sumOf(of('post_window_shared')) },
    otherwise: sumOf(of('other')),
    examples: await listDisplacedMails(client, run, former, EXAMPLES_OF_EACH_KIND),
  };
}

function sumOf(counts: readonly { readonly mails: number }[]): number {
  return counts.reduce((all, { mails }) => all + mails, 0);
}
