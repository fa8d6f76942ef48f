"""The outbox, its way to the receivers and the register of exports are seen in their area."""

from django.db import migrations

from qianshou.common import rowsecurity


class Migration(migrations.Migration):
    dependencies = [("outbound", "0001_initial"), ("areas", "0002_scope_functions")]
    operations = [
        # Not the table's greatest number plus one: messages are deleted, numbers never return.
        migrations.RunSQL("CREATE SEQUENCE outbound_number", "DROP SEQUENCE outbound_number"),
        rowsecurity.secure("outbound_line"),
        rowsecurity.secure("outbound_message"),
        rowsecurity.secure("outbound_delivery"),
        rowsecurity.secure("outbound_export"),
    ]
