"""Bars are seen in their area and hold everywhere: no pairing begins against one in force."""

from django.db import migrations

from qianshou.common import rowsecurity

HOLDS = """
-- As with places (0003): the trigger runs as the owner and sees the bars of every county.
CREATE POLICY integrity_read ON pairing_bar FOR SELECT TO CURRENT_USER USING (true);
CREATE FUNCTION pairing_respects_bars() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  -- An earlier end is taken over as it stands.
  IF NEW.ended_on IS NULL AND EXISTS (
    SELECT 1 FROM public.pairing_bar b
    WHERE b.lifted_at IS NULL AND (b.until IS NULL OR b.until > NEW.started_on)
      AND (b.child_id IS NULL OR b.child_id = NEW.child_id)
      AND (b.mother_id IS NULL OR b.mother_id = NEW.mother_id)
      AND (b.child_id = NEW.child_id OR b.mother_id = NEW.mother_id)
  ) THEN
    RAISE EXCEPTION 'a bar is in force' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'pairing_not_barred', TABLE = 'pairing_pairing';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER pairing_respects_bars BEFORE INSERT ON pairing_pairing
  FOR EACH ROW EXECUTE FUNCTION pairing_respects_bars();

-- After a transfer a mother may live in another county than her child: whoever sees the running
-- pairing sees her name.
CREATE POLICY scope_paired ON mothers_mother FOR SELECT USING (EXISTS (
  SELECT 1 FROM pairing_pairing p WHERE p.mother_id = mothers_mother.id AND p.ended_on IS NULL));
"""
UNDO = """
DROP POLICY scope_paired ON mothers_mother;
DROP TRIGGER pairing_respects_bars ON pairing_pairing;
DROP FUNCTION pairing_respects_bars();
DROP POLICY integrity_read ON pairing_bar;
"""


class Migration(migrations.Migration):
    dependencies = [("pairing", "0035_next_step_and_bars")]
    operations = [rowsecurity.secure("pairing_bar"), migrations.RunSQL(HOLDS, UNDO)]
