-- What earlier plans are asked for: their rows, to compare and to put back, and what was touched since.

-- A row leaves the plan in three ways: a later plan ends it (closed_plan is that plan's number), it is
-- claimed while plan N is in force, or a later plan settles it. Of the latter two only the transaction was
-- known so far; now closed_plan is the first plan that does not have the row, whatever ended it.
UPDATE plan_rows r SET closed_plan = o.plan_number + 1
FROM plan_bases b JOIN organizations o ON o.id = b.organization_id
WHERE r.base_id = b.id AND r.settled AND r.closed_plan IS NULL;
COMMENT ON COLUMN plan_rows.closed_plan IS 'The first plan that does not have the row any more; null: no plan yet.';

-- Changes that a plan was made with: a restore plans again whatever was touched since the plan that it puts
-- back. Kept as long as earlier plans are.
CREATE TABLE covered_changes (
  organization_id bigint NOT NULL,
  contact_id bigint, -- null: all of the organization's
  changed_in xid8 NOT NULL,
  covered_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX covered_changes_contact ON covered_changes (organization_id, contact_id);
GRANT SELECT, INSERT, DELETE ON covered_changes TO email_scheduler_worker;
-- Those that plans of before covered are not remembered: whoever puts one of these back plans all contacts again.
INSERT INTO covered_changes (organization_id, changed_in) SELECT id, pg_current_xact_id() FROM organizations;

ALTER TABLE scheduler_runs
  -- A restore: the plan that it puts back, and where that has its rows.
  ADD COLUMN restored_plan_number integer,
  ADD COLUMN restored_base_id bigint,
  ADD COLUMN restored_segment_run_ids bigint[],
  ADD CHECK ((kind = 'restore') = (restored_plan_number IS NOT NULL)),
  -- A dry run has no row in plans: the days that its plan would flag as over the cap stand here.
  ADD COLUMN over_cap_dates date[],
  -- A dry run that adds to the base of the plan in force has that plan's rows but for those that it ends, and
  -- those that had been claimed by its end: this is what it saw then.
  ADD COLUMN ended_snapshot pg_snapshot;

-- Snapshots are a server's own, as transactions are. With these ones all that is stored came after the runs of
-- before, so that a restore plans again whatever was touched at all; what had ended when a dry run did, has.
ALTER FUNCTION adopt_server() RENAME TO adopt_server_tables;
CREATE FUNCTION adopt_server() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  IF NOT adopt_server_tables() THEN RETURN false; END IF;
  UPDATE covered_changes SET changed_in = '3';
  UPDATE scheduler_runs SET snapshot = '3:3:',
    ended_snapshot = CASE WHEN ended_snapshot IS NOT NULL THEN '4:4:'::pg_snapshot END;
  RETURN true;
END $$;

-- A new base is analyzed while its run waits: a sample of a fifth tells the planner as much about two columns.
ALTER FUNCTION index_plan_base(bigint) SET default_statistics_target TO 20;
