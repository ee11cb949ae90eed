/** What `runs show` prints: first how it stands and what to do, then what the run did. */
import type { StoredRun } from '../../db/queries/list-runs.ts';
import type { ReplannedContacts } from '../../db/queries/read-replanned-contacts.ts';
import { OLD_PLAN_DAYS } from '../run-advice.ts';
import type { Findings, RunReport, TodaysMails } from '../run-findings.ts';
import { runbookLink } from '../runbook.ts';
import type { UnrecordedRun } from '../runs-in-temporal.ts';
import { labelled } from './labelled.ts';
import { table } from './table.ts';
import { momentText, spanText } from './time-text.ts';
import { wrap } from './wrap.ts';

export function runReportText(report: RunReport): string {
  const { cause, next, run } = report;
  return [
    wrap(headline(report), '', ''),
    ...(cause === null ? [] : [labelled('Cause', `${cause.code}: ${cause.message}`)]),
    ...whereLines(report),
    labelled('Today', todayText(report.todaysMails)),
    labelled('Do next', next.sentence),
    ...next.commands.map((command) => labelled('', command)),
    labelled('More', runbookLink(next.section)),
    ...scheduleLines(report),
    ...report.later.map((each) => labelled('Later', laterText(each, report.timeZone))),
    ...(run === null ? [] : ['', ...recordLines(run, report.timeZone), ...countLines(run)]),
    ...(report.phases.length === 0 ? [] : ['', phaseTable(report)]),
  ].join('\n');
}

function headline({
  organization,
  situation,
  run,
  unrecorded,
  timeZone,
  cause,
  replanned,
}: RunReport): string {
  if (unrecorded !== null) {
    const started = `started on ${momentText(unrecorded.startedAt, timeZone)} (workflow ${unrecorded.workflowId})`;
    if (situation === 'waiting') return `A run of ${organization}, ${started}, has not begun to plan.`;
    const ended = { CANCELLED: 'was cancelled', TERMINATED: 'was terminated' }[unrecorded.status] ?? 'FAILED';
    return `The run of ${organization} that ${started} ${ended} before it began to plan.`;
  }
  if (run === null) return `${organization} has no run yet.`;
  const named = `Run ${run.id} of ${organization}${kindText(run)}`;
  const started = momentText(run.startedAt, timeZone);
  const ended =
    run.finishedAt === null
      ? ''
      : ` on ${momentText(run.finishedAt, timeZone)}, ${spanText(Number(run.finishedAt) - Number(run.startedAt))} after it had started`;
  switch (situation) {
    case 'published':
      if (replanned !== null) return `${named} ${replanText(replanned, run)}${ended}.`;
      return `${named} put plan ${run.planNumber} in force${ended}.`;
    case 'dry_run':
      return `${named} was a dry run and ended${ended}; nothing was published.`;
    case 'failed':
      return `${named} FAILED${ended}.`;
    case 'cancelled':
      return `${named} was cancelled${ended}.`;
    case 'queued':
      return `${named} waits for another run to end, since ${started}.`;
    case 'running':
      return `${named} is going on, since ${started}.`;
    case 'lost':
      return `${named} was left half done: it began on ${started}, and its workflow is no longer open.`;
    default:
      return `${named} began on ${started}; Temporal does not answer, so nobody goes on with it${cause === null ? '' : ' now'}.`;
  }
}

function replanText({ total, firstIds }: ReplannedContacts, { formerPlanNumber }: StoredRun): string {
  const which =
    total === 1
      ? `contact ${firstIds.join()}`
      : `${number(total)} contacts (${firstIds.join(', ')}${total > firstIds.length ? ' …' : ''})`;
  return `planned ${which} again, in plan ${formerPlanNumber},`;
}

function kindText({ kind, restoredPlanNumber, previewedInstance, isDryRun, state }: StoredRun): string {
  if (previewedInstance !== null) return `, a preview of the campaign ${previewedInstance},`;
  if (kind === 'restore') return `, which puts plan ${restoredPlanNumber} back,`;
  return isDryRun && state !== 'dry_run' ? ', a dry run,' : '';
}

/** Where an unfinished run is, and what Temporal says of it. */
function whereLines({ situation, phase, phases, temporal, unrecorded }: RunReport): string[] {
  const lines: string[] = [];
  const at = phases.find((each) => each.phase === phase);
  const isOpen = situation === 'running' || situation === 'queued' || situation === 'waiting';
  if (at !== undefined) {
    const done = at.batches === 1 ? '' : `: ${at.batchesDone} of ${at.batches} batches done`;
    lines.push(labelled(situation === 'running' ? 'Now in' : 'Stopped in', `${at.phase}${done}`));
  }
  if (temporal.problem !== null) lines.push(labelled('Temporal', temporal.problem));
  if (!isOpen && situation !== 'lost') return lines;
  const status = unrecorded?.status ?? temporal.workflow?.status ?? 'unknown';
  lines.push(labelled('Workflow', situation === 'lost' ? `${status} in Temporal` : 'open in Temporal'));
  if (!isOpen) return lines;
  lines.push(labelled('Workers', workersText(temporal.workers)));
  for (const { name, attempt, failure } of temporal.workflow?.pending ?? []) {
    if (failure !== null)
      lines.push(labelled('Trying', `${name}, attempt ${attempt}; the one before failed: ${failure}`));
  }
  return lines;
}

function workersText(workers: Findings['temporal']['workers']): string {
  const [latest, ...others] = workers;
  if (latest === undefined) return 'NO WORKER asks for work';
  const more = others.length === 0 ? '' : ` and ${others.length} more`;
  return `${latest.identity}${more} asked for work ${latest.secondsAgo} s ago`;
}

