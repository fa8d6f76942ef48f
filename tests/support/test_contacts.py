"""Logging contacts, whose turn it is, and what is at risk."""

from datetime import timedelta
from uuid import uuid4

import pytest

from qianshou.audit.models import Entry
from qianshou.common.errors import NotAllowed
from qianshou.pairing.rules import life
from qianshou.support.actions import contacts, following, reading, sweeping, watching, working
from qianshou.support.models import Contact, Followup
from qianshou.support.queries import care
from tests import make, make_pairing, make_support
from tests.make_support import a_contact, a_pairing, followup_of

pytestmark = pytest.mark.django_db
TODAY = make.TODAY


def test_a_contact_moves_the_turn_of_its_side_alone():
    pairing = a_pairing()

    a_contact(pairing, side="CHILD")

    row = followup_of(pairing)
    assert row.mother_due_on == row.guardian_due_on == pairing.active_on + timedelta(days=14)
    assert row.child_due_on == pairing.active_on + timedelta(days=28)
    assert row.due_on == row.mother_due_on
    # A Sunday: staff do it on the Monday after it.
    assert row.turn_on == row.due_on + timedelta(days=1)
    assert row.last_on == TODAY


def test_who_was_not_reached_is_still_due():
    pairing = a_pairing()

    a_contact(pairing, side="CHILD", outcome="NOT_REACHED", note="")

    assert followup_of(pairing).child_due_on == pairing.active_on + timedelta(days=14)


def test_the_same_form_sent_twice_is_one_contact_with_one_entry():
    pairing, by, once = a_pairing(), make.a_worker(), uuid4()

    made = [
        contacts.log(pairing, make_support.said(), by=by, today=TODAY, once=once) for _ in range(2)
    ]

    assert made[0].pk == made[1].pk
    assert Entry.objects.filter(act="support.contact.logged").count() == 1


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"held_on": TODAY + timedelta(days=1)}, contacts.DayNotAllowed),
        ({"held_on": TODAY - timedelta(days=40)}, contacts.DayNotAllowed),
        ({"note": " "}, contacts.SayMore),
    ],
    ids=["future", "before the first meeting", "nothing said"],
)
def test_a_contact_that_cannot_be_is_refused_and_nothing_is_kept(fields, refusal):
    pairing = a_pairing()

    with pytest.raises(refusal):
        a_contact(pairing, **fields)

    assert not Contact.objects.exists()
    assert followup_of(pairing).last_on is None


@pytest.mark.parametrize(
    ("role", "area"), [("fed_village", make.COUNTY), ("fed_county", make.OTHER_COUNTY)]
)
def test_only_those_who_look_after_pairs_log(role, area):
    with pytest.raises(NotAllowed):
        a_contact(a_pairing(), by=make.a_user(role, area=area))


def test_what_was_said_lies_sealed_and_its_reading_leaves_an_entry():
    by = make.a_worker()
    made = a_contact(a_pairing(), by=by, answers={"m_support": "婆婆病了"}, note="想歇一歇")

    row = Contact.objects.filter(pk=made.pk).values("answers", "note").get()
    assert "婆婆" not in str(bytes(row["answers"]).decode("utf-8", "ignore"))
    opened = reading.open_contact(Contact.objects.get(pk=made.pk), by=by, reason="回访")
    assert opened["note"] == "想歇一歇"
    assert opened["answers"][0][1] == "婆婆病了"
    assert Entry.objects.filter(act="support.contact.read").count() == 1


def test_a_bad_relationship_puts_the_pairing_at_risk():
    pairing = a_pairing()
    low = {"ci_close": 2, "ci_trust": 2, "ci_matter": 1, "ci_glad": 2, "ci_let_down": 5}

    a_contact(pairing, side="CHILD", items=low)

    pairing.refresh_from_db()
    assert pairing.state == life.AT_RISK
    assert set(followup_of(pairing).risks) == {"LOW"}


def test_twice_not_reached_is_a_reason_to_worry_and_once_is_none():
    pairing = a_pairing()
    a_contact(pairing, outcome="NOT_REACHED", note="")
    assert followup_of(pairing).risks == {}

    a_contact(pairing, outcome="NOT_REACHED", note="")

    assert set(followup_of(pairing).risks) == {"MISSED"}


