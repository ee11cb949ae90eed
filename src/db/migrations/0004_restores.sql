-- Changes that plans of before covered are not remembered: whoever puts one of these back plans all contacts again.
INSERT INTO covered_changes (organization_id, changed_in) SELECT id, pg_current_xact_id() FROM organizations;

-- As before. Snapshots are a server's own, too: with this one all that is stored came after them, so that a restore
-- plans again whatever was touched at all.
CREATE OR REPLACE FUNCTION adopt_server() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  IF NOT adopt_server_tables() THEN RETURN false; END IF;
  UPDATE covered_changes SET changed_in = '3';
  UPDATE scheduler_runs SET snapshot = '3:3:';
  RETURN true;
END $$;
