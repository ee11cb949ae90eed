/**
 * Enrols a contact in a campaign instance (SPEC 6): stored in one transaction, then planned. Every round trip is one
 * that somebody waits for: one statement finds, checks and stores, one asks for the new rows.
 */
import type { Client } from '@temporalio/client';
import { DatabaseError, type Pool } from 'pg';
import { SchedulerError } from '../contracts/errors.ts';
import { Refusal, type Finding } from '../contracts/finding.ts';
import { NEW_TARGET, readTargetFields, type TargetFields } from '../db/campaign-fields/target-fields.ts';
import { findingsOfEnrolment } from '../db/enrolment-refusals.ts';
import {
  insertEnrolment,
  type EnrolledContact,
  type EnrolledInstance,
  type EnrolmentAttempt,
  type EnrolmentRequest,
} from '../db/queries/insert-enrolment.ts';
import { listContactMails, type ContactMail } from '../db/queries/list-contact-mails.ts';
import { FIRST_USABLE_DAY, reviewContact, type RejectionReason } from '../domain/contact.ts';
import type { ChangePlanning } from './plan-changes.ts';
import { replanContacts, type ReplanOptions } from './replan-contacts.ts';

export type { EnrolmentRequest };

export interface Enrolment {
  readonly organization: string;
  readonly instance: EnrolledInstance;
  readonly contact: { readonly id: number; readonly externalId: string };
  readonly triggerDate: string | null;
  /** Why no mail is planned for the contact at all; `null`: mails are. */
  readonly rejection: RejectionReason | null;
  /** What has become of the plan in force. */
  readonly planning: ChangePlanning;
  /**
   * The contact's rows in the plan in force and in the ledger: first those of the instance, whatever their day, then
   * those of the plan's first day and later. Empty as long as no plan has the enrolment.
   */
  readonly rows: readonly ContactMail[];
}

/**
 * Returns once the contact's new plan is in force. What is stored stays stored, also if nobody plans with it in time.
 * @param client connected already, so that nothing is stored while Temporal is away
 * @throws Refusal that names everything that is wrong; nothing is stored then
 */
export async function enrollContact(
  pool: Pool,
  client: Client,
  request: EnrolmentRequest,
  options: ReplanOptions = {},
): Promise<Enrolment> {
  const { triggerDate, metadata } = request;
  const { fields, findings } = readTargetFields({
    trigger_date: triggerDate ?? null,
    ...(metadata === undefined ? {} : { metadata }),
  });
  const target = { ...NEW_TARGET, ...fields };
  const { organization, instance, contact } = await store(pool, request, target, findings);
  const planning = await plan(client, request, { id: contact.id, hasPlan: organization.hasPlan }, options);
  const isPlanned = planning.outcome === 'replanned';
  return {
    organization: request.organization,
    instance,
    contact: { id: contact.id, externalId: contact.externalId! },
    triggerDate: target.trigger_date,
    rejection: rejectionOf(contact, instance),
    planning,
    rows: isPlanned ? await listContactMails(pool, organization.id, contact.id, instance.id) : [],
  };
}

interface Stored {
  readonly organization: NonNullable<EnrolmentAttempt['organization']>;
  readonly instance: EnrolledInstance;
  readonly contact: EnrolledContact;
}

/** @throws Refusal */
async function store(
  pool: Pool,
  request: EnrolmentRequest,
  target: TargetFields,
  findings: readonly Finding[],
): Promise<Stored> {
  for (;;) {
    const attempt = await tryToInsert(pool, request, target, findings.length === 0);
    if (attempt === null) continue;
    const { organization, instance, contact, isStored } = attempt;
    if (isStored) return { organization: organization!, instance: instance!, contact: contact! };
    const refused = findingsOfEnrolment(request, target, attempt, findings);
    if (refused.length > 0) throw new Refusal(refused);
    // Another enrolment of this moment came first: its row is there for the next attempt to see.
  }
}

/** SQLSTATE of a deadlock. */
const DEADLOCK = '40P01';

/** `null`: it was in a deadlock with somebody who deletes the contact or edits campaigns, and gave way. */
async function tryToInsert(...args: Parameters<typeof insertEnrolment>): Promise<EnrolmentAttempt | null> {
  try {
    return await insertEnrolment(...args);
  } catch (error) {
    if (error instanceof DatabaseError && error.code === DEADLOCK) return null;
    throw error;
  }
}

async function plan(
  client: Client,
  { organization }: EnrolmentRequest,
  { id, hasPlan }: { readonly id: number; readonly hasPlan: boolean },
  options: ReplanOptions,
): Promise<ChangePlanning> {
  if (!hasPlan) return { outcome: 'no_plan' };
  try {
    const replan = await replanContacts(client, { organization, contactIds: [id] }, options);
    return { outcome: 'replanned', replan };
  } catch (error) {
    if (!(error instanceof SchedulerError)) throw error;
    return { outcome: 'later', reason: error.message };
  }
}

/** The day matters to its warnings alone. */
function rejectionOf(contact: EnrolledContact, instance: EnrolledInstance): RejectionReason | null {
  return reviewContact(contact, FIRST_USABLE_DAY, instance.isTransactional).rejection;
}
