-- Campaigns are planned (SPEC 6): the types that every organization has, what a run pins of them, and what of
-- their changes matters to planning.

---------------------------------------------------------------------------------------------------
-- Values that cannot be planned by are refused, whatever program writes them
---------------------------------------------------------------------------------------------------

-- Whether a key of metadata is absent or a text; a whole number in a range.
CREATE FUNCTION is_text_or_absent(metadata jsonb, key text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN coalesce(jsonb_typeof(metadata -> key) = 'string', true);
CREATE FUNCTION is_whole_number_or_absent(metadata jsonb, key text, low integer, high integer) RETURNS boolean
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE coalesce(jsonb_typeof(metadata -> key), 'absent')
    WHEN 'absent' THEN true
    WHEN 'number' THEN (metadata ->> key)::numeric BETWEEN low AND high
      AND (metadata ->> key)::numeric = trunc((metadata ->> key)::numeric)
    ELSE false END;

ALTER TABLE campaign_types
  ADD CONSTRAINT campaign_types_legal_basis
    CHECK (respect_exclusion_windows OR coalesce(btrim(legal_basis), '') <> ''),
  ADD CONSTRAINT campaign_types_name CHECK (name ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$'),
  ADD CONSTRAINT campaign_types_days CHECK (days_before_event BETWEEN -365 AND 365),
  ADD CONSTRAINT campaign_types_priority CHECK (priority BETWEEN 0 AND 1000);

ALTER TABLE campaign_instances
  ADD CONSTRAINT campaign_instances_dates CHECK (
    active_start_date BETWEEN DATE '1900-01-01' AND DATE '2199-12-31'
    AND active_end_date BETWEEN DATE '1900-01-01' AND DATE '2199-12-31'),
  ADD CONSTRAINT campaign_instances_metadata CHECK (
    is_whole_number_or_absent(metadata, 'days_before_event', -365, 365)
    AND is_whole_number_or_absent(metadata, 'priority', 0, 1000)
    AND is_text_or_absent(metadata, 'email_template')
    AND is_text_or_absent(metadata, 'sms_template'));

ALTER TABLE contact_campaigns
  ADD CONSTRAINT contact_campaigns_trigger_date
    CHECK (trigger_date BETWEEN DATE '1900-01-01' AND DATE '2199-12-31'),
  ADD CONSTRAINT contact_campaigns_metadata CHECK (
    is_text_or_absent(metadata, 'email_template') AND is_text_or_absent(metadata, 'sms_template'));

---------------------------------------------------------------------------------------------------
-- The types shipped belong to every organization; one that has a type of that name keeps its own
---------------------------------------------------------------------------------------------------

CREATE FUNCTION add_shipped_campaign_types(organization bigint) RETURNS void LANGUAGE sql
  BEGIN ATOMIC
    INSERT INTO campaign_types (organization_id, name, respect_exclusion_windows, legal_basis,
        enable_followups, days_before_event, target_all_contacts, priority, transactional)
      VALUES
        (organization, 'rate_increase', true, NULL, true, 14, false, 1, false),
        (organization, 'seasonal_promo', true, NULL, true, 7, false, 5, false),
        (organization, 'initial_blast', true, NULL, false, 0, true, 10, false),
        (organization, 'regulatory_notice', false,
          'A notice that law or a regulator requires is no marketing.', false, 0, false, 1, true),
        (organization, 'policy_update', true, NULL, true, 5, true, 3, false)
      ON CONFLICT (organization_id, name) DO NOTHING;
  END;

SELECT add_shipped_campaign_types(id) FROM organizations;

CREATE FUNCTION give_shipped_campaign_types() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM add_shipped_campaign_types(NEW.id);
  RETURN NULL;
END $$;
CREATE TRIGGER organizations_campaign_types AFTER INSERT ON organizations
  FOR EACH ROW EXECUTE FUNCTION give_shipped_campaign_types();

---------------------------------------------------------------------------------------------------
-- What a run goes by: types and instances as they were in its snapshot, the same for all of its batches
---------------------------------------------------------------------------------------------------

ALTER TABLE scheduler_runs ADD COLUMN campaigns jsonb;
COMMENT ON COLUMN scheduler_runs.campaigns IS
  'Campaign types and instances as the run saw them (campaigns_of); null: it was opened before there were any.';

CREATE FUNCTION campaigns_of(organization bigint) RETURNS jsonb LANGUAGE sql STABLE
  RETURN (
    SELECT jsonb_strip_nulls(jsonb_build_object(
      'time_zone', o.time_zone,
      'types', (SELECT coalesce(jsonb_agg(jsonb_build_object(
          'id', id, 'name', name, 'respect_exclusion_windows', respect_exclusion_windows,
          'legal_basis', legal_basis, 'days_before_event', days_before_event,
          'target_all_contacts', target_all_contacts, 'priority', priority,
          'transactional', transactional, 'active', active) ORDER BY id), '[]')
        FROM campaign_types WHERE organization_id = organization),
      'instances', (SELECT coalesce(jsonb_agg(jsonb_build_object(
          'id', id, 'name', name, 'campaign_type_id', campaign_type_id, 'status', status,
          'email_template', email_template, 'sms_template', sms_template,
          'active_start_date', active_start_date, 'active_end_date', active_end_date,
          'respect_exclusion_windows', respect_exclusion_windows,
          'overrides', jsonb_build_object('days_before_event', metadata -> 'days_before_event',
            'priority', metadata -> 'priority', 'email_template', metadata -> 'email_template',
            'sms_template', metadata -> 'sms_template'),
          'created_at_ms', floor(extract(epoch FROM created_at) * 1000)) ORDER BY id), '[]')
        FROM campaign_instances WHERE organization_id = organization)))
    FROM organizations o WHERE o.id = organization);

---------------------------------------------------------------------------------------------------
-- Changes that matter to planning. Active and paused instances are planned; what happens to a draft concerns
-- nobody. Each trigger holds what its answer depends on, so that neither of two transactions that meet, one
-- adding a target and one activating its instance, can think that the other is of no concern.
---------------------------------------------------------------------------------------------------

CREATE FUNCTION note_campaign_types_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO planning_changes (organization_id, cause)
    SELECT DISTINCT organization_id, 'campaign type changed'
    FROM old_rows o JOIN new_rows n USING (organization_id, id)
    WHERE (o.name, o.respect_exclusion_windows, o.legal_basis, o.days_before_event, o.target_all_contacts,
           o.priority, o.transactional, o.active)
      IS DISTINCT FROM
          (n.name, n.respect_exclusion_windows, n.legal_basis, n.days_before_event, n.target_all_contacts,
           n.priority, n.transactional, n.active)
      -- Not only planned ones: whether mails of an ended instance count is by the type as it is now.
      AND EXISTS (SELECT FROM campaign_instances i
        WHERE i.organization_id = n.organization_id AND i.campaign_type_id = n.id AND i.status <> 'draft');
  RETURN NULL;
END $$;
-- A type without instances concerns nobody: neither a new one nor one that is deleted.
CREATE TRIGGER campaign_types_updated AFTER UPDATE ON campaign_types
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION note_campaign_types_changed();

-- What planning goes by of an instance that is planned; null: nothing.
CREATE FUNCTION planned_part(instance campaign_instances) RETURNS jsonb LANGUAGE sql STABLE
  RETURN CASE WHEN instance.status IN ('active', 'paused') THEN
    jsonb_build_array(instance.campaign_type_id, instance.email_template, instance.sms_template,
      instance.active_start_date, instance.active_end_date, instance.respect_exclusion_windows,
      instance.metadata -> 'days_before_event', instance.metadata -> 'priority',
      instance.metadata -> 'email_template', instance.metadata -> 'sms_template', instance.created_at) END;

CREATE FUNCTION note_campaign_instance_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  before jsonb;
  after jsonb;
BEGIN
  IF TG_OP <> 'INSERT' THEN before := planned_part(OLD); END IF;
  IF TG_OP <> 'DELETE' THEN after := planned_part(NEW); END IF;
  IF before IS NOT DISTINCT FROM after THEN RETURN NULL; END IF;
  IF after IS NOT NULL THEN
    PERFORM FROM campaign_types
      WHERE organization_id = NEW.organization_id AND id = NEW.campaign_type_id FOR SHARE;
  END IF;
  INSERT INTO planning_changes (organization_id, cause)
    VALUES (coalesce(NEW.organization_id, OLD.organization_id), 'campaign instance changed');
  RETURN NULL;
END $$;
CREATE TRIGGER campaign_instances_changed AFTER INSERT OR UPDATE OR DELETE ON campaign_instances
  FOR EACH ROW EXECUTE FUNCTION note_campaign_instance_changed();

CREATE FUNCTION note_targets_added_or_removed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM campaign_instances
    WHERE (organization_id, id) IN (SELECT organization_id, campaign_instance_id FROM changed_rows)
    FOR SHARE;
  WITH changed AS (
    SELECT DISTINCT organization_id, contact_id FROM changed_rows c
    WHERE EXISTS (SELECT FROM campaign_instances i
      WHERE i.organization_id = c.organization_id AND i.id = c.campaign_instance_id
        AND i.status IN ('active', 'paused'))
  ), counted AS MATERIALIZED (SELECT count(*) AS rows FROM changed)
  INSERT INTO planning_changes (organization_id, contact_id, cause)
    SELECT DISTINCT organization_id, CASE WHEN rows <= many_contacts() THEN contact_id END, 'target changed'
    FROM changed, counted;
  RETURN NULL;
END $$;
CREATE TRIGGER contact_campaigns_inserted AFTER INSERT ON contact_campaigns
  REFERENCING NEW TABLE AS changed_rows
  FOR EACH STATEMENT EXECUTE FUNCTION note_targets_added_or_removed();
CREATE TRIGGER contact_campaigns_deleted AFTER DELETE ON contact_campaigns
  REFERENCING OLD TABLE AS changed_rows
  FOR EACH STATEMENT EXECUTE FUNCTION note_targets_added_or_removed();

CREATE FUNCTION note_targets_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM campaign_instances
    WHERE (organization_id, id) IN (
      SELECT organization_id, campaign_instance_id FROM old_rows
      UNION SELECT organization_id, campaign_instance_id FROM new_rows)
    FOR SHARE;
  WITH before AS (
    SELECT organization_id, contact_id, campaign_instance_id, trigger_date,
      metadata ->> 'email_template' AS email_template, metadata ->> 'sms_template' AS sms_template
    FROM old_rows
  ), after AS (
    SELECT organization_id, contact_id, campaign_instance_id, trigger_date,
      metadata ->> 'email_template' AS email_template, metadata ->> 'sms_template' AS sms_template
    FROM new_rows
  ), changed AS (
    SELECT DISTINCT organization_id, contact_id
    FROM ((TABLE before EXCEPT TABLE after) UNION ALL (TABLE after EXCEPT TABLE before)) c
    WHERE EXISTS (SELECT FROM campaign_instances i
      WHERE i.organization_id = c.organization_id AND i.id = c.campaign_instance_id
        AND i.status IN ('active', 'paused'))
  ), counted AS MATERIALIZED (SELECT count(*) AS rows FROM changed)
  INSERT INTO planning_changes (organization_id, contact_id, cause)
    SELECT DISTINCT organization_id, CASE WHEN rows <= many_contacts() THEN contact_id END, 'target changed'
    FROM changed, counted;
  RETURN NULL;
END $$;
CREATE TRIGGER contact_campaigns_updated AFTER UPDATE ON contact_campaigns
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION note_targets_changed();

---------------------------------------------------------------------------------------------------
-- What the ledger keeps of a campaign mail
---------------------------------------------------------------------------------------------------

CREATE FUNCTION is_transactional(organization bigint, instance bigint) RETURNS boolean
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN instance IS NOT NULL AND coalesce((
    SELECT t.transactional FROM campaign_instances i
    JOIN campaign_types t ON t.organization_id = i.organization_id AND t.id = i.campaign_type_id
    WHERE i.organization_id = organization AND i.id = instance), false);