def test_a_worry_is_seen_to_with_words():
    pairing, by = a_pairing(), make.a_worker()
    watching.worry(pairing, "MOVES", today=TODAY)

    watching.reassure(pairing, by=by, today=TODAY, reason="搬到同镇，照常联系")

    pairing.refresh_from_db()
    assert pairing.state == life.ACTIVE
    assert followup_of(pairing).risks == {}
    # The same calendar does not raise it again at once.
    assert sweeping.sweep(make.COUNTY, today=TODAY)["worried"] == 0


def test_silence_counts_the_mothers_log_where_there_is_one():
    silent, heard = a_pairing(), a_pairing()
    later = silent.active_on + timedelta(days=14 + 16)
    following.note_seen({heard.pk: later - timedelta(days=14)})
    following.note_seen({heard.pk: silent.active_on})  # an older entry changes nothing

    assert sweeping.sweep(make.COUNTY, today=later)["worried"] == 1
    assert set(followup_of(silent).risks) == {"SILENT"}
    assert followup_of(heard).risks == {}
    assert sweeping.sweep(make.COUNTY, today=later + timedelta(days=1))["worried"] == 1
    assert set(followup_of(heard).risks) == {"SILENT"}


def test_a_mother_who_moves_is_a_reason_to_worry():
    pairing = a_pairing()
    type(pairing.mother).objects.filter(pk=pairing.mother_id).update(area_code="500236001000")

    assert sweeping.sweep(make.COUNTY, today=TODAY)["worried"] == 1
    assert sweeping.sweep(make.COUNTY, today=TODAY)["worried"] == 0
    assert set(followup_of(pairing).risks) == {"MOVES"}


def test_pairs_are_given_noted_and_postponed_together():
    pairings, by = [a_pairing() for _ in range(3)], make.a_worker()
    away = a_pairing(child=make_pairing.a_child(area="500235107205"))

    given = working.assign([*pairings, away], by=by, owner=by)
    once = uuid4()
    for _ in range(2):
        noted = working.reached_by_phone(pairings[:2], "GUARDIAN", by=by, today=TODAY, once=once)
    until = TODAY + timedelta(days=10)
    for _ in range(2):
        put_off = working.postpone(pairings[2:], until, by=by, today=TODAY, reason="农忙")

    assert (given.count, noted.count, put_off.count) == (3, 2, 1)
    assert len(given.refusals) == 1
    assert Contact.objects.count() == 2
    assert followup_of(pairings[2]).turn_on == until
    assert followup_of(pairings[2]).due_on < TODAY
    assert Entry.objects.filter(act="support.contact.postponed").count() == 1
    with pytest.raises(working.DayTooFar):
        working.postpone(pairings, TODAY + timedelta(days=90), by=by, today=TODAY, reason="x")


def test_a_contact_ends_what_was_postponed():
    pairing, by = a_pairing(), make.a_worker()
    working.postpone([pairing], TODAY + timedelta(days=20), by=by, today=TODAY, reason="农忙")

    for side in ("MOTHER", "CHILD", "GUARDIAN"):
        a_contact(pairing, side=side, by=by)

    found = followup_of(pairing)
    assert found.due_on == pairing.active_on + timedelta(days=28)
    assert found.turn_on == found.due_on + timedelta(days=1)


def test_work_is_given_only_to_those_who_do_it():
    done = working.assign([a_pairing()], by=make.a_worker(), owner=make.a_user("fed_village"))

    assert done.count == 0
    assert Followup.objects.filter(owner=None).count() == 1


def test_the_worklist_is_narrowed_and_counted():
    by = make.a_worker()
    late, risky, fresh = a_pairing(), a_pairing(), a_pairing(active_on=TODAY)
    watching.worry(risky, "MOVES", today=TODAY)
    working.assign([late], by=by, owner=by)

    def found(**wanted: str) -> set:
        rows = care.worklist_for(by, make.COUNTY, care.Wanted(**wanted), today=TODAY)
        return {each.pk for each in rows}

    assert found() == {late.pk, risky.pk}
    assert found(what="RISK") == {risky.pk}
    assert found(what="ALL") == {late.pk, risky.pk, fresh.pk}
    assert found(what="ALL", whose="MINE") == {late.pk}
    assert found(what="ALL", whose="NOBODY") == {risky.pk, fresh.pk}
    assert found(what="ALL", risk="MOVES") == {risky.pk}
    counts = care.counts_for(by, make.COUNTY, today=TODAY)
    assert counts == {"DUE": 2, "OVERDUE": 2, "RISK": 1, "ALL": 3}
