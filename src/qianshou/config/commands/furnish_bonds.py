"""Pairs in every state of the road, so that the demo's lists of offers and meetings are full.

Most of the approved pairs of the demo's county are led into care by the acts that staff, mothers
and guardians do; some stop on the way. Afterwards their days are spread over the last weeks.
"""

from datetime import date, datetime, time, timedelta
from typing import Final

from django.utils import timezone

from qianshou.accounts.models import User
from qianshou.areas import rules as area_rules
from qianshou.bonds.actions import (
    agreeing,
    answering,
    ceremonies,
    closing,
    meeting,
    offering,
    proposing,
)
from qianshou.bonds.models import Agreement, Offer, Side
from qianshou.common import rowsecurity
from qianshou.common.errors import Refused
from qianshou.common.machines import SYSTEM
from qianshou.mothers.actions import file as mothers
from qianshou.mothers.models import Mother
from qianshou.pairing.actions import moving
from qianshou.pairing.actions.moving import Actor, Why
from qianshou.pairing.models import Pairing, Proposal, StepTaken
from qianshou.pairing.queries import instance
from qianshou.pairing.rules import life
from qianshou.registry.models import Child

# How many pairs stop where on their way; all others are led into care.
STOPS: Final = (
    (life.REVIEWED, 3), (life.OFFERED_MOTHER, 3), (life.OFFERED_GUARDIAN, 3),
    (life.CHILD_ASSENT, 2), (life.AGREEMENT, 3), (life.FIRST_MEETING, 5),
)  # fmt: skip
YES: Final = answering.Said(yes=True, means="STAFF", words="愿意，想和阿姨一起看书", mood="GLAD")
IN_VAIN: Final = 4
# Most of those in care have been so for longer than the first month.
SETTLED: Final = 4
TRIES: Final = 12
TAKEN_OVER: Final = 45


