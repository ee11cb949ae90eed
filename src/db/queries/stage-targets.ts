import type { ClientBase } from 'pg';
import { listStagedLines, type StagedLine } from './list-staged-lines.ts';
import { indexStage, type Stage } from './stage-rows.ts';

export const TARGETS_STAGE: Stage = {
  table: 'staged_targets',
  columns: ['line', 'external_id', 'trigger_date', 'metadata'],
  key: ['external_id'],
  named: 'external_id',
  duplicate: 'twice_in_file',
};

/** Where the rows of a file of targets stand before they are compared with what is there. */
export async function createTargetsStage(client: ClientBase): Promise<void> {
  await client.query(
    `CREATE TEMPORARY TABLE staged_targets (
       line integer NOT NULL,
       external_id text NOT NULL,
       trigger_date date,
       metadata jsonb NOT NULL
     ) ON COMMIT DROP`,
  );
}

/**
 * Finds the contacts of the staged rows; `resolved_targets` says whom each row is about. One by one, whatever the
 * planner believes of the number of contacts (src/db/queries/update-staged-contacts.ts).
 */
export async function resolveTargets(client: ClientBase, organizationId: number): Promise<void> {
  await client.query(
    `CREATE TEMPORARY TABLE resolved_targets ON COMMIT DROP AS
     SELECT s.line, s.external_id, s.trigger_date, s.metadata, c.id AS contact_id
     FROM staged_targets s
     LEFT JOIN LATERAL (
       SELECT id FROM contacts
       WHERE organization_id = ${organizationId} AND external_id = s.external_id AND deleted_at IS NULL LIMIT 1
     ) c ON true`,
  );
  await indexStage(client, { table: 'resolved_targets' });
}

/**
 * Takes rows out whose contact is no target of the instance yet, and names them. Through a table of its own: looked up
 * in `contact_campaigns`, whose statistics may be of before it had any, each would read all targets of the instance.
 */
export async function removeNewTargets(
  client: ClientBase,
  organizationId: number,
  instanceId: number,
  onNewTarget: (line: StagedLine) => void,
): Promise<void> {
  await client.query(
    `CREATE TEMPORARY TABLE known_targets ON COMMIT DROP AS
     SELECT contact_id FROM contact_campaigns
     WHERE organization_id = ${organizationId} AND campaign_instance_id = ${instanceId}`,
  );
  await client.query('ANALYZE known_targets');
  const isNew = `r.contact_id IS NOT NULL
    AND NOT EXISTS (SELECT FROM known_targets k WHERE k.contact_id = r.contact_id)`;
  await listStagedLines(
    client,
    `SELECT r.line, r.external_id AS value FROM resolved_targets r WHERE ${isNew} ORDER BY r.line`,
    onNewTarget,
  );
  await client.query(`DELETE FROM resolved_targets r WHERE ${isNew}`);
}
