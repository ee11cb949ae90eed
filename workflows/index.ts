export { scheduleRun } from './schedule-run.ts';
