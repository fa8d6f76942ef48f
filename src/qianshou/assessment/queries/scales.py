"""Versions of the instrument in plain words, and what one of them would change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from qianshou.accounts.models import User
from qianshou.assessment import permissions
from qianshou.assessment.models import Grade, Instrument
from qianshou.assessment.queries import grades
from qianshou.assessment.rules import grading
from qianshou.assessment.rules.instrument import AGAIN
from qianshou.common.errors import NotAllowed, NotFound


def version_for(user: User, version_id: UUID) -> Instrument:
    """Return a version for somebody who may change the scale; raises `NotFound`."""
    if not permissions.can_change_instrument(user):
        raise NotFound
    found = Instrument.objects.filter(pk=version_id, code=grades.CODE).first()
    if found is None:
        raise NotFound
    return found


def require_change(user: User) -> None:
    """Refuse with `NotAllowed` unless the person may change the scale."""
    if not permissions.can_change_instrument(user):
        raise NotAllowed


def versions() -> list[Instrument]:
    """Return all versions with who wrote and who adopted them, the newest first."""
    return list(grades.instruments().select_related("by", "adopted_by"))


def in_force() -> Instrument:
    """Return the version in force."""
    found = grades.instruments().filter(is_current=True).first()
    if found is None:
        raise NotFound
    return found


def is_waiting(version: Instrument, current: Instrument) -> bool:
    """Tell whether a version can be put in force: it is newer than the one that is."""
    return version.version > current.version


@dataclass(frozen=True)
class Change:
    """One thing in which two versions differ, in words."""

    what: str
    before: str
    after: str


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """Return how one version differs from another: cuts, months, points, conditions, questions."""
    found = [
        Change(_("%(grade)s from") % {"grade": str(Grade(grade).label)}, str(a), str(b))
        for grade, a, b in _numbers(before["cuts"], after["cuts"])
    ]
    found += [
        Change(_("Months until %(grade)s is looked at again") % {"grade": str(Grade(grade).label)},
               str(a), str(b))
        for grade, a, b in _numbers(before.get("again", AGAIN), after.get("again", AGAIN))
    ]  # fmt: skip
    for part in ("triggers", "indicators", "questions"):
        found += _entries(before.get(part, []), after.get(part, []))
    if before["needs"] != after["needs"]:
        found.append(Change(_("Rules of the eight needs"), "—", _("changed")))
    return found


def _numbers(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    return [
        (grade, before.get(grade), after.get(grade))
        for grade in grading.ORDER
        if before.get(grade) != after.get(grade)
    ]


def _entries(before: Sequence[Any], after: Sequence[Any]) -> list[Change]:
    old = {each["code"]: each for each in before}
    new = {each["code"]: each for each in after}
    found = []
    for code in dict.fromkeys([*old, *new]):
        one, other = old.get(code), new.get(code)
        if one == other:
            continue
        words = grades.text_of(other or one or {})
        found.append(Change(words, _said(one, other), _said(other, one)))
    return found


def _said(entry: Mapping[str, Any] | None, other: Mapping[str, Any] | None) -> str:
    if entry is None:
        return _("not asked")
    if "points" in entry and (other is None or entry["points"] != other.get("points")):
        return _("%(points)s points") % {"points": entry["points"]}
    return _("as before") if other is None else _("other condition or words")


@dataclass(frozen=True)
class Move:
    """How many children would go from one grade to another."""

    before: str
    after: str
    count: int
    tone: str


def moves_of(counted: Mapping[tuple[str, str], int]) -> list[Move]:
    """Return the moves that change something, the most urgent targets first."""
    tiers = grading.TIERS
    found = [
        Move(before, after, count, "bad" if tiers[after] < tiers[before] else "good")
        for (before, after), count in counted.items()
        if before != after
    ]
    return sorted(found, key=lambda move: (tiers[move.after], tiers[move.before]))


def questions_of(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the questions of a version in words, each with its answers."""
    return [
        {
            "code": each["code"],
            "words": grades.text_of(each),
            "source": each["source"],
            "alarm": each.get("alarm", ""),
            "answers": [(one["code"], grades.text_of(one)) for one in each["answers"]],
        }
        for each in body.get("questions", [])
    ]


def again_of(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return after how many months each grade is looked at again."""
    months = body.get("again", AGAIN)
    return [{"grade": grade, "months": months[grade]} for grade in grading.ORDER]


def shown_to(user: User, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the page in words adds: the questions, and whether the reader may change it."""
    return {"questions": questions_of(body), "may_change": permissions.can_change_instrument(user)}
