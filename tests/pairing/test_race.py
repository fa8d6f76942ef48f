"""T10: forty approvals at once never give a child two mothers or a mother a child too many."""

import threading
from collections import Counter
from collections.abc import Callable

from django.db import connection

from qianshou.common import rowsecurity
from qianshou.common.errors import Refused
from qianshou.pairing.actions import deciding
from qianshou.pairing.models import Pairing, Proposal
from tests import make, make_pairing

THREADS = 40


def at_once(work: list[Callable[[], None]]) -> None:
    """Start all at the same moment, each on its own connection."""
    gate = threading.Barrier(len(work))

    def run(each: Callable[[], None]) -> None:
        gate.wait()
        try:
            each()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(each,)) for each in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def crowd() -> list[Proposal]:
    """Forty proposals for twelve children and eight mothers with two places each."""
    run = make_pairing.a_run()
    mothers = [make_pairing.a_mother(capacity=2) for _ in range(8)]
    children = [make_pairing.a_child() for _ in range(12)]
    proposals = []
    for number in range(THREADS):
        run = run if number % 12 else make_pairing.a_run()
        proposals.append(make_pairing.a_proposal(children[number % 12], mothers[number % 8], run))
    return proposals


def excess() -> tuple[int, int]:
    """Count children with two mothers, and mothers over their places."""
    pairs = list(Pairing.objects.open().values_list("child_id", "mother_id", "mother__capacity"))
    children = Counter(child for child, _, _ in pairs)
    mothers = Counter((mother, places) for _, mother, places in pairs)
    return (
        sum(count > 1 for count in children.values()),
        sum(count > places for (_, places), count in mothers.items()),
    )


def test_forty_approvals_at_once_keep_every_limit(committed):
    with rowsecurity.acting(rowsecurity.SYSTEM):
        worker, proposals = make.a_worker(), crowd()

    def approve(proposal: Proposal) -> None:
        try:
            with rowsecurity.acting(rowsecurity.SYSTEM):
                deciding.approve(proposal, by=worker, today=make.TODAY)
        except Refused:
            return

    at_once([lambda each=each: approve(each) for each in proposals])

    with rowsecurity.acting(rowsecurity.SYSTEM):
        assert excess() == (0, 0)
        assert Pairing.objects.open().count() == 12


def test_without_the_database_guards_the_same_crowd_breaks_the_limits(committed):
    """Negative control: check first, then insert, on tables without index and trigger."""
    committed.execute("DROP INDEX pairing_one_open_per_child")
    committed.execute("ALTER TABLE pairing_pairing DISABLE TRIGGER pairing_keeps_capacity")
    with rowsecurity.acting(rowsecurity.SYSTEM):
        worker, proposals = make.a_worker(), crowd()
    checked = threading.Barrier(THREADS)

    def check_then_insert(proposal: Proposal) -> None:
        with rowsecurity.acting(rowsecurity.SYSTEM):
            free = not Pairing.objects.open().filter(child=proposal.child_id).exists()
            checked.wait()
            if free:
                Pairing.objects.create(
                    child_id=proposal.child_id, mother_id=proposal.mother_id, by=worker,
                    area_code=proposal.area_code, started_on=make.TODAY,
                )  # fmt: skip

    try:
        at_once([lambda each=each: check_then_insert(each) for each in proposals])

        with rowsecurity.acting(rowsecurity.SYSTEM):
            twice, too_many = excess()
        assert twice > 0
        assert too_many > 0
    finally:
        committed.execute("TRUNCATE pairing_pairing CASCADE")
        committed.execute(
            "CREATE UNIQUE INDEX pairing_one_open_per_child ON pairing_pairing (child_id)"
            " WHERE ended_on IS NULL"
        )
        committed.execute("ALTER TABLE pairing_pairing ENABLE TRIGGER pairing_keeps_capacity")
