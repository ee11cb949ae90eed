/** What to do about a run, as whoever is on call has to type it. */
import type { Advice, Findings } from './run-findings.ts';
import { shellWord } from '../contracts/wording.ts';
import { CONDITIONS, sectionOfCode, sectionOfFailure, type RunbookSection } from './runbook.ts';

const PROGRAM = 'npx email-scheduler';
/** Temporal's own words for a worker that it has not heard of. */
const TIMEOUT = /activity (Heartbeat|StartToClose) timeout/i;
/** So many attempts are no accident. */
const MANY_ATTEMPTS = 3;

export function adviceFor(findings: Findings): Advice {
  const { situation, laterPublication, missedStart } = findings;
  if (laterPublication !== null && situation !== 'published' && situation !== 'dry_run') {
    return {
      sentence: `Nothing: run ${laterPublication.runId} has put plan ${laterPublication.planNumber} in force since.`,
      commands: [],
      section: findings.cause === null ? CONDITIONS.published : sectionOfCode(findings.cause.code),
    };
  }
  // A run that ended well, of yesterday.
  const isSettled = situation === 'published' || situation === 'dry_run' || situation === 'never_run';
  if (missedStart !== null && isSettled) return adviceForMissedStart(findings);
  switch (situation) {
    case 'failed':
    case 'cancelled':
      return adviceForEnded(findings);
    case 'lost':
      return {
        sentence: 'Its workflow is gone and nobody goes on with it; a new run takes over.',
        commands: [retry(findings)],
        section: 'run_abandoned',
      };
    case 'unknown':
      return {
        sentence: 'Start Temporal; the run then goes on by itself from where it was.',
        commands: [`${PROGRAM} up`, show(findings)],
        section: CONDITIONS.temporalUnreachable,
      };
    case 'waiting':
    case 'queued':
    case 'running':
      return adviceForOpen(findings);
    case 'never_run':
      return {
        sentence: 'It was never planned.',
        commands: [planRun(findings)],
        section: CONDITIONS.didNotStart,
      };
    case 'dry_run':
      if (findings.run!.previewedInstance !== null)
        return adviceForPreview(findings, findings.run!.previewedInstance);
      return {
        sentence: 'A dry run publishes nothing: see what it would change, then run it in earnest.',
        commands: [
          `${PROGRAM} plan diff current run:${findings.run!.id} --organization ${findings.organization}`,
          planRun(findings),
        ],
        section: CONDITIONS.published,
      };
    case 'published':
      return adviceForPublished(findings);
  }
}

/** Only what it came to is told here; whoever looks at the campaign asks anew. */
function adviceForPreview({ run, organization }: Findings, instance: string): Advice {
  return {
    sentence: `It showed what the campaign ${instance} would do; nothing was published. See what it would change, or look again.`,
    commands: [
      `${PROGRAM} plan diff current run:${run!.id} --organization ${organization}`,
      `${PROGRAM} campaigns preview ${shellWord(instance)} --organization ${organization}`,
    ],
    section: CONDITIONS.published,
  };
}

function adviceForPublished(findings: Findings): Advice {
  if (findings.temporal.problem === null) {
    return { sentence: 'Nothing.', commands: [], section: sectionOfPublished(findings) };
  }
  return {
    sentence: 'Start Temporal: without it no run starts and no mail goes out.',
    commands: [`${PROGRAM} up`, show(findings)],
    section: CONDITIONS.temporalUnreachable,
  };
}

function sectionOfPublished({ run, todaysMails }: Findings): RunbookSection {
  if ((todaysMails.planAgeDays ?? 0) > OLD_PLAN_DAYS) return CONDITIONS.oldPlan;
  return (run?.counts?.moves.over_cap ?? 0) > 0 ? CONDITIONS.overCap : CONDITIONS.published;
}

/** Older than this, a plan is one that something should have replaced. */
export const OLD_PLAN_DAYS = 2;

function adviceForMissedStart(findings: Findings): Advice {
  const { organization, schedule } = findings;
  const section = CONDITIONS.didNotStart;
  if (schedule?.isPaused === true) {
    return {
      sentence: 'The schedule is paused: if nobody wants it to be, resume it, and start the run of today.',
      commands: [`${PROGRAM} plan schedule resume --organization ${organization}`, planRun(findings)],
      section,
    };
  }
  return {
    sentence: 'The run of today has not started: start it.',
    commands: [planRun(findings)],
    section,
  };
}

