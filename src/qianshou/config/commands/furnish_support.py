"""Care of pairs for the demo: pairings from before, contacts, worries, endings and a transfer.

An office that begins with the system brings its running pairings along; here some of the proposed
pairs play that part. Everything after that is done by the act that a page would call.
"""

from datetime import date, timedelta
from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

import numpy as np
from django.db import IntegrityError, transaction
from django.utils import timezone, translation

from qianshou.accounts.models import User
from qianshou.areas import queries as areas
from qianshou.areas import rules as area_rules
from qianshou.common import rowsecurity
from qianshou.pairing.models import NextStep, Pairing, Proposal
from qianshou.pairing.rules import life
from qianshou.registry.models import Guardianship
from qianshou.support.actions import (
    complaining,
    contacts,
    ending,
    following,
    schedules,
    sweeping,
    transferring,
    watching,
    working,
)
from qianshou.support.models import Ending
from qianshou.support.rules import schedule as rules

NEIGHBOUR: Final = "500235000000"
MOST: Final = 42
# How long ago care began, in days, in turn: the first month, the first year, a year to come.
AGES: Final = (9, 20, 34, 58, 90, 130, 200, 290, 345, 400)
WORDS: Final = {
    "MOTHER": "这周去了两次，孩子愿意说学校的事了，数学作业一起做。",
    "CHILD": "喜欢和她一起包饺子，想知道下次什么时候来。",
    "GUARDIAN": "孩子比以前爱说话了，奶奶说放心。",
}
LOW: Final = {"ci_close": 2, "ci_trust": 2, "ci_matter": 1, "ci_glad": 2, "ci_let_down": 5}
GOOD: Final = (3, 4, 5)


