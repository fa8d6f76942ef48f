"""A run of a city or a county is read by those who work in a part of it: the row, never its rows."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [('pairing', '0004_merged_files')]
    operations = [
        migrations.RunSQL(
            """
            CREATE FUNCTION scope_above() RETURNS text[] LANGUAGE sql STABLE SECURITY DEFINER
            SET search_path = pg_catalog, public, pg_temp AS
            $$ SELECT coalesce(array_agg(DISTINCT rpad(left(low, width), 12, '0')), '{}')
               FROM unnest(scope_lows()) low, unnest(ARRAY[2, 4, 6, 9]) width $$;
            CREATE POLICY scope_read_above ON pairing_matchrun FOR SELECT
              USING (area_code = ANY ((SELECT scope_above())::text[]));
            """,
            "DROP POLICY scope_read_above ON pairing_matchrun; DROP FUNCTION scope_above();",
        ),
    ]
