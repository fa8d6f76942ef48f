"""Putting a version of the rulebook in force."""

from pathlib import Path
from typing import Final

from django.db import transaction
from django.utils import timezone

from qianshou.accounts import permissions as powers
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.audit import actions as audit
from qianshou.common.errors import Refused
from qianshou.recruitment.models import StoredRulebook
from qianshou.recruitment.rules import rulebook

SHIPPED: Final = Path(__file__).parents[1] / "data" / "rules-1.toml"


class NotARulebook(Refused):
    """The file is not a rulebook."""


class VersionTaken(Refused):
    """Such a version, or a later one, exists already. Give the change a higher version."""


@transaction.atomic
def adopt(text: str, *, by: User | None) -> StoredRulebook:
    """Put a new version in force; `by` is None only from the console."""
    if by is not None:
        powers.require(by, Power.EDIT_POLICY)
    try:
        read = rulebook.read(text)
    except rulebook.Malformed as problem:
        raise NotARulebook(str(problem)) from problem
    if read.version > rulebook.read(SHIPPED.read_text(encoding="utf-8")).version:
        # What held until now is on record too: who signed its texts is asked for the newer ones.
        in_force()
    known = StoredRulebook.objects.select_for_update()
    if any(each.version >= read.version for each in known):
        raise VersionTaken
    known.filter(is_current=True).update(is_current=False)
    stored = StoredRulebook.objects.create(
        version=read.version, text=text, is_current=True, adopted_by=by, adopted_at=timezone.now()
    )
    audit.record(
        "recruitment.rulebook.adopted", by=by, subject_kind="rulebook", subject_id=stored.pk,
        version=read.version,
    )  # fmt: skip
    return stored


def in_force() -> StoredRulebook:
    """Return the version in force; the shipped one is put in force where there is none."""
    found = StoredRulebook.objects.filter(is_current=True).first()
    if found is None:
        text = SHIPPED.read_text(encoding="utf-8")
        found, _made = StoredRulebook.objects.get_or_create(
            version=rulebook.read(text).version,
            defaults={"text": text, "is_current": True, "adopted_at": timezone.now()},
        )
    return found
