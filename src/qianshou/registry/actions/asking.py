"""Asking a department about a child or an adult who stands to it, from the child's file."""

from uuid import UUID

from qianshou.accounts import permissions as accounts
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.common import rowsecurity
from qianshou.exchange.actions import asking
from qianshou.exchange.models import Question, Source
from qianshou.registry.models import Child, ChildEvent, Guardianship

KINSHIPS = {"FATHER": "FATHER", "MOTHER": "MOTHER"}


def ask_about(
    child: Child, stands: Guardianship | None, *, by: User, source: Source, why: asking.Why
) -> Question:
    """Put a question about the child, or about an adult of its file; the number stays sealed."""
    accounts.require(by, Power.REVEAL_SECRETS, child.area_code)
    them = stands.guardian if stands is not None else child
    person = asking.Person(
        name=them.name, id_number=them.id_number.open() if them.id_number else "",
        child_name=child.name, child_id=child.id_number.open() if child.id_number else "",
        child_area=child.area_code,
    )  # fmt: skip
    about = KINSHIPS.get(stands.kinship, "OTHER") if stands is not None else "CHILD"
    return asking.ask(source, by=by, file_id=child.pk, about=about, person=person, why=why)


def forget(run_id: UUID) -> None:
    """Empty the values that an answer has left in the history of files; that it changed stays."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        ChildEvent.objects.filter(run=run_id).update(before_after=b"")
