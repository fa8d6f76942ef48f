"""Contacts of phones wait for a moment until they are heard of."""

import django.db.models.deletion
from django.db import migrations, models

import qianshou.common.fields


class Migration(migrations.Migration):
    dependencies = [("care", "0022_tried")]
    operations = [
        migrations.CreateModel(
            name="Arrival",
            fields=[
                (
                    "contact",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="arrival",
                        serialize=False,
                        to="care.contact",
                    ),
                ),
                (
                    "area_code",
                    qianshou.common.fields.AreaCodeField(db_collation="C", max_length=12),
                ),
                ("due_at", models.DateTimeField()),
                ("failed", models.PositiveSmallIntegerField(default=0)),
            ],
            options={"indexes": [models.Index(fields=["due_at"], name="arrival_by_time")]},
        ),
    ]
