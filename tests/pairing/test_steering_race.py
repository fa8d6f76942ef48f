"""Two coordinators steer one plan at once: one is told to look again, and nothing is half done."""

import threading

from django.db import connection

from qianshou.common import rowsecurity
from qianshou.pairing.actions import steering
from qianshou.pairing.models import Move, SteeringAct
from qianshou.pairing.queries import standing
from qianshou.pairing.queries.standing import Demand
from tests import make, make_pairing

WHY = steering.Why("FACTS", "两家有矛盾")


def prepared():
    """Return a run, and two vetoes of one pair by two people who both looked before either."""
    for number in range(6):
        make_pairing.a_child(needs=[15 * number] * 8)
    for number in range(5):
        make_pairing.a_mother(skills=[20 * number] * 8)
    run = make_pairing.a_computed_run()[0]
    one, other = run.proposals.order_by("id")[:2]
    demands = [Demand("VETO", each.child_id, each.mother_id) for each in (one, other)]
    held = standing.standing(run, run.area_code)
    return run, [(make.a_worker(), each, held.answer(each).seal) for each in demands]


def at_once(run, asked):
    """Let both steer at the same moment, each on its own connection; return what each was told."""
    gate, told = threading.Barrier(2), []

    def act(worker, demand, seal):
        gate.wait()
        try:
            with rowsecurity.acting(rowsecurity.SYSTEM):
                steering.steer(run, run.area_code, demand, by=worker, why=WHY, seal=seal)
            told.append("done")
        except steering.ChangedMeanwhile:
            told.append("changed")
        finally:
            connection.close()

    threads = [threading.Thread(target=act, args=each) for each in asked]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(told)


def is_whole(run):
    """Tell whether every child has one current proposal or is left over, and no mother too many."""
    current = list(run.proposals.current().values_list("child_id", "mother_id"))
    left = set(run.left_over.values_list("child_id", flat=True))
    children = {child for child, _ in current}
    mothers = {mother for _, mother in current}
    return len(children | left) == 6 and not children & left and len(mothers) == len(current)


def test_of_two_who_steer_at_once_one_is_told_to_look_again(committed):
    with rowsecurity.acting(rowsecurity.SYSTEM):
        run, asked = prepared()

    assert at_once(run, asked) == ["changed", "done"]

    with rowsecurity.acting(rowsecurity.SYSTEM):
        assert SteeringAct.objects.count() == 1
        assert set(Move.objects.values_list("steering_id", flat=True)) == {
            SteeringAct.objects.get().pk
        }
        assert is_whole(run)


def test_without_the_second_look_both_would_be_carried_out(committed, monkeypatch):
    """Negative control: nobody compares what was decided between reading and lock."""
    barrier = threading.Barrier(2, timeout=20)
    monkeypatch.setattr(steering, "_log", lambda *_a, **_k: barrier.wait())
    monkeypatch.setattr(steering, "_hold", lambda *_a: None)
    monkeypatch.setattr(steering, "_carry_out", lambda *_a, **_k: None)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        run, asked = prepared()

    assert at_once(run, asked) == ["done", "done"]
