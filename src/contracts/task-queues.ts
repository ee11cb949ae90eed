/** Where workflows and activities are queued (SPEC 15). */
export const TASK_QUEUE = 'email-scheduler';
