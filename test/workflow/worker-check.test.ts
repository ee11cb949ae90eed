import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { until } from '../support/until.ts';
import { startWorkerProcess } from '../support/worker-process.ts';

const PROGRAM = fileURLToPath(new URL('../../bin/email-scheduler.mjs', import.meta.url));
const namespace = `check-test-${randomBytes(4).toString('hex')}`;
const temporalAddress = process.env.TEMPORAL_ADDRESS ?? '';
let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
  const connection = await Connection.connect({ address: temporalAddress });
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: { seconds: 86_400 as unknown as Long },
  });
  await connection.close();
});

afterAll(() => database.drop());

/** `email-scheduler worker --check`, as a container's health check. */
async function check(): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = {
    ...process.env,
    DATABASE_URL: database.databaseUrl,
    TEMPORAL_ADDRESS: temporalAddress,
    TEMPORAL_NAMESPACE: namespace,
  };
  try {
    const args = [PROGRAM, 'worker', '--check'];
    return { code: 0, ...(await promisify(execFile)(process.execPath, args, { env })) };
  } catch (error) {
    return error as { code: number; stdout: string; stderr: string };
  }
}

test('the check says whether a worker of this host asks Temporal for work', async () => {
  const none = await until('the namespace is known', async () => {
    const answer = await check();
    return answer.stderr.includes('No worker of the host') ? answer : undefined;
  });
  expect(none.code).toBe(1);
  expect(none.stderr).toContain('start one with `npx email-scheduler worker`, or look into its log.');

  const worker = await startWorkerProcess({ databaseUrl: database.databaseUrl, temporalAddress, namespace });
  try {
    const found = await until('the worker has asked', async () => {
      const answer = await check();
      return answer.code === 0 ? answer : undefined;
    });
    expect(found.stdout).toMatch(new RegExp(`^The worker ${worker.pid}@.+ asks for work\\.\\n$`));
  } finally {
    await worker.kill();
  }
});
