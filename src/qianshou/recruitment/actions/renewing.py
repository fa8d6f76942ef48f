"""Newer texts of commitments: mothers in service are asked, reminded, and held to the last day.

Each of the three looks for what is not done yet, in portions with a transaction of their own: a
second call finds nothing, and a worker that dies leaves whole portions and the rest to the next.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import date, timedelta
from functools import partial
from typing import Final

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_noop

from qianshou.accounts.models import User
from qianshou.areas import rules as area_rules
from qianshou.audit import actions as audit
from qianshou.common import rowsecurity
from qianshou.common.errors import NotFound
from qianshou.mothers.actions import standing
from qianshou.mothers.models import Mother
from qianshou.notices import actions as notices
from qianshou.notices.actions import Message
from qianshou.notices.models import Notice
from qianshou.recruitment.actions import checking, following, moving
from qianshou.recruitment.models import MotherApplication, SignRequest
from qianshou.recruitment.queries import panels, renewals
from qianshou.recruitment.queries.renewals import Renewed

PORTION: Final = 500
KIND: Final = "recruitment.text"
_ASKED: Final = gettext_noop("A promise has a newer text")
_ASKED_TEXT: Final = gettext_noop(
    "Please read it and sign it by %(until)s. What you signed before counts until then."
)
_SHORT: Final = gettext_noop(
    "A text of the women's federation waits for your signature until %(until)s: %(link)s"
)
_REMINDED: Final = gettext_noop("Your signature is still missing")
_LAPSED: Final = gettext_noop("Your care rests until you have signed")
_LAPSED_TEXT: Final = gettext_noop(
    "The last day for signing the newer text was %(until)s. The office looks after your children"
    " meanwhile; your signature brings you back at once."
)


def renew(*, today: date) -> dict[str, int]:
    """Ask who was not asked, remind who has not signed, and hold to the last day."""
    asked = sum(_all(partial(_ask, text, today)) for text in renewals.renewed())
    return {
        "asked": asked,
        "reminded": _all(lambda: _remind(today)),
        "lapsed": _all(lambda: _lapse(today)),
    }


def _all(portion: Callable[[], int]) -> int:
    count = 0
    while done := portion():
        count += done
    return count


def _ask(text: Renewed, today: date) -> int:
    """Ask one portion of those who signed an older version of a text."""
    due_on = today + timedelta(days=text.days)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        rows = renewals.to_ask(text).select_for_update(of=("self",)).order_by("pk")
        found = list(rows[:PORTION])
        if not found:
            return 0
        # What a still newer text has overtaken need not be signed; what has lapsed stays lapsed.
        overtaken = SignRequest.objects.filter(mother__in=found, code=text.code, lapsed_on=None)
        overtaken.filter(version__lt=text.version).delete()
        SignRequest.objects.bulk_create(
            [
                SignRequest(
                    mother=each, area_code=each.area_code, code=text.code, version=text.version,
                    asked_on=today, due_on=due_on,
                )
                for each in found
            ]
        )  # fmt: skip
        _note_asked(found, text)
        _tell(found, _ASKED, _ASKED_TEXT, until=due_on, once=f"asked/{today.isoformat()}")
    return len(found)


def _note_asked(found: Iterable[Mother], text: Renewed) -> None:
    for county, count in Counter(area_rules.county_code(each.area_code) for each in found).items():
        audit.record(
            "recruitment.text.asked", by=None, subject_kind="rulebook", subject_id=text.code,
            area_code=county, version=text.version, count=count,
        )  # fmt: skip


def _remind(today: date) -> int:
    """Remind one portion of those whose last day is near."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        near = SignRequest.objects.filter(
            reminded_on=None, due_on__range=(today, today + renewals.SOON)
        )
        rows = near.in_service().unsigned().select_for_update(of=("self",))
        found = list(rows.select_related("mother").order_by("pk")[:PORTION])
        for each in found:
            each.reminded_on = today
            once = f"reminded/{each.due_on.isoformat()}"
            _tell([each.mother], _REMINDED, _ASKED_TEXT, until=each.due_on, once=once)
        SignRequest.objects.bulk_update(found, ["reminded_on"])
    return len(found)


def _lapse(today: date) -> int:
    """Let the files of one portion take note that a newer text was not signed in time.

    Who rested on the last day is suspended once she is back, if she still has not signed.
    """
    with rowsecurity.acting(rowsecurity.SYSTEM):
        due = SignRequest.objects.filter(due_on__lt=today).in_service().unsigned()
        due = due.filter(Q(lapsed_on=None) | Q(mother__state=Mother.State.ACTIVE))
        ids = due.order_by("mother_id").values_list("mother_id", flat=True).distinct()[:PORTION]
        for mother in Mother.objects.filter(pk__in=list(ids)).order_by("pk"):
            _hold(mother, today=today)
        return len(ids)


def _hold(mother: Mother, *, today: date) -> None:
    late = SignRequest.objects.filter(mother=mother, due_on__lt=today).unsigned()
    held = list(late.select_for_update(of=("self",)))
    SignRequest.objects.filter(pk__in=[each.pk for each in held], lapsed_on=None).update(
        lapsed_on=today
    )
    record = following.record_of(mother)
    codes = sorted({each.code for each in held})
    moving.note("recruitment.text.lapsed", record, by=None, codes=codes)
    checking.keep_file(record, by=None, today=today)
    standing.suspend_unsigned(mother)
    until = max(each.due_on for each in held)
    _tell([mother], _LAPSED, _LAPSED_TEXT, until=until, once=f"lapsed/{until.isoformat()}")


def _tell(
    mothers: Iterable[Mother], subject: str, text: str, *, until: date, once: str
) -> None:  # fmt: skip
    """Tell mothers, each once; a message that leaves the house says no more than that one waits."""
    notices.send_all(
        {
            f"{KIND}/{each.pk}/{once}": Message(
                kind=KIND, to_kind=Notice.To.MOTHER, to_id=each.pk, area_code=each.area_code,
                subject=subject, text=text, short=_SHORT, params={"until": until.isoformat()},
                address=each.phone.open() if each.phone else "",
                link=reverse("recruitment:promises"), about_kind="mother", about_id=each.pk,
            )
            for each in mothers
        }
    )  # fmt: skip


def own_record(user: User) -> MotherApplication:
    """Return the record in which the mother who is signed in may sign; raises `NotFound`.

    Where the office has opened none and a newer text waits for her, it opens by itself.
    """
    with suppress(NotFound):
        return panels.own_application(user)
    mother = Mother.objects.filter(pk=user.person_id).first() if user.person_id else None
    if mother is None or not renewals.open_of(mother):
        raise NotFound
    with rowsecurity.acting(rowsecurity.SYSTEM):
        return following.record_of(mother)