/** Whether today's mails go out, whatever became of the run. */
function todayText({ day, plan, planned, claimed, overdue, planAgeDays }: TodaysMails): string {
  if (plan === null) return `NO MAILS on ${day}: no plan has been published yet.`;
  const inClaim = Object.values(claimed).reduce((sum, mails) => sum + mails, 0);
  const byStatus = Object.entries(claimed).map(
    ([status, mails]) => `${mails.toLocaleString('en-US')} ${status}`,
  );
  const mails = [
    ...(planned > 0 || inClaim === 0 ? [`${planned.toLocaleString('en-US')} mail(s) planned`] : []),
    ...(inClaim === 0
      ? []
      : [`${inClaim.toLocaleString('en-US')} claimed for sending (${byStatus.join(', ')})`]),
  ].join(', ');
  const first =
    planned + inClaim === 0
      ? `No mails on ${day}: plan ${plan.number}, which is in force, has none.`
      : `The mails of ${day} go out: ${mails}, by plan ${plan.number}, which is in force.`;
  return [first, ...ageText(planAgeDays, plan.number), ...overdueText(overdue)].join(' ');
}

function ageText(planAgeDays: number | null, number: number): string[] {
  if (planAgeDays === null || planAgeDays <= OLD_PLAN_DAYS) return [];
  return [
    `Plan ${number} is ${planAgeDays} days old: contacts that came since have no mails in it, and changed ones those of before. Each mail is checked once more before it is sent.`,
  ];
}

function overdueText(overdue: number): string[] {
  if (overdue === 0) return [];
  return [
    `${overdue.toLocaleString('en-US')} mail(s) of earlier days were not sent: the next run that publishes plans them again.`,
  ];
}

function scheduleLines({
  schedule,
  missedStart,
  isSandbox,
  temporal,
  timeZone,
  organization,
}: RunReport): string[] {
  if (isSandbox || temporal.problem !== null) return [];
  if (schedule === null) {
    return [
      labelled('Schedule', `none: \`npx email-scheduler plan schedule set --organization ${organization}\``),
    ];
  }
  const daily = `daily at ${schedule.planTime ?? 'other times'} (${schedule.timeZone})`;
  const next = schedule.nextTime === null ? '' : `, next on ${momentText(schedule.nextTime, timeZone)}`;
  const missed = missedStart === null ? '' : `; the start of ${momentText(missedStart, timeZone)} was MISSED`;
  if (schedule.isPaused) return [labelled('Schedule', `${daily}, PAUSED${missed}: ${schedule.note}`)];
  return [labelled('Schedule', `${daily}${next}${missed}`)];
}

function laterText({ workflowId, startedAt, status, cause }: UnrecordedRun, timeZone: string): string {
  const [firstLine] = cause === null ? [''] : `: ${cause.code}: ${cause.message}`.split('\n');
  return `${momentText(startedAt, timeZone)} ${workflowId} ${status.toLowerCase()}${firstLine}`;
}

function recordLines(run: StoredRun, timeZone: string): string[] {
  const { contacts, batchSize, isFresh, rounds } = run;
  const batches = batchSize === 0 ? '' : `, in batches of ${batchSize.toLocaleString('en-US')}`;
  return [
    labelled(
      'As of',
      `${run.asOf}${isFresh ? ', drawn afresh' : ''}; configuration version ${run.configurationVersion}; ${contacts.toLocaleString('en-US')} contacts${batches}`,
    ),
    labelled('Started', `${momentText(run.startedAt, timeZone)} (${timeZone}), workflow ${run.workflowId}`),
    ...(rounds === 1 ? [] : [labelled('Rounds', `${rounds}: too many contacts changed while it went on`)]),
    ...(run.checksum === null ? [] : [labelled('Checksum', run.checksum)]),
  ];
}

function countLines({ counts }: StoredRun): string[] {
  if (counts === null) return [];
  const { contacts, occurrences, moves, changes } = counts;
  const rejected = listed(counts.rejected);
  const skipped = listed(occurrences.skipped);
  return [
    labelled(
      'Contacts',
      `${number(contacts.read)} read = ${number(contacts.planned)} planned + ${number(contacts.rejected)} rejected + ${number(contacts.nothing_due)} with nothing due`,
    ),
    ...(rejected === '' ? [] : [labelled('Rejected', rejected)]),
    labelled(
      'Mails',
      `${number(occurrences.pre_scheduled)} pre-scheduled${skipped === '' ? '' : `; skipped: ${skipped}`}`,
    ),
    labelled(
      'Moved',
      `${number(moves.caught_up)} caught up, ${number(moves.smoothed)} smoothed, ${number(moves.redistributed)} redistributed; ${number(moves.over_cap)} over the cap`,
    ),
    labelled(
      'Changes',
      `${number(changes.added)} added, ${number(changes.changed)} changed, ${number(changes.removed)} removed, ${number(changes.missed)} missed, ${number(changes.unchanged)} as before`,
    ),
  ];
}

/** As the stopwatches of the activities name them, in the order in which they come. */
const KINDS_OF_WORK = ['reading', 'planning', 'writing', 'counting', 'indexing'];

function phaseTable({ phases }: RunReport): string {
  const kinds = KINDS_OF_WORK.filter((kind) => phases.some(({ workMs }) => workMs[kind] !== undefined));
  return table(
    ['phase', 'batches', 'took', ...kinds],
    phases.map(({ phase, batchesDone, batches, tookMs, workMs }) => [
      phase,
      `${batchesDone} of ${batches}`,
      tookMs === null ? '' : spanText(tookMs),
      ...kinds.map((kind) => (workMs[kind] === undefined ? '' : spanText(workMs[kind]))),
    ]),
  );
}

function listed(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, count]) => `${name} ${number(count)}`)
    .join(', ');
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}
