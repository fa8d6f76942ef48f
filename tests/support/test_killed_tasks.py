"""What the calendar does to mothers and pairs survives its worker: killed, then done once each.

The sweeps of offers, daily work, screening and newer texts have tests of their own beside them;
here stand the others. The worker is a fork of this process, which costs next to nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from types import ModuleType
from uuid import uuid4

import pytest
from django.utils import timezone

from qianshou.audit.models import Entry
from qianshou.common import rowsecurity
from qianshou.consents.actions import turning
from qianshou.mothers.actions import caring, waiting
from qianshou.notices import actions as notices
from qianshou.notices.models import Notice
from qianshou.recruitment import tasks as recruiting
from qianshou.recruitment.actions import following, moving
from qianshou.recruitment.models import ApplicationStep, MotherApplication
from qianshou.support import tasks as supporting
from qianshou.support.actions import duties, sweeping
from qianshou.support.models import Digest, Duty, Followup
from tests import forking, make, make_care, make_mothers, make_pairing, make_recruits
from tests.make_support import a_pairing

TODAY = make.TODAY
SOON = TODAY + timedelta(days=340)


@dataclass(frozen=True)
class Case:
    """A task with the rows it finds, where its worker is killed, and what it has done by then."""

    lay: Callable[[], None]
    run: Callable[[], object]
    inside: ModuleType
    at: str
    count: Callable[[], int]
    whole: int
    after_the_kill: int


def lay_help() -> None:
    for _ in range(3):
        user, mother = make_care.a_carer()
        caring.ask_help(mother, by=user, kind="MONEY", words="有困难", about=None, today=TODAY)
    make.a_worker()


def lay_eights() -> None:
    make.a_worker()
    for _ in range(3):
        make_pairing.a_child(birth_on=date(2019, 3, 1))


def lay_queries() -> None:
    worker = make.a_worker()
    for _ in range(3):
        following.take_over(make_mothers.a_mother(screened_on=TODAY), by=worker, today=TODAY)


def lay_drafts() -> None:
    campaign = make_recruits.a_campaign()
    for _ in range(3):
        make_recruits.a_draft(campaign)
    MotherApplication.objects.update(updated_at="2026-01-01T00:00Z")


def lay_duties() -> None:
    make.a_worker()
    for number in range(3):
        due_at = timezone.now() - timedelta(hours=1)
        duties.open_duty(a_pairing(), Duty.Kind.ANNIVERSARY, once=f"test:{number}", due_at=due_at)


def lay_owners() -> None:
    for _ in range(3):
        Followup.objects.filter(pairing=a_pairing()).update(owner=make.a_worker())


def steps(act: str) -> int:
    return ApplicationStep.objects.filter(act=act).count()


CASES = {
    "mothers.tell_late_help": Case(
        lay_help, lambda: waiting.tell_late(today=TODAY + timedelta(days=60)), notices, "send",
        Notice.objects.filter(kind="mothers.help.waits").count, whole=3, after_the_kill=1,
    ),
    "consents.turned_eight": Case(
        lay_eights, lambda: turning.ask_for_the_new_eights(date(2027, 3, 1)), notices, "send",
        Notice.objects.filter(kind="consents.turned_eight").count, whole=3, after_the_kill=1,
    ),
    "recruitment.recheck": Case(
        lay_queries, lambda: following.recheck(today=SOON), moving, "move",
        lambda: steps("remind"), whole=3, after_the_kill=0,
    ),
    "recruitment.drop_stale": Case(
        lay_drafts, lambda: recruiting.drop_stale(timestamp=0), moving, "move",
        lambda: steps("lapse"), whole=3, after_the_kill=0,
    ),
    "support.escalate": Case(
        lay_duties, lambda: supporting.escalate(timestamp=0), notices, "send",
        Entry.objects.filter(act="support.duty.escalated").count, whole=3, after_the_kill=1,
    ),
    "support.digest": Case(
        lay_owners, lambda: sweeping.digest_week(today=TODAY), notices, "digest",
        Digest.objects.count, whole=3, after_the_kill=1,
    ),
}  # fmt: skip


def counted(case: Case) -> int:
    with rowsecurity.acting(rowsecurity.SYSTEM):
        return case.count()


def begun_and_killed(case: Case) -> None:
    with rowsecurity.acting(rowsecurity.SYSTEM):
        case.lay()
    forking.killed_at_the_second(case.run, inside=case.inside, at=case.at)
    assert counted(case) == case.after_the_kill


@pytest.mark.parametrize("name", CASES)
def test_a_killed_task_is_ended_by_the_next_one_and_does_nothing_twice(committed, name):
    case = CASES[name]
    begun_and_killed(case)

    case.run()
    first, told = counted(case), counted_notices()
    case.run()

    assert first == case.whole
    assert (counted(case), counted_notices()) == (first, told)


@pytest.mark.django_db
@pytest.mark.parametrize("name", CASES)
def test_one_that_goes_wrong_holds_up_no_other_and_is_not_passed_over(name, monkeypatch):
    case = CASES[name]
    with rowsecurity.acting(rowsecurity.SYSTEM):
        case.lay()
    act, met = getattr(case.inside, case.at), list[str]()

    def breaks(*given, **more):
        about = repr((getattr(given[0], "pk", given[0]), more.get("once")))
        if about not in met:
            met.append(about)
        # Whatever comes second goes wrong, however often it is tried.
        if about in met[1:2]:
            raise ZeroDivisionError
        return act(*given, **more)

    monkeypatch.setattr(case.inside, case.at, breaks)
    with pytest.raises(ZeroDivisionError):
        case.run()
    assert counted(case) == case.whole - 1

    monkeypatch.setattr(case.inside, case.at, act)
    case.run()
    assert counted(case) == case.whole


def counted_notices() -> int:
    with rowsecurity.acting(rowsecurity.SYSTEM):
        return Notice.objects.count()


def test_a_task_that_forgets_what_it_did_is_found(committed, monkeypatch):
    """Negative control: the same task, while every message passes for one never sent before."""
    case, send = CASES["mothers.tell_late_help"], notices.send
    begun_and_killed(case)

    monkeypatch.setattr(notices, "send", lambda said, **_once: send(said, once=str(uuid4())))
    case.run()

    assert counted(case) == case.whole + case.after_the_kill
