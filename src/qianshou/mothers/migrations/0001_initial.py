
import django.db.models.deletion
import qianshou.common.fields
import qianshou.common.identity
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('exchange', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Mother',
            fields=[
                ('id', models.UUIDField(default=qianshou.common.identity.new_id, editable=False, primary_key=True, serialize=False)),
                ('area_code', qianshou.common.fields.AreaCodeField(db_collation='C', max_length=12)),
                ('name', models.CharField(max_length=80)),
                ('search_name', models.CharField(db_collation='C', max_length=80)),
                ('pinyin', models.CharField(db_collation='C', max_length=160)),
                ('initials', models.CharField(db_collation='C', max_length=40)),
                ('birth_on', models.DateField(null=True)),
                ('id_number', qianshou.common.fields.SealedField(blank=True, default=b'')),
                ('id_token', models.BinaryField(default=b'', max_length=16)),
                ('phone', qianshou.common.fields.SealedField(blank=True, default=b'')),
                ('phone_token', models.BinaryField(default=b'', max_length=16)),
                ('employer', models.CharField(blank=True, max_length=100)),
                ('ethnicity', models.CharField(blank=True, max_length=2)),
                ('education', models.CharField(blank=True, max_length=20)),
                ('categories', models.JSONField(default=list)),
                ('skills', models.JSONField(default=list)),
                ('languages', models.JSONField(default=list)),
                ('times', models.JSONField(default=list)),
                ('interests', models.JSONField(default=list)),
                ('wishes', models.JSONField(default=list)),
                ('travel_limit_m', models.PositiveIntegerField(default=5000)),
                ('capacity', models.PositiveSmallIntegerField(default=1)),
                ('state', models.CharField(choices=[('APPLIED', 'applied'), ('ACTIVE', 'active'), ('PAUSED', 'paused'), ('LEFT', 'left')], default='APPLIED', max_length=10)),
                ('screening', models.CharField(choices=[('CLEAR', 'clear'), ('HIT', 'on record'), ('PENDING', 'pending')], default='PENDING', max_length=8)),
                ('screened_on', models.DateField(null=True)),
                ('training_hours', models.FloatField(default=0)),
                ('trained_on', models.DateField(null=True)),
                ('committed_on', models.DateField(null=True)),
                ('reporting_signed', models.BooleanField(default=False)),
                ('applied_on', models.DateField(null=True)),
                ('created_at', models.DateTimeField()),
                ('updated_at', models.DateTimeField()),
                ('record', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='exchange.record')),
            ],
            options={
                'indexes': [models.Index(fields=['area_code', 'search_name'], name='mother_by_area'), models.Index(fields=['search_name'], name='mother_by_name'), models.Index(fields=['pinyin'], name='mother_by_pinyin'), models.Index(fields=['initials'], name='mother_by_initials')],
                'constraints': [models.CheckConstraint(condition=models.Q(('capacity__lte', 10)), name='mother_capacity_is_humane'), models.UniqueConstraint(condition=models.Q(('id_token', b''), _negated=True), fields=('id_token',), name='mother_once_per_id_number')],
            },
        ),
    ]
