"""The card on a mother's page: for herself what is hers to do, for the office her record."""

from typing import Any

from django.urls import reverse
from django.utils import timezone

from qianshou.accounts.models import User
from qianshou.common.errors import NotFound
from qianshou.mothers import permissions as mothers
from qianshou.mothers import queries as mother_pages
from qianshou.mothers.models import Mother
from qianshou.mothers.rules import gates
from qianshou.recruitment import permissions
from qianshou.recruitment.models import MotherApplication
from qianshou.recruitment.queries import mine, renewals
from qianshou.recruitment.rules import life

OPEN = (life.APPROVED, *life.SERVING, life.EXITING)


def own_application(user: User) -> MotherApplication:
    """Return the record of the mother who is signed in; raises `NotFound` without one."""
    own = MotherApplication.objects.select_related("rulebook", "mother")
    rows = own.filter(mother_id=user.person_id, state__in=OPEN) if user.person_id else own.none()
    found = rows.first()
    if found is None:
        raise NotFound
    return found


def own_texts(user: User) -> list[dict[str, Any]]:
    """Return the texts of the mother who is signed in; raises `NotFound` if she signs elsewhere.

    Without a record she finds them here once she was asked to sign a newer one.
    """
    mother = mother_pages.own_file(user)
    own = MotherApplication.objects.select_related("rulebook", "mother")
    found = own.filter(mother=mother, state__in=OPEN).first()
    if found is None and not renewals.open_of(mother):
        raise NotFound
    return renewals.lines_of(mother, found)


def mother_panel(user: User, mother: Mother) -> mother_pages.Panel | None:
    """Return the card: her open steps for herself, the way to her record for the office."""
    if mothers.is_herself(user, mother):
        return _own_panel(mother)
    if not permissions.can_work(user, mother.area_code):
        return None
    rows = MotherApplication.objects.filter(mother=mother).order_by("-submitted_at")
    records = [
        {
            "url": reverse("recruitment:application", args=[each.pk]),
            "state": mine.state_word(each.state), "tone": mine.tone_of(each.state),
            "since": each.state_since,
        }
        for each in rows
    ]  # fmt: skip
    may_open = mother.state in ("ACTIVE", "PAUSED") and not any(each.state in OPEN for each in rows)
    waiting = renewals.open_of(mother).values()
    titles = renewals.titles_of() if waiting else {}
    texts = [{"title": titles.get(each.code, each.code), "due_on": each.due_on} for each in waiting]
    context = {"records": records, "mother": mother, "may_open": may_open, "texts": texts}
    return mother_pages.Panel("recruitment/_record.html", context)


def _own_panel(mother: Mother) -> mother_pages.Panel | None:
    today = timezone.localdate()
    own = MotherApplication.objects.select_related("rulebook", "mother")
    found = own.filter(mother=mother, state__in=OPEN).first()
    waiting = renewals.open_of(mother)
    lines = renewals.lines_of(mother, found) if found is not None or waiting else []
    until = gates.screening_until(mother.screened_on) if mother.screened_on else None
    context = {
        "owes": sum(not (each["signed_on"] or each["on_file"]) for each in lines),
        **renewals.asked_of(mother, today),
        "has_record": bool(lines),
        "hours": mother.training_hours, "wanted_hours": gates.REQUIRED.training_hours,
        "trained": mother.training_hours >= gates.REQUIRED.training_hours,
        "until": until, "soon": gates.expires_soon(mother.screened_on, today),
        "over": not gates.is_fresh(mother.screened_on, today),
    }  # fmt: skip
    return mother_pages.Panel("recruitment/_own_steps.html", context)
