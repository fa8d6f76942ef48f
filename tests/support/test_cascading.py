"""A mother rests, is suspended or leaves: her pairings follow, and her children are seen to."""

from datetime import timedelta

import pytest
from django.utils import timezone

from qianshou.common import bus
from qianshou.consents.events import ConsentWithdrawn
from qianshou.mothers.actions import file
from qianshou.mothers.events import MotherSuspended
from qianshou.notices.models import Notice
from qianshou.pairing.actions import matching, repairing
from qianshou.pairing.models import MatchRun, Pairing, Proposal
from qianshou.pairing.queries import instance
from qianshou.pairing.rules import life
from qianshou.support import tasks
from qianshou.support.actions import complaining, duties, following, sweeping
from qianshou.support.actions import schedules as writing
from qianshou.support.models import Complaint, Digest, Duty, ScheduleVersion
from qianshou.support.queries import digests, endings, schedules
from tests import make, make_pairing
from tests.make_support import a_pairing, followup_of

pytestmark = pytest.mark.django_db
TODAY = make.TODAY


def state_of(pairing: Pairing) -> str:
    return Pairing.objects.get(pk=pairing.pk).state


def test_a_mother_who_rests_lets_her_pairings_rest():
    pairing = a_pairing()

    file.pause(pairing.mother, by=make.a_worker(), reason="坐月子", today=TODAY)

    assert state_of(pairing) == life.PAUSED
    assert [each.kind for each in Duty.objects.open()] == ["PAUSED"]


def test_a_suspension_rests_at_once_and_is_reviewed_within_a_day():
    pairing, promised = a_pairing(), None
    mother = pairing.mother
    type(mother).objects.filter(pk=mother.pk).update(capacity=3)
    promised = Pairing.objects.create(
        child=make_pairing.a_child(), mother=mother, area_code=pairing.area_code,
        started_on=TODAY, by=make.a_user(),
    )  # fmt: skip

    for _ in range(2):
        bus.publish(MotherSuspended(mother.pk, "查询已过期"))

    assert (state_of(pairing), state_of(promised)) == (life.PAUSED, life.WITHDRAWN)
    assert set(followup_of(pairing).risks) == {"SUSPENDED"}
    duty = Duty.objects.get()
    assert duty.kind == "SUSPENDED"
    assert duty.due_at <= timezone.now() + timedelta(hours=24)
    assert duties.escalate(now=duty.due_at + timedelta(minutes=1)) == 1
    assert duties.escalate(now=duty.due_at + timedelta(minutes=2)) == 0


def test_a_mother_who_leaves_begins_a_farewell_and_a_new_mother_is_proposed_the_same_day(
    settings, tmp_path
):
    settings.VAR = tmp_path
    policy = matching.load_policies()
    run = MatchRun.objects.create(area_code=make.COUNTY, policy=policy, state="DONE")
    pairing, other = a_pairing(), a_pairing()
    free = make_pairing.a_mother()
    standing = make_pairing.a_proposal(make_pairing.a_child(), run=run)

    file.let_go(pairing.mother, by=make.a_worker(), reason="外出务工", today=TODAY)

    held = Pairing.objects.get(pk=pairing.pk)
    assert (held.state, held.next_step, state_of(other)) == (life.CLOSING, "REMATCH", life.ACTIVE)
    assert Duty.objects.open().get().kind == "LEAVING"
    waiting = instance.waiting_tiers(make.COUNTY, today=timezone.localdate())
    assert pairing.child_id in waiting
    assert other.child_id not in waiting

    assert repairing.place_after_closing(make.COUNTY) is not None
    rows = Proposal.objects.open().current().exclude(pk=standing.pk)
    assert [(each.child_id, each.mother_id) for each in rows] == [(pairing.child_id, free.pk)]
    standing.refresh_from_db()
    assert standing.state == "OPEN"  # the least disruption: nobody else moved
    tasks.rematch(make.COUNTY)
    assert Proposal.objects.open().count() == 2


def test_where_a_child_rests_first_a_mother_may_leave_all_the_same():
    pairing, by = a_pairing(), make.a_worker()
    text = schedules.version_for(make.COUNTY).text.replace("UNPLANNED = 0", "UNPLANNED = 14")
    own = writing.take_in(make.COUNTY, by=by, content=text.encode(), note="先陪孩子缓一缓")
    writing.adopt(own, by=by, reason="试行")

    file.let_go(pairing.mother, by=by, reason="外出务工", today=TODAY)

    held = Pairing.objects.get(pk=pairing.pk)
    assert (held.state, held.next_step) == (life.CLOSING, "COOL_DOWN")


def test_a_withdrawn_consent_does_not_wait_for_a_schedule():
    pairing = a_pairing()
    ScheduleVersion.objects.all().delete()

    bus.publish(ConsentWithdrawn(pairing.child_id, "MATCHING", ConsentWithdrawn.PAPER))

    assert state_of(pairing) == life.CLOSING


@pytest.mark.parametrize(("purpose", "ends"), [("MATCHING", True), ("PHOTOS", False)])
def test_a_withdrawn_consent_begins_a_farewell_at_once(purpose, ends):
    pairing = a_pairing()

    for _ in range(2):
        bus.publish(ConsentWithdrawn(pairing.child_id, purpose, ConsentWithdrawn.PAPER))

    held = Pairing.objects.get(pk=pairing.pk)
    assert (held.state == life.CLOSING) is ends
    assert held.next_step == ("MONITORED" if ends else "")


# -- birthdays, years, the first month ------------------------------------------------------------


