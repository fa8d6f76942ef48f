"""Figures about departments' rows, and pairs of rows to label."""

import django.db.models.deletion
import qianshou.common.fields
import qianshou.common.identity
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('exchange', '0006_push'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Sample',
            fields=[
                ('id', models.UUIDField(default=qianshou.common.identity.new_id, editable=False, primary_key=True, serialize=False)),
                ('area_code', qianshou.common.fields.AreaCodeField(db_collation='C', max_length=12)),
                ('strata', models.JSONField()),
                ('drawn_at', models.DateTimeField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['area_code', '-drawn_at'], name='sample_newest')],
            },
        ),
        migrations.CreateModel(
            name='Pair',
            fields=[
                ('id', models.UUIDField(default=qianshou.common.identity.new_id, editable=False, primary_key=True, serialize=False)),
                ('area_code', qianshou.common.fields.AreaCodeField(db_collation='C', max_length=12)),
                ('position', models.PositiveIntegerField()),
                ('stratum', models.CharField(max_length=12)),
                ('linked', models.BooleanField()),
                ('levels', models.TextField(blank=True)),
                ('weight_bits', models.FloatField()),
                ('probability', models.FloatField()),
                ('answer', models.CharField(blank=True, choices=[('', 'open'), ('SAME', 'same'), ('DIFFERENT', 'different'), ('UNCLEAR', 'unclear')], max_length=10)),
                ('at', models.DateTimeField(null=True)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('record_a', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='exchange.record')),
                ('record_b', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='exchange.record')),
                ('sample', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='pairs', to='quality.sample')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('sample', 'position'), name='pair_has_its_place'), models.CheckConstraint(condition=models.Q(models.Q(('answer', ''), ('at', None), ('by', None)), models.Q(models.Q(('answer', ''), _negated=True), ('at__isnull', False), ('by__isnull', False)), _connector='OR'), name='pair_answered_by_and_when')],
            },
        ),
        migrations.CreateModel(
            name='Scorecard',
            fields=[
                ('id', models.UUIDField(default=qianshou.common.identity.new_id, editable=False, primary_key=True, serialize=False)),
                ('area_code', qianshou.common.fields.AreaCodeField(db_collation='C', max_length=12)),
                ('at', models.DateTimeField()),
                ('deliveries', models.PositiveIntegerField(default=0)),
                ('figures', models.JSONField()),
                ('source', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='exchange.source')),
            ],
            options={
                'indexes': [models.Index(fields=['area_code', 'source', '-at'], name='scorecard_newest')],
            },
        ),
    ]
