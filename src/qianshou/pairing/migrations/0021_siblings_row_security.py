"""What people decided for a family is seen and written in its area."""

from django.db import migrations

from qianshou.common import rowsecurity


class Migration(migrations.Migration):
    dependencies = [("pairing", "0020_siblings")]
    operations = [rowsecurity.secure("pairing_siblingrule")]
