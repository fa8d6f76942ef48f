"""Who may consent, answers on paper, withdrawals, documents, and the child's own word."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from qianshou.audit.models import Entry
from qianshou.common import bus
from qianshou.common.errors import NotAllowed
from qianshou.common.identity import new_id
from qianshou.consents.actions import asking, noting, turning
from qianshou.consents.events import ConsentWithdrawn
from qianshou.consents.models import Assent, Authority, SigningRequest
from qianshou.consents.queries import child as consequences
from qianshou.consents.queries import family, holding
from qianshou.consents.queries import texts as text_queries
from qianshou.consents.rules import signers
from qianshou.consents.rules.signers import Adult, Bar, Paper
from qianshou.notices.models import Notice
from qianshou.pairing.actions import deciding
from qianshou.pairing.models import Pairing
from qianshou.pairing.queries import instance
from qianshou.registry.actions.consenting import AnswerInFuture, NewerAnswer
from qianshou.registry.models import Consent
from tests import make, make_consents, make_pairing, make_registry

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
TOWN, VILLAGE = "500236117000", "500236117201"


def note(child, adult, by, **more):
    values = {
        "purpose": "MATCHING", "given": True, "given_on": TODAY, "kept_at": "档案柜三号",
        "stands_id": adult.pk if adult else None,
    }  # fmt: skip
    return noting.note_paper(child, noting.Paper(**{**values, **more}), by=by, today=TODAY)


def document(child, kind, by, adult=None, **more):
    values = {
        "kind": kind, "unit": "奉节县民政局", "number": "〔2026〕7号",
        "issued_on": TODAY - timedelta(days=5), "stands_id": adult.pk if adult else None,
    }  # fmt: skip
    return noting.note_authority(child, noting.Document(**{**values, **more}), by=by, today=TODAY)


@pytest.fixture
def heard(monkeypatch):
    found = []
    monkeypatch.setitem(bus._handlers, ConsentWithdrawn, [found.append])
    return found


# -- who may consent ------------------------------------------------------------------------------


def right(kinship="FATHER", *, guards=True, cares=False, papers=(), state=False):
    who = new_id()
    own = [Paper(kind, who, "1号", "法院", None, ("MATCHING", "PHOTOS")) for kind in papers]
    adult = Adult(who, kinship, guards, cares)
    return signers.right_of(adult, own, state_guarded=state)


@pytest.mark.parametrize(
    ("asked", "capacity", "bar"),
    [
        (right(), "FATHER", None),
        (right("MOTHER"), "MOTHER", None),
        (right(guards=False), "", Bar.NO_GUARDIAN),
        (right("GRANDPARENT", guards=False, cares=True), "", Bar.CARER),
        (right("RELATIVE", guards=False), "", Bar.CARER),
        (right("OTHER", guards=False, cares=True), "", Bar.CARER),
        (right("GRANDPARENT", guards=True), "", Bar.NO_DECISION),
        (right("GRANDPARENT", guards=False, papers=["DECISION"]), "GUARDIAN", None),
        (right("GRANDPARENT", guards=False, papers=["DELEGATION"]), "DELEGATE", None),
        (right(state=True), "", Bar.STATE),
        (right("GRANDPARENT", papers=["DECISION"], state=True), "", Bar.STATE),
    ],
)
def test_right_of_an_adult(asked, capacity, bar):
    assert (asked.capacity, asked.bar) == (capacity, bar)


def test_delegation_covers_the_programme_and_pairing_alone():
    asked = right("GRANDPARENT", guards=False, papers=["DELEGATION"])

    assert asked.covers("MATCHING")
    assert not asked.covers("PHOTOS")
    assert not asked.covers("PROGRAMME")  # the paper does not name it
    assert right().covers("PHOTOS")


def test_grandmother_who_looks_after_the_child_is_told_why_not(child, grandmother, worker):
    with pytest.raises(asking.MayNotSign) as refusal:
        note(child, grandmother, worker)
    with pytest.raises(asking.MayNotSign):
        asking.ask(child, grandmother.pk, by=worker, today=TODAY, purposes=["MATCHING"])

    assert "not its guardian" in str(refusal.value)
    assert not Consent.objects.exists()
    assert not SigningRequest.objects.exists()


def test_grandmother_with_a_decision_consents_as_guardian(child, grandmother, worker):
    document(child, "DECISION", worker, grandmother)

    made = note(child, grandmother, worker, purpose="PHOTOS")

    assert (made.capacity, made.basis) == ("GUARDIAN", "奉节县民政局 〔2026〕7号")


def test_grandmother_with_a_delegation_consents_until_it_ends(child, grandmother, worker):
    until = TODAY + timedelta(days=3)
    document(child, "DELEGATION", worker, grandmother, valid_until=until, purposes=["MATCHING"])

    assert note(child, grandmother, worker).valid_until == until
    with pytest.raises(asking.NotForThisPurpose):
        note(child, grandmother, worker, purpose="PHOTOS")
    assert holding.holds(child, "MATCHING", on=until)
    assert not holding.holds(child, "MATCHING", on=until + timedelta(days=1))


def test_when_a_document_ends_what_was_signed_on_it_ends_and_is_announced(
    child, grandmother, worker, heard
):
    paper = document(child, "DELEGATION", worker, grandmother, purposes=["MATCHING"])
    note(child, grandmother, worker)

    noting.end_authority(paper, child, by=worker, today=TODAY)
    noting.end_authority(paper, child, by=worker, today=TODAY)

    assert not holding.holds(child, "MATCHING")
    assert heard == [ConsentWithdrawn(child.pk, "MATCHING", "PAPER")]
    # The father's own consent would not end with it.
    father = make_consents.an_adult(child)
    note(child, father, worker)
    other = document(child, "DELEGATION", worker, grandmother, purposes=["MATCHING"])
    noting.end_authority(other, child, by=worker, today=TODAY)
    assert holding.holds(child, "MATCHING")


def test_for_a_child_of_the_state_civil_affairs_signs_and_no_father(child, father, worker):
    child.facts = {"guardianship": "CIVIL_AFFAIRS"}
    child.save()

    with pytest.raises(asking.MayNotSign, match="state guards"):
        note(child, father, worker)
    made = note(child, None, worker, giver="奉节县民政局 吴科长")
    assert (made.capacity, made.giver) == ("CIVIL_AFFAIRS", "奉节县民政局 吴科长")
    assert holding.holds(child, "MATCHING")


def test_civil_affairs_cannot_sign_for_a_child_with_parents(child, father, worker):
    with pytest.raises(noting.NotStateGuarded):
        note(child, None, worker, giver="民政局")
    document(child, "STATE", worker)
    assert note(child, None, worker, giver="民政局").basis == "奉节县民政局 〔2026〕7号"


@pytest.mark.parametrize(
    "dates",
    [
        {"issued_on": TODAY + timedelta(days=1)},
        {"valid_until": TODAY - timedelta(days=9)},
    ],
)
def test_document_with_impossible_dates_is_refused(child, grandmother, worker, dates):
    with pytest.raises(noting.WrongDates):
        document(child, "DECISION", worker, grandmother, **dates)

    assert not Authority.objects.exists()


# -- on paper -------------------------------------------------------------------------------------


def test_paper_names_text_version_and_hash(child, father, worker):
    made = note(child, father, worker)
    text = text_queries.in_force("MATCHING", TODAY, "zh-hans")

    assert (made.text_version, made.text_sha256) == (1, text.sha256)
    assert Entry.objects.about(child.pk).get().act == "registry.consent.noted"


def test_paper_from_tomorrow_or_older_than_the_newest_is_refused(child, father, worker):
    with pytest.raises(AnswerInFuture):
        note(child, father, worker, given_on=TODAY + timedelta(days=1))
    note(child, father, worker)
    with pytest.raises(NewerAnswer):
        note(child, father, worker, given_on=TODAY - timedelta(days=1))

    assert Consent.objects.count() == 1


def test_sharing_without_a_name_is_refused(child, father, worker):
    with pytest.raises(asking.NoParty):
        note(child, father, worker, purpose="SHARING", parties=[" ", ""])
    made = note(child, father, worker, purpose="SHARING", parties=["学校", " 学校 ", "医院"])
    assert made.parties == ["学校", "医院"]


def test_stranger_may_not_note_anything(child, father):
    for stranger in (make.a_user("grid"), make.a_worker(make.OTHER_COUNTY)):
        with pytest.raises(NotAllowed):
            note(child, father, stranger)


def test_withdrawal_ends_at_once_and_is_announced_once(child, father, worker, heard):
    note(child, father, worker)

    noting.withdraw(
        child, "MATCHING", by=worker, today=TODAY, reason="电话告知", stands_id=father.pk
    )

    assert not holding.holds(child, "MATCHING")
    assert heard == [ConsentWithdrawn(child.pk, "MATCHING", "PAPER")]
    with pytest.raises(noting.NothingToWithdraw):
        noting.withdraw(
            child, "MATCHING", by=worker, today=TODAY, reason="电话", stands_id=father.pk
        )


def test_grandmother_cannot_withdraw_either(child, father, grandmother, worker):
    note(child, father, worker)

    with pytest.raises(asking.MayNotSign):
        noting.withdraw(
            child, "MATCHING", by=worker, today=TODAY, reason="电话", stands_id=grandmother.pk
        )
    assert holding.holds(child, "MATCHING")


def a_list_says(*, given, on):
    """Let civil affairs deliver the child's row with an answer and its day."""
    values = {"consent": given, "consent_on": on.isoformat()}
    event = make_registry.deliver([make_registry.a_row(**values)], as_of=on)
    return make_registry.child_of(event.arrived[0][0])


