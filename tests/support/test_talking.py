"""A wish of protection becomes a duty without its source, a founded complaint an alarm."""

import pytest

from qianshou.assessment.models import Alarm, Assessment
from qianshou.common.identity import new_id
from qianshou.protection.events import TalkWanted
from qianshou.support import handlers
from qianshou.support.actions import complaining, talking
from qianshou.support.models import Duty
from tests import make, make_pairing
from tests.make_support import a_pairing
from tests.support.test_cascading import a_complaint

pytestmark = pytest.mark.django_db


def wanted(pairing, kind="TALK", **more):
    given = {"signal_id": new_id(), "words": "请本周当面聊一次上学路上的事"} | more
    return TalkWanted(pairing.child_id, pairing.pk, kind, **given)


@pytest.mark.parametrize(("kind", "becomes"), [("TALK", "TALK"), ("DUTY", "LOOK_AFTER")])
def test_a_decision_becomes_a_duty_with_the_words_for_staff_and_no_source(kind, becomes):
    pairing = a_pairing()
    event = wanted(pairing, kind)

    handlers.have_somebody_talk(event)
    handlers.have_somebody_talk(event)

    duty = Duty.objects.get()
    assert (duty.kind, duty.pairing_id, duty.why) == (becomes, pairing.pk, event.words)
    assert duty.owner_id == pairing.followup.owner_id
    assert str(event.signal_id) not in f"{duty.once}{duty.why}"


def test_the_duty_goes_to_the_pairing_that_runs_now():
    child = make_pairing.a_child()
    old = a_pairing(child=child)
    type(old).objects.filter(pk=old.pk).update(child=make_pairing.a_child())
    now = a_pairing(child=child)

    duty = talking.open_talk(TalkWanted(child.pk, old.pk, "TALK", new_id()))

    assert duty.pairing_id == now.pk


def test_a_child_without_a_pairing_gets_no_duty():
    event = TalkWanted(make_pairing.a_child().pk, None, "TALK", new_id())

    assert talking.open_talk(event) is None


def reviewed(*, founded, **about):
    pairing = a_pairing(child=make_pairing.a_child(tier=3))
    made = a_complaint(pairing, **about)
    complaining.review(made, by=make.a_worker(), founded=founded, outcome="已核实")
    return pairing


@pytest.mark.parametrize("about", ["MOTHER", "GUARDIAN"])
def test_a_founded_complaint_has_the_child_assessed_anew_and_names_no_grounds(about):
    pairing = reviewed(founded=True, about=about)

    alarm = Alarm.objects.get()
    assert alarm.child_id == pairing.child_id
    assert Assessment.objects.current().get(child=pairing.child_id).grade == "RED"


@pytest.mark.parametrize(
    ("founded", "about"), [(False, "MOTHER"), (True, "CHILD")], ids=["unfounded", "about the child"]
)
def test_no_alarm_arises_from_an_unfounded_complaint_or_one_about_the_child(founded, about):
    reviewed(founded=founded, about=about)

    assert not Alarm.objects.exists()
