
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('pairing', '0003_capacity'),
        ('registry', '0003_lean_block_keys'),
    ]

    operations = [
        migrations.AddField(
            model_name='pairing',
            name='came_by',
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name='pairing',
            name='came_from',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.child'),
        ),
    ]
