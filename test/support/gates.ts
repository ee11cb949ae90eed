/** Gates in a test's database: a run that comes to a closed one waits there, in the midst of its transaction. */
import type { Pool, PoolClient } from 'pg';

/** Before a batch of the phase is marked done; `publish`: before the plan is put in force. */
export type GatedPhase = 'place' | 'shape' | 'collect' | 'redistribute' | 'apply' | 'seal' | 'publish';
/** `replan`: before a replan writes anything. */
type Gate = GatedPhase | 'replan';

export async function buildGates(owner: Pool): Promise<void> {
  await owner.query(`
    CREATE FUNCTION pass_gate() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_TABLE_NAME = 'plans' THEN
        PERFORM pg_advisory_xact_lock_shared(hashtext('publish'), NEW.organization_id::integer);
      ELSIF TG_TABLE_NAME = 'replanned_contacts' THEN
        PERFORM pg_advisory_xact_lock_shared(hashtext('replan'), NEW.organization_id::integer);
      ELSE
        PERFORM pg_advisory_xact_lock_shared(hashtext(NEW.phase),
          (SELECT organization_id::integer FROM scheduler_runs WHERE id = NEW.run_id));
      END IF;
      RETURN NEW;
    END $$;
    CREATE TRIGGER gate BEFORE UPDATE ON scheduler_checkpoints FOR EACH ROW EXECUTE FUNCTION pass_gate();
    CREATE TRIGGER gate BEFORE INSERT ON plans FOR EACH ROW EXECUTE FUNCTION pass_gate();
    CREATE TRIGGER gate BEFORE INSERT ON replanned_contacts FOR EACH ROW EXECUTE FUNCTION pass_gate();`);
}

export interface ClosedGate {
  /** How many transactions wait at it. */
  readonly waiting: () => Promise<number>;
  readonly open: () => Promise<void>;
}

export async function closeGate(owner: Pool, phase: Gate, organizationId: number): Promise<ClosedGate> {
  const holder: PoolClient = await owner.connect();
  await holder.query('SELECT pg_advisory_lock(hashtext($1), $2::integer)', [phase, organizationId]);
  let isOpen = false;
  return {
    waiting: async () => {
      const { rows } = await owner.query<{ waiting: number }>(
        `SELECT count(*)::integer AS waiting FROM pg_locks
         WHERE locktype = 'advisory' AND NOT granted AND objid = $2
           AND classid = (hashtext($1)::bigint & 4294967295)::oid
           AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
        [phase, organizationId],
      );
      return rows[0]!.waiting;
    },
    open: async () => {
      if (isOpen) return;
      isOpen = true;
      await holder.query('SELECT pg_advisory_unlock_all()');
      holder.release();
    },
  };
}
