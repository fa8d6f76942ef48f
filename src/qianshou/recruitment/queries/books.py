"""The rulebook as it reads: in force now, or the version under which somebody applied."""

from functools import lru_cache
from uuid import UUID

from qianshou.common.errors import NotFound
from qianshou.recruitment.models import MotherApplication, StoredRulebook
from qianshou.recruitment.rules import life, rulebook
from qianshou.recruitment.rules.rulebook import Rulebook


def book_of(stored: StoredRulebook) -> Rulebook:
    """Return a stored version as it reads; a version never changes."""
    return _read(stored.pk, stored.text)


def signing_book(application: MotherApplication) -> Rulebook:
    """Return the book whose texts are to be signed: in service it is always the one in force."""
    if application.state in life.SERVING:
        return book_of(version_of(None))
    return book_of(application.rulebook)


@lru_cache(maxsize=16)
def _read(_stored_id: UUID, text: str) -> Rulebook:
    return rulebook.read(text)


def versions() -> list[StoredRulebook]:
    """Return every version, the newest first."""
    return list(StoredRulebook.objects.select_related("adopted_by").order_by("-version"))


def version_of(number: int | None) -> StoredRulebook:
    """Return one version, or the one in force; raises `NotFound`."""
    rows = StoredRulebook.objects.select_related("adopted_by")
    wanted = rows.filter(is_current=True) if number is None else rows.filter(version=number)
    found = wanted.first()
    if found is None:
        raise NotFound
    return found