def test_a_first_month_ends_by_itself():
    begun = a_pairing(state=life.ACTIVE_INITIAL, active_on=TODAY - timedelta(days=30))
    fresh = a_pairing(state=life.ACTIVE_INITIAL, active_on=TODAY - timedelta(days=29))

    for each in (begun, fresh):
        following.note_seen({each.pk: TODAY})

    done = [sweeping.sweep(make.COUNTY, today=TODAY)["settled"] for _ in range(2)]

    assert done == [1, 0]
    assert state_of(begun) == life.ACTIVE
    assert state_of(fresh) == life.ACTIVE_INITIAL


@pytest.mark.parametrize(("age", "kind"), [(8, "AGE_8"), (14, "AGE_14"), (16, "AGE_16"),
                                           (18, "AGE_18")])  # fmt: skip
def test_each_birthday_opens_one_duty(age, kind):
    birthday = TODAY + timedelta(days=10)
    child = make_pairing.a_child(birth_on=birthday.replace(year=birthday.year - age))
    a_pairing(child=child)

    for day in (TODAY - timedelta(days=5), TODAY, TODAY + timedelta(days=1)):
        sweeping.sweep(make.COUNTY, today=day)

    duty = Duty.objects.get()
    assert duty.kind == kind
    assert timezone.localdate(duty.due_at) == birthday


def test_an_age_that_the_child_had_when_care_began_opens_nothing():
    child = make_pairing.a_child(birth_on=(TODAY - timedelta(days=25)).replace(year=2018))
    a_pairing(child=child, active_on=TODAY - timedelta(days=20))

    assert sweeping.sweep(make.COUNTY, today=TODAY)["birthdays"] == 0


def test_a_year_is_announced_before_its_day_once():
    pairing = a_pairing(active_on=(TODAY + timedelta(days=20)).replace(year=2025))

    done = [sweeping.sweep(make.COUNTY, today=TODAY)["years"] for _ in range(2)]

    assert done == [1, 0]
    duty = Duty.objects.get(kind="ANNIVERSARY")
    assert timezone.localdate(duty.due_at) == TODAY + timedelta(days=20)
    duties.do_duty(duty, by=make.a_worker(), outcome="都愿意续一年")
    assert sweeping.sweep(make.COUNTY, today=TODAY + timedelta(days=1))["years"] == 0
    assert pairing.pk == duty.pairing_id


# -- complaints -----------------------------------------------------------------------------------


def a_complaint(pairing, **fields):
    told = complaining.Told(
        **{
            "from_side": "CHILD",
            "about": "MOTHER",
            "words": "她骂我",
            "from_whom": "孩子",
            **fields,
        }
    )
    return complaining.note(pairing, told, by=make.a_worker(), today=TODAY)


def test_a_complaint_puts_the_pairing_at_risk_and_is_looked_into():
    pairing, reviewer = a_pairing(), make.a_worker()

    made = a_complaint(pairing)

    assert state_of(pairing) == life.AT_RISK
    assert complaining.read(made, by=reviewer)["words"] == "她骂我"
    complaining.review(made, by=reviewer, founded=True, outcome="谈话，换人陪同")
    assert not Duty.objects.open().filter(kind="COMPLAINT").exists()
    with pytest.raises(complaining.ReviewedAlready):
        complaining.review(made, by=reviewer, founded=False, outcome="x")


def test_the_accused_never_sees_who_complained():
    pairing, accused, other = a_pairing(), make.a_worker(), make.a_worker()
    herself = make.a_worker(person_id=pairing.mother_id)
    about_staff = a_complaint(pairing, about="STAFF", about_user=accused)
    about_mother = a_complaint(pairing)

    for person, about in ((accused, about_staff), (herself, about_mother)):
        with pytest.raises(complaining.NotFound):
            complaining.read(about, by=person)
        with pytest.raises(complaining.NotFound):
            endings.complaint_for(person, about.pk)
        assert about not in endings.complaints_for(person, make.COUNTY)
    # The control: somebody else reads both.
    assert len(endings.complaints_for(other, make.COUNTY)) == 2
    assert complaining.read(about_staff, by=other)["from_whom"] == "孩子"


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [({"words": " "}, complaining.WordsMissing), ({"about": "STAFF"}, complaining.WhoMissing)],
)
def test_a_complaint_without_its_matter_is_refused(fields, refusal):
    pairing = a_pairing()

    with pytest.raises(refusal):
        a_complaint(pairing, **fields)

    assert not Complaint.objects.exists()
    assert state_of(pairing) == life.ACTIVE


# -- the digest -----------------------------------------------------------------------------------


def test_a_digest_says_why_once_a_week():
    by = make.a_worker()
    late, worry, fresh = a_pairing(), a_pairing(active_on=TODAY), a_pairing(active_on=TODAY)
    for each in (late, worry, fresh):
        row = followup_of(each)
        row.owner = by
        row.save(update_fields=["owner"])
    a_complaint(worry)

    made = [sweeping.digest_week(today=TODAY) for _ in range(2)]

    assert made == [1, 0]
    cases = {each["pairing"].pk: each["why"] for each in digests.cases_of(Digest.objects.get())}
    assert set(cases) == {late.pk, worry.pk}
    assert "complaint" in " ".join(cases[worry.pk]) or "投诉" in " ".join(cases[worry.pk])
    kept = Notice.objects.get(to_id=by.pk)
    assert [line["params"]["count"] for line in kept.parts["support"]] == [1, 1, 1]
    assert sweeping.digest_week(today=TODAY + timedelta(days=7)) == 1
