"""Accepted places of teams: a person accepts and ends them, later runs find them taken."""

import json

import pytest
from django.urls import reverse
from django.utils import timezone

from qianshou.accounts import actions as accounts
from qianshou.accounts.rules import Power
from qianshou.audit.models import Entry
from qianshou.common.errors import NotAllowed
from qianshou.engines.matching import partial
from qianshou.pairing.actions import seating
from qianshou.pairing.models import Role, TeamRun, TeamSeat
from qianshou.pairing.queries import seats as queries
from tests import make, make_exchange
from tests.pairing.test_teams import OTHER_TOWN, TOWN, a_paired_child, a_partner, a_team_run

pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.VAR = tmp_path


def the_place(run, child, role="POLICE"):
    return run.places.get(child=child, role=role)


def who(run, role="POLICE"):
    rows = run.places.filter(role=role).exclude(partner=None)
    return dict(rows.values_list("child_id", "partner_id"))


def test_accepted_place_is_kept_with_who_and_when():
    child, partner, worker = a_paired_child(), a_partner(), make.a_worker()
    run = a_team_run()

    seat = seating.accept(the_place(run, child), by=worker)

    assert (seat.child, seat.partner, seat.kind, seat.accepted_by) == (
        child, partner, "FOUR", worker,
    )  # fmt: skip
    entry = Entry.objects.get(act="pairing.team.accepted")
    assert (entry.subject_id, json.loads(entry.details)["role"]) == (str(child.pk), "POLICE")


def test_later_run_keeps_the_accepted_person_although_a_more_urgent_child_has_come():
    yellow, partner = a_paired_child(tier=2), a_partner(places=1)
    seating.accept(the_place(a_team_run(), yellow), by=make.a_worker())
    red = a_paired_child(tier=0)

    again = a_team_run()

    assert (again.verified, who(again)) == (True, {yellow.pk: partner.pk})
    assert the_place(again, red).gap == "TAKEN"
    assert again.figures["roles"]["POLICE"]["kept"] == 1
    assert again.figures["roles"]["POLICE"]["unfilled"] == 1


def test_without_acceptance_the_more_urgent_child_takes_the_place():
    a_paired_child(tier=2)
    partner = a_partner(places=1)
    a_team_run()
    red = a_paired_child(tier=0)

    assert who(a_team_run()) == {red.pk: partner.pk}


def test_accepted_place_counts_once_for_teams_of_the_other_kind():
    red = a_paired_child(tier=0)
    partner = a_partner(places=2)
    seating.accept(the_place(a_team_run("FOUR"), red), by=make.a_worker())

    task = a_team_run("TASK")

    assert who(task) == {red.pk: partner.pk}


def test_person_who_is_full_by_now_is_not_accepted_twice_over():
    first, second = a_paired_child(), a_paired_child()
    partner = a_partner(places=2)
    run = a_team_run()
    partner.places = 1
    partner.save()

    outcomes = seating.accept_many(run.places.exclude(partner=None), by=make.a_worker())

    assert sorted(each.refusal for each in outcomes) == ["", str(seating.PartnerIsFull())]
    assert TeamSeat.objects.in_force().count() == 1
    assert {each.place.child_id for each in outcomes} == {first.pk, second.pk}


@pytest.mark.parametrize(
    ("spoil", "refusal"),
    [
        (lambda place: place.partner.__class__.objects.update(is_active=False),
         seating.PartnerRests),
        (lambda place: place.child.__class__.objects.filter(pk=place.child_id).update(
            state="CLOSED"), seating.FileClosed),
        (lambda place: seating.accept(place, by=make.a_worker()), seating.AlreadySeated),
    ],
)  # fmt: skip
def test_place_that_no_longer_fits_is_refused(spoil, refusal):
    child = a_paired_child()
    a_partner()
    place = the_place(a_team_run(), child)
    spoil(place)

    with pytest.raises(refusal):
        seating.accept(place, by=make.a_worker())


def test_gap_cannot_be_accepted():
    child = a_paired_child()
    a_partner()

    with pytest.raises(seating.NobodyProposed):
        seating.accept(the_place(a_team_run(), child, "DOCTOR"), by=make.a_worker())


@pytest.mark.parametrize("role", ["clerk", "fed_city", "fed_village"])
def test_who_may_not_decide_accepts_nothing_and_ends_nothing(role):
    child = a_paired_child()
    a_partner()
    run = a_team_run()
    seat = seating.accept(the_place(run, child), by=make.a_worker())
    other = make.a_user(role, area=make.CITY if role == "fed_city" else make.COUNTY)

    with pytest.raises(NotAllowed):
        seating.end(seat, by=other, reason="调走")
    with pytest.raises(NotAllowed):
        seating.accept(the_place(run, child), by=other)


def test_ended_place_is_free_again_and_its_reason_kept():
    child, partner = a_paired_child(), a_partner(places=1)
    seat = seating.accept(the_place(a_team_run(), child), by=make.a_worker())
    with pytest.raises(seating.SeatReasonMissing):
        seating.end(seat, by=make.a_worker(), reason=" ")

    ended = seating.end(seat, by=make.a_worker(), reason="民警调走")

    assert (ended.end_reason, ended.ended_at is not None) == ("民警调走", True)
    with pytest.raises(seating.SeatEnded):
        seating.end(seat, by=make.a_worker(), reason="再来")
    assert who(a_team_run()) == {child.pk: partner.pk}
    assert not TeamSeat.objects.in_force().exists()


