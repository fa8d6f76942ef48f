"""Values that a person sets, facts that are held, and answers by more than one person."""

import django.db.models.deletion
import qianshou.common.fields
import qianshou.common.identity
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('exchange', '0006_push'),
        ('registry', '0010_live'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='linkmodel',
            name='base',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.linkmodel'),
        ),
        migrations.AddField(
            model_name='linkmodel',
            name='labels',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AlterField(
            model_name='childevent',
            name='kind',
            field=models.CharField(choices=[('CHANGED', 'changed'), ('MERGED', 'merged'), ('SPLIT', 'split'), ('CLOSED', 'closed'), ('REOPENED', 'reopened'), ('UNDONE', 'undone'), ('PINNED', 'set by a person'), ('RELEASED', 'left to the departments'), ('LIFTED', 'declared over')], max_length=10),
        ),
        migrations.CreateModel(
            name='Hold',
            fields=[
                ('id', models.UUIDField(default=qianshou.common.identity.new_id, editable=False, primary_key=True, serialize=False)),
                ('area_code', qianshou.common.fields.AreaCodeField(db_collation='C', max_length=12)),
                ('field', models.CharField(max_length=40)),
                ('value', models.JSONField()),
                ('since', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('child', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='holds', to='registry.child')),
                ('ended_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('record', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='exchange.record')),
                ('row', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='exchange.record')),
                ('run', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='exchange.importrun')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('ended_at', None)), fields=['child'], name='hold_standing_by_child')],
            },
        ),
        migrations.CreateModel(
            name='Pin',
            fields=[
                ('id', models.UUIDField(default=qianshou.common.identity.new_id, editable=False, primary_key=True, serialize=False)),
                ('area_code', qianshou.common.fields.AreaCodeField(db_collation='C', max_length=12)),
                ('field', models.CharField(max_length=40)),
                ('value', qianshou.common.fields.SealedField(blank=True, default=b'')),
                ('reason', models.CharField(max_length=200)),
                ('since', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('child', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='pins', to='registry.child')),
                ('ended_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('child', 'field'), name='pin_one_per_field'), models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('ended_by', None)), models.Q(('ended_at__isnull', False), ('ended_by__isnull', False)), _connector='OR'), name='pin_ended_by_and_when')],
            },
        ),
        migrations.CreateModel(
            name='ReviewRule',
            fields=[
                ('id', models.UUIDField(default=qianshou.common.identity.new_id, editable=False, primary_key=True, serialize=False)),
                ('area_code', qianshou.common.fields.AreaCodeField(db_collation='C', max_length=12, unique=True)),
                ('eyes', models.PositiveSmallIntegerField()),
                ('since', models.DateTimeField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('eyes__range', (1, 2))), name='review_by_one_or_two')],
            },
        ),
        migrations.CreateModel(
            name='Vote',
            fields=[
                ('id', models.UUIDField(default=qianshou.common.identity.new_id, editable=False, primary_key=True, serialize=False)),
                ('area_code', qianshou.common.fields.AreaCodeField(db_collation='C', max_length=12)),
                ('same', models.BooleanField()),
                ('at', models.DateTimeField()),
                ('taken_back_at', models.DateTimeField(null=True)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('doubt', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='votes', to='registry.doubt')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('taken_back_at', None)), fields=('doubt', 'by'), name='vote_once_each')],
            },
        ),
    ]
