"""Reading what an applicant wrote: every reading by staff stands in the trail."""

from datetime import date
from typing import Any

from django.db import transaction

from qianshou.accounts.models import User
from qianshou.audit import actions as audit
from qianshou.mothers.queries import is_number
from qianshou.recruitment.actions import applying, moving, working
from qianshou.recruitment.models import MotherApplication
from qianshou.recruitment.rules.rulebook import Outcome


@transaction.atomic
def open_application(
    application: MotherApplication, *, by: User, today: date
) -> tuple[dict[str, Any], list[Outcome]]:
    """Return what she wrote and what the criteria say of it."""
    moving.note("recruitment.application.opened", application, by=by)
    answers = applying.answers_of(application)
    return answers, working.outcomes_of(application, today=today)


def note_search(text: str, *, by: User, area_code: str) -> None:
    """Record that somebody looked for one person by number."""
    if is_number(text):
        audit.record("recruitment.searched_by_number", by=by, area_code=area_code)
