"""A mother's try in vain is kept beside what staff did about a silence."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("care", "0021_clocks_row_security")]
    operations = [
        migrations.AlterField(
            model_name="reminder",
            name="act",
            field=models.CharField(
                choices=[
                    ("MOTHER", "mother reminded"),
                    ("TOWN", "town told"),
                    ("COUNTY", "county told"),
                    ("CITY", "counted in the city's figure"),
                    ("BY_HAND", "mother reminded by staff"),
                    ("CALLED", "staff called the mother"),
                    ("TRIED", "the mother tried in vain"),
                ],
                max_length=8,
            ),
        )
    ]
