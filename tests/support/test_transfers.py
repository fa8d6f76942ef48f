"""Transfers: asked with consent, answered by the other county, and everything moves at once."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction

from qianshou.accounts import permissions as accounts
from qianshou.bonds.models import Signature as SignedPaper
from qianshou.common import rowsecurity
from qianshou.common.errors import NotAllowed
from qianshou.mothers import queries as mothers
from qianshou.pairing.models import Pairing
from qianshou.pairing.queries import panels
from qianshou.pairing.rules import life
from qianshou.recruitment.actions import attesting
from qianshou.recruitment.rules import life as recruiting
from qianshou.registry.models import Child, Consent, Guardian, Guardianship
from qianshou.support.actions import transferring
from qianshou.support.models import Contact, Ending, Followup, Transfer
from tests import make, make_bonds, make_mothers, make_pairing, make_recruits, make_support
from tests.make_support import a_contact, a_pairing

pytestmark = pytest.mark.django_db
TODAY = make.TODAY
AWAY = "500235001000"
RECORD = (
    "motherapplication", "applicationstep", "screeningcheck", "reference", "interview",
    "attendance", "signature",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _near():
    make_support.next_door()


def agreed(**fields):
    return transferring.Agreed(
        **{"by_whom": "张大国", "on": TODAY, "proof": "同意书12号", **fields}
    )


def asked(file, to=make_support.FAR_TOWN, **fields):
    by = fields.pop("by", None) or make.a_worker()
    return transferring.ask(
        file, to, by=by, today=TODAY, reason="随父母迁居", agreed=agreed(**fields)
    )


def accept(found, **fields):
    by = fields.pop("by", None) or make.a_worker(make.OTHER_COUNTY)
    return transferring.accept(found, by=by, today=TODAY, **{"keep": True, **fields})


def visible(model, user, **wanted):
    with rowsecurity.acting(accounts.scope_of(user)):
        return model.objects.filter(**wanted).count()


def test_the_file_and_all_that_hangs_on_it_move_and_sight_follows():
    old, new = make.a_worker(), make.a_worker(make.OTHER_COUNTY)
    pairing = a_pairing()
    a_contact(pairing, by=old)
    child = pairing.child
    found = asked(child, by=old)
    # Until it is accepted the old county answers, and the new one sees the request alone.
    assert visible(Child, old, pk=child.pk) == 1
    assert visible(Child, new, pk=child.pk) == 0
    assert visible(Transfer, new, pk=found.pk) == 1

    accept(found, by=new)

    for model, wanted in (
        (Child, {"pk": child.pk}), (Pairing, {"child": child}), (Consent, {"child": child}),
        (Contact, {"pairing": pairing}), (Followup, {"pairing": pairing}),
    ):  # fmt: skip
        assert visible(model, old, **wanted) == 0, model
        assert visible(model, new, **wanted) == 1, model
    found.refresh_from_db()
    assert found.state == "ACCEPTED"
    assert found.moved["support_contact"] == 1


def test_a_third_county_sees_neither_request_nor_file():
    """Control of the sight of two counties."""
    found = asked(a_pairing().child)
    third = make.a_worker("500101000000")

    assert visible(Transfer, third, pk=found.pk) == 0


def test_no_table_about_the_child_is_left_behind():
    """With its control: a table that is not moved is found by the same look."""
    pairing = a_pairing()
    found = asked(pairing.child)
    accept(found)

    def left() -> list[str]:
        return [
            rows.model._meta.db_table
            for rows in transferring._attached_to_child(pairing.child)
            if rows.exclude(area_code=make_support.FAR_TOWN).exists()
        ]

    assert left() == []
    Consent.objects.filter(child=pairing.child).update(area_code=make_pairing.VILLAGE)
    assert left() == ["registry_consent"]


def test_the_pairing_goes_on_where_the_mother_is_near():
    pairing = a_pairing()

    accept(asked(pairing.child))

    pairing.refresh_from_db()
    assert (pairing.state, pairing.area_code) == (life.ACTIVE, make_support.FAR_TOWN)


def test_a_pairing_too_far_apart_is_not_kept_but_closed_with_a_decision():
    mother = make_pairing.a_mother(area="500236117000", travel_limit_m=5000)
    type(mother).objects.filter(pk=mother.pk).update(area_code="500236000000")
    mother.refresh_from_db()
    pairing, new = a_pairing(mother=mother), make.a_worker(make.OTHER_COUNTY)
    found = asked(pairing.child, AWAY)

    with pytest.raises(transferring.TooFar), transaction.atomic():
        accept(found, by=new)
    assert Child.objects.get(pk=pairing.child_id).area_code == make_pairing.VILLAGE

    accept(found, by=new, keep=False, next_step="MONITORED")

    pairing.refresh_from_db()
    assert (pairing.state, pairing.next_step) == (life.CLOSING, "MONITORED")
    assert Ending.objects.get().area_code == AWAY


def test_a_transfer_is_not_accepted_twice_nor_after_it_was_declined():
    new = make.a_worker(make.OTHER_COUNTY)
    found = asked(a_pairing().child)

    transferring.decline(found, by=new, reason="孩子并未来本县")

    with pytest.raises(transferring.AnsweredAlready):
        accept(found, by=new)
    again = asked(found.child)
    accept(again, by=new)
    with pytest.raises(transferring.AnsweredAlready):
        accept(again, by=new)


def test_only_one_request_waits_and_the_asking_county_may_take_it_back():
    child, old = a_pairing().child, make.a_worker()
    found = asked(child, by=old)
    with pytest.raises(transferring.AskedAlready):
        asked(child, by=old)

    transferring.take_back(found, by=old, reason="不搬了")

    assert asked(child, by=old).pk != found.pk


@pytest.mark.parametrize(
    ("to", "fields", "refusal"),
    [
        ("500236117000", {}, transferring.SameCounty),
        ("500235000000", {}, transferring.NoSuchPlace),
        ("999999999999", {}, transferring.NoSuchPlace),
        (make_support.FAR_TOWN, {"on": TODAY + timedelta(days=1)}, transferring.ConsentMissing),
        (make_support.FAR_TOWN, {"proof": " "}, transferring.ConsentMissing),
        (make_support.FAR_TOWN, {"by_whom": "李奶奶"}, transferring.NotTheGuardian),
    ],
)
def test_a_request_without_place_or_consent_is_refused(to, fields, refusal):
    child = make_pairing.a_child()
    for name, is_guardian in (("张大国", True), ("李奶奶", False)):
        Guardianship.objects.create(
            child=child, guardian=Guardian.objects.create(area_code=child.area_code, name=name),
            area_code=child.area_code, kinship="FATHER", is_guardian=is_guardian,
        )  # fmt: skip

    with pytest.raises(refusal):
        asked(child, to, **fields)

    assert not Transfer.objects.exists()


def test_neither_county_acts_for_the_other():
    found = asked(a_pairing().child)

    with pytest.raises(NotAllowed):
        accept(found, by=make.a_worker())
    with pytest.raises(NotAllowed):
        transferring.take_back(found, by=make.a_worker(make.OTHER_COUNTY), reason="x")
    with pytest.raises(NotAllowed):
        asked(found.child, by=make.a_worker(make.OTHER_COUNTY))


def test_a_mother_moves_and_keeps_the_children_who_are_near():
    near = a_pairing()

    accept(asked(near.mother, by_whom=near.mother.name))

    near.refresh_from_db()
    near.mother.refresh_from_db()
    assert near.mother.area_code == make_support.FAR_TOWN
    assert near.mother.settled["area_code"] == TODAY.isoformat()
    assert (near.state, near.area_code) == (life.ACTIVE, make_pairing.VILLAGE)


def left_of(rows, code=make_support.FAR_TOWN) -> set[str]:
    return {each.model._meta.db_table for each in rows if each.exclude(area_code=code).exists()}


def test_a_mothers_whole_record_moves_and_the_new_county_can_go_on_with_it(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    record = make_recruits.an_application(recruiting.ACTIVE)
    mother, new = record.mother, make.a_worker(make.OTHER_COUNTY)
    # The control: before the move the same look finds every table of her record.
    before = left_of(transferring._attached_to_mother(mother))
    assert {f"recruitment_{name}" for name in RECORD} <= before

    accept(asked(mother, by_whom=mother.name), by=new)

    assert left_of(transferring._attached_to_mother(mother)) == set()
    with rowsecurity.acting(accounts.scope_of(new)):
        session = attesting.plan_session(
            make.OTHER_COUNTY, by=new, today=TODAY,
            given={"module": "MIND", "held_on": TODAY, "hours": Decimal(2), "place": "县妇联"},
        )  # fmt: skip
        attesting.attest(session, [make_recruits.again(record)], by=new, today=TODAY)
    # Hours add up to those of the old county, and nothing that she had passed is lost.
    mother.refresh_from_db()
    assert (mother.training_hours, mother.screening) == (10, "CLEAR")
    assert type(mother).objects.ready_on(TODAY).filter(pk=mother.pk).exists()


def test_a_mother_is_not_taken_for_free_where_her_children_are_not_seen():
    pairing, new = a_pairing(), make.a_worker(make.OTHER_COUNTY)
    mother = pairing.mother
    accept(asked(mother, by_whom=mother.name), by=new)
    mother.refresh_from_db()
    wanted = mothers.Wanted(free=True)

    with rowsecurity.acting(accounts.scope_of(new)):
        # The control: to her new county the pairing itself does not exist.
        assert not Pairing.objects.exists()
        panel = panels.mother_panel(new, mother)
        free = mothers.mothers_for(new, area_code=make.OTHER_COUNTY, wanted=wanted, today=TODAY)

        assert mother.capacity == 1
        assert panel is not None
        assert (panel.context["children"], panel.context["elsewhere"]) == ([], 1)
        assert not free.exists()


def test_what_is_signed_about_a_child_follows_the_child_and_not_the_mother():
    pairing = make_bonds.a_pair(life.FIRST_MEETING)
    signed = SignedPaper.objects.filter(agreement__pairing=pairing)

    accept(asked(pairing.mother, by_whom=pairing.mother.name))
    assert set(signed.values_list("area_code", flat=True)) == {pairing.area_code}

    accept(asked(pairing.child))
    assert set(signed.values_list("area_code", flat=True)) == {make_support.FAR_TOWN}


def test_a_mother_who_moves_too_far_says_farewell():
    child = make_pairing.a_child(area="500236117201")
    make.Area.objects.get_or_create(
        code="500236117201",
        defaults={"name": "紫阳村", "level": "VILLAGE", "parent_id": "500236117000"},
    )
    pairing = a_pairing(child=child)
    promised = Pairing.objects.create(
        child=make_pairing.a_child(area="500236117201"),
        mother=make_mothers.a_mother(area_code="500236117000"),
        area_code="500236117201", started_on=TODAY, by=make.a_user(),
    )  # fmt: skip

    accept(asked(pairing.mother, AWAY, by_whom="王秀"))

    pairing.refresh_from_db()
    assert (pairing.state, pairing.next_step) == (life.CLOSING, "REMATCH")
    assert promised.pk  # another mother's promise stays
