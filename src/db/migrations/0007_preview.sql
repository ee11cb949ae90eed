-- Previews: dry runs that plan as if a draft instance were active (SPEC 6; `campaigns preview`).

ALTER TABLE scheduler_runs
  ADD COLUMN preview_instance_id bigint,
  ADD CHECK (preview_instance_id IS NULL OR dry_run),
  -- An instance that nobody has been mailed of may be removed: its preview is a dry run like any other then.
  ADD FOREIGN KEY (organization_id, preview_instance_id) REFERENCES campaign_instances (organization_id, id)
    ON DELETE SET NULL (preview_instance_id);
COMMENT ON COLUMN scheduler_runs.preview_instance_id IS
  'The campaign instance that a dry run planned as active although it was a draft, to show what it would do.';

-- What a run pins of the campaigns; the previewed instance, if it is a draft, as if it were active.
CREATE FUNCTION campaigns_with_preview(organization bigint, previewed bigint) RETURNS jsonb
  LANGUAGE sql STABLE
  RETURN CASE WHEN previewed IS NULL THEN campaigns_of(organization) ELSE (
    SELECT jsonb_set(pinned, '{instances}', (
      SELECT coalesce(jsonb_agg(CASE
          WHEN (instance ->> 'id')::bigint = previewed AND instance ->> 'status' = 'draft'
            THEN instance || '{"status": "active"}'
          ELSE instance END ORDER BY place), '[]')
      FROM jsonb_array_elements(pinned -> 'instances') WITH ORDINALITY AS listed (instance, place)))
    FROM campaigns_of(organization) AS pinned) END;

-- Lists of runs leave replans out, of which there may be thousands between two of the others.
CREATE INDEX scheduler_runs_but_replans ON scheduler_runs (organization_id, id) WHERE kind <> 'replan';
