"""The road from an approved pair to the first meeting: each step, each no, each refusal."""

from datetime import date, timedelta

import pytest

from qianshou.audit.models import Entry
from qianshou.bonds.actions import agreeing, answering, closing, meeting, offering
from qianshou.bonds.models import Agreement, Offer
from qianshou.common import bus
from qianshou.common.errors import NotAllowed
from qianshou.consents.events import ConsentWithdrawn
from qianshou.mothers.actions import file as mothers
from qianshou.notices.models import Notice
from qianshou.pairing.actions import deciding, moving
from qianshou.pairing.events import PairingStarted
from qianshou.pairing.models import Pairing, StepTaken
from qianshou.pairing.queries import instance
from qianshou.pairing.rules import life
from qianshou.registry.models import Consent
from tests import make, make_bonds, make_pairing
from tests.make_bonds import LATER, TODAY, YES, a_pair, asked

pytestmark = pytest.mark.django_db
NO = answering.Said(False, "STAFF", cause="TOO_FAR", words="太远了")


def state_of(pairing: Pairing) -> str:
    return Pairing.objects.get(pk=pairing.pk).state


def test_a_pair_goes_the_whole_road_and_every_step_is_kept_with_its_actor():
    worker = make.a_worker()
    begun = []
    bus.on(PairingStarted)(begun.append)
    pairing = a_pair(life.ACTIVE_INITIAL, by=worker)

    steps = list(StepTaken.objects.filter(pairing=pairing).order_by("at", "id"))
    assert [each.act for each in steps] == [
        "approve", "offer_mother", "mother_accepts", "guardian_accepts", "child_agrees", "sign",
        "meet",
    ]  # fmt: skip
    assert {each.by for each in steps} == {worker}
    assert (pairing.active_on, pairing.ended_on) == (TODAY, None)
    assert [each.pairing_id for each in begun] == [pairing.pk]
    bus._handlers[PairingStarted].remove(begun.append)


def test_approval_alone_is_no_care_yet():
    pairing = a_pair()

    assert pairing.state == life.REVIEWED
    assert not Pairing.objects.caring().exists()


def test_a_child_under_eight_is_not_asked():
    young = make_pairing.a_child(birth_on=date(2019, 5, 1))
    pairing = a_pair(life.OFFERED_GUARDIAN, child=young)

    answering.note_answer(asked(pairing), YES, by=make.a_worker(), today=TODAY)

    assert state_of(pairing) == life.AGREEMENT


def test_a_child_whose_age_nobody_knows_is_asked():
    pairing = a_pair(life.OFFERED_GUARDIAN, child=make_pairing.a_child(birth_on=None))

    answering.note_answer(asked(pairing), YES, by=make.a_worker(), today=TODAY)

    assert state_of(pairing) == life.CHILD_ASSENT


def test_the_mothers_card_tells_bands_and_needs_and_neither_name_nor_place():
    child = make_pairing.a_child(name="欧阳雨桐", needs=[90, 10, 0, 0, 80, 0, 0, 0])
    pairing = a_pair(life.OFFERED_MOTHER, child=child)

    card = asked(pairing).card

    assert card == {
        "sex": "F", "age": "A11", "town": "500236103000", "needs": ["study", "living", "mind"],
        "distance": card["distance"],
    }  # fmt: skip
    assert "欧阳" not in str(card)


def test_a_hidden_child_has_neither_town_nor_distance_on_the_card():
    child = make_pairing.a_child(hidden_location=True)

    card = asked(a_pair(life.OFFERED_MOTHER, child=child)).card

    assert (card["town"], card["distance"]) == ("", "")


def test_the_offer_is_told_once_and_names_nobody():
    pairing = a_pair(life.OFFERED_MOTHER)
    told = Notice.objects.get(kind="bonds.offer")

    assert told.to_id == pairing.mother_id
    assert pairing.child.name not in f"{told.text} {told.subject} {told.params}"


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (life.OFFERED_MOTHER, "TOO_FAR"),
        (life.OFFERED_GUARDIAN, "NOT_HER"),
        (life.CHILD_ASSENT, "AFRAID"),
    ],
)
def test_a_no_frees_both_keeps_its_reason_and_bars_the_pair(state, code):
    pairing = a_pair(state, mother=make_pairing.a_mother(capacity=1))
    said = answering.Said(False, "STAFF", cause=code, words="不愿意", mood="UNSURE")

    answering.note_answer(asked(pairing), said, by=make.a_worker(), today=TODAY)

    pairing.refresh_from_db()
    assert (pairing.state, pairing.ended_on) == (life.DECLINED, TODAY)
    assert pairing.steps.get(act="decline").cause == code
    assert (pairing.child_id, pairing.mother_id) in instance.refused_pairs(make.COUNTY)
    assert instance.known_pairs(make.COUNTY) == {}
    again = make_pairing.a_proposal(pairing.child, make_pairing.a_mother())
    assert deciding.approve(again, by=make.a_worker(), today=TODAY).pk


