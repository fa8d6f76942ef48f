"""Ceremonies: who was there begins, who was absent gets a new date, the list is closed once."""

from datetime import timedelta

import pytest

from qianshou.bonds.actions import ceremonies, meeting
from qianshou.bonds.models import Ceremony, Meeting
from qianshou.common.errors import NotAllowed
from qianshou.pairing.models import Pairing
from qianshou.pairing.rules import life
from tests import make
from tests.make_bonds import LATER, TODAY, a_pair

pytestmark = pytest.mark.django_db
BOTH = ("MOTHER", "CHILD")


@pytest.fixture
def worker():
    return make.a_worker()


@pytest.fixture
def ceremony(worker):
    return ceremonies.plan(
        make.COUNTY, by=worker, title="冬日结对", on=TODAY, place="县文化馆", today=TODAY
    )


def states(*pairings: Pairing) -> list[str]:
    return [Pairing.objects.get(pk=each.pk).state for each in pairings]


def test_those_who_are_there_begin_and_the_absent_get_a_new_date(ceremony, worker):
    here, absent, alone = (a_pair(life.FIRST_MEETING) for _ in range(3))
    assert ceremonies.invite(ceremony, [here, absent, alone], by=worker, today=TODAY) == []
    met = {each.pairing_id: each.pk for each in ceremony.meetings.all()}
    signed = ceremonies.Signed(
        {met[here.pk]: BOTH, met[alone.pk]: ("MOTHER",)}, "陈素芬", "三对，一对到场", LATER
    )

    result = ceremonies.close(ceremony, signed, by=worker, today=TODAY)

    assert (result.begun, result.absent, result.refused) == (1, 2, [])
    assert states(here, absent, alone) == [
        life.ACTIVE_INITIAL, life.FIRST_MEETING, life.FIRST_MEETING,
    ]  # fmt: skip
    assert absent.meetings.get(state="PLANNED").meets_on == LATER
    assert Ceremony.objects.get().minutes.open() == "三对，一对到场"


def test_a_late_pair_joins_on_the_day_and_another_one_not(ceremony, worker):
    late, early = a_pair(life.FIRST_MEETING), a_pair(life.AGREEMENT)

    refusals = ceremonies.invite(ceremony, [late, early], by=worker, today=TODAY)

    assert refusals == [str(meeting.NotToMeetYet())]
    assert ceremony.meetings.get().pairing == late


def test_a_closed_list_stays_closed(ceremony, worker):
    signed = ceremonies.Signed({}, "陈素芬")
    ceremonies.close(ceremony, signed, by=worker, today=TODAY)

    with pytest.raises(ceremonies.CeremonyClosed):
        ceremonies.close(ceremony, signed, by=worker, today=TODAY)
    ceremony.refresh_from_db()
    with pytest.raises(ceremonies.CeremonyClosed):
        ceremonies.invite(ceremony, [], by=worker, today=TODAY)


@pytest.mark.parametrize(
    ("signed", "on", "refusal"),
    [
        (ceremonies.Signed({}, " "), TODAY, meeting.StaffMissing),
        (ceremonies.Signed({}, "陈"), TODAY - timedelta(days=1), ceremonies.NotThatDay),
        (
            ceremonies.Signed({}, "陈", next_on=TODAY - timedelta(days=1)),
            TODAY,
            meeting.DayNotPossible,
        ),
    ],
)
def test_a_list_that_cannot_be_right_is_refused(ceremony, worker, signed, on, refusal):
    with pytest.raises(refusal):
        ceremonies.close(ceremony, signed, by=worker, today=on)

    assert Ceremony.objects.get().state == "PLANNED"


def test_one_who_lost_the_consent_does_not_keep_the_others_back(ceremony, worker):
    good, bad = a_pair(life.FIRST_MEETING), a_pair(life.FIRST_MEETING)
    ceremonies.invite(ceremony, [good, bad], by=worker, today=TODAY)
    bad.child.consents.all().update(given=False)
    present = {each.pk: BOTH for each in Meeting.objects.all()}

    result = ceremonies.close(
        ceremony, ceremonies.Signed(present, "陈素芬"), by=worker, today=TODAY
    )

    assert (result.begun, len(result.refused)) == (1, 1)
    assert states(good, bad) == [life.ACTIVE_INITIAL, life.FIRST_MEETING]


def test_others_plan_and_close_nothing(ceremony):
    stranger = make.a_user("fed_county", area=make.OTHER_COUNTY)

    with pytest.raises(NotAllowed):
        ceremonies.close(ceremony, ceremonies.Signed({}, "陈"), by=stranger, today=TODAY)
    with pytest.raises(NotAllowed):
        ceremonies.plan(
            make.COUNTY, by=make.a_user("clerk"), title="x", on=TODAY, place="x", today=TODAY
        )
