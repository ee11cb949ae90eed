import { defineConfig } from 'vitest/config';

/** Not run by default; `npm test -- --mode long` runs the tests of test/long, and so on. */
const SPECIAL_ROOMS = ['browser', 'long', 'crash', 'production'];
/** On the servers of docker-compose.yml, which they bring up themselves: everything that needs Temporal to plan. */
const PRODUCTION = {
  include: ['test/production/**/*.test.ts', 'test/workflow/**/*.test.ts'],
  globalSetup: ['test/support/production/global-setup.ts'],
  env: { TEST_SERVERS: 'production' },
};
const EVERYTHING = ['test/**/*.test.ts'];
const UNIT_TESTS = ['test/unit/**/*.test.ts'];

const UNIT_TIMEOUT_MS = 10_000;
const STACK_TIMEOUT_MS = 60_000;
const SPECIAL_TIMEOUT_MS = 20 * 60_000;

export default defineConfig(({ mode }) => {
  const stack = { name: 'stack', testTimeout: STACK_TIMEOUT_MS, hookTimeout: STACK_TIMEOUT_MS };
  const special = { name: mode, testTimeout: SPECIAL_TIMEOUT_MS, hookTimeout: SPECIAL_TIMEOUT_MS };
  const projects = SPECIAL_ROOMS.includes(mode)
    ? [{ ...special, include: [`test/${mode}/**/*.test.ts`], ...(mode === 'production' ? PRODUCTION : {}) }]
    : [
        { name: 'unit', include: UNIT_TESTS, testTimeout: UNIT_TIMEOUT_MS },
        {
          ...stack,
          include: EVERYTHING,
          exclude: [...UNIT_TESTS, ...SPECIAL_ROOMS.map((room) => `test/${room}/**`)],
        },
      ];
  return {
    test: {
      pool: 'forks',
      maxWorkers: 2,
      projects: projects.map((test) => ({ extends: true as const, test })),
    },
  };
});
