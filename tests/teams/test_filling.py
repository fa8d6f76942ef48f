"""Filling a team: by hand or from a run, one truth; gaps in words; a place passes on."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from qianshou.audit.models import Entry
from qianshou.common import rowsecurity
from qianshou.common.errors import NotAllowed
from qianshou.pairing.actions import seating, teaming
from qianshou.pairing.models import TeamRun, TeamSeat
from qianshou.teams.actions import connecting, filling
from qianshou.teams.queries import candidates, gaps, reading, teams
from tests import make, make_mothers, make_pairing, make_teams

pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.VAR = tmp_path


@pytest.fixture
def child():
    return make_pairing.a_child(school="竹园小学")


def fill(child, partner, **more):
    by = more.get("by") or make.a_worker()
    return filling.fill(child, partner.role, str(partner.pk), by=by)


def test_place_filled_by_hand_closes_the_gap_and_stands_in_the_trail(child):
    team = make_teams.a_team(child)
    before = {place.slot.role: place.missing for place in teams.places_of(child, team)}

    seat = fill(child, make_teams.a_partner())

    after = {place.slot.role: place.missing for place in teams.places_of(child, team)}
    assert (before, after) == (
        {"MOTHER": 1, "TEACHER": 1, "DOCTOR": 1}, {"MOTHER": 1, "TEACHER": 0, "DOCTOR": 1},
    )  # fmt: skip
    assert (seat.kind, seat.given_in) == ("CARE", make.COUNTY)
    assert Entry.objects.filter(act="pairing.team.seated", subject_id=str(child.pk)).exists()


def test_place_accepted_from_a_run_of_four_fills_the_slot_of_the_same_role(child):
    team = make_teams.a_team(child)
    partner = make_teams.a_partner()
    run = TeamRun.objects.create(area_code=make.COUNTY, kind="FOUR", state="DONE")
    place = run.places.create(
        child=child, area_code=child.area_code, role="TEACHER", partner=partner
    )
    seating.accept(place, by=make.a_worker())

    (found,) = [each for each in teams.places_of(child, team) if each.slot.role == "TEACHER"]
    assert ([each.who for each in found.members], found.gap) == ([str(partner)], "")
    with pytest.raises(filling.SlotFull):
        fill(child, make_teams.a_partner(name="王老师"))


def test_team_engine_proposes_whatever_role_a_model_lacks(child):
    slots = [make_teams.a_slot("GRID_WORKER"), make_teams.a_slot(), make_teams.a_slot(
        "CHILD_DIRECTOR", **{"from": "STAFF"})]  # fmt: skip
    make_teams.a_team(child, make_teams.a_model(slots))
    fill(child, make_teams.a_partner())
    grid = make_teams.a_partner("GRID_WORKER", name="吴网格")
    run = teaming.compute(TeamRun.objects.create(area_code=make.COUNTY, kind="CARE").pk)

    assert run.verified is True
    (place,) = run.places.all()
    assert (place.role, place.partner) == ("GRID_WORKER", grid)
    assert run.figures["roles"]["GRID_WORKER"]["unfilled"] == 0
    seating.accept(place, by=make.a_worker())
    with pytest.raises(seating.AlreadySeated):
        seating.accept(place, by=make.a_worker())
    assert gaps.by_child(make.COUNTY) == {child.pk: {"CHILD_DIRECTOR"}}


def test_several_people_of_one_role_up_to_what_the_model_allows(child):
    slot = make_teams.a_slot("NEIGHBOUR", least=2, most=2, **{"from": "MOTHERS"})
    team = make_teams.a_team(child, make_teams.a_model([slot]))
    mothers = [make_mothers.a_mother(area_code=child.area_code) for _ in range(3)]
    worker = make.a_worker()

    filling.fill(child, "NEIGHBOUR", str(mothers[0].pk), by=worker)
    (place,) = teams.places_of(child, team)
    assert place.missing == 1
    filling.fill(child, "NEIGHBOUR", str(mothers[1].pk), by=worker)
    with pytest.raises(filling.SlotFull):
        filling.fill(child, "NEIGHBOUR", str(mothers[2].pk), by=worker)


@pytest.mark.parametrize(
    ("spoil", "refusal"),
    [
        (lambda _child, partner: type(partner).objects.update(is_active=False),
         filling.NotACandidate),
        (lambda _child, partner: type(partner).objects.update(places=0), filling.NotACandidate),
        (lambda _child, partner: type(partner).objects.update(role="DOCTOR"),
         filling.NotACandidate),
        (lambda _child, partner: type(partner).objects.update(area_code="500235101201"),
         filling.NotACandidate),
        (lambda child, _partner: type(child).objects.update(state="CLOSED"), seating.FileClosed),
    ],
    ids=["rests", "full", "other role", "other county", "file closed"],
)  # fmt: skip
def test_who_does_not_fit_is_refused_and_nothing_changes(child, spoil, refusal):
    make_teams.a_team(child)
    partner = make_teams.a_partner()
    spoil(child, partner)

    with pytest.raises(refusal):
        filling.fill(child, "TEACHER", str(partner.pk), by=make.a_worker())
    assert not TeamSeat.objects.exists()


def test_town_fills_nothing(child):
    make_teams.a_team(child)

    with pytest.raises(NotAllowed):
        fill(child, make_teams.a_partner(), by=make.a_user("fed_town"))


def test_place_passes_on_with_a_note_that_staff_read_on_record(child):
    make_teams.a_team(child)
    first = fill(child, make_teams.a_partner())
    other, worker = make_teams.a_partner(name="王老师"), make.a_worker()

    with pytest.raises(filling.HandoverMissing):
        filling.replace(first, str(other.pk), by=worker, reason="调走", handover=" ")
    made = filling.replace(
        first, str(other.pk), by=worker, reason="调走", handover="周三放学后谈心"
    )

    first.refresh_from_db()
    assert (first.end_reason, made.replaces, made.partner) == ("调走", first, other)
    assert b"\xe5\x91\xa8" not in bytes(first.handover.raw)
    assert filling.read_handover(first, by=worker) == "周三放学后谈心"
    assert Entry.objects.filter(act="teams.handover.read").count() == 1


def test_staff_slot_offers_those_who_see_the_child_by_their_own_role(child):
    make_teams.a_team(child, make_teams.a_model(
        [make_teams.a_slot("CHILD_DIRECTOR", **{"from": "STAFF"})]))  # fmt: skip
    director = make.a_user("child_director")
    make.a_user("child_director", area=make.OTHER_COUNTY)
    slot = reading.model_of(teams.team_of(child).model).slots[0]

    assert [each.key for each in candidates.candidates(child, slot)] == [str(director.pk)]


def test_account_of_a_partner_is_connected_once_and_only_with_the_role():
    partner, worker = make_teams.a_partner(), make.a_worker()
    make.a_user("grid", username="wrong")
    user = make.a_user("partner", username="zhou")

    with pytest.raises(connecting.NoSuchAccount):
        connecting.connect(partner, "wrong", by=worker)
    connecting.connect(partner, "zhou", by=worker)
    other = make_teams.a_partner(name="王老师")
    with override("en"), pytest.raises(Exception, match="stands for another"):
        connecting.connect(other, "zhou", by=worker)

    user.refresh_from_db()
    assert user.person_id == partner.pk


def test_child_page_says_who_is_missing(child):
    make_teams.a_team(child)
    client = Client(headers=ENGLISH)
    client.force_login(make.a_worker())

    for path in (reverse("registry:child", args=[child.pk]), reverse("teams:child", args=[
            child.pk])):  # fmt: skip
        assert "no class teacher yet" in client.get(path).content.decode()


@pytest.mark.parametrize("number", [1, 3])
def test_gaps_by_town_and_child_ask_no_more_for_more_children(
    client, django_assert_max_num_queries, number
):
    model = make_teams.a_model()
    for _ in range(number):
        make_teams.a_team(make_pairing.a_child(), model)
    client.force_login(make.a_worker())

    with django_assert_max_num_queries(24):
        html = client.get(reverse("teams:gaps")).content.decode()
    assert html.count("data-open") == number
    with rowsecurity.acting(rowsecurity.SYSTEM):
        table = gaps.table(make.COUNTY)
    assert {each["role"]: each["sum"] for each in table["roles"]} == dict.fromkeys(
        ("MOTHER", "TEACHER", "DOCTOR"), number
    )


def test_gaps_of_another_county_are_not_counted(child):
    make_teams.a_team(child)

    assert gaps.table(make.OTHER_COUNTY)["rows"] == []
    assert gaps.by_child(make.COUNTY)
