"""Looking up the deliveries of a source costs the same however many there were."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("exchange", "0025_contracts")]

    operations = [
        migrations.AddIndex(
            model_name="importrun",
            index=models.Index(fields=["source", "-created_at"], name="import_run_by_source"),
        ),
        migrations.AddIndex(
            model_name="importrun",
            index=models.Index(
                condition=models.Q(
                    state__in=["RECEIVED", "READING", "CHECKING", "WAITING", "APPLYING", "LINKING",
                               "FAILED"]
                ),
                fields=["source", "created_at"],
                name="import_run_unsettled",
            ),
        ),
    ]  # fmt: skip
