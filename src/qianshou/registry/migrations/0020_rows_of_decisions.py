"""A row that gets a new version finds the decisions that name it without reading all of them."""

from django.db import migrations

MADE = """
CREATE INDEX child_event_rows ON registry_childevent USING gin ((moves -> 'rows'))
  WHERE kind IN ('MERGED', 'SPLIT');
CREATE INDEX child_event_confirmed ON registry_childevent USING gin ((moves -> 'confirmed'))
  WHERE kind IN ('MERGED', 'SPLIT');
"""
UNMADE = "DROP INDEX child_event_confirmed; DROP INDEX child_event_rows;"


class Migration(migrations.Migration):
    dependencies = [("registry", "0016_row_security")]

    operations = [migrations.RunSQL(MADE, UNMADE)]