def furnish(county: str) -> None:
    """Lead the approved pairs of a county on, each as far as its place in the list says."""
    today = timezone.localdate()
    with rowsecurity.acting(rowsecurity.SYSTEM):
        cast = {user.username: user for user in User.objects.all()}
        by, town = cast["county"], cast["town"]
        inside = {"area_code__range": area_rules.subtree(county)}
        rows = Pairing.objects.open().filter(state=life.REVIEWED, **inside)
        pairs = list(rows.order_by("id"))
        stops = [state for state, count in STOPS for _ in range(count)][: len(pairs) // 2]
        _in_vain(pairs[:IN_VAIN], by=by, today=today)
        on_the_way = pairs[IN_VAIN : IN_VAIN + len(stops)]
        for pairing, state in zip(on_the_way, stops, strict=False):
            _lead(pairing, state, by=by, today=today)
        for number, pairing in enumerate(pairs[IN_VAIN + len(stops) :]):
            _lead(pairing, life.ACTIVE_INITIAL, by=by, today=today)
            _spread(pairing, number, today)
        _take_over(county, by=by, today=today)
        _meetings(county, by=by, today=today)
        _by_hand(by=town, today=today)
        _her_offer(county, county_worker=by, town=town, today=today)


def _take_over(county: str, *, by: User, today: date) -> None:
    """Take over pairs that the office has cared for since before it had the system."""
    inside = {"area_code__range": area_rules.subtree(county)}
    rows = Proposal.objects.open().current().filter(**inside).select_related("child", "mother")
    for number, each in enumerate(rows.order_by("area_code", "id")[:TAKEN_OVER]):
        since = today - timedelta(weeks=8 + number % 60)
        try:
            proposing.take_over(
                each.child, each.mother, by=by, since=since, note="按原结对台账录入", today=today
            )
        except Refused:
            continue


def _lead(pairing: Pairing, state: str, *, by: User, today: date) -> None:
    """Take one step after the other; who is refused on the way stays where she is."""
    for _step in life.PAIRING.labels:
        held = Pairing.objects.get(pk=pairing.pk)
        if held.state == state or held.ended_on is not None:
            return
        try:
            _on(held, by, today)
        except Refused:
            return


def _on(held: Pairing, by: User, today: date) -> None:
    if held.state == life.REVIEWED:
        offering.offer(held, by=by, today=today)
    elif held.state in life.OFFERS:
        asked = Offer.objects.open().select_related("pairing__child").get(pairing=held)
        answering.note_answer(asked, YES, by=by, today=today)
    elif held.state == life.AGREEMENT:
        paper = Agreement.objects.select_related("text", "pairing").get(pairing=held)
        for side in agreeing.SIGNERS:
            means = "STAFF" if side == Side.OFFICE else "PAPER"
            proof = agreeing.Proof(means, today, f"结对卷{str(held.pk)[-4:]}")
            agreeing.sign_by_staff(paper, side, by=by, proof=proof, today=today)
    else:
        planned = meeting.plan(held, by=by, on=today, place="镇便民服务中心", today=today)
        there = meeting.Held(today, by.display_name, ("MOTHER", "CHILD", "GUARDIAN"), "相处融洽")
        meeting.hold(planned, there, by=by, today=today)


def _in_vain(pairs: list[Pairing], *, by: User, today: date) -> None:
    """Let a few roads end: a mother says no, a guardian, one lapses, one is taken back."""
    for pairing, side in zip(pairs[:2], (Side.MOTHER, Side.GUARDIAN), strict=False):
        state = life.OFFERED_MOTHER if side == Side.MOTHER else life.OFFERED_GUARDIAN
        _lead(pairing, state, by=by, today=today)
        asked = Offer.objects.open().select_related("pairing__child").filter(pairing=pairing)
        said = answering.Said(yes=False, means="STAFF", cause="OTHER", words="家里近期有事")
        for offer in asked:
            answering.note_answer(offer, said, by=by, today=today)
    for pairing in pairs[2:3]:
        _lead(pairing, life.OFFERED_MOTHER, by=by, today=today - timedelta(days=9))
        closing.lapse(pairing.pk, today=today)
    for pairing in pairs[3:4]:
        closing.withdraw(pairing, by=by, why=Why("孩子随父母外出读书"), today=today)


def _spread(pairing: Pairing, number: int, today: date) -> None:
    """Let care have begun some weeks ago; most of the pairs are past their first month."""
    held = Pairing.objects.get(pk=pairing.pk)
    if held.state != life.ACTIVE_INITIAL:
        return
    weeks = 1 + number % 3 if number % SETTLED == 0 else 6 + number % 20
    begun = today - timedelta(weeks=weeks)
    back = {"active_on": begun, "started_on": begun - timedelta(days=21)}
    Pairing.objects.filter(pk=held.pk).update(**back)
    held.meetings.update(meets_on=begun)
    if number % SETTLED:
        moving.move(held.pk, "settle", actor=Actor(None, SYSTEM), today=today)
    _date_steps(held, begun)


def _date_steps(pairing: Pairing, begun: date) -> None:
    """Spread the steps of a road over the three weeks before it began, and the month after."""
    morning = timezone.make_aware(datetime.combine(begun, time(10)))
    days = {"approve": -21, "offer_mother": -20, "mother_accepts": -17, "guardian_accepts": -12,
            "guardian_accepts_young": -12, "child_agrees": -9, "sign": -5, "meet": 0,
            "settle": 30}  # fmt: skip
    for step in StepTaken.objects.filter(pairing=pairing):
        at = morning + timedelta(days=days.get(step.act, 0))
        StepTaken.objects.filter(pk=step.pk).update(at=at)
        Pairing.objects.filter(pk=pairing.pk, state=step.target).update(state_since=at)


def _meetings(county: str, *, by: User, today: date) -> None:
    """Plan what waits for a first meeting: most for a ceremony, one whose day has passed."""
    inside = {"area_code__range": area_rules.subtree(county)}
    waiting = list(Pairing.objects.open().filter(state=life.FIRST_MEETING, **inside).order_by("id"))
    if not waiting:
        return
    past = today - timedelta(days=2)
    meeting.plan(waiting[0], by=by, on=past, place="镇便民服务中心", today=past)
    gala = ceremonies.plan(
        county, by=by, title="岁末结对仪式", on=today + timedelta(days=9), place="县文化馆",
        today=today,
    )  # fmt: skip
    ceremonies.invite(gala, waiting[1:4], by=by, today=today)


def _by_hand(*, by: User, today: date) -> None:
    """Let a town propose a few pairs that no run has found."""
    town = area_rules.subtree(_town_of(by))
    waiting = instance.waiting_tiers(_town_of(by), today=today)
    kids = Child.objects.filter(pk__in=list(waiting)[:TRIES]).order_by("id")
    mums = Mother.objects.ready_on(today).filter(area_code__range=town).order_by("id")
    done = 0
    for child, mother in zip(kids, mums[:TRIES], strict=False):
        done += _proposed(child, mother, by=by, today=today) is not None
        if done == 2:
            return


def _town_of(user: User) -> str:
    return str(user.grants.filter(role="fed_town").values_list("area_id", flat=True)[0])


def _proposed(child: Child, mother: Mother, *, by: User, today: date) -> Pairing | None:
    try:
        return proposing.propose(
            child, mother, by=by, reason="两家相邻，孩子平时就喜欢找她", today=today
        )
    except Refused:
        return None


def _her_offer(county: str, *, county_worker: User, town: User, today: date) -> None:
    """Let the demo's mother be one who has a child and is asked about a second one."""
    place = area_rules.subtree(_town_of(town))
    caring = Pairing.objects.caring().filter(area_code__range=area_rules.subtree(county))
    near = caring.filter(area_code__range=place, mother__area_code__range=place)
    found = near.order_by("id").first() or caring.order_by("id").first()
    if found is None:
        return
    her = found.mother
    User.objects.filter(username="mother").update(person_id=her.pk, display_name=her.name)
    if her.capacity <= her.pairings.filter(ended_on=None).count():
        taken = her.pairings.filter(ended_on=None).count()
        her = mothers.edit_capacity(her, by=county_worker, capacity=taken + 1, today=today)
    waiting = instance.waiting_tiers(_town_of(town), today=today)
    for child in Child.objects.filter(pk__in=list(waiting)).order_by("id")[:TRIES]:
        made = _proposed(child, her, by=town, today=today)
        if made is not None:
            proposing.review(made, by=county_worker, today=today)
            offering.offer(made, by=county_worker, today=today)
            return
