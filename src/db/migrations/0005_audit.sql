-- Who changed what: the audit log (SPEC 15) is written by triggers, in the change's own transaction, whatever
-- program makes it. What is personal is never in it. And deletion (SPEC 3): a contact loses its personal data.

LOCK TABLE contacts IN SHARE ROW EXCLUSIVE MODE; -- they are counted below, and from then on kept count of

---------------------------------------------------------------------------------------------------
-- Keyed hashes: what was personal is found again by who has the value, and cannot be read or guessed from
-- what is stored. The key's two pads are those of HMAC-SHA-256; only the owner's functions read them.
---------------------------------------------------------------------------------------------------

CREATE TABLE hashing_key (
  only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
  inner_pad bytea NOT NULL CHECK (length(inner_pad) = 64),
  outer_pad bytea NOT NULL CHECK (length(outer_pad) = 64)
);
COMMENT ON TABLE hashing_key IS
  'Goes into every backup: with another key, deleted contacts that are imported again are not recognized.';

DO $$
DECLARE
  -- Four ids of 122 random bits each, made by the server's strong generator; the rest of a block is zero.
  key CONSTANT bytea := sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())
    || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())) || decode(repeat('00', 32), 'hex');
  inner_pad bytea := key;
  outer_pad bytea := key;
