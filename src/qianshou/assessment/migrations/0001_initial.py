
import django.db.models.deletion
import qianshou.common.fields
import qianshou.common.identity
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('registry', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Instrument',
            fields=[
                ('id', models.UUIDField(default=qianshou.common.identity.new_id, editable=False, primary_key=True, serialize=False)),
                ('code', models.SlugField(max_length=40)),
                ('version', models.PositiveIntegerField()),
                ('name', models.CharField(max_length=80)),
                ('body', models.JSONField()),
                ('is_current', models.BooleanField(default=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('code', 'version'), name='instrument_version_once'), models.UniqueConstraint(condition=models.Q(('is_current', True)), fields=('code',), name='instrument_one_current')],
            },
        ),
        migrations.CreateModel(
            name='Assessment',
            fields=[
                ('id', models.UUIDField(default=qianshou.common.identity.new_id, editable=False, primary_key=True, serialize=False)),
                ('area_code', qianshou.common.fields.AreaCodeField(db_collation='C', max_length=12)),
                ('score', models.PositiveSmallIntegerField()),
                ('computed_grade', models.CharField(choices=[('RED', 'red'), ('ORANGE', 'orange'), ('YELLOW', 'yellow'), ('GREEN', 'green')], max_length=6)),
                ('grade', models.CharField(choices=[('RED', 'red'), ('ORANGE', 'orange'), ('YELLOW', 'yellow'), ('GREEN', 'green')], max_length=6)),
                ('tier', models.PositiveSmallIntegerField()),
                ('needs', models.JSONField(default=list)),
                ('evidence', models.JSONField(default=list)),
                ('triggers', models.JSONField(default=list)),
                ('is_current', models.BooleanField(default=True)),
                ('computed_at', models.DateTimeField()),
                ('confirmed_at', models.DateTimeField(null=True)),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('child', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='assessments', to='registry.child')),
                ('confirmed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('instrument', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='assessment.instrument')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('is_current', True)), fields=['area_code', 'tier'], name='assessment_current_by_area')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('is_current', True)), fields=('child',), name='assessment_one_current'), models.CheckConstraint(condition=models.Q(models.Q(('confirmed_at', None), ('confirmed_by', None)), models.Q(('confirmed_at__isnull', False), ('confirmed_by__isnull', False)), _connector='OR'), name='assessment_confirmed_by_and_when')],
            },
        ),
    ]