def test_list_that_repeats_an_older_yes_does_not_undo_a_no_from_afar():
    child = a_list_says(given=True, on=TODAY - timedelta(days=9))
    assert holding.holds(child, "MATCHING")
    make_consents.a_consent(child, given=False, channel="REMOTE", proof={"at": ""}, given_on=TODAY)

    a_list_says(given=True, on=TODAY - timedelta(days=3))

    assert not holding.holds(child, "MATCHING")


def test_list_that_says_no_is_announced(heard):
    child = a_list_says(given=True, on=TODAY - timedelta(days=3))
    assert heard == []

    a_list_says(given=False, on=TODAY)

    assert heard == [ConsentWithdrawn(child.pk, "MATCHING", "LIST")]
    assert not holding.holds(child, "MATCHING")


# -- the child's own word -------------------------------------------------------------------------


def say(child, by, **more):
    values = {"given": True, "asked_on": TODAY, "way": "TALK", "words": "好"}
    return noting.note_assent(child, noting.Said(**{**values, **more}), by=by, today=TODAY)


def test_childs_no_ends_what_held_and_is_announced(child, father, worker, heard):
    note(child, father, worker)
    note(child, father, worker, purpose="SHARING", parties=["学校"])

    say(child, worker, given=False)

    assert heard == [ConsentWithdrawn(child.pk, "MATCHING", "CHILD")]
    assert not holding.holds(child, "MATCHING")
    assert holding.holds(child, "SHARING", "学校")


