"""Who the database believes is asking."""

import pytest
from django.db import connection

from qianshou.accounts import permissions
from qianshou.audit import actions
from qianshou.audit import queries as audit
from qianshou.common import rowsecurity
from tests import make

pytestmark = pytest.mark.django_db


def entries_seen() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit_entry")
        return int(cursor.fetchone()[0])


def test_scope_of_a_county_worker_opens_only_the_county():
    worker = make.a_worker()

    scope = permissions.scope_of(worker)

    assert scope.ranges == (("500236000000", "500236999999"),)


def test_acting_shows_own_county_and_hides_the_other():
    actions.record("test.here", by=None, area_code=make.COUNTY)
    actions.record("test.there", by=None, area_code=make.OTHER_COUNTY)

    with rowsecurity.acting(permissions.scope_of(make.a_worker())):
        seen = entries_seen()

    assert seen == 1


def test_trail_proves_itself_and_shows_a_change():
    for number in range(3):
        actions.record("test.act", by=None, area_code=make.COUNTY, number=number)

    assert audit.flaws() == []
