"""Reminders and the digest of late looks survive their worker: killed, then done once each."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from types import ModuleType
from uuid import uuid4

import pytest
from django.utils import timezone

from qianshou.assessment.actions import confirming, due
from qianshou.assessment.models import Assessment, Reassessment
from qianshou.common import rowsecurity
from qianshou.notices import actions as notices
from qianshou.notices.models import Notice
from qianshou.plans.actions import parents
from qianshou.teams.actions import asking
from tests import forking, make, make_consents, make_pairing, make_plans, make_registry, make_teams

TODAY = make.TODAY
DUE = timezone.localdate() + timedelta(days=3)


@dataclass(frozen=True)
class Case:
    """A task, the rows it finds, where its worker is killed, and what it has told by then."""

    lay: Callable[[], None]
    run: Callable[[], object]
    inside: ModuleType
    at: str
    told: str
    after_the_kill: int


def lay_asked() -> None:
    worker = make.a_worker()
    for number in range(3):
        child = make_pairing.a_child()
        make_teams.a_team(child, make_teams.a_model())
        seat = make_teams.a_seat(child, make_teams.a_partner("DOCTOR", name=f"李医生{number}"))
        asking.ask(
            seat, by=worker, today=timezone.localdate(), asked="请核对", due_on=DUE, parts=[],
            by_link=True,
        )  # fmt: skip


def lay_parents() -> None:
    for number in range(3):
        _user, pairing, _plan = make_plans.a_plan()
        make_consents.an_adult(pairing.child, phone=f"1390000000{number}")


def lay_late_looks() -> None:
    make.a_worker(), make.a_worker(), make.a_worker()
    child = make_registry.a_child()
    confirming.confirm_grade(
        Assessment.objects.current().get(child=child), by=make.a_worker(), grade="GREEN"
    )
    Reassessment.objects.update(due_on=TODAY - timedelta(days=9))


CASES = {
    "teams.remind": Case(
        lay_asked, lambda: asking.remind(DUE + timedelta(days=1)), asking, "_remind",
        "teams.task.late", after_the_kill=1,
    ),
    "plans.remind": Case(
        lay_parents, lambda: parents.remind(make.COUNTY, today=TODAY), parents, "_remind",
        "plans.parents", after_the_kill=1,
    ),
    "assessment.digest": Case(
        lay_late_looks, lambda: due.digest_week(today=TODAY), notices, "digest",
        "notices.digest", after_the_kill=0,
    ),
}  # fmt: skip


def counted(case: Case) -> int:
    with rowsecurity.acting(rowsecurity.SYSTEM):
        return Notice.objects.filter(kind=case.told).count()


def begun_and_killed(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parents, "AT_ONCE", 1)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        case.lay()
    forking.killed_at_the_second(case.run, inside=case.inside, at=case.at)
    assert counted(case) == case.after_the_kill


@pytest.mark.parametrize("name", CASES)
def test_killed_reminders_are_ended_by_the_next_run_and_nobody_is_told_twice(
    committed, monkeypatch, name
):
    case = CASES[name]
    begun_and_killed(case, monkeypatch)

    case.run()
    first = counted(case)
    case.run()

    assert first >= 3
    assert counted(case) == first


def test_a_reminder_that_forgets_whom_it_told_is_found(committed, monkeypatch):
    """Negative control: parents, while every message passes for one never sent before."""
    case, send = CASES["plans.remind"], notices.send
    begun_and_killed(case, monkeypatch)

    monkeypatch.setattr(notices, "send", lambda said, **_once: send(said, once=str(uuid4())))
    case.run()

    assert counted(case) == 3 + case.after_the_kill