def test_no_to_one_pairing_leaves_the_programme_alone(child, father, worker, heard):
    note(child, father, worker)

    say(child, worker, given=False, subject="PAIRING", about_id=new_id())

    assert heard == []
    assert holding.holds(child, "MATCHING")


def test_child_of_seven_is_not_asked(worker):
    young = make_pairing.a_child(birth_on=TODAY.replace(year=TODAY.year - 8) + timedelta(days=1))

    with pytest.raises(noting.TooYoung):
        say(young, worker)
    assert not Assent.objects.exists()


def test_words_of_a_child_lie_under_lock(child, worker):
    made = say(child, worker, words="我怕黑")

    assert Entry.objects.about(child.pk).filter(act="consents.assent.noted").exists()
    assert noting.read_words(made, child, by=worker, reason="准备家访") == "我怕黑"
    assert Entry.objects.get(act="consents.assent.read").reason == "准备家访"


def test_town_worker_may_note_what_a_child_says_but_not_a_guardians_answer():
    director = make.a_user("child_director", area=TOWN)
    child = make_pairing.a_child(area=VILLAGE, consent=False)
    father = make_consents.an_adult(child)

    say(child, director)
    with pytest.raises(NotAllowed):
        note(child, father, director)


# -- the day a child turns eight ------------------------------------------------------------------


