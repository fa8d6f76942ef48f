"""The words in which mothers and staff are told of a silence, and who is told of which."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Final, NamedTuple
from uuid import UUID

from django.utils.translation import gettext_noop

from qianshou.areas import rules as area_rules
from qianshou.care.models import Clock
from qianshou.care.queries import listening
from qianshou.care.rules import silence
from qianshou.care.rules.silence import Rules
from qianshou.common import masking
from qianshou.common.fields import Sealed
from qianshou.engines.linkage import normalise
from qianshou.mothers.models import Mother
from qianshou.notices import actions as notices
from qianshou.notices.models import Notice

_WAITS: Final = gettext_noop("A child waits to hear from you")
_WAITS_TEXT: Final = gettext_noop(
    "Nothing is logged with %(code)s since %(day)s (%(days)d days); every %(every)d days was"
    " agreed. Call today and log it. If something keeps you, tell your federation: there is help."
)
_WAITS_SHORT: Final = gettext_noop(
    "Nothing is logged with %(code)s for %(days)d days. Please call today and log it: %(link)s"
)
_SILENT: Final = gettext_noop("A pair that needs you soon has fallen silent")
_SILENT_TEXT: Final = gettext_noop(
    "%(code)s: no contact for %(days)d days, every %(every)d days was agreed."
    " Call the mother first; she may need help herself."
)
_PHONE: Final = Mother._meta.get_field("phone").bound_name


class Silence(NamedTuple):
    """A silent pairing: how far it has come (`told`), how far it comes today, and the two people.

    Read in one statement for a portion of pairings (`escalating`), without a model object.
    """

    pairing_id: UUID
    area_code: str
    grade: str
    every: int
    heard_on: date
    due_on: date
    told: int
    mother_id: UUID
    phone: bytes
    name: str
    given_name: str
    reaches: int

    @classmethod
    def of(cls, clock: Clock) -> "Silence":
        """Return the silence of one clock whose pairing and people have been read with it."""
        assert clock.due_on is not None
        mother, child = clock.pairing.mother, clock.pairing.child
        return cls(
            clock.pairing_id, clock.area_code, clock.grade, clock.every, clock.heard_on,
            clock.due_on, clock.told, mother.pk, mother.phone.raw, child.name,
            child.given_name, clock.told,
        )  # fmt: skip

    @property
    def steps(self) -> Sequence[str]:
        """Return who is to hear of it today."""
        return silence.TELLS[self.told : self.reaches]

    @property
    def county(self) -> str:
        """Return the county whose rules hold."""
        return area_rules.county_code(self.area_code)


def initials_of(name: str) -> str:
    """Return the initials by which a reader knows who is meant, and nobody else does."""
    return normalise.pinyin(name)[1].upper()[:6] or "?"


def messages(
    found: Sequence[Silence], rules: Mapping[str, Rules], *, today: date
) -> Iterator[tuple[str, notices.Message]]:
    """Say who is told of which silence today, each message with its occasion."""
    staff = [
        (each, tell, _place(each.area_code, tell))
        for each in found
        for tell in each.steps
        if tell in silence.STAFF and each.grade in rules[each.county].step(tell).at_once
    ]
    followers = _followers({place for _, _, place in staff}, today=today)
    for each in found:
        if silence.MOTHER in each.steps:
            yield _occasion(each, silence.MOTHER), to_mother(each, today=today)
    for each, tell, place in staff:
        for user_id in followers.get(place, ()):
            yield f"{_occasion(each, tell)}/{user_id}", _to_staff(each, user_id, today=today)


def _followers(places: Iterable[str], *, today: date) -> Mapping[str, Sequence[UUID]]:
    wanted = list(places)
    return listening.followers_in(wanted, today=today) if wanted else {}


def _occasion(each: Silence, tell: str) -> str:
    return f"care/silent/{each.pairing_id}/{each.heard_on}/{tell}"


def _place(area_code: str, tell: str) -> str:
    """Return the place whose staff hear of a step."""
    if tell == silence.TOWN:
        return area_rules.town_code(area_code)
    if tell == silence.COUNTY:
        return area_rules.county_code(area_code)
    return listening.city_code(area_code)


def to_mother(each: Silence, *, today: date) -> notices.Message:
    """Return the reminder of a mother: since when, what was agreed, the child by initials."""
    phone = Sealed(each.phone, column=_PHONE, row=each.mother_id)
    return notices.Message(
        kind="care.silent", to_kind=Notice.To.MOTHER, to_id=each.mother_id,
        area_code=each.area_code, subject=_WAITS, text=_WAITS_TEXT, short=_WAITS_SHORT,
        params={
            **_counted(each, today=today), "day": each.heard_on.isoformat(),
            "code": initials_of(masking.given(each.name, each.given_name)),
        },
        address=phone.open() if phone else "", link="/care/",
        about_kind="pairing", about_id=each.pairing_id,
    )  # fmt: skip


def _to_staff(each: Silence, user_id: UUID, *, today: date) -> notices.Message:
    return notices.Message(
        kind="care.silent_staff", to_kind=Notice.To.USER, to_id=user_id,
        area_code=each.area_code, subject=_SILENT, text=_SILENT_TEXT,
        params={**_counted(each, today=today), "code": initials_of(each.name)},
        link="/care/overdue/?grade=RED", about_kind="pairing", about_id=each.pairing_id,
    )  # fmt: skip


def _counted(each: Silence, *, today: date) -> dict[str, str | int]:
    return {"days": (today - each.heard_on).days, "every": each.every}
