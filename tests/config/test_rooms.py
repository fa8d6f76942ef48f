"""What the demo puts into its other rooms is what a county sends, and follows from the seed."""

import pytest

from qianshou.config.commands import rooms
from qianshou.pairing.actions import roster
from qianshou.pairing.models import Partner, Role
from qianshou.teams.queries import offered
from tests import make

pytestmark = pytest.mark.django_db


def test_the_roster_fills_every_role_that_models_ask_of_it_and_gives_one_row_back():
    load = roster.take_list(
        make.COUNTY, by=make.a_worker(), file=rooms.roster_of(make.COUNTY, 1), name="名单.csv"
    )

    slots = [slot for model in offered.shipped() for slot in model["slot"]]
    wanted = {slot["role"] for slot in slots if slot["from"] == "ROSTER"} | {Role.LAWYER}
    assert set(Partner.objects.values_list("role", flat=True)) == wanted
    assert load.counts["bad"] == len(load.bad) == 1
    assert list(load.bad[0]["wrong"]) == [rooms.COLUMNS[0]]
    assert load.counts["new"] == Partner.objects.count()


def test_the_roster_follows_from_the_seed():
    one, same, other = (rooms.roster_of(make.COUNTY, seed).read() for seed in (1, 1, 2))

    assert one == same
    assert one != other