def test_on_the_eighth_birthday_the_office_is_told_once():
    town = make.a_user("fed_town", area=TOWN)
    today = date(2027, 3, 1)
    eight = make_pairing.a_child(area=VILLAGE, birth_on=date(2019, 3, 1))
    make_pairing.a_child(area=VILLAGE, birth_on=date(2019, 3, 2))
    make_pairing.a_child(area=VILLAGE, birth_on=date(2019, 3, 1), consent=False)

    turning.ask_for_the_new_eights(today)
    turning.ask_for_the_new_eights(today)
    turning.ask_for_the_new_eights(today + timedelta(days=1))

    told = Notice.objects.filter(kind="consents.turned_eight", about_id=eight.pk)
    assert [each.to_id for each in told] == [town.pk]
    # The control: the child that is a day younger is told of the next day.
    assert Notice.objects.filter(kind="consents.turned_eight").count() == 2


def test_who_has_spoken_already_is_not_asked_again(worker):
    eight = make_pairing.a_child(birth_on=date(2019, 3, 1))
    make_consents.an_assent(eight)

    assert turning.ask_for_the_new_eights(date(2027, 3, 1)) == 0


def test_adults_are_listed_with_those_first_who_may_sign(child, grandmother, father):
    listed = family.signers_of(child, TODAY)

    assert [each.may_sign for each in listed] == [True, False]
    assert "cannot consent" in str(listed[1].bar_words)


# -- what a withdrawal stops ----------------------------------------------------------------------


def test_withdrawal_says_first_what_stops_and_then_stops_it(child, father, worker):
    note(child, father, worker)
    proposal = make_pairing.a_proposal(child)
    said = [each.what for each in consequences.consequences_of(child.pk, "MATCHING")]
    assert said == ["A proposed pair is not approved, and the child is not matched any more."]
    pairing = deciding.approve(proposal, by=worker, today=TODAY)
    assert "introduction" in str(consequences.consequences_of(child.pk, "MATCHING")[0].what)
    assert consequences.consequences_of(child.pk, "PHOTOS") == []

    noting.withdraw(
        child, "MATCHING", by=worker, today=TODAY, reason="电话告知", stands_id=father.pk
    )

    pairing.refresh_from_db()
    assert pairing.state == "WITHDRAWN"
    assert consequences.consequences_of(child.pk, "MATCHING") == []


def test_without_consent_a_pair_is_not_approved(child, worker):
    with pytest.raises(deciding.NoConsent):
        deciding.approve(make_pairing.a_proposal(child), by=worker, today=TODAY)


def test_mother_who_cares_already_is_named_to_the_guardian(child, father, worker):
    note(child, father, worker)
    pairing = make_pairing.a_proposal(child)
    Pairing.objects.create(
        child=child, mother=pairing.mother, area_code=child.area_code, started_on=TODAY,
        by=worker, state="ACTIVE", active_on=TODAY,
    )  # fmt: skip

    said = str(consequences.consequences_of(child.pk, "MATCHING")[0].what)
    assert pairing.mother.name in said


@pytest.mark.parametrize(
    ("ends", "waits"),
    [
        ({"given": False}, False),
        ({"valid_until": TODAY - timedelta(days=1), "given_on": TODAY - timedelta(days=3)}, False),
        ({}, True),
    ],
)
def test_matchers_instance_holds_the_child_only_while_the_consent_holds(child, ends, waits):
    make_consents.a_consent(child, **{"given_on": TODAY - timedelta(days=2), **ends})

    waiting, unasked = instance.children_waiting(make.COUNTY, today=TODAY)

    assert ([each.id for each in waiting] == [child.pk]) is waits
    assert ([each.id for each in unasked] == [child.pk]) is not waits
