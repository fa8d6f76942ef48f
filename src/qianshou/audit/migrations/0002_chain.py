"""The chain is made by the database: the application can add an entry and never change one."""

from django.db import migrations

from qianshou.common import rowsecurity

CHAIN = """
CREATE TABLE audit_head (chain varchar(6) COLLATE "C" PRIMARY KEY, seq bigint NOT NULL,
                         hash bytea NOT NULL);
REVOKE ALL ON audit_head FROM PUBLIC;
DO $$ BEGIN IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'app') THEN
  REVOKE ALL ON audit_head FROM app;
  REVOKE UPDATE, DELETE ON audit_entry FROM app;
END IF; END $$;

CREATE FUNCTION audit_chain() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  head record;
BEGIN
  INSERT INTO public.audit_head (chain, seq, hash)
  VALUES (NEW.chain, 0, decode(repeat('00', 32), 'hex')) ON CONFLICT (chain) DO NOTHING;
  SELECT seq, hash INTO head FROM public.audit_head WHERE chain = NEW.chain FOR UPDATE;
  NEW.seq := head.seq + 1;
  NEW.at := clock_timestamp();
  NEW.prev_hash := head.hash;
  NEW.hash := sha256(head.hash || convert_to(concat_ws(E'\\x1f',
    NEW.chain, NEW.seq::text, to_char(NEW.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'),
    coalesce(NEW.actor_id::text, ''), NEW.actor_name, NEW.act, NEW.subject_kind, NEW.subject_id,
    NEW.area_code, NEW.reason, NEW.details, NEW.request_id, NEW.result), 'UTF8'));
  UPDATE public.audit_head SET seq = NEW.seq, hash = NEW.hash WHERE chain = NEW.chain;
  RETURN NEW;
END $$;
CREATE TRIGGER audit_chain BEFORE INSERT ON audit_entry
  FOR EACH ROW EXECUTE FUNCTION audit_chain();

CREATE FUNCTION audit_never_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'The trail is written once and never changed.'; END $$;
CREATE TRIGGER audit_never_changes BEFORE UPDATE OR DELETE ON audit_entry
  FOR EACH ROW EXECUTE FUNCTION audit_never_changes();
"""
UNDO = """
DROP TRIGGER audit_never_changes ON audit_entry; DROP FUNCTION audit_never_changes();
DROP TRIGGER audit_chain ON audit_entry; DROP FUNCTION audit_chain(); DROP TABLE audit_head;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial"), ("areas", "0002_scope_functions")]
    operations = [
        migrations.RunSQL(CHAIN, UNDO),
        # A failed sign-in has no scope yet, so anybody may add; reading follows the area.
        rowsecurity.secure(
            "audit_entry",
            own="actor_id = (SELECT scope_user())",
            write="true",
        ),
    ]
