"""Half-filled contacts of a page: kept on the server, sealed, until they are logged or dropped.

A browser is not asked to keep them: whoever takes the phone would read them there.
"""

import json
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction

from qianshou.accounts.models import User
from qianshou.care.models import Draft
from qianshou.common.identity import new_id
from qianshou.pairing.models import Pairing

KEPT_FOR: Final = timedelta(days=30)


@transaction.atomic
def keep(pairing: Pairing, values: dict[str, Any], *, by: User, now: datetime) -> None:
    """Keep what is half typed, in place of what was kept before."""
    drop(pairing, by=by)
    made = Draft(id=new_id(), user=by, pairing=pairing, area_code=pairing.area_code, saved_at=now)
    made.body = json.dumps(values)
    made.save(force_insert=True)


def kept(pairing: Pairing, *, by: User) -> dict[str, Any]:
    """Return what the person has half typed about this pairing, if anything."""
    found = Draft.objects.filter(pairing=pairing, user=by).first()
    values: dict[str, Any] = json.loads(found.body.open()) if found else {}
    return values


def drop(pairing: Pairing, *, by: User) -> None:
    """Drop it: the contact is logged."""
    Draft.objects.filter(pairing=pairing, user=by).delete()


def drop_old(*, now: datetime) -> int:
    """Drop what nobody came back to."""
    return Draft.objects.filter(saved_at__lt=now - KEPT_FOR).delete()[0]
