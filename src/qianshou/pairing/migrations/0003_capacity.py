"""A mother's places hold against any race, and a neighbouring mother proposed here can be seen."""

from django.db import migrations

CAPACITY = """
-- The check must count a mother's pairings in every county, whoever asks: the trigger runs as the
-- owner, and these two policies let the owner's triggers (and nobody else) see all rows.
CREATE POLICY integrity_read ON pairing_pairing FOR SELECT TO CURRENT_USER USING (true);
CREATE POLICY integrity_read ON mothers_mother FOR SELECT TO CURRENT_USER USING (true);
CREATE POLICY integrity_lock ON mothers_mother FOR UPDATE TO CURRENT_USER
  USING (true) WITH CHECK (false);

CREATE FUNCTION pairing_keeps_capacity() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  places int;
  taken int;
BEGIN
  IF NEW.ended_on IS NOT NULL THEN RETURN NEW; END IF;
  IF TG_OP = 'UPDATE' AND OLD.ended_on IS NULL AND OLD.mother_id = NEW.mother_id THEN
    RETURN NEW;
  END IF;
  -- The lock makes approvals for one mother wait for each other; without it two transactions
  -- would both count the same free place.
  SELECT capacity INTO places FROM public.mothers_mother WHERE id = NEW.mother_id FOR UPDATE;
  SELECT count(*) INTO taken FROM public.pairing_pairing
    WHERE mother_id = NEW.mother_id AND ended_on IS NULL AND id <> NEW.id;
  IF places IS NULL OR taken >= places THEN
    RAISE EXCEPTION 'mother has no free place' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'pairing_within_capacity', TABLE = 'pairing_pairing';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER pairing_keeps_capacity BEFORE INSERT OR UPDATE ON pairing_pairing
  FOR EACH ROW EXECUTE FUNCTION pairing_keeps_capacity();

CREATE POLICY scope_proposed ON mothers_mother FOR SELECT USING (EXISTS (
  SELECT 1 FROM pairing_proposal p WHERE p.mother_id = mothers_mother.id));
"""
UNDO = """
DROP POLICY scope_proposed ON mothers_mother;
DROP TRIGGER pairing_keeps_capacity ON pairing_pairing;
DROP FUNCTION pairing_keeps_capacity();
DROP POLICY integrity_lock ON mothers_mother;
DROP POLICY integrity_read ON mothers_mother;
DROP POLICY integrity_read ON pairing_pairing;
"""


class Migration(migrations.Migration):
    dependencies = [("pairing", "0002_row_security"), ("mothers", "0002_row_security")]
    operations = [migrations.RunSQL(CAPACITY, UNDO)]
