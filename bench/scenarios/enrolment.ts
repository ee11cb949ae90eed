/** How long an enrolment takes, from the call to the contact's place in the plan in force. */
import type { Client } from '@temporalio/client';
import { enrollContact } from '../../src/client/enroll.ts';
import { createPool } from '../../src/db/pool.ts';
import { prepareBareEnrolment } from '../bare-enrolment.ts';
import { storeContacts } from '../contacts-table.ts';
import { withEnrollingWorker } from '../enrolling-worker.ts';
import { latenciesOf, type Latencies } from '../latencies.ts';
import { measurePlanningRun } from '../planning-run.ts';
import type { MeasurementContext } from '../scenario.ts';

const ORGANIZATION = 'bench';
const INSTANCE = 'rates of spring';
const AS_OF = '2026-11-23';
const TRIGGER_DATE = '2027-05-03';

/** One after the other; the first ones warm up what is started once. */
const WARM_UPS = 50;
const ENROLMENTS = 500;
/** More than there is time for during a run. */
const DRAWN = 6_000;

export interface EnrolmentResult {
  readonly contacts: number;
  readonly bare: Latencies;
  /** By a process that works on replans itself. */
  readonly idle: Latencies;
  /** Of its p99, above the bare queries'. */
  readonly aboveBareMs: number;
  /** By a process that only asks for it, as a command does. */
  readonly elsewhere: Latencies;
  /** While a run draws the whole plan anew. */
  readonly duringRun: Latencies;
  readonly runSeconds: number;
}

export async function measureEnrolment(context: MeasurementContext): Promise<EnrolmentResult> {
  const { stack, contacts, report } = context;
  report(`enrolment, ${contacts} contacts: storing the contacts, and their plan …`);
  const organizationId = await storeContacts(stack.owner, ORGANIZATION, contacts);
  const instanceId = await storeInstance(context, organizationId);
  const worker = await stack.startWorker();
  await measurePlanningRun(stack, worker, { organization: ORGANIZATION, asOf: AS_OF });
  const contactIds = await drawContacts(context, organizationId);
  const draw = (count: number): number[] => contactIds.splice(0, count);
  const bare = await prepareBareEnrolment(stack.owner, organizationId, instanceId);
  const pool = createPool({
    databaseUrl: stack.databaseUrl,
    max: 2,
    applicationName: 'email-scheduler bench',
  });
  const enrol = async (client: Client, contactId: number): Promise<void> => {
    const { rows } = await enrollContact(
      pool,
      client,
      {
        organization: ORGANIZATION,
        instance: INSTANCE,
        contact: `id:${contactId}`,
        triggerDate: TRIGGER_DATE,
        actor: 'bench',
      },
      { isWorkerHere: client !== stack.temporal },
    );
    if (!rows.some((row) => row.campaignInstanceId === instanceId)) {
      throw new Error(`Contact ${contactId} is enrolled, and the plan in force has no mail of it.`);
    }
  };
  try {
    return await withEnrollingWorker(stack, async (client) => {
      report(`enrolment, ${contacts} contacts: ${ENROLMENTS} of each kind when idle …`);
      await measureEach(draw(WARM_UPS), (id) => enrol(client, id));
      const idle = latenciesOf(await measureEach(draw(ENROLMENTS), (id) => enrol(client, id)));
      const bareMs = await measureEach(draw(ENROLMENTS), (id) => bare.enrol(id));
      const elsewhereMs = await measureEach(draw(ENROLMENTS), (id) => enrol(stack.temporal, id));
      report(`enrolment, ${contacts} contacts: as many as there is time for while a run is going on …`);
      const run = measurePlanningRun(stack, worker, { organization: ORGANIZATION, asOf: AS_OF, fresh: true });
      const isGoingOn = goesOn(run);
      const duringRunMs: number[] = [];
      while (isGoingOn()) duringRunMs.push(...(await measureEach(draw(1), (id) => enrol(client, id))));
      return {
        contacts,
        bare: latenciesOf(bareMs),
        idle,
        aboveBareMs: idle.p99Ms - latenciesOf(bareMs).p99Ms,
        elsewhere: latenciesOf(elsewhereMs),
        duringRun: latenciesOf(duringRunMs),
        runSeconds: (await run).wallTime.seconds,
      };
    });
  } finally {
    await pool.end();
  }
}

async function storeInstance({ stack }: MeasurementContext, organizationId: number): Promise<number> {
  const { rows } = await stack.owner.query<{ id: string }>(
    `INSERT INTO campaign_instances (organization_id, campaign_type_id, name, status)
     SELECT organization_id, id, $2, 'active' FROM campaign_types
     WHERE organization_id = $1 AND name = 'rate_increase' RETURNING id`,
    [organizationId, INSTANCE],
  );
  return Number(rows[0]!.id);
}

/** Contacts all over the organization that are planned, each for one enrolment. */
async function drawContacts(
  { stack, contacts }: MeasurementContext,
  organizationId: number,
): Promise<number[]> {
  const { rows } = await stack.owner.query<{ contact_id: string }>(
    `SELECT DISTINCT contact_id FROM email_schedules WHERE organization_id = $1 AND contact_id % $2 = 0
     ORDER BY contact_id`,
    [organizationId, Math.ceil(contacts / DRAWN)],
  );
  return rows.map((row) => Number(row.contact_id));
}

async function measureEach(
  contactIds: readonly number[],
  work: (contactId: number) => Promise<void>,
): Promise<number[]> {
  const measuredMs: number[] = [];
  for (const contactId of contactIds) {
    const startedMs = performance.now();
    await work(contactId);
    measuredMs.push(performance.now() - startedMs);
  }
  return measuredMs;
}

function goesOn(work: Promise<unknown>): () => boolean {
  let isOver = false;
  const end = (): void => {
    isOver = true;
  };
  work.then(end, end);
  return () => !isOver;
}
