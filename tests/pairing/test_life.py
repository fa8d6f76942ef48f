"""A pairing moves along its table and nowhere else, whoever writes."""

from datetime import date

import pgtrigger
import pytest
from django.db import DatabaseError, transaction

from qianshou.pairing.models import Pairing
from qianshou.pairing.rules import life
from tests import make, make_pairing

pytestmark = pytest.mark.django_db


def a_pairing(**fields: object) -> Pairing:
    return Pairing.objects.create(
        child=make_pairing.a_child(), mother=make_pairing.a_mother(),
        area_code=make_pairing.VILLAGE, started_on=date(2026, 5, 1),
        by=make.a_user(), **fields,
    )  # fmt: skip


def moves(pairing: Pairing, state: str) -> bool:
    try:
        with transaction.atomic():
            Pairing.objects.filter(pk=pairing.pk).update(
                state=state,
                next_step="REMATCH",
                active_on=None if state in life.BEFORE_CARE else date(2026, 5, 1),
                ended_on=date(2026, 6, 1) if state in life.ENDED else None,
            )
    except DatabaseError:
        return False
    return True


def test_the_database_allows_exactly_the_moves_of_the_table() -> None:
    pairing = a_pairing()
    allowed = set(life.PAIRING.pairs())
    for source in life.PAIRING.labels:
        for target in life.PAIRING.labels:
            if source == target:
                continue
            with pgtrigger.ignore("pairing.Pairing:pairing_moves"):
                assert moves(pairing, source)
            assert moves(pairing, target) == ((source, target) in allowed), (source, target)


def test_without_the_trigger_a_closed_pairing_could_be_active_again() -> None:
    pairing = a_pairing(state=life.ACTIVE, active_on=date(2026, 5, 1))
    assert moves(pairing, life.CLOSED)
    assert not moves(pairing, life.ACTIVE)
    with pgtrigger.ignore("pairing.Pairing:pairing_moves"):
        assert moves(pairing, life.ACTIVE)


def test_a_pairing_cannot_begin_in_the_middle_of_the_road() -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        a_pairing(state=life.AGREEMENT)
    with pgtrigger.ignore("pairing.Pairing:pairing_begins"):
        assert a_pairing(state=life.AGREEMENT).pk


def test_the_states_of_care_are_told_apart_from_promises() -> None:
    promised = a_pairing()
    running = a_pairing(state=life.ACTIVE, active_on=date(2026, 5, 1))
    assert set(Pairing.objects.open()) == {promised, running}
    assert set(Pairing.objects.caring()) == {running}
