"""Red opens one task team by itself, once; a person opens one with a reason."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from qianshou.audit.models import Entry
from qianshou.cases.actions import moving, opening
from qianshou.cases.models import Member, TaskTeam
from qianshou.cases.rules import road
from qianshou.common.errors import NotAllowed
from tests import make, make_assessment, make_cases, make_pairing
from tests.make_support import a_pairing

pytestmark = pytest.mark.django_db


def test_a_child_that_turns_red_has_a_team_and_a_clock():
    child = make_assessment.an_assessment().child
    assert not TaskTeam.objects.exists()

    make_assessment.new_facts(child, **make_cases.RED)

    team = TaskTeam.objects.get(child=child)
    assert (team.state, team.because, team.opened_by) == (road.OPENED, "RED", None)
    assert team.answer_by - team.opened_at == timedelta(hours=24)
    assert Entry.objects.filter(act="cases.team.opened").count() == 1


def test_orange_opens_nothing():
    """Negative control: a milder grade than red has no team by itself."""
    found = make_assessment.an_assessment(father_status="DEAD", mother_status="PRISON")

    assert found.grade == "ORANGE"
    assert not TaskTeam.objects.exists()


def test_the_same_red_again_opens_no_second_team():
    child = make_cases.a_red_child()
    raised = [(child.pk, child.area_code, "RED")]

    for _ in range(2):
        assert opening.open_for_red(raised, today=make_cases.today()) == 0

    assert TaskTeam.objects.count() == 1


def test_the_database_holds_one_open_team_per_child():
    team = make_cases.a_team()

    with pytest.raises(IntegrityError), transaction.atomic():
        TaskTeam.objects.create(
            child=team.child, area_code=team.area_code, county=team.county, because="HAND",
            answer_by=timezone.now(), review_on=make_cases.today(),
        )  # fmt: skip


def test_the_mother_of_a_running_pairing_is_in_the_team():
    pairing = a_pairing(child=make_pairing.a_child())
    worker = make.a_worker()

    team = make_cases.open_by_hand(pairing.child, worker)

    assert [each.mother_id for each in Member.objects.filter(team=team)] == [pairing.mother_id]


def test_by_hand_needs_a_reason_and_the_countys_right():
    child = make_assessment.an_assessment().child
    for by, reason, refusal in (
        (make.a_user("fed_town", area=make_cases.TOWN), "转介", NotAllowed),
        (make.a_worker(make.OTHER_COUNTY), "转介", NotAllowed),
        (make.a_worker(), "  ", moving.ReasonMissing),
    ):
        with pytest.raises(refusal):
            opening.open_by_hand(child, by=by, because="HAND", reason=reason)
    assert not TaskTeam.objects.exists()

    team = make_cases.open_by_hand(child, make.a_worker())

    assert team.why.open() == "法院转介"
    with pytest.raises(opening.OpenAlready):
        make_cases.open_by_hand(child, make.a_worker())


def test_red_again_soon_after_opens_the_same_team_again():
    lead = make.a_worker()
    team = make_cases.close(make_cases.a_working_team(lead), lead)

    make_assessment.new_facts(team.child, **make_cases.RED, self_harm=True)

    team.refresh_from_db()
    assert (team.state, team.times_reopened, team.lead) == (road.REOPENED, 1, None)
    assert team.answered_at is None
    assert TaskTeam.objects.count() == 1


def test_red_again_much_later_opens_a_new_team():
    lead = make.a_worker()
    team = make_cases.close(make_cases.a_working_team(lead), lead)
    TaskTeam.objects.filter(pk=team.pk).update(closed_at=timezone.now() - timedelta(days=400))

    make_assessment.new_facts(team.child, **make_cases.RED, self_harm=True)

    team.refresh_from_db()
    assert team.state == road.CLOSED
    assert TaskTeam.objects.open().filter(child=team.child).count() == 1


def test_many_red_children_of_one_delivery_each_have_their_team():
    ids = make_assessment.many(12, **make_cases.RED)

    assert set(TaskTeam.objects.open().values_list("child_id", flat=True)) == set(ids)
