import type { ReplanContactsActivities } from '../src/contracts/replan-contacts.ts';
import type { ScheduleRunActivities } from '../src/contracts/schedule-run.ts';
import { framed } from './activity-frame.ts';
import { applyBatch } from './apply-batch.ts';
import { collectMovableMails } from './collect-movable-mails.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { endRun } from './end-run.ts';
import { openRun } from './open-run.ts';
import { placeBatch } from './place-batch.ts';
import { publishPlan } from './publish-plan.ts';
import { redistributeMails } from './redistribute-mails.ts';
import { replanContacts } from './replan-contacts.ts';
import { RunPlanning } from './run-planning.ts';
import { sealPlan } from './seal-plan.ts';
import { shapePlan } from './shape-plan.ts';

/** Dependencies in, activities out: what a worker registers. */
export function createActivities(
  dependencies: ActivityDependencies,
): ScheduleRunActivities & ReplanContactsActivities {
  const planning = new RunPlanning(dependencies.hash);
  return {
    openRun: framed((input) => openRun(dependencies, planning, input), 'uninterrupted'),
    placeBatch: framed((ref) => placeBatch(dependencies, planning, ref)),
    shapePlan: framed((ref) => shapePlan(dependencies, planning, ref)),
    collectMovableMails: framed((ref) => collectMovableMails(dependencies, planning, ref)),
    redistributeMails: framed((ref) => redistributeMails(dependencies, planning, ref)),
    applyBatch: framed((ref) => applyBatch(dependencies, planning, ref)),
    sealPlan: framed((ref) => sealPlan(dependencies, ref)),
    publishPlan: framed((ref) => publishPlan(dependencies, planning, ref)),
    replan: framed((request) => replanContacts(dependencies, planning, request), 'uninterrupted'),
    endRun: framed((input) => endRun(dependencies, input)),
  };
}
