import type { Pool } from 'pg';
import type { InstanceStatus } from '../../domain/campaigns.ts';
import type { TargetFields } from '../campaign-fields/target-fields.ts';
import { contactReference } from './find-contact.ts';

export interface EnrolmentRequest {
  /** The organization's name. */
  readonly organization: string;
  /** The instance's name. */
  readonly instance: string;
  /** An id or external id; `id:5` and `external:5` tell them apart. */
  readonly contact: string;
  readonly triggerDate?: string;
  /** A JSON object, or its text. */
  readonly metadata?: unknown;
  /** In whose name, for the audit log. */
  readonly actor: string;
}

export interface EnrolledInstance {
  readonly id: number;
  readonly name: string;
  readonly status: InstanceStatus;
  readonly type: string;
  readonly isTypeActive: boolean;
  readonly isForAllContacts: boolean;
  readonly isTransactional: boolean;
}

export interface EnrolledContact {
  readonly id: number;
  /** `null`: deleted, and its personal data gone. */
  readonly externalId: string | null;
  readonly isDeleted: boolean;
  readonly email: string | null;
  readonly zipCode: string | null;
  readonly state: string | null;
  /** Dates leave a contact planned, with or without mails. */
  readonly birthDay: null;
  readonly effectiveDay: null;
  readonly suppression: 'all' | 'marketing' | null;
}

export interface EnrolmentAttempt {
  readonly organization: { readonly id: number; readonly hasPlan: boolean } | null;
  readonly instance: EnrolledInstance | null;
  readonly contact: EnrolledContact | null;
  /** How many contacts answer to the reference. */
  readonly contactCount: number;
  /** The target that was there before. */
  readonly former: { readonly triggerDate: string | null } | null;
  readonly isStored: boolean;
}

/**
 * Stores a target if nothing stands against it, and says what was found, in one transaction of one statement: `BEGIN`,
 * the actor's name, three look-ups and `COMMIT` would each be a round trip of their own. Instance, type and contact are
 * held meanwhile, so that none is ended, made inactive or deleted at this moment. The actor is set before anything is
 * stored, as the rows to be stored come out of a join with it; triggers, which ask for it, follow.
 */
const STATEMENT = `
WITH acting AS MATERIALIZED (
  SELECT set_config('email_scheduler.actor', $1, true) AS actor
), organization AS MATERIALIZED (
  SELECT id, plan_number IS NOT NULL AS "hasPlan" FROM organizations WHERE name = $2
), instance AS MATERIALIZED (
  SELECT i.id::integer, i.name, i.status, t.name AS type, t.active AS "isTypeActive",
    t.target_all_contacts AS "isForAllContacts", t.transactional AS "isTransactional"
  FROM organization o
  JOIN campaign_instances i ON i.organization_id = o.id AND i.name = $3
  JOIN campaign_types t ON t.organization_id = i.organization_id AND t.id = i.campaign_type_id
  FOR SHARE OF i, t
), contact AS MATERIALIZED (
  SELECT c.id, c.external_id AS "externalId", c.deleted_at IS NOT NULL AS "isDeleted", c.email,
    c.zip_code AS "zipCode", c.state
  FROM organization o
  JOIN contacts c ON c.organization_id = o.id AND (c.id = $4 OR c.external_id = $5)
  FOR KEY SHARE OF c
), former AS MATERIALIZED (
  SELECT t.trigger_date AS "triggerDate"
  FROM organization o, instance i, contact c
  JOIN LATERAL (SELECT trigger_date FROM contact_campaigns
    WHERE organization_id = o.id AND contact_id = c.id AND campaign_instance_id = i.id) t ON true
), stored AS (
  INSERT INTO contact_campaigns (organization_id, contact_id, campaign_instance_id, trigger_date, metadata)
  SELECT o.id, c.id, i.id, $6::date, $7::jsonb
  FROM acting a, organization o, instance i, contact c
  WHERE a.actor IS NOT NULL AND $8 AND i.status IN ('active', 'paused') AND i."isTypeActive"
    AND ($6::date IS NOT NULL OR i."isForAllContacts")
    AND NOT c."isDeleted" AND (SELECT count(*) FROM contact) = 1 AND NOT EXISTS (SELECT FROM former)
  ON CONFLICT DO NOTHING
  RETURNING 1
)
SELECT (SELECT to_jsonb(o) FROM organization o) AS organization, (SELECT to_jsonb(i) FROM instance i) AS instance,
  (SELECT to_jsonb(c) || jsonb_build_object('suppression', (
      SELECT min(s.scope) FROM organization o
      JOIN suppressions s ON s.organization_id = o.id AND s.address = normal_address(c.email)))
    FROM contact c LIMIT 1) AS contact,
  (SELECT count(*)::integer FROM contact) AS "contactCount", (SELECT to_jsonb(f) FROM former f LIMIT 1) AS former,
  EXISTS (SELECT FROM stored) AS "isStored"`;

/** @param isAllowed whether what was given may be stored; else it is only looked what else is wrong */
export async function insertEnrolment(
  pool: Pool,
  request: EnrolmentRequest,
  target: TargetFields,
  isAllowed: boolean,
): Promise<EnrolmentAttempt> {
  const { id, externalId } = contactReference(request.contact);
  const { rows } = await pool.query<EnrolmentAttempt>(STATEMENT, [
    request.actor,
    request.organization,
    request.instance,
    id,
    externalId,
    ...(isAllowed ? [target.trigger_date, target.metadata] : [null, '{}']),
    isAllowed,
  ]);
  const attempt = rows[0]!;
  const contact =
    attempt.contact === null ? null : { ...attempt.contact, birthDay: null, effectiveDay: null };
  return { ...attempt, contact };
}
