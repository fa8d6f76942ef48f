"""What a reporter asks: which child to name, what became of it, what would still help.

Reporters are found by keyed digests alone, and read under the system's scope: their own scope
shows them no report at all.
"""

from datetime import date
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from qianshou.accounts import permissions as powers
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import queries as areas
from qianshou.areas.rules import COUNTY
from qianshou.common import crypto, rowsecurity
from qianshou.common.errors import NotFound
from qianshou.pairing.models import Pairing
from qianshou.protection.models import Report, Reporter, Step
from qianshou.protection.rules import codes, life
from qianshou.registry.models import Child
from qianshou.registry.queries import children

MOST_FOUND = 20
# What a reporter reads of a report; nothing of it says what the report was about.
STATES = {
    life.RECEIVED: gettext_noop("It has arrived. A person will look at it."),
    life.ACCEPTED: gettext_noop("A person has taken it up."),
    life.HANDED_OVER: gettext_noop("A person has taken it up and gone further with it."),
    life.FEEDBACK: gettext_noop("There is an answer for you."),
    life.CLOSED: gettext_noop("It is closed."),
}
LACKS = {
    "situation": gettext_noop("what kind of harm it is"),
    "now": gettext_noop("whether the danger is now"),
    "noticed": gettext_noop("when you noticed it"),
    "words": gettext_noop("what you saw or heard"),
    "child": gettext_noop("which child it is, or how to find it"),
    "called": gettext_noop("whether 110 was called"),
}


def children_to_name(user: Any, *, search: str = "", named: UUID | None = None) -> list[Child]:
    """Return the children the person may point to: a mother's own, or those that a search finds."""
    if not user.is_authenticated:
        return []
    if user.person_id:
        running = Pairing.objects.filter(mother_id=user.person_id).select_related("child")
        return list({each.child_id: each.child for each in running}.values())[:MOST_FOUND]
    if not powers.may(user, Power.VIEW_CHILDREN):
        return []
    found = Child.objects.none()
    if search:
        found = Child.objects.on_file().filter(children.matching(search)).order_by("name", "id")
    elif named:
        found = Child.objects.on_file().filter(pk=named)
    return list(found[:MOST_FOUND])


def may_search(user: Any) -> bool:
    """Tell whether the person looks children up by name."""
    return bool(user.is_authenticated) and powers.may(user, Power.VIEW_CHILDREN)


def counties() -> list[tuple[str, str]]:
    """Return the counties to choose from."""
    top = areas.first_code()
    return [(each.code, each.name) for each in areas.areas_inside(top, COUNTY)] if top else []


def age_words(child: Child, today: date) -> str:
    """Return a child as its reporter recognises it: name and age."""
    age = child.age_on(today)
    return f"{child.name} · {age}" if age is not None else child.name


def report_by_receipt(secret: str) -> Report:
    """Return the report that a receipt belongs to; raises `NotFound`."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        found = (
            Reporter.objects.filter(receipt_digest=crypto.digest_of(secret))
            .select_related("report")
            .first()
        )
    if found is None:
        raise NotFound
    return found.report


def reports_of(token: bytes) -> list[Report]:
    """Return an account's own reports, newest first, by its keyed digest."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        rows = Reporter.objects.filter(token=token).select_related("report").order_by("-at")[:50]
        return [each.report for each in rows]


def answer_of(report: Report) -> dict[str, Any]:
    """Return what the reporter may read: number, state, and what the lead wrote for them."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        told = Step.objects.filter(report=report, kind="FEEDBACK").order_by("-at").first()
        answer = told.words.open() if told else ""
    return {"number": report.number, "state": _(STATES[report.state]), "answer": answer,
            "at": report.received_at, "is_open": report.state != life.CLOSED}  # fmt: skip


def lacking(names: tuple[str, ...]) -> list[str]:
    """Return what would still help, in words."""
    return [_(LACKS[each]) for each in names]


def lacks_of(report: Report) -> tuple[str, ...]:
    """Name what would help and was not said, without opening a word."""
    open_questions = {
        "situation": report.situation is None,
        "now": report.danger_now is None,
        "noticed": report.noticed_at is None,
        "words": not report.words,
        "child": report.child_id is None and not report.child_words,
        "called": not report.called,
    }
    return tuple(name for name, is_open in open_questions.items() if is_open)


def child_for(user: User, child_id: UUID) -> Child:
    """Return a file that the person may see; raises `NotFound`."""
    found = Child.objects.on_file().filter(pk=child_id).first()
    if found is None or not powers.may(user, Power.VIEW_CHILDREN, found.area_code):
        raise NotFound
    return found


def report_choices() -> dict[str, list[tuple[Any, str]]]:
    """Return the words that a form elsewhere offers: the nine situations, and who may be meant."""
    return {
        "situations": [(c, _(w)) for c, w in codes.MANDATORY_REPORT_SITUATION.items()],
        "accused": [(c, _(w)) for c, w in codes.ACCUSED.items()],
    }
