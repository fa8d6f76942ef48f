import django.db.models.deletion
import qianshou.common.fields
import qianshou.common.identity
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Source',
            fields=[
                ('id', models.UUIDField(default=qianshou.common.identity.new_id, editable=False, primary_key=True, serialize=False)),
                ('code', models.SlugField(max_length=60, unique=True)),
                ('name', models.CharField(max_length=80)),
                ('department', models.CharField(max_length=40)),
                ('target', models.CharField(choices=[('CHILD', 'children'), ('MOTHER', 'loving mothers')], max_length=10)),
                ('area_code', qianshou.common.fields.AreaCodeField(db_collation='C', max_length=12)),
                ('profile', models.JSONField()),
                ('version', models.PositiveIntegerField(default=1)),
                ('schedule', models.CharField(blank=True, max_length=40)),
                ('is_active', models.BooleanField(default=True)),
                ('max_changed_share', models.FloatField(default=0.3)),
                ('max_removed_share', models.FloatField(default=0.05)),
                ('updated_at', models.DateTimeField(auto_now=True)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('max_changed_share__range', (0, 1)), ('max_removed_share__range', (0, 1))), name='source_shares_are_shares')],
            },
        ),
        migrations.CreateModel(
            name='ImportRun',
            fields=[
                ('id', models.UUIDField(default=qianshou.common.identity.new_id, editable=False, primary_key=True, serialize=False)),
                ('source_version', models.PositiveIntegerField(default=1)),
                ('area_code', qianshou.common.fields.AreaCodeField(db_collation='C', max_length=12)),
                ('file_name', models.CharField(max_length=200)),
                ('file_path', models.CharField(blank=True, max_length=300)),
                ('sha256', models.CharField(max_length=64)),
                ('size', models.BigIntegerField()),
                ('state', models.CharField(choices=[('RECEIVED', 'received'), ('READING', 'reading'), ('CHECKING', 'checking'), ('WAITING', 'waiting for a person'), ('LINKING', 'linking'), ('APPLYING', 'applying'), ('DONE', 'done'), ('REFUSED', 'refused'), ('FAILED', 'failed'), ('ROLLED_BACK', 'rolled back')], default='RECEIVED', max_length=12)),
                ('progress', models.PositiveSmallIntegerField(default=0)),
                ('message', models.TextField(blank=True)),
                ('counts', models.JSONField(default=dict)),
                ('timings', models.JSONField(default=dict)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('approved_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('mends', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='mended_by', to='exchange.importrun')),
                ('source', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='runs', to='exchange.source')),
            ],
            options={
                'indexes': [models.Index(fields=['area_code', '-created_at'], name='import_run_by_area')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'DONE')), fields=('source', 'sha256'), name='import_run_applies_a_file_once')],
            },
        ),
        migrations.CreateModel(
            name='QuarantinedRow',
            fields=[
                ('id', models.UUIDField(default=qianshou.common.identity.new_id, editable=False, primary_key=True, serialize=False)),
                ('area_code', qianshou.common.fields.AreaCodeField(db_collation='C', max_length=12)),
                ('sheet', models.CharField(blank=True, max_length=60)),
                ('row_no', models.PositiveIntegerField()),
                ('key_token', models.BinaryField(default=b'', max_length=16)),
                ('content', qianshou.common.fields.SealedField(blank=True, default=b'')),
                ('rules', models.JSONField(default=list)),
                ('state', models.CharField(choices=[('OPEN', 'open'), ('MENDED', 'mended'), ('DISMISSED', 'dismissed')], default='OPEN', max_length=10)),
                ('closed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('closed_by_run', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='mended_rows', to='exchange.importrun')),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='bad_rows', to='exchange.importrun')),
            ],
            options={
                'indexes': [models.Index(fields=['run', 'row_no'], name='quarantined_by_run')],
            },
        ),
        migrations.CreateModel(
            name='Record',
            fields=[
                ('id', models.UUIDField(default=qianshou.common.identity.new_id, editable=False, primary_key=True, serialize=False)),
                ('key_token', models.BinaryField(max_length=16)),
                ('area_code', qianshou.common.fields.AreaCodeField(db_collation='C', max_length=12)),
                ('version', models.PositiveIntegerField(default=1)),
                ('state', models.CharField(choices=[('CURRENT', 'current'), ('SUPERSEDED', 'superseded'), ('WITHDRAWN', 'withdrawn')], default='CURRENT', max_length=12)),
                ('sheet', models.CharField(blank=True, max_length=60)),
                ('row_no', models.PositiveIntegerField()),
                ('as_of', models.DateField()),
                ('payload', qianshou.common.fields.SealedField(blank=True, default=b'')),
                ('payload_hash', models.BinaryField(max_length=32)),
                ('remarks', models.JSONField(default=list)),
                ('received_at', models.DateTimeField()),
                ('ended_run', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='ended_records', to='exchange.importrun')),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='records', to='exchange.importrun')),
                ('source', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='records', to='exchange.source')),
            ],
            options={
                'indexes': [models.Index(fields=['area_code'], name='record_by_area')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'CURRENT')), fields=('source', 'key_token'), name='record_one_current_version_per_key')],
            },
        ),
    ]