BEGIN
  FOR i IN 0..63 LOOP
    inner_pad := set_byte(inner_pad, i, get_byte(key, i) # 54); -- 0x36
    outer_pad := set_byte(outer_pad, i, get_byte(key, i) # 92); -- 0x5c
  END LOOP;
  INSERT INTO hashing_key (inner_pad, outer_pad) VALUES (inner_pad, outer_pad);
END $$;

-- STABLE, as convert_to is: or the planner would not write it into the statements that call it.
CREATE FUNCTION hmac_sha256(inner_pad bytea, outer_pad bytea, value text) RETURNS bytea
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN sha256(outer_pad || sha256(inner_pad || convert_to(value, 'UTF8')));

CREATE FUNCTION keyed_hash(value text) RETURNS bytea LANGUAGE sql STABLE
  SECURITY DEFINER SET search_path FROM CURRENT
  RETURN (SELECT hmac_sha256(inner_pad, outer_pad, value) FROM hashing_key);
REVOKE EXECUTE ON FUNCTION keyed_hash FROM PUBLIC;
GRANT EXECUTE ON FUNCTION keyed_hash TO email_scheduler_worker;

-- For all changes of one thing, which is what the log is mostly asked for.
CREATE INDEX audit_log_entity ON audit_log (organization_id, entity, entity_id, id);

---------------------------------------------------------------------------------------------------
-- Entries: one for a row that came or went, one for each field of a row that changed
---------------------------------------------------------------------------------------------------

CREATE FUNCTION audit_entries(before jsonb, after jsonb)
  RETURNS TABLE (action text, field text, old text, new text) LANGUAGE sql IMMUTABLE
  BEGIN ATOMIC
    SELECT 'add', NULL::text, NULL::text, after::text WHERE before IS NULL
    UNION ALL
    SELECT 'remove', NULL, before::text, NULL WHERE after IS NULL
    UNION ALL
    SELECT 'change', f.key, before ->> f.key, f.value FROM jsonb_each_text(after) f
    WHERE before IS NOT NULL AND f.value IS DISTINCT FROM before ->> f.key;
  END;

-- Types and instances; the argument names the entity.
CREATE FUNCTION audit_campaigns() RETURNS trigger LANGUAGE plpgsql
  SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO audit_log (organization_id, entity, entity_id, action, new)
      SELECT organization_id, TG_ARGV[0], id, 'add', to_jsonb(n) - '{id,organization_id}'::text[]
      FROM new_rows n ORDER BY id;
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO audit_log (organization_id, entity, entity_id, action, old)
      SELECT organization_id, TG_ARGV[0], id, 'remove', to_jsonb(o) - '{id,organization_id}'::text[]
      FROM old_rows o ORDER BY id;
  ELSE
    INSERT INTO audit_log (organization_id, entity, entity_id, action, field, old, new)
      SELECT organization_id, TG_ARGV[0], id, e.action, e.field, e.old, e.new
      FROM old_rows o FULL JOIN new_rows n USING (organization_id, id),
        audit_entries(to_jsonb(o) - '{id,organization_id}'::text[], to_jsonb(n) - '{id,organization_id}'::text[]) e
      ORDER BY id, e.field;
  END IF;
  RETURN NULL;
END $$;

-- Not those that a trigger adds to a new organization: its own entry says enough.
CREATE TRIGGER campaign_types_add_audited AFTER INSERT ON campaign_types REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION audit_campaigns('campaign_type');
CREATE TRIGGER campaign_types_change_audited AFTER UPDATE ON campaign_types
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION audit_campaigns('campaign_type');
CREATE TRIGGER campaign_types_remove_audited AFTER DELETE ON campaign_types REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION audit_campaigns('campaign_type');
CREATE TRIGGER campaign_instances_add_audited AFTER INSERT ON campaign_instances
  REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION audit_campaigns('campaign_instance');
CREATE TRIGGER campaign_instances_change_audited AFTER UPDATE ON campaign_instances
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION audit_campaigns('campaign_instance');
CREATE TRIGGER campaign_instances_remove_audited AFTER DELETE ON campaign_instances
  REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION audit_campaigns('campaign_instance');

-- A target's metadata may say anything about a person, and the log outlives the person's data: it has the names
-- of templates as they are, and of any other value a mark that tells whether it is the same one.
CREATE FUNCTION marked_target_metadata(metadata jsonb) RETURNS jsonb LANGUAGE sql STABLE
  SECURITY DEFINER SET search_path FROM CURRENT
  RETURN (SELECT jsonb_object_agg(m.key, CASE WHEN m.key IN ('email_template', 'sms_template') THEN m.value
      ELSE to_jsonb('#' || left(encode(keyed_hash(m.value::text), 'hex'), 8)) END)
    FROM jsonb_each(metadata) m);
REVOKE EXECUTE ON FUNCTION marked_target_metadata FROM PUBLIC;

-- Written into the statements that call it; the marks, which take longer, are for those who need them.
CREATE FUNCTION audited_target_metadata(metadata jsonb) RETURNS jsonb LANGUAGE sql STABLE
  RETURN CASE WHEN metadata - '{email_template,sms_template}'::text[] = '{}' THEN metadata
    ELSE marked_target_metadata(metadata) END;

CREATE FUNCTION audit_targets() RETURNS trigger LANGUAGE plpgsql
  SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO audit_log (organization_id, entity, entity_id, action, new)
      SELECT organization_id, 'target', campaign_instance_id || ':' || contact_id, 'add',
        jsonb_build_object('trigger_date', trigger_date, 'metadata', audited_target_metadata(metadata))
      FROM new_rows;
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO audit_log (organization_id, entity, entity_id, action, old)
      SELECT organization_id, 'target', campaign_instance_id || ':' || contact_id, 'remove',
        jsonb_build_object('trigger_date', trigger_date, 'metadata', audited_target_metadata(metadata))
      FROM old_rows;
  ELSE
    -- Not by audit_entries: hundreds of thousands of them may change at once.
    INSERT INTO audit_log (organization_id, entity, entity_id, action, field, old, new)
      SELECT organization_id, 'target', campaign_instance_id || ':' || contact_id, e.action, e.field, e.old, e.new
      FROM old_rows o FULL JOIN new_rows n USING (organization_id, contact_id, campaign_instance_id)
      CROSS JOIN LATERAL (
        SELECT 'change' AS action, 'trigger_date' AS field, o.trigger_date::text AS old, n.trigger_date::text AS new
          WHERE o.trigger_date IS DISTINCT FROM n.trigger_date
            AND o.metadata IS NOT NULL AND n.metadata IS NOT NULL
        UNION ALL
        SELECT 'change', 'metadata', audited_target_metadata(o.metadata)::text,
            audited_target_metadata(n.metadata)::text
          WHERE o.metadata <> n.metadata
        UNION ALL
        SELECT 'remove', NULL, jsonb_build_object('trigger_date', o.trigger_date,
            'metadata', audited_target_metadata(o.metadata))::text, NULL WHERE n.metadata IS NULL
        UNION ALL
        SELECT 'add', NULL, NULL, jsonb_build_object('trigger_date', n.trigger_date,
            'metadata', audited_target_metadata(n.metadata))::text WHERE o.metadata IS NULL) e
      WHERE (o.trigger_date, o.metadata) IS DISTINCT FROM (n.trigger_date, n.metadata);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER contact_campaigns_add_audited AFTER INSERT ON contact_campaigns
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION audit_targets();
CREATE TRIGGER contact_campaigns_change_audited AFTER UPDATE ON contact_campaigns
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION audit_targets();
CREATE TRIGGER contact_campaigns_remove_audited AFTER DELETE ON contact_campaigns
  REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION audit_targets();

-- The address is a keyed hash; reasons are anybody's words, a provider's too, and those with an @ may be one.
CREATE FUNCTION without_addresses(reason text) RETURNS text LANGUAGE sql IMMUTABLE
  RETURN CASE WHEN strpos(reason, '@') = 0 THEN reason ELSE regexp_replace(reason, '\S*@\S*', '…', 'g') END;

CREATE FUNCTION audit_suppressions() RETURNS trigger LANGUAGE plpgsql
  SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  pads CONSTANT hashing_key := (SELECT k FROM hashing_key k);
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO audit_log (organization_id, entity, entity_id, action, new)
      SELECT organization_id, 'suppression', encode(hmac_sha256(pads.inner_pad, pads.outer_pad, address), 'hex'),
        'add', jsonb_build_object('scope', scope, 'reason', without_addresses(reason))
      FROM new_rows;
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO audit_log (organization_id, entity, entity_id, action, old)
      SELECT organization_id, 'suppression', encode(hmac_sha256(pads.inner_pad, pads.outer_pad, address), 'hex'),
        'remove', jsonb_build_object('scope', scope, 'reason', without_addresses(reason))
      FROM old_rows;
  ELSE
    -- One with another scope is another suppression.
    INSERT INTO audit_log (organization_id, entity, entity_id, action, field, old, new)
      SELECT organization_id, 'suppression', encode(hmac_sha256(pads.inner_pad, pads.outer_pad, address), 'hex'),
        e.action, e.field, e.old, e.new
      FROM old_rows o FULL JOIN new_rows n USING (organization_id, address, scope),
        audit_entries(
          CASE WHEN o.reason IS NOT NULL
            THEN jsonb_build_object('scope', scope, 'reason', without_addresses(o.reason)) END,
          CASE WHEN n.reason IS NOT NULL
            THEN jsonb_build_object('scope', scope, 'reason', without_addresses(n.reason)) END) e;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER suppressions_add_audited AFTER INSERT ON suppressions
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION audit_suppressions();
CREATE TRIGGER suppressions_change_audited AFTER UPDATE ON suppressions
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION audit_suppressions();
CREATE TRIGGER suppressions_remove_audited AFTER DELETE ON suppressions
  REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION audit_suppressions();

-- Row by row, so that plan numbers, clocks and claims, which change all the time, never call it.
CREATE FUNCTION audit_organization() RETURNS trigger LANGUAGE plpgsql
  SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  before jsonb;
  after jsonb;
BEGIN
  IF TG_OP <> 'INSERT' THEN
    before := jsonb_build_object('name', OLD.name, 'time_zone', OLD.time_zone, 'sandbox', OLD.sandbox);
  END IF;
  IF TG_OP <> 'DELETE' THEN
    after := jsonb_build_object('name', NEW.name, 'time_zone', NEW.time_zone, 'sandbox', NEW.sandbox);
  END IF;
  INSERT INTO audit_log (organization_id, entity, entity_id, action, field, old, new)
    SELECT coalesce(NEW.id, OLD.id), 'organization', coalesce(NEW.id, OLD.id), e.action, e.field, e.old, e.new
    FROM audit_entries(before, after) e;
  RETURN NULL;
END $$;
CREATE TRIGGER organizations_audited AFTER INSERT OR DELETE ON organizations
  FOR EACH ROW EXECUTE FUNCTION audit_organization();
CREATE TRIGGER organizations_change_audited AFTER UPDATE OF name, time_zone, sandbox ON organizations
  FOR EACH ROW WHEN ((OLD.name, OLD.time_zone, OLD.sandbox) IS DISTINCT FROM (NEW.name, NEW.time_zone, NEW.sandbox))
  EXECUTE FUNCTION audit_organization();

---------------------------------------------------------------------------------------------------
-- Contacts: by id and action, never by value, which contact_history has as long as the contact is one. A
-- program that sums up what it does in an entry of its own (an import) says so for its transaction:
-- email_scheduler.contacts_summed_up = 'on'.
---------------------------------------------------------------------------------------------------

CREATE FUNCTION are_contacts_summed_up() RETURNS boolean LANGUAGE sql STABLE
  RETURN coalesce(current_setting('email_scheduler.contacts_summed_up', true), '') = 'on';

CREATE FUNCTION audit_contacts_inserted() RETURNS trigger LANGUAGE plpgsql
  SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  IF are_contacts_summed_up() THEN RETURN NULL; END IF;
  WITH counted AS MATERIALIZED (SELECT count(*) AS rows FROM new_rows)
  INSERT INTO audit_log (organization_id, entity, entity_id, action, new)
    SELECT organization_id, 'contact', id::text, 'add', NULL
    FROM new_rows, counted WHERE rows <= many_contacts()
    UNION ALL
    SELECT organization_id, 'contacts', NULL, 'add', jsonb_build_object('contacts', count(*))::text
    FROM new_rows, counted WHERE rows > many_contacts() GROUP BY organization_id;
  RETURN NULL;
END $$;
CREATE TRIGGER contacts_add_audited AFTER INSERT ON contacts REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION audit_contacts_inserted();

CREATE FUNCTION audit_contacts_updated() RETURNS trigger LANGUAGE plpgsql
  SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  IF are_contacts_summed_up() THEN RETURN NULL; END IF;
  WITH changed AS MATERIALIZED (
    SELECT o.organization_id, o.id, CASE
        WHEN o.deleted_at IS NULL AND n.deleted_at IS NOT NULL THEN 'delete'
        WHEN o.deleted_at IS NOT NULL AND n.deleted_at IS NULL THEN 'restore'
        ELSE 'change' END AS action
    FROM old_rows o JOIN new_rows n USING (organization_id, id)
    WHERE (o.external_id, o.email, o.first_name, o.last_name, o.phone_number, o.zip_code, o.state, o.birth_date,
           o.effective_date, o.attributes, o.deleted_at)
      IS DISTINCT FROM
          (n.external_id, n.email, n.first_name, n.last_name, n.phone_number, n.zip_code, n.state, n.birth_date,
           n.effective_date, n.attributes, n.deleted_at)
  ), counted AS MATERIALIZED (SELECT count(*) AS rows FROM changed)
  INSERT INTO audit_log (organization_id, entity, entity_id, action, new)
    SELECT organization_id, 'contact', id::text, action, NULL
    FROM changed, counted WHERE rows <= many_contacts()
    UNION ALL
    SELECT organization_id, 'contacts', NULL, action, jsonb_build_object('contacts', count(*))::text
    FROM changed, counted WHERE rows > many_contacts() GROUP BY organization_id, action;
  RETURN NULL;
END $$;
CREATE TRIGGER contacts_change_audited AFTER UPDATE ON contacts
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION audit_contacts_updated();

---------------------------------------------------------------------------------------------------
-- What the history keeps of a contact, and how many there are
---------------------------------------------------------------------------------------------------

ALTER TABLE contact_history
  ADD COLUMN external_id text,
  -- Of a deleted contact: the states whose rules applied (by the ZIP code, then as stored if that is another),
  -- in place of the values that said so; null: the values are there.
  ADD COLUMN states text[];

-- Kept, not counted: every statement adds what it changes about the number of contacts that are not deleted.
CREATE TABLE contact_counts (
  organization_id bigint NOT NULL,
  change integer NOT NULL
);
CREATE INDEX contact_counts_organization ON contact_counts (organization_id);
INSERT INTO contact_counts (organization_id, change)
  SELECT organization_id, count(*) FROM contacts WHERE deleted_at IS NULL GROUP BY organization_id;
GRANT SELECT, INSERT, DELETE ON contact_counts TO email_scheduler_worker;

CREATE FUNCTION contact_count(organization bigint) RETURNS bigint LANGUAGE sql STABLE
  RETURN (SELECT coalesce(sum(change), 0) FROM contact_counts WHERE organization_id = organization);

-- As in 0001, and: the number of rows is MATERIALIZED, or it would be counted anew for each of them.
CREATE OR REPLACE FUNCTION note_contacts_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  WITH counted AS MATERIALIZED (SELECT count(*) AS rows FROM new_rows)
  INSERT INTO planning_changes (organization_id, contact_id, cause)
    SELECT DISTINCT organization_id, CASE WHEN rows <= many_contacts() THEN id END, 'contacts added'
    FROM new_rows, counted;
  INSERT INTO contact_counts (organization_id, change)
    SELECT organization_id, count(*) FROM new_rows WHERE deleted_at IS NULL GROUP BY organization_id;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION note_contacts_updated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- A deleted contact that gets its external id back is about to be one again: that is its next change.
  INSERT INTO contact_history (organization_id, contact_id, external_id, email, first_name, last_name,
      phone_number, zip_code, state, birth_date, effective_date, attributes, deleted_at, changed_by)
    SELECT o.organization_id, o.id, o.external_id, o.email, o.first_name, o.last_name,
      o.phone_number, o.zip_code, o.state, o.birth_date, o.effective_date, o.attributes, o.deleted_at, current_actor()
    FROM old_rows o JOIN new_rows n USING (organization_id, id)
    WHERE (o.email, o.first_name, o.last_name, o.phone_number, o.zip_code, o.state, o.birth_date,
           o.effective_date, o.attributes, o.deleted_at)
      IS DISTINCT FROM
          (n.email, n.first_name, n.last_name, n.phone_number, n.zip_code, n.state, n.birth_date,
           n.effective_date, n.attributes, n.deleted_at)
      OR (o.deleted_at IS NULL AND o.external_id IS DISTINCT FROM n.external_id);
  WITH changed AS (
    SELECT o.organization_id, o.id
    FROM old_rows o JOIN new_rows n USING (organization_id, id)
    WHERE (o.email, o.zip_code, o.state, o.birth_date, o.effective_date, o.deleted_at)
      IS DISTINCT FROM (n.email, n.zip_code, n.state, n.birth_date, n.effective_date, n.deleted_at)
  ), counted AS MATERIALIZED (SELECT count(*) AS rows FROM changed)
  INSERT INTO planning_changes (organization_id, contact_id, cause)
    SELECT DISTINCT organization_id, CASE WHEN rows <= many_contacts() THEN id END, 'contacts changed'
    FROM changed, counted;
  INSERT INTO contact_counts (organization_id, change)
    SELECT organization_id, sum(change) FROM (
      SELECT organization_id, 1 AS change FROM new_rows WHERE deleted_at IS NULL
      UNION ALL
      SELECT organization_id, -1 FROM old_rows WHERE deleted_at IS NULL) changes
    GROUP BY organization_id HAVING sum(change) <> 0;
  RETURN NULL;
END $$;

---------------------------------------------------------------------------------------------------
-- Deletion (SPEC 3): the row and its history lose what is personal; states and anchors stay in the history,
-- for what was planned and sent by them. The worker's role may not change history or events by itself.
---------------------------------------------------------------------------------------------------

-- ZIP codes are looked up by the program (src/domain/zip-states.ts): it passes the states that the contact has
-- now, and by the id of each row of its history those that it had until then.
CREATE FUNCTION delete_contact(organization bigint, contact bigint, current_states text[], former_states jsonb)
  RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  doomed contacts;
  hash bytea;
  last_history_id bigint;
BEGIN
  SELECT * INTO doomed FROM contacts WHERE organization_id = organization AND id = contact FOR UPDATE;
  IF doomed.external_id IS NULL THEN
    RAISE EXCEPTION 'contact % of organization % is not there, or was deleted before', contact, organization;
  END IF;
  SELECT coalesce(max(id), 0) INTO last_history_id
    FROM contact_history WHERE organization_id = organization AND contact_id = contact;
  IF EXISTS (SELECT FROM contact_history
    WHERE organization_id = organization AND contact_id = contact AND states IS NULL
      AND NOT former_states ? id::text)
  THEN
    RAISE EXCEPTION 'the states of a row of the history of contact % were not passed', contact;
  END IF;

  hash := keyed_hash(doomed.external_id);
  -- One that had the external id before it is found no more: an import goes to the latest.
  UPDATE contacts SET external_id_hmac = NULL WHERE organization_id = organization AND external_id_hmac = hash;
  UPDATE contacts SET external_id = NULL, email = NULL, first_name = NULL, last_name = NULL, phone_number = NULL,
      zip_code = NULL, state = NULL, birth_date = NULL, effective_date = NULL, attributes = '{}',
      external_id_hmac = hash, deleted_at = coalesce(deleted_at, now()), updated_at = now()
    WHERE organization_id = organization AND id = contact;

  UPDATE contact_history h SET external_id = NULL, email = NULL, first_name = NULL, last_name = NULL,
      phone_number = NULL, zip_code = NULL, state = NULL, attributes = NULL,
      states = CASE WHEN id > last_history_id THEN current_states
        ELSE coalesce(states, ARRAY(SELECT jsonb_array_elements_text(former_states -> h.id::text))) END
    WHERE organization_id = organization AND contact_id = contact;

  UPDATE contact_campaigns SET metadata = '{}'
    WHERE organization_id = organization AND contact_id = contact AND metadata <> '{}';
  UPDATE contact_events SET metadata = '{}'
    WHERE organization_id = organization AND contact_id = contact AND metadata <> '{}';
END $$;
REVOKE EXECUTE ON FUNCTION delete_contact FROM PUBLIC;
GRANT EXECUTE ON FUNCTION delete_contact TO email_scheduler_worker;
