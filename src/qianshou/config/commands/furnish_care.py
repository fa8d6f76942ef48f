"""Daily care in the demo: weeks of contacts, some pairs that fell silent, and what waits for staff.

Goes through the same actions as a phone or a page, seeded, and bounded: a few dozen pairs.
"""

import io
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

import numpy as np
from django.utils import timezone
from PIL import Image, ImageDraw

from qianshou.accounts.models import User
from qianshou.areas import rules as area_rules
from qianshou.care.actions import (
    clocks as clocks_of,
)
from qianshou.care.actions import (
    contacts,
    enclosing,
    escalating,
    phones,
)
from qianshou.care.models import Clock, Contact, Held
from qianshou.care.rules import clocks, codes, payload
from qianshou.care.rules import enclosing as rules
from qianshou.common.identity import new_id
from qianshou.consents.queries import photos
from qianshou.pairing.models import Pairing

MOST_PAIRS: Final = 40
MOST_PHOTOS: Final = 3
WEEKS: Final = 4
NOTES: Final = (
    "她说数学考了八十五分，很开心",
    "奶奶膝盖疼，这几天是孩子自己热饭",
    "聊到爸爸过年回不回来，有点低落",
    "一起读了《小王子》前三章",
    "老师反映上课爱走神，下次当面聊聊",
    "孩子主动给我打的电话，讲了运动会",
)
CHANNELS: Final = (codes.CALL, codes.CALL, codes.VIDEO, codes.MESSAGE, codes.VISIT)


def furnish(county: str, *, seed: int, today: date, by: User) -> int:
    """Log some weeks of contacts for the county's running pairs; returns how many."""
    inside = {"area_code__range": area_rules.subtree(county)}
    pairs = list(Pairing.objects.caring().filter(**inside).order_by("started_on", "id"))
    rng = np.random.default_rng(seed)
    made = [
        each
        for place, pairing in enumerate(pairs[:MOST_PAIRS])
        for each in _weeks_of(pairing, rng, today=today, silent=place % 4 == 3)
    ]
    for row in made:
        row.save(force_insert=True)
    _listen(county, today=today, by=by)
    _answer_some(made, by=by)
    _photograph_some(made, today=today)
    _set_up_a_phone(pairs[:MOST_PAIRS])
    return len(made)


def _listen(county: str, *, today: date, by: User) -> None:
    """Set the clocks, take the steps that are due, write the digests, and call one mother."""
    clocks_of.reckon(county)
    escalating.escalate(county, today=today)
    escalating.digest_week(county, today=today)
    late = Clock.objects.late_on(today).filter(area_code__range=area_rules.subtree(county))
    for clock in late.order_by("tier", "due_on", "pk")[1:2]:
        escalating.note_call(
            clock.pk, by=by, today=today, note="妈妈说手机坏了，今晚用邻居的电话打给孩子"
        )


def _weeks_of(
    pairing: Pairing, rng: np.random.Generator, *, today: date, silent: bool
) -> list[Contact]:
    """Return the contacts of a pair, one a week; a silent pair has none of late."""
    days = [week * 7 + int(rng.integers(0, 5)) for week in range(WEEKS)]
    return [
        _contact(pairing, rng, at=_at(today - timedelta(days=ago), rng))
        for ago in sorted(days, reverse=True)
        if not silent or ago > clocks.CONTACT_EVERY
    ]


def _at(day: date, rng: np.random.Generator) -> datetime:
    hour = time(int(rng.integers(9, 20)), int(rng.integers(0, 60)))
    return min(timezone.make_aware(datetime.combine(day, hour)), timezone.now())


def _contact(pairing: Pairing, rng: np.random.Generator, *, at: datetime) -> Contact:
    note = NOTES[int(rng.integers(len(NOTES)))] if rng.random() < 0.4 else ""
    said = payload.Said(
        pairing=pairing.pk, kind=CHANNELS[int(rng.integers(len(CHANNELS)))], at=at,
        minutes=int(rng.choice(codes.MINUTES)), topics=_topics(rng),
        mood=int(rng.integers(2, 6)), note=note, follow_up="老师" in note,
    )  # fmt: skip
    return contacts.contact_of(
        pairing, said, by=_hand(pairing), key=UUID(bytes=rng.bytes(16), version=4), now=at,
        when=clocks.Moment(at, at, skewed=False),
    )  # fmt: skip


def _topics(rng: np.random.Generator) -> tuple[str, ...]:
    names = list(codes.TOPICS)
    return tuple(names[each] for each in sorted(rng.choice(len(names), 2, replace=False)))


def _hand(pairing: Pairing) -> User:
    """Return the mother's account, or whoever wrote it down for her."""
    return User.objects.filter(person_id=pairing.mother_id).first() or pairing.by


def _answer_some(made: list[Contact], *, by: User) -> None:
    """Answer every third note, and ask about one."""
    noted = [each for each in made if each.note]
    for place, each in enumerate(noted[::3]):
        kind = ("READ", "THANKS")[place % 2]
        contacts.answer(each, by=by, kind=kind, text="", now=timezone.now())
    if len(noted) > 1:
        contacts.answer(
            noted[-1], by=by, kind="QUESTION", text="要不要请老师一起家访？", now=timezone.now()
        )


def _photograph_some(made: list[Contact], *, today: date) -> None:
    """Let some contacts of children whose guardians agree to photos have one."""
    children = {each.pairing.child_id for each in made}
    agreed = photos.agreed(children, on=today)
    shown = [each for each in made if each.pairing.child_id in agreed and each.note]
    for place, each in enumerate(shown[:MOST_PHOTOS]):
        enclosing.enclose(each, rules.PHOTO, _a_drawing(place), now=timezone.now())


def _a_drawing(place: int) -> bytes:
    """Draw a child's picture of hills and a sun, as a photo of it would look."""
    paper = Image.new("RGB", (960, 720), "#f7f2e4")
    pen = ImageDraw.Draw(paper)
    pen.ellipse((660 - 40 * place, 80, 820 - 40 * place, 240), fill="#f0a93b")
    for left, colour in ((-200, "#7fa86a"), (240, "#5c8d6b"), (560, "#8fb573")):
        pen.ellipse((left, 380, left + 760, 1100), fill=colour)
    pen.rectangle((400, 420, 560, 540), fill="#b6584a")
    pen.polygon(((380, 420), (580, 420), (480, 330)), fill="#5b4636")
    made = io.BytesIO()
    paper.save(made, "JPEG", quality=85)
    return made.getvalue()


def _set_up_a_phone(pairs: list[Pairing]) -> None:
    """Set up and lose one phone of the demo's mother, which still left an entry behind."""
    user = User.objects.filter(username="mother").first()
    hers: Any = next((each for each in pairs if user and each.mother_id == user.person_id), None)
    if user is None or hers is None:
        return
    now = timezone.now()
    old = phones.register(user, label="Android · Chrome", now=now - timedelta(days=40)).device
    phones.revoke(old, by=user, reason="旧手机摔坏了", now=now - timedelta(days=3))
    held = Held(
        id=new_id(), device=old, user=user, mother_id=hers.mother_id, pairing=hers,
        area_code=hers.area_code, client_id=new_id(), seq=1, digest=bytes(32),
        reason=codes.REVOKED, received_at=now,
    )  # fmt: skip
    held.body = (
        f'{{"type": "contact", "pairing": "{hers.pk}", "kind": "CALL", "minutes": 10,'
        f' "at": "{(now - timedelta(days=4)).isoformat()}", "note": "换手机前记的，忘了发"}}'
    )
    held.save(force_insert=True)
