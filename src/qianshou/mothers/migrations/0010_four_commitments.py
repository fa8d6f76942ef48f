"""Confidentiality and the promised year stand beside conduct and the duty to report.

Who has signed the federation's paper before has signed all of it.
"""

from django.db import migrations, models

FILL = """
ALTER TABLE mothers_mother NO FORCE ROW LEVEL SECURITY;
UPDATE mothers_mother SET confidentiality_signed = true, year_signed = true
  WHERE committed_on IS NOT NULL;
ALTER TABLE mothers_mother FORCE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    dependencies = [('mothers', '0003_settled_by_a_person')]
    operations = [
        migrations.AddField(
            model_name='mother',
            name='confidentiality_signed',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='mother',
            name='year_signed',
            field=models.BooleanField(default=False),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
