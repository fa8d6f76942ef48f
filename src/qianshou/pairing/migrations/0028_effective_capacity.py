"""The check of capacity counts the places that a mother has today, not those on her form."""

from django.db import migrations

BEFORE = """
CREATE OR REPLACE FUNCTION pairing_keeps_capacity() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
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
  {now}SELECT count(*) INTO taken FROM public.pairing_pairing
    WHERE mother_id = NEW.mother_id AND ended_on IS NULL AND id <> NEW.id;
  IF places IS NULL OR taken >= places THEN
    RAISE EXCEPTION 'mother has no free place' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'pairing_within_capacity', TABLE = 'pairing_pairing';
  END IF;
  RETURN NEW;
END $$;
"""
NOW = (
    "places := public.mothers_effective_capacity("
    "NEW.mother_id, (now() AT TIME ZONE 'Asia/Shanghai')::date);\n  "
)


class Migration(migrations.Migration):
    dependencies = [
        ("pairing", "0021_siblings_row_security"),
        ("mothers", "0016_row_security"),
    ]
    operations = [migrations.RunSQL(BEFORE.replace("{now}", NOW), BEFORE.replace("{now}", ""))]
