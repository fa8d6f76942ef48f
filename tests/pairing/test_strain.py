"""How she fares lowers what the matching gives her, and nobody who may not know it reads of it."""

from pathlib import Path

import polars as pl
import pytest
from django.conf import settings

from qianshou.mothers.actions import caring
from qianshou.pairing.models import LeftOver, Proposal
from qianshou.pairing.queries import instance
from tests import make, make_mothers, make_pairing

pytestmark = pytest.mark.django_db


def say(mother, answer):
    herself = make_mothers.herself(mother)
    caring.answer_pulse(mother, [answer] * 3, by=herself, today=make.TODAY)


@pytest.mark.parametrize(("answer", "percent"), [(0, 0), (2, 50), (4, 100)])
def test_a_pulse_reaches_the_matching_as_it_was_said(answer, percent):
    say(make_mothers.a_mother(capacity=3), answer)

    (row,) = instance.mothers_with_places(make.COUNTY, today=make.TODAY)

    assert (row.strain, row.places) == (percent, 3)


@pytest.mark.parametrize(("answer", "paired"), [(4, 0), (3, 1), (1, 2)])
def test_who_carries_much_gets_fewer_new_children(answer, paired):
    for _ in range(2):
        make_pairing.a_child()
    say(make_pairing.a_mother(capacity=2), answer)

    make_pairing.a_computed_run()

    assert Proposal.objects.count() == paired


def test_nothing_that_a_run_leaves_behind_names_her_strain():
    make_pairing.a_child()
    say(make_pairing.a_mother(), 4)

    run, _people, _plan = make_pairing.a_computed_run()

    (left,) = LeftOver.objects.all()
    assert "strain" not in f"{left.reason} {left.details}".lower()
    for file in (Path(settings.VAR) / run.folder).rglob("*"):
        if file.suffix == ".parquet":
            assert "strain" not in pl.read_parquet_schema(file)
        elif file.suffix == ".json":
            assert "strain" not in file.read_text("utf-8").replace("strain_", "")
