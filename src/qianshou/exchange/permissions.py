"""Who may bring data in, let an unusual delivery through, or change what a source means."""

from django.conf import settings
from django.utils import timezone

from qianshou.accounts import permissions
from qianshou.accounts import queries as accounts
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.common.errors import NotAllowed
from qianshou.exchange.models import ImportRun, Question


def can_upload(user: User, area_code: str) -> bool:
    """Tell whether the person may deliver files for an area."""
    return permissions.may(user, Power.RUN_IMPORTS, area_code)


def can_approve(user: User, run: ImportRun) -> bool:
    """Tell whether the person may let a waiting run through, refuse it, or roll one back."""
    return permissions.may(user, Power.APPROVE_IMPORTS, run.area_code)


def is_one_person_office(area_code: str) -> bool:
    """Tell whether the installation lets one person deliver and let through in an area."""
    return area_code in settings.ONE_PERSON_OFFICES


def colleagues(user: User, run: ImportRun) -> int:
    """Return how many others of the county that delivers may let its deliveries through."""
    county = run.area_code[:6].ljust(12, "0")
    holders = accounts.holders_of(Power.APPROVE_IMPORTS, county, timezone.localdate())
    return holders.exclude(pk=user.pk).count()


def is_own(user: User, run: ImportRun) -> bool:
    """Tell whether the person delivered it herself, so that a colleague has to decide.

    An office of one person that has been given a second one is none any more.
    """
    if run.by_id != user.pk:
        return False
    return not is_one_person_office(run.area_code) or colleagues(user, run) > 0


def can_read_rows(user: User, run: ImportRun) -> bool:
    """Tell whether the person may see what stands in the rows that were kept out."""
    return permissions.may(user, Power.RUN_IMPORTS, run.area_code)


ASKS_QUESTIONS, DECIDES_QUESTIONS = Power.REVEAL_SECRETS, Power.APPROVE_IMPORTS


def can_ask(user: User, area_code: str) -> bool:
    """Tell whether the person may ask departments about people of an area's children."""
    return permissions.may(user, ASKS_QUESTIONS, area_code)


def can_decide_question(user: User, question: Question) -> bool:
    """Tell whether the person may allow a question: a second person, never the one who asks."""
    return user.pk != question.asked_by_id and permissions.may(
        user, DECIDES_QUESTIONS, question.area_code
    )


def can_read_answer(user: User, question: Question) -> bool:
    """Tell whether the person may see an answer: who asked, and who allowed it, nobody else."""
    return user.pk in (question.asked_by_id, question.decided_by_id) and permissions.may(
        user, ASKS_QUESTIONS, question.area_code
    )


def can_edit_sources(user: User) -> bool:
    """Tell whether the person may change what a source means."""
    return permissions.may(user, Power.EDIT_SOURCES)


def is_administrator(user: User) -> bool:
    """Tell whether the person is one of the administrators who open the way to other systems."""
    return permissions.may(user, Power.OPERATE_SYSTEM) or permissions.may(user, Power.GRANT_ROLES)


def require_administrator(user: User) -> None:
    """Raise `NotAllowed` unless the person runs the system or grants its rights."""
    if not is_administrator(user):
        raise NotAllowed