def test_no_time_bars_for_a_while_and_not_for_good():
    pairing = a_pair(life.OFFERED_MOTHER)
    said = answering.Said(False, "STAFF", cause="NO_TIME")

    answering.note_answer(asked(pairing), said, by=make.a_worker(), today=TODAY)

    pairing.refresh_from_db()
    assert pairing.barred_until == TODAY + timedelta(days=90)


def test_a_no_without_a_reason_of_the_list_changes_nothing():
    pairing = a_pair(life.OFFERED_MOTHER)

    with pytest.raises(answering.ReasonUnknown):
        answering.note_answer(
            asked(pairing), answering.Said(False, "STAFF", cause="NOT_HER"), by=make.a_worker(),
            today=TODAY,
        )  # fmt: skip

    assert state_of(pairing) == life.OFFERED_MOTHER


def test_a_child_is_not_answered_for_without_its_words_and_mood():
    pairing = a_pair(life.CHILD_ASSENT)

    with pytest.raises(answering.ChildNotHeard):
        answering.note_answer(
            asked(pairing), answering.Said(True, "STAFF"), by=make.a_worker(), today=TODAY
        )

    assert state_of(pairing) == life.CHILD_ASSENT


def test_a_second_answer_is_refused_and_the_first_stands():
    pairing = a_pair(life.OFFERED_MOTHER)
    offer = asked(pairing)
    answering.note_answer(offer, YES, by=make.a_worker(), today=TODAY)

    with pytest.raises((answering.AlreadyAnswered, moving.StepNotPossible)):
        answering.note_answer(offer, NO, by=make.a_worker(), today=TODAY)

    assert state_of(pairing) == life.OFFERED_GUARDIAN
    assert Entry.objects.filter(act="pairing.step.decline").count() == 0


def withdraw_consent(pairing: Pairing) -> None:
    Consent.objects.create(
        child=pairing.child, area_code=pairing.area_code, purpose="MATCHING", given=False,
        given_on=TODAY, channel="ON_PAPER", noted_at=make.now(),
    )  # fmt: skip


@pytest.mark.parametrize("state", [life.OFFERED_MOTHER, life.OFFERED_GUARDIAN, life.CHILD_ASSENT])
def test_no_step_is_taken_without_consent(state):
    pairing = a_pair(state)
    withdraw_consent(pairing)

    with pytest.raises(deciding.NoConsent):
        answering.note_answer(asked(pairing), YES, by=make.a_worker(), today=TODAY)

    assert state_of(pairing) == state


def test_signing_and_meeting_ask_consent_anew():
    pairing = a_pair(life.AGREEMENT)
    withdraw_consent(pairing)

    with pytest.raises(deciding.NoConsent):
        make_bonds.sign_all(pairing, by=make.a_worker())

    ready = a_pair(life.FIRST_MEETING)
    met = make_bonds.a_meeting(ready, by=make.a_worker())
    withdraw_consent(ready)
    with pytest.raises(deciding.NoConsent):
        meeting.hold(met, make_bonds.a_day(), by=make.a_worker(), today=TODAY)
    assert state_of(ready) == life.FIRST_MEETING


@pytest.mark.parametrize("state", [life.REVIEWED, life.OFFERED_GUARDIAN, life.FIRST_MEETING])
def test_a_withdrawn_consent_takes_the_offer_back_at_once(state):
    pairing = a_pair(state)
    withdraw_consent(pairing)

    bus.publish(ConsentWithdrawn(pairing.child_id, "MATCHING", ConsentWithdrawn.PAPER))

    assert state_of(pairing) == life.WITHDRAWN
    assert pairing.steps.get(act="withdraw").cause == "CONSENT"
    assert not Offer.objects.open().exists()


def test_a_withdrawn_consent_for_something_else_changes_nothing():
    pairing = a_pair(life.OFFERED_MOTHER)

    bus.publish(ConsentWithdrawn(pairing.child_id, "PHOTOS", ConsentWithdrawn.PAPER))

    assert state_of(pairing) == life.OFFERED_MOTHER


def test_a_mother_who_is_paused_loses_her_offers_at_once():
    pairing = a_pair(life.OFFERED_MOTHER)

    mothers.pause(pairing.mother, by=make.a_worker(), reason="生病", today=TODAY)

    assert state_of(pairing) == life.WITHDRAWN
    assert pairing.steps.get(act="withdraw").cause == "NOT_READY"
    assert Offer.objects.get(pairing=pairing).answer == "WITHDRAWN"


def test_a_mother_who_leaves_loses_also_what_she_has_signed():
    pairing = a_pair(life.FIRST_MEETING)

    mothers.let_go(pairing.mother, by=make.a_worker(), reason="搬走", today=TODAY)

    assert state_of(pairing) == life.WITHDRAWN