def test_places_of_one_child_or_of_many_are_accepted_on_the_page(client):
    one, two = a_paired_child(), a_paired_child()
    a_partner()
    a_partner(Role.DOCTOR)
    run = a_team_run()
    client.force_login(make.a_worker())
    address = reverse("pairing:team-accept", args=[run.pk])

    whole = {"pick": [the_place(run, one).pk], "act": "whole"}
    first = client.post(address, whole, headers=ENGLISH, follow=True)
    client.post(address, {"pick": [the_place(run, two).pk, "nonsense"], "act": "places"})

    assert "2 places are accepted." in first.text
    taken = set(TeamSeat.objects.values_list("child_id", "role"))
    assert taken == {(one.pk, "POLICE"), (one.pk, "DOCTOR"), (two.pk, "POLICE")}
    file = client.get(reverse("registry:child", args=[one.pk]), headers=ENGLISH)
    assert "in the team" in file.text
    seat = TeamSeat.objects.get(child=two)
    listed = client.get(reverse("pairing:seats"))
    assert len(listed.context["rows"]) == 3
    doctors = client.get(reverse("pairing:seats"), {"role": "DOCTOR"})
    assert [row["child"] for row in doctors.context["rows"]] == [one.name]
    chips = {group["name"]: group["choices"] for group in doctors.context["filters"]}
    assert [(code, count) for code, _words, count in chips["role"]] == [
        ("POLICE", 2),
        ("DOCTOR", 1),
    ]
    assert not client.get(reverse("pairing:seats"), {"role": "NOBODY"}).context["rows"]
    client.post(reverse("pairing:seat-end", args=[seat.pk]), {"reason": "调走"})
    seat.refresh_from_db()
    assert seat.end_reason == "调走"


def test_places_outside_the_chosen_part_are_not_picked():
    child = a_paired_child()
    a_partner()
    run = a_team_run()
    place = str(the_place(run, child).pk)

    assert queries.picked(run, make.COUNTY, places=[place])
    elsewhere = OTHER_TOWN if child.area_code.startswith(TOWN[:9]) else TOWN
    assert queries.picked(run, elsewhere, places=[place]) == []


def test_interface_accepts_lists_and_ends(client):
    child = a_paired_child()
    a_partner(places=1)
    run, worker = a_team_run(), make.a_worker()
    powers = [str(each) for each in (Power.VIEW_PAIRS, Power.DECIDE_PAIRING)]
    key = accounts.create_token(
        worker, by=worker, name="test", powers=powers, today=timezone.localdate()
    )

    def call(method, path, body=None):
        return getattr(client, method)(
            f"/api/v1{path}", json.dumps(body) if body else None,
            content_type="application/json", headers={"authorization": f"Bearer {key}"},
        ).json()  # fmt: skip

    accepted = call("post", f"/teams/runs/{run.pk}/accept", {"children": [str(child.pk)]})
    (seat,) = client.get(
        "/api/v1/teams/accepted", headers={"authorization": f"Bearer {key}"}
    ).json()["items"]
    ended = call("post", f"/teams/accepted/{seat['id']}/end", {"reason": "调走"})

    assert [(each["role"], each["refusal"]) for each in accepted] == [("POLICE", "")]
    assert (seat["child_id"], seat["partner"]) == (str(child.pk), "周民 竹园派出所")
    assert ended["end_reason"] == "调走"


def test_certificate_is_whole_for_the_county_and_cut_for_a_town(client):
    here = a_paired_child(area=f"{make_exchange.TOWN[:9]}201")
    there = a_paired_child(area="500236104201")
    a_partner(places=9, reach_m=900_000)
    run = a_team_run()
    path = reverse("pairing:team-certificate", args=[run.pk])

    client.force_login(make.a_worker())
    whole = client.post(path)
    client.force_login(make.a_user("fed_town", area=make_exchange.TOWN))
    part = client.post(path)
    client.force_login(make.a_worker(make.OTHER_COUNTY))
    refused = client.post(path)

    assert whole.content == (seating.teamproofs.archived.folder_of(run) / "certificate.json"
                             ).read_bytes()  # fmt: skip
    said = part.json()
    assert partial.flaws(said) == []
    assert {each.partition(":")[2] for each in said["child_value"]} == {str(here.pk)}
    assert str(there.pk) not in part.text
    assert refused.status_code == 404
    taken = Entry.objects.filter(act="pairing.certificate.taken").order_by("pk")
    assert [json.loads(each.details)["extent"] for each in taken] == ["whole", "part"]


def test_run_without_files_says_so(client):
    run = TeamRun.objects.create(area_code=make.COUNTY, kind="FOUR", state="DONE")
    client.force_login(make.a_worker())

    answer = client.post(reverse("pairing:team-certificate", args=[run.pk]), headers=ENGLISH)

    assert "no longer kept" in answer.text
