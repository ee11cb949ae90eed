-- Suppressions by the million: what they are to planning is noted once for all where many contacts have one of
-- the addresses; and why an address is suppressed is no matter of planning.

-- Of two that meet, one who suppresses an address and one who gives it to a contact, the later sees what the earlier
-- has committed. The same lock as the attempt to mail the address takes (SPEC 10).
CREATE FUNCTION lock_addresses(organizations bigint[], addresses text[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(key) FROM (
    SELECT DISTINCT hashtextextended('address ' || organization_id || ' ' || address, 0) AS key
    FROM unnest(organizations, addresses) AS a (organization_id, address)
    WHERE address IS NOT NULL ORDER BY key) keys;
END $$;

CREATE FUNCTION lock_contact_addresses() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- Of many at once none is held: imports and suppressions by the thousand are found by the next run.
  IF (SELECT count(*) FROM new_rows) <= many_contacts() THEN
    PERFORM lock_addresses(array_agg(organization_id), array_agg(normal_address(email))) FROM new_rows;
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER contacts_inserted_address AFTER INSERT ON contacts REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION lock_contact_addresses();
CREATE TRIGGER contacts_updated_address AFTER UPDATE ON contacts
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION lock_contact_addresses();

CREATE FUNCTION note_contacts_of_addresses(organizations bigint[], addresses text[]) RETURNS void
  LANGUAGE plpgsql AS $$
BEGIN
  WITH changed AS MATERIALIZED (
    SELECT DISTINCT organization_id, address FROM unnest(organizations, addresses) AS c (organization_id, address)
  ), concerned AS MATERIALIZED (
    -- More need not be found.
    SELECT c.organization_id, c.id
    FROM changed s
    JOIN contacts c ON c.organization_id = s.organization_id AND normal_address(c.email) = s.address
    LIMIT many_contacts() + 1
  ), counted AS MATERIALIZED (SELECT count(*) AS rows FROM concerned)
  INSERT INTO planning_changes (organization_id, contact_id, cause)
    SELECT organization_id, id, 'suppression changed' FROM concerned, counted WHERE rows <= many_contacts()
    UNION ALL
    SELECT DISTINCT organization_id, NULL::bigint, 'suppression changed' FROM changed, counted
    WHERE rows > many_contacts();
END $$;

CREATE OR REPLACE FUNCTION note_suppressions_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT count(*) FROM changed_rows) <= many_contacts() THEN
    PERFORM lock_addresses(array_agg(organization_id), array_agg(address)) FROM changed_rows;
  END IF;
  PERFORM note_contacts_of_addresses(array_agg(organization_id), array_agg(address)) FROM changed_rows;
  RETURN NULL;
END $$;

CREATE FUNCTION note_suppressions_updated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM note_contacts_of_addresses(array_agg(organization_id), array_agg(address))
  FROM (
    (SELECT organization_id, address, scope FROM old_rows EXCEPT SELECT organization_id, address, scope FROM new_rows)
    UNION ALL
    (SELECT organization_id, address, scope FROM new_rows EXCEPT SELECT organization_id, address, scope FROM old_rows)
  ) changed;
  RETURN NULL;
END $$;
DROP TRIGGER suppressions_updated ON suppressions;
CREATE TRIGGER suppressions_updated AFTER UPDATE ON suppressions
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION note_suppressions_updated();

-- `suppressions list`: newest first.
CREATE INDEX suppressions_created ON suppressions (organization_id, created_at DESC, address);

-- What `email_schedules` has of one contact, which is what an enrolment answers with and people ask for.
-- ledger_occurrence leaves out follow-ups and requeued rows and does not serve the view, which read the whole ledger
-- (50 ms with 300,000 rows).
CREATE INDEX ledger_contact ON ledger (organization_id, contact_id);
