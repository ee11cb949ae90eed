-- Links in mails (SPEC 10): the keys that sign them, and which clicks say something about a person.

---------------------------------------------------------------------------------------------------
-- Keys: one signs, all verify. None is ever deleted, for links to unsubscribe never expire.
---------------------------------------------------------------------------------------------------

CREATE TABLE link_keys (
  -- Two bytes of every link.
  id integer GENERATED ALWAYS AS IDENTITY (MAXVALUE 65535) PRIMARY KEY,
  secret bytea NOT NULL CHECK (length(secret) = 32),
  created_at timestamptz NOT NULL DEFAULT now(),
  -- Since then it signs no more; it verifies for ever.
  retired_at timestamptz
);
COMMENT ON TABLE link_keys IS
  'Goes into every backup: without its key, a link to unsubscribe that somebody has in a mail is good for nothing.';
CREATE UNIQUE INDEX link_keys_one_signs ON link_keys ((true)) WHERE retired_at IS NULL;
GRANT SELECT ON link_keys TO email_scheduler_worker;

-- Four ids of 122 random bits each, made by the server's strong generator, as in 0005.
CREATE FUNCTION add_link_key() RETURNS integer LANGUAGE sql
  BEGIN ATOMIC
    INSERT INTO link_keys (secret)
      VALUES (sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())
        || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())))
      RETURNING id;
  END;
REVOKE EXECUTE ON FUNCTION add_link_key FROM PUBLIC;

SELECT add_link_key();

-- The new key's id. What links were signed with until now goes on verifying them.
CREATE FUNCTION rotate_link_key() RETURNS integer LANGUAGE plpgsql
  SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  former integer;
  added integer;
BEGIN
  LOCK TABLE link_keys IN SHARE ROW EXCLUSIVE MODE;
  UPDATE link_keys SET retired_at = now() WHERE retired_at IS NULL RETURNING id INTO former;
  added := add_link_key();
  INSERT INTO audit_log (entity, entity_id, action, field, old, new)
    VALUES ('link_key', added, 'rotate', 'id', former, added);
  RETURN added;
END $$;
REVOKE EXECUTE ON FUNCTION rotate_link_key FROM PUBLIC;
GRANT EXECUTE ON FUNCTION rotate_link_key TO email_scheduler_worker;

---------------------------------------------------------------------------------------------------
-- Clicks
---------------------------------------------------------------------------------------------------

-- Events are appended and stay as they are, but for this: that a program has opened every link of a mail is known
-- only once it has opened several.
CREATE FUNCTION doubt_clicks(organization bigint, contact bigint, mail bigint, since timestamptz, doubt text)
  RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT
  BEGIN ATOMIC
    UPDATE contact_events SET is_evidence = false, metadata = metadata || jsonb_build_object('doubt', doubt)
      WHERE organization_id = organization AND contact_id = contact AND schedule_id = mail
        AND type = 'clicked' AND is_evidence AND occurred_at >= since;
  END;
REVOKE EXECUTE ON FUNCTION doubt_clicks FROM PUBLIC;
GRANT EXECUTE ON FUNCTION doubt_clicks TO email_scheduler_worker;
