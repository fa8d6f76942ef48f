"""T44: of ten thousand random mothers none who has not passed every gate reaches the matcher."""

from datetime import timedelta

import pytest
from django.db.models import Q

from qianshou.mothers.actions import intake
from qianshou.mothers.models import Mother
from qianshou.mothers.models import files as models
from qianshou.mothers.rules import gates
from qianshou.pairing.queries import instance
from tests import make
from tests.mothers.test_gates import random_mothers

TODAY = make.TODAY


def slipped_through():
    """Ids of mothers in the matcher's instance whom a plain reading of the law turns away."""
    offered = {row.id for row in instance.mothers_with_places(make.COUNTY, today=TODAY)}
    return [each.pk for each in Mother.objects.filter(pk__in=offered) if not vetted(each)], offered


def vetted(mother):
    """Say it once more in plain words, without the application's own rule."""
    year_ago = TODAY.replace(year=TODAY.year - 1)
    return (
        mother.state == "ACTIVE"
        and mother.screening == "CLEAR"
        and mother.screened_on is not None
        and year_ago <= mother.screened_on <= TODAY
        and mother.training_hours >= 6
        and None not in (mother.trained_on, mother.committed_on)
        and max(mother.trained_on, mother.committed_on) <= TODAY
        and mother.reporting_signed
        and mother.confidentiality_signed
        and mother.year_signed
    )


def test_no_unvetted_mother_of_ten_thousand_is_offered_a_child(db):
    intake.store(random_mothers(10_000, TODAY))

    slipped, offered = slipped_through()

    assert slipped == []
    assert offered == {each.pk for each in Mother.objects.all() if vetted(each)}
    assert len(offered) > 20


@pytest.mark.parametrize("code", sorted(gates.GATES))
def test_with_a_gate_taken_out_they_do(db, monkeypatch, code):
    """Negative control: each gate alone keeps somebody out."""
    intake.store(random_mothers(4_000, TODAY))
    whole = models._hurdles
    monkeypatch.setattr(models, "_hurdles", lambda day: {**whole(day), code: Q()})

    slipped, _offered = slipped_through()

    assert slipped != []


def test_a_query_that_ends_tomorrow_holds_today_only(db):
    """The boundary that the random days hit: the last day of a query is its anniversary."""
    intake.store(random_mothers(4_000, TODAY))

    today = {row.id for row in instance.mothers_with_places(make.COUNTY, today=TODAY)}
    later = TODAY + timedelta(days=1)
    tomorrow = {row.id for row in instance.mothers_with_places(make.COUNTY, today=later)}

    ending = TODAY.replace(year=TODAY.year - 1)
    ends = set(Mother.objects.filter(screened_on=ending).values_list("pk", flat=True))
    assert today & ends
    assert not tomorrow & ends
