-- Replans: some contacts planned again, into the plan in force, between two runs (SPEC 9).

-- A replan has planned with the change, and a run that was going on then has not yet: it stays for that run.
ALTER TABLE planning_changes ADD COLUMN replanned boolean NOT NULL DEFAULT false;

-- A replan adds its rows to a segment that is in force already; a run that has begun before goes on without them.
ALTER TABLE plan_rows ADD COLUMN added_in xid8;
COMMENT ON COLUMN plan_rows.added_in IS 'The transaction of the replan that added the row; null: it came with its segment.';

-- Which contacts each replan has planned, for who asks why their rows are as they are.
CREATE TABLE replanned_contacts (
  organization_id bigint NOT NULL,
  contact_id bigint NOT NULL,
  run_id bigint NOT NULL REFERENCES scheduler_runs ON DELETE CASCADE,
  PRIMARY KEY (organization_id, contact_id, run_id)
);
CREATE INDEX replanned_contacts_run ON replanned_contacts (run_id);
GRANT SELECT, INSERT, DELETE ON replanned_contacts TO email_scheduler_worker;

-- Replans may be many: who asks for runs that have not ended, or counts a plan's replans, does not read through them.
CREATE INDEX scheduler_runs_open ON scheduler_runs (organization_id) WHERE state IN ('queued', 'running');
CREATE INDEX scheduler_runs_replans ON scheduler_runs (organization_id, former_plan_number) WHERE kind = 'replan';

-- In a database that was restored into another server, what replans added happened before, as all else did.
CREATE OR REPLACE FUNCTION adopt_server() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  IF NOT adopt_server_tables() THEN RETURN false; END IF;
  UPDATE covered_changes SET changed_in = '3';
  UPDATE plan_rows SET added_in = '3' WHERE added_in IS NOT NULL;
  UPDATE scheduler_runs SET snapshot = '3:3:',
    ended_snapshot = CASE WHEN ended_snapshot IS NOT NULL THEN '4:4:'::pg_snapshot END;
  RETURN true;
END $$;
