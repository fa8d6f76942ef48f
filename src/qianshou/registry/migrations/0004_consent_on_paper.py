"""A guardian's answer that a person brings in on paper, with who wrote it down."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0003_lean_block_keys"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="consent",
            name="by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="consent",
            name="channel",
            field=models.CharField(
                choices=[
                    ("DEPARTMENT_LIST", "signed on paper, listed by civil affairs"),
                    ("ON_PAPER", "signed on paper, noted by a person"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="guardianship",
            name="kinship",
            field=models.CharField(
                choices=[
                    ("FATHER", "child's father"),
                    ("MOTHER", "child's mother"),
                    ("GRANDPARENT", "grandparent"),
                    ("RELATIVE", "relative"),
                    ("OTHER", "other"),
                ],
                max_length=12,
            ),
        ),
    ]
