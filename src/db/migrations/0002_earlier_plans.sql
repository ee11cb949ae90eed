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

-- A restore: the plan that it puts back, and where that has its rows.
ALTER TABLE scheduler_runs
  ADD COLUMN restored_plan_number integer,
  ADD COLUMN restored_base_id bigint,
  ADD COLUMN restored_segment_run_ids bigint[],
  ADD CHECK ((kind = 'restore') = (restored_plan_number IS NOT NULL));

-- As before, and the changes of before happened before.
ALTER FUNCTION adopt_server() RENAME TO adopt_server_tables;
CREATE FUNCTION adopt_server() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  IF NOT adopt_server_tables() THEN RETURN false; END IF;
  UPDATE covered_changes SET changed_in = '3';
  RETURN true;
END $$;