def test_signatures_carry_version_and_hash_and_the_last_one_opens_the_way():
    pairing = a_pair(life.AGREEMENT)
    paper = Agreement.objects.get(pairing=pairing)
    proof = agreeing.Proof("PAPER", TODAY, "卷宗7")

    first = agreeing.sign_by_staff(paper, "MOTHER", by=make.a_worker(), proof=proof, today=TODAY)
    assert (first.version, first.sha256) == (paper.text.version, paper.sha256)
    assert state_of(pairing) == life.AGREEMENT
    with pytest.raises(agreeing.AlreadySigned):
        agreeing.sign_by_staff(paper, "MOTHER", by=make.a_worker(), proof=proof, today=TODAY)
    for side in ("GUARDIAN", "OFFICE"):
        agreeing.sign_by_staff(paper, side, by=make.a_worker(), proof=proof, today=TODAY)

    assert state_of(pairing) == life.FIRST_MEETING


@pytest.mark.parametrize(
    ("proof", "refusal"),
    [
        (agreeing.Proof("PAPER", TODAY), agreeing.PaperMissing),
        (agreeing.Proof("PAPER", LATER, "卷宗7"), agreeing.SignedInFuture),
        (agreeing.Proof("PAPER", TODAY - timedelta(days=9), "卷宗7"), agreeing.SignedInFuture),
        (agreeing.Proof("PHONE", TODAY, shown="0" * 64), agreeing.TextChanged),
    ],
)
def test_a_signature_that_cannot_be_proven_is_refused(proof, refusal):
    paper = Agreement.objects.get(pairing=a_pair(life.AGREEMENT))

    with pytest.raises(refusal):
        agreeing.sign_by_staff(paper, "MOTHER", by=make.a_worker(), proof=proof, today=TODAY)

    assert not paper.signatures.exists()


def test_town_staff_do_not_sign_for_the_office():
    paper = Agreement.objects.get(pairing=a_pair(life.AGREEMENT))

    with pytest.raises(NotAllowed):
        agreeing.sign_by_staff(
            paper, "OFFICE", by=make.a_user("fed_town"), proof=agreeing.Proof("STAFF", TODAY),
            today=TODAY,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("day", "refusal"),
    [
        (make_bonds.a_day(staff=" "), meeting.StaffMissing),
        (make_bonds.a_day(present=("MOTHER",)), meeting.SomebodyMissing),
        (make_bonds.a_day(on=LATER), meeting.DayNotPossible),
    ],
)
def test_a_first_meeting_without_staff_child_or_sense_does_not_count(day, refusal):
    pairing = a_pair(life.FIRST_MEETING)
    met = make_bonds.a_meeting(pairing, by=make.a_worker())

    with pytest.raises(refusal):
        meeting.hold(met, day, by=make.a_worker(), today=TODAY)

    assert state_of(pairing) == life.FIRST_MEETING


def test_another_day_keeps_the_first_one_as_missed():
    pairing, worker = a_pair(life.FIRST_MEETING), make.a_worker()
    first = make_bonds.a_meeting(pairing, by=worker)

    meeting.plan(pairing, by=worker, on=LATER, place="学校", today=TODAY)

    first.refresh_from_db()
    assert first.state == "MISSED"
    assert pairing.meetings.get(state="PLANNED").meets_on == LATER


def test_a_mother_who_lost_her_screening_does_not_begin():
    pairing = a_pair(life.FIRST_MEETING)
    met = make_bonds.a_meeting(pairing, by=make.a_worker())
    pairing.mother.screening = "PENDING"
    pairing.mother.save()

    with pytest.raises(deciding.MotherNotReady):
        meeting.hold(met, make_bonds.a_day(), by=make.a_worker(), today=TODAY)

    assert state_of(pairing) == life.FIRST_MEETING


@pytest.mark.parametrize(
    ("role", "area"), [("clerk", make.COUNTY), ("fed_town", make.OTHER_COUNTY)]
)
def test_others_lead_nobody_on(role, area):
    pairing, other = a_pair(), make.a_user(role, area=area)

    with pytest.raises(NotAllowed):
        offering.offer(pairing, by=other, today=TODAY)
    with pytest.raises(NotAllowed):
        closing.withdraw(pairing, by=other, why=moving.Why("不合适"), today=TODAY)

    assert state_of(pairing) == life.REVIEWED


def test_taking_back_needs_words_and_closes_everything():
    pairing = a_pair(life.OFFERED_GUARDIAN)
    offering.make_link(pairing, by=make.a_worker(), today=TODAY)

    with pytest.raises(moving.StepNeedsReason):
        closing.withdraw(pairing, by=make.a_worker(), why=moving.Why(" "), today=TODAY)
    closing.withdraw(pairing, by=make.a_worker(), why=moving.Why("家庭搬迁"), today=TODAY)

    assert not Offer.objects.open().exists()
    assert state_of(pairing) == life.WITHDRAWN
