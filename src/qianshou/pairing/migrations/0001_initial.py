import django.db.models.deletion
import qianshou.common.fields
import qianshou.common.identity
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('mothers', '0001_initial'),
        ('registry', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Policy',
            fields=[
                ('id', models.UUIDField(default=qianshou.common.identity.new_id, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=80)),
                ('version', models.PositiveIntegerField()),
                ('area_code', qianshou.common.fields.AreaCodeField(db_collation='C', max_length=12)),
                ('body', models.JSONField()),
                ('sha256', models.CharField(max_length=64)),
                ('is_current', models.BooleanField(default=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('area_code', 'version'), name='policy_version_once'), models.UniqueConstraint(condition=models.Q(('is_current', True)), fields=('area_code',), name='policy_one_current')],
            },
        ),
        migrations.CreateModel(
            name='MatchRun',
            fields=[
                ('id', models.UUIDField(default=qianshou.common.identity.new_id, editable=False, primary_key=True, serialize=False)),
                ('area_code', qianshou.common.fields.AreaCodeField(db_collation='C', max_length=12)),
                ('state', models.CharField(choices=[('WAITING', 'waiting'), ('RUNNING', 'running'), ('DONE', 'done'), ('FAILED', 'failed'), ('CANCELLED', 'cancelled')], default='WAITING', max_length=10)),
                ('step', models.CharField(blank=True, max_length=60)),
                ('progress', models.PositiveSmallIntegerField(default=0)),
                ('message', models.TextField(blank=True)),
                ('figures', models.JSONField(default=dict)),
                ('timings', models.JSONField(default=dict)),
                ('input_hash', models.CharField(blank=True, max_length=64)),
                ('folder', models.CharField(blank=True, max_length=200)),
                ('verified', models.BooleanField(null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('policy', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='runs', to='pairing.policy')),
            ],
            options={
                'indexes': [models.Index(fields=['area_code', '-created_at'], name='match_run_by_area')],
            },
        ),
        migrations.CreateModel(
            name='Proposal',
            fields=[
                ('id', models.UUIDField(default=qianshou.common.identity.new_id, editable=False, primary_key=True, serialize=False)),
                ('area_code', qianshou.common.fields.AreaCodeField(db_collation='C', max_length=12)),
                ('tier', models.PositiveSmallIntegerField()),
                ('grade', models.CharField(choices=[('RED', 'red'), ('ORANGE', 'orange'), ('YELLOW', 'yellow'), ('GREEN', 'green')], max_length=6)),
                ('score', models.PositiveIntegerField()),
                ('distance_m', models.PositiveIntegerField(null=True)),
                ('parts', models.JSONField(default=list)),
                ('margin', models.PositiveIntegerField(null=True)),
                ('attention', models.JSONField(default=list)),
                ('state', models.CharField(choices=[('OPEN', 'to be decided'), ('APPROVED', 'approved'), ('REFUSED', 'refused'), ('LAPSED', 'lapsed')], default='OPEN', max_length=10)),
                ('decided_at', models.DateTimeField(null=True)),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('child', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='proposals', to='registry.child')),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('mother', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='proposals', to='mothers.mother')),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='proposals', to='pairing.matchrun')),
                ('runner_up', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='mothers.mother')),
            ],
            options={
                'indexes': [models.Index(fields=['run', 'state', 'tier'], name='proposal_by_run'), models.Index(fields=['area_code', 'state'], name='proposal_by_area')],
                'constraints': [models.UniqueConstraint(fields=('run', 'child'), name='proposal_once_per_child_and_run'), models.CheckConstraint(condition=models.Q(('state__in', ['OPEN', 'LAPSED']), models.Q(('decided_at__isnull', False), ('decided_by__isnull', False)), _connector='OR'), name='proposal_decided_by_and_when')],
            },
        ),
        migrations.CreateModel(
            name='Pairing',
            fields=[
                ('id', models.UUIDField(default=qianshou.common.identity.new_id, editable=False, primary_key=True, serialize=False)),
                ('area_code', qianshou.common.fields.AreaCodeField(db_collation='C', max_length=12)),
                ('started_on', models.DateField()),
                ('ended_on', models.DateField(blank=True, null=True)),
                ('end_reason', models.CharField(blank=True, max_length=200)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('child', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='pairings', to='registry.child')),
                ('mother', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='pairings', to='mothers.mother')),
                ('proposal', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='pairing', to='pairing.proposal')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('ended_on', None)), fields=['mother'], name='pairing_open_by_mother'), models.Index(fields=['area_code'], name='pairing_by_area')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_on', None)), fields=('child',), name='pairing_one_open_per_child'), models.CheckConstraint(condition=models.Q(('ended_on', None), ('ended_on__gte', models.F('started_on')), _connector='OR'), name='pairing_ends_after_it_starts')],
            },
        ),
        migrations.CreateModel(
            name='LeftOver',
            fields=[
                ('id', models.UUIDField(default=qianshou.common.identity.new_id, editable=False, primary_key=True, serialize=False)),
                ('area_code', qianshou.common.fields.AreaCodeField(db_collation='C', max_length=12)),
                ('tier', models.PositiveSmallIntegerField()),
                ('grade', models.CharField(choices=[('RED', 'red'), ('ORANGE', 'orange'), ('YELLOW', 'yellow'), ('GREEN', 'green')], max_length=6)),
                ('reason', models.CharField(max_length=20)),
                ('details', models.JSONField(default=dict)),
                ('child', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.child')),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='left_over', to='pairing.matchrun')),
            ],
            options={
                'indexes': [models.Index(fields=['run', 'reason', 'tier'], name='left_over_by_run')],
                'constraints': [models.UniqueConstraint(fields=('run', 'child'), name='left_over_once_per_run')],
            },
        ),
    ]
