"""Stating what may stand in one field of a source, and going back to what was said before.

Each change is a new version of the source; deliveries keep the version they were read with.
"""

from typing import Any

from django.db import transaction

from qianshou.accounts import permissions as powers
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.common.errors import NotFound, Refused
from qianshou.exchange.actions import sources
from qianshou.exchange.models import Source, SourceVersion
from qianshou.exchange.rules import catalogue, stating


class ChangedMeanwhile(Refused):
    """Somebody has changed this source since the page was opened; look at it again."""


class NotStated(Refused):
    """Something in the form is wrong; nothing was changed."""


def profile_with(source: Source, field: str, stated: stating.Stated) -> dict[str, Any]:
    """Return a source's profile with what the form says about one field."""
    columns = source.profile["columns"]
    known = catalogue.FIELDS[source.target][field]
    entry = stating.entry_of(columns[field], stated, known)
    return {**source.profile, "columns": {**columns, field: entry}}


@transaction.atomic
def state(source: Source, field: str, stated: stating.Stated, *, by: User, version: int) -> Source:
    """Set what may stand in one field, as seen at a version; a new version of the source."""
    powers.require(by, Power.EDIT_SOURCES, source.area_code)
    source = _current(source, version)
    if field not in source.profile.get("columns", {}):
        raise NotFound
    if stating.flaws_of(stated, catalogue.FIELDS[source.target][field]):
        raise NotStated
    data = profile_with(source, field, stated)
    return sources.save_source(data, by=by, area_code=source.area_code)


@transaction.atomic
def adopt(source: Source, number: int, *, by: User, version: int) -> Source:
    """Let a former version hold again, as a new one.

    How rows arrive stays as it is: a destination is approved for itself and does not come back.
    """
    powers.require(by, Power.EDIT_SOURCES, source.area_code)
    source = _current(source, version)
    former = SourceVersion.objects.filter(source=source, version=number).first()
    if former is None:
        raise NotFound
    data = {name: said for name, said in former.profile.items() if name != "fetch"}
    if "fetch" in source.profile:
        data["fetch"] = source.profile["fetch"]
    return sources.save_source(data, by=by, area_code=source.area_code)


def _current(source: Source, version: int) -> Source:
    found = Source.objects.select_for_update().get(pk=source.pk)
    if found.version != version:
        raise ChangedMeanwhile
    return found