def furnish(county: str, *, seed: int, today: date) -> int:
    """Fill the worklists of a county; return how many pairings were taken over."""
    with rowsecurity.acting(rowsecurity.SYSTEM), translation.override("zh-hans"):
        schedules.load_schedules()
        cast = {user.username: user for user in User.objects.all()}
        worker, town = cast["county"], cast.get("town", cast["county"])
        pairings = take_over(county, by=worker, today=today)
        following.reckon_some(pairings, today=today)
        speak_with_all(pairings, by=worker, seed=seed, today=today)
        working.assign(pairings[: len(pairings) // 2], by=worker, owner=worker)
        # Where the town's own staff may not, the act refuses and the county's worker keeps them.
        working.assign(pairings[len(pairings) // 2 :], by=worker, owner=town)
        for pairing, happens in zip(pairings, HAPPENS, strict=False):
            happens(pairing, by=worker, today=today)
    sweeping.sweep(county, today=today)
    sweeping.digest_week(today=today)
    return len(pairings)


def take_over(county: str, *, by: User, today: date) -> list[Pairing]:
    """Let some proposed pairs be pairings that have run for a while."""
    inside = {"area_code__range": area_rules.subtree(county)}
    rows = Proposal.objects.open().current().filter(**inside).order_by("-area_code", "-pk")
    taken: list[Pairing] = []
    for proposal in rows[: 2 * MOST]:
        if len(taken) == MOST:
            break
        begun = today - timedelta(days=AGES[len(taken) % len(AGES)])
        try:
            with transaction.atomic():
                pairing = Pairing.objects.create(
                    child_id=proposal.child_id, mother_id=proposal.mother_id,
                    area_code=proposal.area_code, proposal=proposal, state=life.ACTIVE,
                    started_on=begun, active_on=begun, by=by,
                )  # fmt: skip
                proposal.state, proposal.decided_by = Proposal.State.APPROVED, by
                proposal.decided_at = timezone.now()
                proposal.save(update_fields=["state", "decided_by", "decided_at"])
                taken.append(pairing)
        except IntegrityError:
            continue
    return taken


def speak_with_all(pairings: list[Pairing], *, by: User, seed: int, today: date) -> None:
    """Log the contacts of the past on their days; the last ones of some are still to come."""
    rng = np.random.default_rng(seed)
    plan = rules.schedule_from(schedules.load_schedules().body)
    for number, pairing in enumerate(pairings):
        keeps_up = number % 3 != 0
        for side in rules.SIDES:
            for day in _days(pairing, plan.cadence, today=today, keeps_up=keeps_up):
                said = contacts.Said(
                    side, day, "VISIT" if side == "CHILD" else "PHONE", "REACHED",
                    note=WORDS[side], items={
                        each.code: int(2 if each.reversed else rng.choice(GOOD))
                        for each in plan.items_for(side)
                    },
                )  # fmt: skip
                contacts.log(pairing, said, by=by, today=day, once=_once(pairing, side, day))


def _days(pairing: Pairing, cadence: rules.Cadence, *, today: date, keeps_up: bool) -> list[date]:
    """Return the days on which staff spoke with a side, the last three at most."""
    assert pairing.active_on is not None
    found: list[date] = []
    last: date | None = None
    while True:
        day = rules.next_due(cadence, active_on=pairing.active_on, held=len(found), last_on=last)
        if day > today - timedelta(days=0 if keeps_up else 20):
            return found[-3:]
        found.append(day)
        last = day


def _once(pairing: Pairing, *parts: object) -> UUID:
    return uuid5(NAMESPACE_URL, ":".join(map(str, (pairing.pk, *parts))))


def complain(pairing: Pairing, *, by: User, today: date) -> None:
    """A grandmother complains that nobody came."""
    told = complaining.Told("GUARDIAN", "MOTHER", "说好周末来，三次都没有来。", "孩子的奶奶")
    complaining.note(pairing, told, by=by, today=today)


def get_on_badly(pairing: Pairing, *, by: User, today: date) -> None:
    """A child answers the scale low."""
    said = contacts.Said("CHILD", today, "VISIT", "REACHED", note="不太愿意说。", items=LOW)
    contacts.log(pairing, said, by=by, today=today, once=_once(pairing, "low"))


def be_out_of_reach(pairing: Pairing, *, by: User, today: date) -> None:
    """A mother does not answer twice running."""
    for back in (3, 1):
        day = today - timedelta(days=back)
        missed = contacts.Said("MOTHER", day, "PHONE", "NOT_REACHED")
        contacts.log(pairing, missed, by=by, today=today, once=_once(pairing, "missed", back))


def rest_a_while(pairing: Pairing, *, by: User, today: date) -> None:
    """A mother looks after her sick father; the pair rests until she is back."""
    watching.pause(pairing, by=by, today=today, reason="妈妈回老家照顾生病的父亲，约一个月")


def end_as_planned(pairing: Pairing, *, by: User, today: date) -> None:
    """The year is over; the farewell has begun."""
    planned = ending.Decision("PLANNED", "TERM", "约定的一年已满", NextStep.MONITORED)
    ending.begin(pairing, planned, by=by, today=today)


def end_for_life(pairing: Pairing, *, by: User, today: date) -> None:
    """The mother cannot go on; the child has been told."""
    moved = ending.Decision("UNPLANNED", "MOTHER_STOPPED", "妈妈要照顾新生的孙子", NextStep.REMATCH)
    _note(ending.begin(pairing, moved, by=by, today=today), "TALK_CHILD", by=by, today=today)


def end_unwillingly(pairing: Pairing, *, by: User, today: date) -> None:
    """The child did not want to go on; it is closed, and talks are outstanding."""
    unwilling = ending.Decision("UNWILLING", "NO_BOND", "孩子不愿意再见面", NextStep.COOL_DOWN)
    found = ending.begin(pairing, unwilling, by=by, today=today)
    _note(found, "LAST_MEETING", by=by, today=today)
    ending.close(found, by=by, today=today)


def end_for_safety(pairing: Pairing, *, by: User, today: date) -> None:
    """Closed at once; somebody else has to review it."""
    harm = ending.Decision("SAFETY", "HARM", "孩子反映被打，正在核实", NextStep.MONITORED)
    ending.begin(pairing, harm, by=by, today=today)


def _note(found: Ending, code: str, *, by: User, today: date) -> None:
    taken = ending.Taken("DONE", today, note="孩子说会想她。")
    ending.take_step(found.steps.get(code=code), taken, by=by, today=today)


def ask_for_a_transfer(pairing: Pairing, *, by: User, today: date) -> None:
    """One child moves to the neighbouring county, which has not answered yet."""
    towns = areas.areas_inside(NEIGHBOUR, "TOWN")
    guardians = Guardianship.objects.filter(child=pairing.child, is_guardian=True)
    named = guardians.exclude(guardian__name="").values_list("guardian__name", flat=True).first()
    agreed = transferring.Agreed(named or "民政办", today, "同意书原件存镇妇联")
    transferring.ask(
        pairing.child, towns[0].code, by=by, today=today, reason="随父母到邻县居住", agreed=agreed
    )


# What happens to the first of the pairings, the most telling first: a small town has few.
HAPPENS: Final = (
    complain, end_as_planned, end_for_safety, ask_for_a_transfer, get_on_badly, end_for_life,
    rest_a_while, end_unwillingly, be_out_of_reach,
)  # fmt: skip
