"""News about children, the pulse of open pages, and what the nightly check found."""

import django.db.models.deletion
import qianshou.common.fields
import qianshou.common.identity
from django.conf import settings
from django.db import migrations, models

from qianshou.common import rowsecurity


class Migration(migrations.Migration):

    dependencies = [
        ('exchange', '0006_push'),
        ('registry', '0004_consent_on_paper'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='LinkCheck',
            fields=[
                ('id', models.UUIDField(default=qianshou.common.identity.new_id, editable=False, primary_key=True, serialize=False)),
                ('area_code', qianshou.common.fields.AreaCodeField(db_collation='C', max_length=12)),
                ('at', models.DateTimeField()),
                ('rows', models.PositiveIntegerField()),
                ('files', models.PositiveIntegerField()),
                ('joins', models.PositiveIntegerField()),
                ('parts', models.PositiveIntegerField()),
                ('seconds', models.FloatField()),
            ],
        ),
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.UUIDField(default=qianshou.common.identity.new_id, editable=False, primary_key=True, serialize=False)),
                ('area_code', qianshou.common.fields.AreaCodeField(db_collation='C', max_length=12)),
                ('kind', models.CharField(choices=[('NEW_CHILD', 'new child on file'), ('PARENT_GONE', 'a parent is gone'), ('DROPPED_OUT', 'dropped out of school'), ('DISABILITY', 'new disability'), ('ILLNESS', 'seriously ill'), ('WARNING', 'new warning sign'), ('MOVED', 'moved'), ('UNLISTED', 'on no list any more'), ('JOINED', 'two files became one'), ('CLOSED', 'file closed'), ('REOPENED', 'file reopened')], max_length=12)),
                ('fields', models.JSONField(default=list)),
                ('at', models.DateTimeField()),
                ('visit', models.CharField(blank=True, choices=[('', 'no visit needed'), ('DUE', 'visit due'), ('DONE', 'looked in on')], default='', max_length=4)),
                ('done_at', models.DateTimeField(null=True)),
                ('said', qianshou.common.fields.SealedField(blank=True, default=b'')),
            ],
        ),
        migrations.CreateModel(
            name='Pulse',
            fields=[
                ('area_code', qianshou.common.fields.AreaCodeField(db_collation='C', max_length=12, primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.AlterField(
            model_name='doubt',
            name='reason',
            field=models.CharField(choices=[('BAND', 'similar, but not surely the same'), ('MARGIN', 'two files fit almost equally well'), ('ID_CONFLICT', 'two valid ID numbers differ'), ('TWIN', 'same birthday and household, other name'), ('PLACEHOLDER', 'a row without a real name'), ('APART', 'kept apart by an earlier decision'), ('NIGHT', 'the nightly check over all rows would decide otherwise')], max_length=12),
        ),
        migrations.AddIndex(
            model_name='child',
            index=models.Index(condition=models.Q(('state', 'CLOSED')), fields=['id'], name='child_closed'),
        ),
        migrations.AddIndex(
            model_name='linkcheck',
            index=models.Index(fields=['area_code', '-at'], name='link_check_newest'),
        ),
        migrations.AddField(
            model_name='notice',
            name='child',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='notices', to='registry.child'),
        ),
        migrations.AddField(
            model_name='notice',
            name='done_by',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='notice',
            name='run',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='exchange.importrun'),
        ),
        migrations.AddIndex(
            model_name='notice',
            index=models.Index(fields=['at'], name='notice_by_time'),
        ),
        migrations.AddIndex(
            model_name='notice',
            index=models.Index(condition=models.Q(('visit', 'DUE')), fields=['area_code'], name='notice_visits_due'),
        ),
        migrations.AddConstraint(
            model_name='notice',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('done_at__isnull', False), ('done_by__isnull', False), ('visit', 'DONE')), models.Q(models.Q(('visit', 'DONE'), _negated=True), ('done_at', None), ('done_by', None)), _connector='OR'), name='notice_done_by_and_when'),
        ),
        migrations.AddConstraint(
            model_name='notice',
            constraint=models.UniqueConstraint(condition=models.Q(('visit', 'DUE')), fields=('child', 'kind'), name='notice_one_visit_due'),
        ),
        rowsecurity.secure("registry_notice"),
        rowsecurity.secure("registry_pulse"),
        rowsecurity.secure("registry_linkcheck"),
    ]
