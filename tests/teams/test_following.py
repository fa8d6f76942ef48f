"""Teams, places and tasks follow their child: joined, parted, moved, and out of the county."""

from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from qianshou.common import bus
from qianshou.pairing.actions import following as places
from qianshou.pairing.models import TeamSeat
from qianshou.registry.events import FilesChanged
from qianshou.registry.models import Child
from qianshou.teams.actions import asking, following
from qianshou.teams.models import CareTeam, TeamTask
from tests import make, make_pairing, make_teams

pytestmark = pytest.mark.django_db
OTHER_VILLAGE, ABROAD = "500236104201", "500235101201"


def joined(kept, absorbed, event: UUID):
    places.seats_follow_merge(kept_id=kept.pk, absorbed_id=absorbed.pk, event_id=event)
    following.follow_merge(kept_id=kept.pk, absorbed_id=absorbed.pk, event_id=event)


def parted(event: UUID):
    places.seats_follow_undo(event_id=event)
    following.follow_undo(event_id=event)


def asked_of(seat):
    made = asking.ask(
        seat, by=make.a_worker(), today=timezone.localdate(), asked="谈心",
        due_on=make_teams.soon(), by_link=True,
    )  # fmt: skip
    return made.task


def test_team_place_and_task_follow_a_joining_and_come_back():
    kept, absorbed = make_pairing.a_child(area=OTHER_VILLAGE), make_pairing.a_child()
    team, seat = make_teams.a_team(absorbed), make_teams.a_seat(absorbed)
    task, event = asked_of(seat), uuid4()

    joined(kept, absorbed, event)
    things = [each.__class__.objects.get(pk=each.pk) for each in (team, seat, task)]
    assert [(each.child_id, each.area_code) for each in things] == [(kept.pk, OTHER_VILLAGE)] * 3

    parted(event)
    things = [each.__class__.objects.get(pk=each.pk) for each in (team, seat, task)]
    assert [each.child_id for each in things] == [absorbed.pk] * 3


def test_where_both_files_have_one_the_kept_files_own_stays_and_the_other_waits():
    kept, absorbed = make_pairing.a_child(), make_pairing.a_child()
    own, other = make_teams.a_team(kept), make_teams.a_team(absorbed)
    partner = make_teams.a_partner()
    make_teams.a_seat(kept, partner)
    twice = make_teams.a_seat(absorbed, partner)

    joined(kept, absorbed, uuid4())
    Child.objects.filter(pk=absorbed.pk).update(merged_into=kept)

    assert list(CareTeam.objects.in_force()) == [own]
    other.refresh_from_db()
    twice.refresh_from_db()
    assert (other.child_id, twice.child_id) == (absorbed.pk, absorbed.pk)
    assert TeamSeat.objects.in_force().count() == 1


def test_move_within_the_county_takes_team_place_and_task_along():
    child = make_pairing.a_child()
    make_teams.a_team(child)
    asked_of(make_teams.a_seat(child))
    Child.objects.filter(pk=child.pk).update(area_code=OTHER_VILLAGE)

    bus.publish(FilesChanged((child.pk,), None))

    rows = [model.objects.get() for model in (CareTeam, TeamSeat, TeamTask)]
    assert [each.area_code for each in rows] == [OTHER_VILLAGE] * 3
    assert TeamSeat.objects.get().ended_at is None


def test_move_to_another_county_ends_the_places_and_leaves_the_team_with_its_gaps():
    child = make_pairing.a_child()
    make_teams.a_team(child)
    seat = make_teams.a_seat(child)
    staying = make_teams.a_seat(make_pairing.a_child(), seat.partner)
    Child.objects.filter(pk=child.pk).update(area_code=ABROAD)

    bus.publish(FilesChanged((child.pk,), None))

    seat.refresh_from_db()
    assert (seat.area_code, seat.end_reason) == (ABROAD, places.MOVED_AWAY)
    assert CareTeam.objects.get().area_code == ABROAD
    assert list(TeamSeat.objects.in_force()) == [staying]


def test_closed_file_has_neither_team_nor_places_and_has_them_again_when_it_opens():
    child = make_pairing.a_child()
    make_teams.a_team(child)
    make_teams.a_seat(child)

    Child.objects.filter(pk=child.pk).update(state="CLOSED")
    assert not CareTeam.objects.in_force().exists()
    assert not TeamSeat.objects.in_force().exists()
    Child.objects.filter(pk=child.pk).update(state="VERIFIED")
    assert CareTeam.objects.in_force().exists()
    assert TeamSeat.objects.in_force().exists()


@pytest.mark.parametrize("number", [1, 3])
def test_following_asks_no_more_for_more_children(django_assert_num_queries, number):
    children = [make_pairing.a_child() for _ in range(number)]
    partner = make_teams.a_partner()
    for child in children:
        make_teams.a_seat(child, partner)
    Child.objects.update(area_code=OTHER_VILLAGE)

    with django_assert_num_queries(12):
        places.seats_follow_place([child.pk for child in children])
