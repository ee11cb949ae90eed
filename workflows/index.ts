export { replanContacts } from './replan-contacts.ts';
export { scheduleRun } from './schedule-run.ts';
