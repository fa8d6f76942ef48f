
import qianshou.common.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Entry',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('chain', models.CharField(db_collation='C', max_length=6)),
                ('seq', models.BigIntegerField()),
                ('at', models.DateTimeField()),
                ('actor_id', models.UUIDField(null=True)),
                ('actor_name', models.CharField(blank=True, max_length=60)),
                ('act', models.CharField(max_length=60)),
                ('subject_kind', models.CharField(blank=True, max_length=30)),
                ('subject_id', models.CharField(blank=True, max_length=40)),
                ('area_code', qianshou.common.fields.AreaCodeField(blank=True, db_collation='C', max_length=12)),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('details', models.TextField(default='{}')),
                ('request_id', models.CharField(blank=True, max_length=32)),
                ('result', models.CharField(choices=[('DONE', 'done'), ('REFUSED', 'refused')], default='DONE', max_length=10)),
                ('prev_hash', models.BinaryField(max_length=32)),
                ('hash', models.BinaryField(max_length=32)),
            ],
            options={
                'indexes': [models.Index(fields=['subject_id', '-id'], name='entry_by_subject'), models.Index(fields=['area_code', '-id'], name='entry_by_area')],
                'constraints': [models.UniqueConstraint(fields=('chain', 'seq'), name='entry_once_per_place_in_chain')],
            },
        ),
    ]
