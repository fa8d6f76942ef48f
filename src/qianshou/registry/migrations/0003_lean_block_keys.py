"""Blocking keys with nothing but their primary key, readers of a hidden place, decisions by time."""

import django.db.models.deletion
from django.db import migrations, models

import qianshou.common.fields
from qianshou.common import rowsecurity


class Migration(migrations.Migration):
    dependencies = [("registry", "0002_row_security")]
    operations = [
        migrations.DeleteModel("BlockKey"),
        migrations.CreateModel(
            name="BlockKey",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "token", "record_id", blank=True, editable=False, primary_key=True,
                        serialize=False,
                    ),
                ),
                ("token", models.BigIntegerField()),
                ("area_code", qianshou.common.fields.AreaCodeField(db_collation="C", max_length=12)),
                (
                    "record",
                    models.ForeignKey(
                        db_constraint=False, db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING, related_name="+",
                        to="exchange.record",
                    ),
                ),
            ],
        ),
        rowsecurity.secure("registry_blockkey"),
        migrations.AddField(
            model_name="child",
            name="location_readers",
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.RemoveIndex(model_name="child", name="child_by_area"),
        migrations.AddIndex(
            model_name="child",
            index=models.Index(fields=["area_code"], name="child_by_area"),
        ),
        # Room on every page, so that a file that changes is rewritten where it stands.
        migrations.RunSQL(
            "ALTER TABLE registry_child SET (fillfactor = 70)",
            "ALTER TABLE registry_child RESET (fillfactor)",
        ),
        migrations.AddIndex(
            model_name="childevent",
            index=models.Index(
                condition=models.Q(("kind__in", ["MERGED", "SPLIT"])),
                fields=["at"],
                name="child_event_decisions",
            ),
        ),
    ]
