import type { OrganizationProfile } from '../../db/queries/find-organization.ts';
import type { ListedRun, RunList } from '../run-list.ts';
import { labelled } from './labelled.ts';
import { table } from './table.ts';
import { momentText, spanText } from './time-text.ts';
import { TERMINAL_COLUMNS } from './wrap.ts';

const CAUSE_INDENT = '       ';

/** One line per run; of one that failed, a second with its cause in short. */
export function runListText(
  { runs, replans, temporalProblem }: RunList,
  organization: OrganizationProfile,
): string {
  const { name, timeZone } = organization;
  const notes = [
    ...replansNote(replans, timeZone),
    ...(temporalProblem === null
      ? []
      : [
          labelled('Temporal', `${temporalProblem} Runs that ended before they began to plan are not shown.`),
        ]),
  ];
  const note = notes.length === 0 ? [] : ['', ...notes];
  if (runs.length === 0) {
    return [`${name} has no run yet: \`npx email-scheduler plan run --organization ${name}\`.`, ...note].join(
      '\n',
    );
  }
  const header = ['run', 'kind', 'state', 'as of', 'plan', 'started', 'took', 'mails'];
  const [head, ...lines] = table(
    header,
    runs.map((run) => cellsOf(run, timeZone)),
  ).split('\n');
  const rows = lines.flatMap((line, index) => [line, ...causeLine(runs[index]!)]);
  return [head, ...rows, ...note].join('\n');
}

/** Each is a moment's work for a few contacts: they are counted, and listed if one asks for them. */
function replansNote(replans: RunList['replans'], timeZone: string): string[] {
  if (replans === null) return [];
  const { planNumber, replans: count, latestAt } = replans;
  const times = count === 1 ? 'once' : `${count.toLocaleString('en-US')} times, the latest`;
  return [
    labelled(
      'Replans',
      `contacts were planned again in plan ${planNumber} since it was published ${times} on ${momentText(latestAt, timeZone)}; --replans lists them`,
    ),
  ];
}

function cellsOf(run: ListedRun, timeZone: string): (string | number)[] {
  const { startedAt, finishedAt } = run;
  return [
    run.id === null ? 'none' : String(run.id),
    run.previewedInstance === null ? run.kind : 'preview',
    run.state.replace('_', ' '),
    run.asOf ?? '',
    run.planNumber === null ? '' : String(run.planNumber),
    momentText(startedAt, timeZone),
    finishedAt === null ? '' : spanText(Number(finishedAt) - Number(startedAt)),
    run.mails ?? '',
  ];
}

function causeLine({ cause }: ListedRun): string[] {
  if (cause === null) return [];
  const line = `${CAUSE_INDENT}${cause.code}: ${cause.message.replaceAll(/\s+/g, ' ')}`;
  return [line.length <= TERMINAL_COLUMNS ? line : `${line.slice(0, TERMINAL_COLUMNS - 2)} …`];
}