/** Sentence, and whether the same run again is what helps. */
const ENDINGS: Readonly<
  Record<
    string,
    readonly [string, 'retry' | 'run' | 'worker' | 'rules' | 'plans' | 'organizations' | 'campaigns']
  >
> = {
  INVALID_INPUT: ['Start a run with values that are allowed.', 'run'],
  INVALID_CONFIGURATION: ['Correct what the cause names, check it, and start a run.', 'rules'],
  UNKNOWN_ORGANIZATION: ['See which organizations there are.', 'organizations'],
  UNKNOWN_PLAN: ['See which plans there are.', 'plans'],
  PLAN_GONE: ['See which plans are still kept.', 'plans'],
  UNKNOWN_CAMPAIGN: ['See which campaigns there are.', 'campaigns'],
  CAMPAIGN_CLOSED: [
    'See which campaigns can be previewed: no ended ones, and none of an inactive type.',
    'campaigns',
  ],
  RUN_ALREADY_GOING: ['Wait for the run that is going on, or start one that waits for it.', 'run'],
  RUN_NOT_RUNNING: ['It was ended from elsewhere; start it again.', 'retry'],
  RUN_ABANDONED: ['Its workflow was ended or lost; start it again.', 'retry'],
  RUN_TOO_LONG: ['See below which phase took the time, start one more worker, then the run again.', 'worker'],
  RUN_OUT_OF_BALANCE: ['A fault of the program: start it again once; if it fails again, report it.', 'retry'],
  RUN_OVERTAKEN: ['When imports are done, start it again.', 'retry'],
  INTERNAL_ERROR: [
    'A fault of the program or the database: start it again once; if it fails again, report it.',
    'retry',
  ],
  CANCELLED: ['Somebody ended it; if its plan is wanted, start it again.', 'retry'],
};

function adviceForEnded(findings: Findings): Advice {
  const { organization, cause, situation } = findings;
  const code = cause?.code ?? (situation === 'cancelled' ? 'CANCELLED' : 'INTERNAL_ERROR');
  const [sentence, kind] = ENDINGS[code] ?? ENDINGS.INTERNAL_ERROR!;
  const again = findings.run === null ? planRun(findings) : retry(findings);
  const commands = {
    retry: [again],
    run: [planRun(findings)],
    worker: [`${PROGRAM} worker`, again],
    rules: [`${PROGRAM} rules check`, again],
    plans: [`${PROGRAM} plan list --organization ${organization}`],
    organizations: [`${PROGRAM} organizations list`],
    campaigns: [`${PROGRAM} campaigns instances list --organization ${organization}`],
  }[kind];
  return { sentence, commands, section: sectionOfCode(code) };
}

function adviceForOpen(findings: Findings): Advice {
  const { temporal, situation, run } = findings;
  if (temporal.workers.length === 0) {
    return {
      sentence: 'No worker asks for work: start one. The run then goes on by itself.',
      commands: [`${PROGRAM} worker`, show(findings)],
      section: CONDITIONS.noWorker,
    };
  }
  const stuck = temporal.workflow?.pending.find(
    ({ attempt, failure }) => attempt >= MANY_ATTEMPTS && failure !== null,
  );
  if (stuck !== undefined && TIMEOUT.test(stuck.failure!)) {
    return {
      sentence: `A worker that had ${stuck.name} in hand no longer answers (attempt ${stuck.attempt}): start another one, and end that which does not. The run then goes on by itself.`,
      commands: [`${PROGRAM} worker`, show(findings)],
      section: CONDITIONS.noWorker,
    };
  }
  if (stuck !== undefined) {
    return {
      sentence: `Remove the cause of what ${stuck.name} fails with again and again (attempt ${stuck.attempt}): ${stuck.failure}. The run then goes on by itself.`,
      commands: [show(findings)],
      section: sectionOfFailure(stuck.failure!),
    };
  }
  const until = situation === 'queued' ? 'the run before it has ended' : 'it has ended';
  return {
    sentence: `Wait until ${until}, and look again; ${run === null ? 'it has only just begun' : 'one that takes longer than run.max_duration fails by itself'}.`,
    commands: [show(findings)],
    section: CONDITIONS.stillGoing,
  };
}

function show({ organization }: Findings): string {
  return `${PROGRAM} runs show --organization ${organization}`;
}

function retry({ organization, run }: Findings): string {
  return `${PROGRAM} runs retry ${run!.id} --organization ${organization}`;
}

function planRun({ organization }: Findings): string {
  return `${PROGRAM} plan run --organization ${organization}`;
}
