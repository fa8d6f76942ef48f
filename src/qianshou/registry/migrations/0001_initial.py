import django.db.models.deletion
import qianshou.common.fields
import qianshou.common.identity
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('exchange', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='LinkModel',
            fields=[
                ('version', models.BigAutoField(primary_key=True, serialize=False)),
                ('body', models.JSONField()),
                ('rows', models.PositiveIntegerField()),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
        ),
        migrations.CreateModel(
            name='Child',
            fields=[
                ('id', models.UUIDField(default=qianshou.common.identity.new_id, editable=False, primary_key=True, serialize=False)),
                ('area_code', qianshou.common.fields.AreaCodeField(db_collation='C', max_length=12)),
                ('name', models.CharField(blank=True, max_length=80)),
                ('given_name', models.CharField(blank=True, db_collation='C', max_length=60)),
                ('search_name', models.CharField(blank=True, db_collation='C', max_length=80)),
                ('pinyin', models.CharField(blank=True, db_collation='C', max_length=160)),
                ('initials', models.CharField(blank=True, db_collation='C', max_length=40)),
                ('sex', models.CharField(blank=True, choices=[('M', 'boy'), ('F', 'girl'), ('', 'not known')], max_length=1)),
                ('birth_on', models.DateField(blank=True, null=True)),
                ('ethnicity', models.CharField(blank=True, max_length=2)),
                ('id_number', qianshou.common.fields.SealedField(blank=True, default=b'')),
                ('id_token', models.BinaryField(default=b'', max_length=16)),
                ('phone', qianshou.common.fields.SealedField(blank=True, default=b'')),
                ('address', qianshou.common.fields.SealedField(blank=True, default=b'')),
                ('hukou_code', qianshou.common.fields.AreaCodeField(blank=True, db_collation='C', max_length=12)),
                ('school', models.CharField(blank=True, max_length=100)),
                ('stage', models.CharField(blank=True, max_length=20)),
                ('class_name', models.CharField(blank=True, max_length=40)),
                ('boarding', models.BooleanField(null=True)),
                ('state', models.CharField(choices=[('VERIFIED', 'verified'), ('CLOSED', 'closed')], default='VERIFIED', max_length=10)),
                ('household_id', models.UUIDField(blank=True, null=True)),
                ('hidden_location', models.BooleanField(default=False)),
                ('facts', models.JSONField(default=dict)),
                ('provenance', models.JSONField(default=dict)),
                ('departments', models.JSONField(default=list)),
                ('created_at', models.DateTimeField()),
                ('updated_at', models.DateTimeField()),
                ('merged_into', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='absorbed', to='registry.child')),
            ],
            options={
                'indexes': [models.Index(fields=['area_code', '-updated_at'], name='child_by_area'), models.Index(fields=['search_name'], name='child_by_name'), models.Index(fields=['given_name'], name='child_by_given_name'), models.Index(fields=['pinyin'], name='child_by_pinyin'), models.Index(fields=['initials'], name='child_by_initials'), models.Index(fields=['id_token'], name='child_by_id_token'), models.Index(fields=['household_id'], name='child_by_household')],
                'constraints': [models.CheckConstraint(condition=models.Q(('merged_into', models.F('id')), _negated=True), name='child_is_not_merged_into_itself')],
            },
        ),
        migrations.CreateModel(
            name='ChildEvent',
            fields=[
                ('id', models.UUIDField(default=qianshou.common.identity.new_id, editable=False, primary_key=True, serialize=False)),
                ('area_code', qianshou.common.fields.AreaCodeField(db_collation='C', max_length=12)),
                ('kind', models.CharField(choices=[('CHANGED', 'changed'), ('MERGED', 'merged'), ('SPLIT', 'split'), ('CLOSED', 'closed'), ('REOPENED', 'reopened'), ('UNDONE', 'undone')], max_length=10)),
                ('at', models.DateTimeField()),
                ('fields', models.JSONField(default=list)),
                ('before_after', qianshou.common.fields.SealedField(blank=True, default=b'')),
                ('moves', models.JSONField(default=dict)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('child', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='registry.child')),
                ('run', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='exchange.importrun')),
                ('undoes', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='undone_by', to='registry.childevent')),
            ],
            options={
                'indexes': [models.Index(fields=['child', '-at'], name='child_event_by_child')],
            },
        ),
        migrations.CreateModel(
            name='Consent',
            fields=[
                ('id', models.UUIDField(default=qianshou.common.identity.new_id, editable=False, primary_key=True, serialize=False)),
                ('area_code', qianshou.common.fields.AreaCodeField(db_collation='C', max_length=12)),
                ('purpose', models.CharField(choices=[('MATCHING', 'pairing with a loving mother')], max_length=20)),
                ('given', models.BooleanField()),
                ('given_on', models.DateField()),
                ('channel', models.CharField(choices=[('DEPARTMENT_LIST', 'signed on paper, listed by civil affairs')], max_length=20)),
                ('noted_at', models.DateTimeField()),
                ('child', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='consents', to='registry.child')),
                ('record', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='exchange.record')),
            ],
            options={
                'indexes': [models.Index(fields=['child', 'purpose', '-given_on'], name='consent_newest')],
            },
        ),
        migrations.CreateModel(
            name='Doubt',
            fields=[
                ('id', models.UUIDField(default=qianshou.common.identity.new_id, editable=False, primary_key=True, serialize=False)),
                ('area_code', qianshou.common.fields.AreaCodeField(db_collation='C', max_length=12)),
                ('reason', models.CharField(choices=[('BAND', 'similar, but not surely the same'), ('MARGIN', 'two files fit almost equally well'), ('ID_CONFLICT', 'two valid ID numbers differ'), ('TWIN', 'same birthday and household, other name'), ('PLACEHOLDER', 'a row without a real name'), ('APART', 'kept apart by an earlier decision')], max_length=12)),
                ('weight_bits', models.FloatField()),
                ('probability', models.FloatField()),
                ('levels', models.TextField()),
                ('value', models.FloatField(default=0)),
                ('postponed', models.PositiveSmallIntegerField(default=0)),
                ('state', models.CharField(choices=[('OPEN', 'open'), ('SAME', 'the same child'), ('DIFFERENT', 'different children'), ('GONE', 'no longer a question')], default='OPEN', max_length=10)),
                ('decided_at', models.DateTimeField(null=True)),
                ('raised_at', models.DateTimeField()),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('record_a', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='exchange.record')),
                ('record_b', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='exchange.record')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state', 'OPEN')), fields=['area_code', '-value'], name='doubt_open_by_value')],
                'constraints': [models.UniqueConstraint(fields=('record_a', 'record_b'), name='doubt_once_per_pair')],
            },
        ),
        migrations.CreateModel(
            name='Guardian',
            fields=[
                ('id', models.UUIDField(default=qianshou.common.identity.new_id, editable=False, primary_key=True, serialize=False)),
                ('area_code', qianshou.common.fields.AreaCodeField(db_collation='C', max_length=12)),
                ('name', models.CharField(blank=True, max_length=80)),
                ('id_number', qianshou.common.fields.SealedField(blank=True, default=b'')),
                ('id_token', models.BinaryField(default=b'', max_length=16)),
                ('phone', qianshou.common.fields.SealedField(blank=True, default=b'')),
                ('phone_token', models.BinaryField(default=b'', max_length=16)),
            ],
            options={
                'indexes': [models.Index(fields=['id_token'], name='guardian_by_id_token'), models.Index(fields=['phone_token'], name='guardian_by_phone_token')],
            },
        ),
        migrations.CreateModel(
            name='Guardianship',
            fields=[
                ('id', models.UUIDField(default=qianshou.common.identity.new_id, editable=False, primary_key=True, serialize=False)),
                ('area_code', qianshou.common.fields.AreaCodeField(db_collation='C', max_length=12)),
                ('kinship', models.CharField(choices=[('FATHER', 'father'), ('MOTHER', 'mother'), ('GRANDPARENT', 'grandparent'), ('RELATIVE', 'relative'), ('OTHER', 'other')], max_length=12)),
                ('is_guardian', models.BooleanField()),
                ('is_carer', models.BooleanField(default=False)),
                ('status', models.CharField(blank=True, max_length=20)),
                ('child', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='guardianships', to='registry.child')),
                ('guardian', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='guardianships', to='registry.guardian')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('child', 'guardian'), name='guardianship_once_per_child_and_adult')],
            },
        ),
        migrations.CreateModel(
            name='Link',
            fields=[
                ('id', models.UUIDField(default=qianshou.common.identity.new_id, editable=False, primary_key=True, serialize=False)),
                ('area_code', qianshou.common.fields.AreaCodeField(db_collation='C', max_length=12)),
                ('state', models.CharField(choices=[('AUTO', 'linked by rule'), ('MANUAL', 'linked by a person'), ('ENDED', 'ended')], max_length=8)),
                ('weight_bits', models.FloatField(null=True)),
                ('since', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('child', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='links', to='registry.child')),
                ('record', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='links', to='exchange.record')),
                ('model', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.linkmodel')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'ENDED'), _negated=True), fields=('record',), name='link_one_child_per_record'), models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', False), ('state', 'ENDED')), models.Q(models.Q(('state', 'ENDED'), _negated=True), ('ended_at', None)), _connector='OR'), name='link_end_has_its_time')],
            },
        ),
        migrations.CreateModel(
            name='Apart',
            fields=[
                ('id', models.UUIDField(default=qianshou.common.identity.new_id, editable=False, primary_key=True, serialize=False)),
                ('area_code', qianshou.common.fields.AreaCodeField(db_collation='C', max_length=12)),
                ('since', models.DateTimeField()),
                ('lifted_at', models.DateTimeField(null=True)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('record_a', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='exchange.record')),
                ('record_b', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='exchange.record')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('lifted_at', None)), fields=('record_a', 'record_b'), name='apart_once_per_pair')],
            },
        ),
        migrations.CreateModel(
            name='BlockKey',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('token', models.BigIntegerField()),
                ('area_code', qianshou.common.fields.AreaCodeField(db_collation='C', max_length=12)),
                ('record', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='exchange.record')),
            ],
            options={
                'indexes': [models.Index(fields=['token'], name='block_key_by_token')],
            },
        ),
    ]
