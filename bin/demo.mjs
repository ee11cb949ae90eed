/** `npm run demo`: the same as `email-scheduler demo`. */
process.argv.splice(2, 0, 'demo');
await import('./email-scheduler.mjs');
