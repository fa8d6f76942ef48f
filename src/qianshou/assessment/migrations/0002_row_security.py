"""Assessments are seen only in their area."""

from django.db import migrations

from qianshou.common import rowsecurity


class Migration(migrations.Migration):
    dependencies = [('assessment', '0001_initial'), ('areas', '0002_scope_functions')]
    operations = [
        rowsecurity.secure("assessment_assessment"),
    ]
