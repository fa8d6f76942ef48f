"""Telling people things: written with the act that caused it, sent afterwards, once each.

Also the times at which that happens: the timetables of an office, and a person's quiet hours.
"""

import hashlib
import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qianshou.accounts import permissions as powers
from qianshou.accounts.models import User
from qianshou.audit import actions as audit
from qianshou.common import copying, queueing, rowsecurity
from qianshou.common.errors import NotAllowed, Refused
from qianshou.common.identity import new_id
from qianshou.notices import permissions, queries
from qianshou.notices.connectors.channel import Channel, Undelivered
from qianshou.notices.connectors.choosing import channel as chosen_channel
from qianshou.notices.models import Notice, Quiet, Timetable
from qianshou.notices.rules import calendar, pauses, wording

DIGEST_KIND: Final = "notices.digest"
AT_ONCE: Final = 500
NEVER_QUIET: Final = (0, 0)


@dataclass(frozen=True, kw_only=True)
class Message:
    """What one person is told. `text` is read in the app; `short` leaves the house.

    `subject`, `text` and `short` are English sentences marked with `gettext_noop`. Without an
    `address` (a phone number) the message stays in the app. Without `short`, `text` leaves the
    house too. `link` is a path; a `private_link`, which holds a secret, is wiped once it is sent.
    """

    kind: str
    to_kind: str
    to_id: UUID
    area_code: str
    subject: str
    text: str
    params: Mapping[str, str | int] = field(default_factory=dict)
    address: str = ""
    short: str = ""
    language: str = ""
    link: str = ""
    private_link: str = ""
    about_kind: str = ""
    about_id: UUID | None = None
    urgent: bool = False


class SaysTooMuch(ValueError):  # noqa: N818 - named after the fact
    """A message that would leave the house names more than `rules.wording` lets out: a bug."""


def send(message: Message, *, once: str) -> Notice:
    """Keep the message in the caller's transaction and have it sent; the same `once` is one."""
    _check(message)
    notice = _row(message, once=once, quiet=queries.quiet_hours_of(message.to_id))
    Notice.objects.bulk_create([notice], ignore_conflicts=True)
    kept = Notice.objects.filter(once=once).first()
    if notice.state == Notice.State.WAITING and kept is not None and kept.pk == notice.pk:
        wake()
    return kept or notice


def send_all(messages: Mapping[str, Message]) -> int:
    """Keep many messages, each under its `once`, as `send` keeps one; return how many were new.

    Asks the database as often for a thousand as for one. Whoever calls it must be allowed to read
    what it writes, as the system is. One message that says too much holds up all of them.
    """
    if not messages:
        return 0
    for each in messages.values():
        _check(each)
    quiet = queries.quiet_hours_of_all({each.to_id for each in messages.values()})
    rows = [_row(each, once=once, quiet=quiet[each.to_id]) for once, each in messages.items()]
    written = copying.insert_objects(rows, ignore_conflicts=True)
    if any(each.state == Notice.State.WAITING and each.pk in written for each in rows):
        wake()
    return len(written)


def _row(message: Message, *, once: str, quiet: tuple[int, int]) -> Notice:
    """Return the row of a message, not yet written."""
    now = timezone.localtime()
    leaves = bool(message.address) and settings.NOTICE_CHANNEL != "off"
    notice = Notice(
        id=new_id(), once=once, kind=message.kind, to_kind=message.to_kind, to_id=message.to_id,
        area_code=message.area_code, language=message.language, subject=message.subject,
        text=message.text, short=message.short, params=dict(message.params), link=message.link,
        about_kind=message.about_kind, about_id=message.about_id, created_at=now,
        not_before=_moment(now, quiet=quiet, urgent=message.urgent or not leaves),
        urgent=message.urgent,
        state=Notice.State.WAITING if leaves else Notice.State.KEPT,
        delivered_at=None if leaves else now,
    )  # fmt: skip
    notice.address = message.address if leaves else ""
    notice.private_link = message.private_link if leaves else ""
    return notice


def _check(message: Message) -> None:
    outside = message.short or message.text
    if message.address and (named := wording.too_much(outside)):
        raise SaysTooMuch(f"{message.kind} would send {sorted(named)} out of the house")
    given = {*message.params, "link"}
    for sentence in (message.subject, message.text, message.short):
        if unfilled := wording.missing(sentence, given):
            raise ValueError(f"{message.kind} leaves {sorted(unfilled)} empty")


def _moment(now: datetime, *, quiet: tuple[int, int], urgent: bool) -> datetime:
    """Return the first moment from now on at which a person may be disturbed."""
    if urgent:
        return now
    begins, ends = quiet
    return pauses.after_quiet(now, begins=begins, ends=ends)


@dataclass(frozen=True)
class Line:
    """One line of a weekly digest: a sentence of the catalog, its values, and where it leads."""

    text: str
    params: Mapping[str, str | int] = field(default_factory=dict)
    link: str = ""


@dataclass(frozen=True)
class Part:
    """What one room says to one person in the digest of a week."""

    user: User
    area_code: str
    lines: Sequence[Line]


def digest(
    user: User, *, week: date, room: str, lines: Sequence[Line], area_code: str, subject: str
) -> Notice | None:
    """Put a room's lines into the person's one digest of a week; the same lines change nothing.

    New or changed lines make the digest unread again. Without lines the room's part goes.
    """
    part = Part(user, area_code, lines)
    digest_all([part], week=week, room=room, subject=subject)
    return Notice.objects.filter(once=_digest_key(user, week)).first()


@transaction.atomic
def digest_all(parts: Sequence[Part], *, week: date, room: str, subject: str) -> None:
    """Put a room's lines into the digests of many people, as `digest` does for one.

    Asks the database as often for a thousand as for one.
    """
    said = {_digest_key(each.user, week): each for each in parts}
    begun = [
        _begun(once, each, week=week, room=room, subject=subject)
        for once, each in said.items()
        if each.lines
    ]
    written = copying.insert_objects(begun, ignore_conflicts=True)
    standing = said.keys() - {each.once for each in begun if each.pk in written}
    if not standing:
        return
    # Locked in one order: two rooms that write to the same people never wait in a circle.
    held = Notice.objects.select_for_update().filter(once__in=standing).order_by("pk")
    number = week.isocalendar().week
    changed = [each for each in held if _put_part(each, room, said[each.once].lines, week=number)]
    _keep_parts(changed)


def _begun(once: str, part: Part, *, week: date, room: str, subject: str) -> Notice:
    """Return the digest of a week as its first room begins it, not yet written."""
    number = week.isocalendar().week
    message = Message(
        kind=DIGEST_KIND, to_kind=Notice.To.USER, to_id=part.user.pk, area_code=part.area_code,
        subject=subject, text="%(count)d", params={"count": 0, "week": number},
    )  # fmt: skip
    notice = _row(message, once=once, quiet=NEVER_QUIET)
    _put_part(notice, room, part.lines, week=number)
    return notice


def _keep_parts(changed: Sequence[Notice]) -> None:
    """Write the parts of many digests in one statement; `bulk_update` asks a CASE for each."""
    if changed:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE notices_notice n SET parts = g.parts, params = g.params, read_at = NULL"
                " FROM unnest(%s::uuid[], %s::jsonb[], %s::jsonb[]) AS g(id, parts, params)"
                " WHERE n.id = g.id",
                [
                    [each.pk for each in changed],
                    [json.dumps(each.parts) for each in changed],
                    [json.dumps(each.params) for each in changed],
                ],
            )


def _digest_key(user: User, week: date) -> str:
    year, number, _ = week.isocalendar()
    return f"digest/{user.pk}/{year}-{number:02}"


def _put_part(kept: Notice, room: str, lines: Sequence[Line], *, week: int) -> bool:
    """Put a room's lines into a digest that is locked; tell whether that changed it."""
    part = [{"text": each.text, "params": dict(each.params), "link": each.link} for each in lines]
    if kept.parts.get(room, []) == part:
        return False
    kept.parts = {**kept.parts, room: part}
    if not part:
        del kept.parts[room]
    kept.params = {"count": sum(map(len, kept.parts.values())), "week": week}
    kept.read_at = None
    return True


def read(notice: Notice) -> None:
    """Note that its reader has opened a notice."""
    Notice.objects.filter(pk=notice.pk, read_at=None).update(read_at=timezone.now())


def read_all(user: User) -> int:
    """Note that the person has seen everything in the list; returns how many were new."""
    return queries.notices_for(user).filter(read_at=None).update(read_at=timezone.now())


@transaction.atomic
def send_again(notice: Notice, *, by: User) -> None:
    """Try a message again that was set aside, as after its number was mended."""
    fresh = Notice.objects.filter(pk=notice.pk, state=Notice.State.ASIDE)
    if fresh.update(state=Notice.State.WAITING, attempts=0, not_before=timezone.now()):
        audit.record(
            "notices.sent_again", by=by, subject_kind="notice", subject_id=notice.pk,
            area_code=notice.area_code, kind=notice.kind,
        )  # fmt: skip
        wake()


def wake() -> None:
    """Have the worker look once the present transaction is over, however many it wrote."""
    queueing.ask_after_commit("notices.deliver")


def deliver_due(way: Channel | None = None) -> int:
    """Send what is due, each in a transaction of its own; returns how many went out.

    A message is locked while it is under way, so a second worker takes the next one. A worker
    that dies gives the lock back: the message is sent again under the same key, which the
    outbox and a provider with idempotency keys take for the one they have.
    """
    way = way or chosen_channel()
    sent, tried = 0, 0
    while way is not None and tried < AT_ONCE:
        with rowsecurity.acting(rowsecurity.SYSTEM):
            due = Notice.objects.due(timezone.now()).order_by("not_before")
            notice = due.select_for_update(skip_locked=True).first()
            if notice is None:
                break
            went, line_is_down = _attempt(notice, way)
        tried += 1
        sent += went
        if line_is_down:
            break
    return sent


def _attempt(notice: Notice, way: Channel) -> tuple[bool, bool]:
    """Try once; returns whether it went out, and whether the others had better wait too."""
    # It may have become night meanwhile, or the person has set other hours.
    now = timezone.localtime()
    quiet = queries.quiet_hours_of(notice.to_id)
    later = _moment(now, quiet=quiet, urgent=notice.urgent)
    if later > now:
        Notice.objects.filter(pk=notice.pk).update(not_before=later)
        return False, False
    path = notice.private_link.open() or notice.link
    link = f"{settings.SITE_URL}{path}" if path else settings.SITE_URL
    try:
        words = queries.words_outside(notice, link=link)
        way.send(notice.address.open(), words, key=str(notice.pk))
    except Undelivered as failure:
        _postpone(notice, failure)
        return False, not failure.lasting
    notice.state, notice.delivered_at = Notice.State.SENT, timezone.now()
    notice.attempts, notice.last_error = min(notice.attempts + 1, 1000), {}
    notice.private_link = ""
    _save(notice, "private_link", "delivered_at")
    return True, False


def _postpone(notice: Notice, failure: Undelivered) -> None:
    notice.attempts = min(notice.attempts + 1, 1000)
    notice.last_error = failure.problem
    rest = None if failure.lasting else pauses.pause(notice.attempts)
    if rest is None:
        notice.state = Notice.State.ASIDE
    else:
        notice.not_before = timezone.now() + rest
    _save(notice, "not_before")


def _save(notice: Notice, *more: str) -> None:
    notice.save(update_fields=["state", "attempts", "last_error", *more])


# -- the times that an office and a person set ----------------------------------------------------

LARGEST: Final = 64 * 1024
SHIPPED: Final = Path(__file__).parent / "data"


class BadTimetable(Refused):
    """This cannot be used as it stands."""


class NoteMissing(Refused):
    """Please say what is new and why; the reason is kept with the version."""


class SameAsBefore(Refused):
    """Nothing is different from what holds now."""


class NoSuchHour(Refused):
    """Quiet hours are two full hours of the day, from 0 to 23."""


@dataclass(frozen=True)
class Sort:
    """A sort of timetable: its kind, what it is about, and the rule that reads it."""

    kind: str
    subject: str
    read: Callable[[Mapping[str, Any]], object]


def load_timetables() -> None:
    """Store the shipped calendars, as a new version when one has changed; safe to run again."""
    for file in sorted(SHIPPED.glob("calendar-*.toml")):
        ship(Sort(Timetable.Kind.CALENDAR, file.stem[-4:], calendar.year_from), file)


@transaction.atomic
def ship(sort: Sort, file: Path) -> Timetable:
    """Store a shipped timetable for every place that has none of its own."""
    text = file.read_text(encoding="utf-8")
    return _put(sort, queries.EVERYWHERE, text, by=None, note="")


@transaction.atomic
def change(sort: Sort, area_code: str, text: str, *, by: User, note: str) -> Timetable:
    """Put a new version in force for an area; the one before stays and can be taken again."""
    if not permissions.can_set_times(by, area_code):
        raise NotAllowed
    if not note.strip():
        raise NoteMissing
    before = queries.timetable_in_force(sort.kind, sort.subject, area_code)
    made = _put(sort, area_code, text, by=by, note=note.strip()[:200])
    if before is not None and before.sha256 == made.sha256:
        raise SameAsBefore
    audit.record(
        "notices.timetable.changed", by=by, subject_kind="timetable", subject_id=made.pk,
        area_code=area_code, reason=note, kind=sort.kind, subject=sort.subject,
        version=made.version, sha256=made.sha256,
    )  # fmt: skip
    return made


def _put(sort: Sort, area_code: str, text: str, *, by: User | None, note: str) -> Timetable:
    check(sort, text)
    digest = hashlib.sha256(text.encode()).hexdigest()
    rows = Timetable.objects.filter(kind=sort.kind, area_code=area_code, subject=sort.subject)
    current = rows.select_for_update().filter(is_current=True).first()
    if current is not None and current.sha256 == digest:
        return current
    rows.filter(is_current=True).update(is_current=False)
    newest = rows.aggregate(Max("version"))["version__max"] or 0
    return Timetable.objects.create(
        id=new_id(), kind=sort.kind, subject=sort.subject, area_code=area_code, text=text,
        sha256=digest, version=newest + 1, note=note, by=by, at=timezone.now(),
    )  # fmt: skip


def check(sort: Sort, text: str) -> None:
    """Refuse with `BadTimetable` a text that cannot be used, and say what is wrong."""
    if len(text) > LARGEST:
        raise BadTimetable(_("The file is too large (more than 64 KB)."))
    try:
        body = tomllib.loads(text)
        sort.read(body)
    except (ValueError, TypeError, AttributeError) as problem:
        words = _("This cannot be used: %(problem)s")
        raise BadTimetable(words % {"problem": problem}) from problem
    if sort.subject and str(body.get("year")) != sort.subject:
        words = _("This cannot be used: it is about %(year)s, not about %(wanted)s")
        raise BadTimetable(words % {"year": body.get("year"), "wanted": sort.subject})


def change_year(area_code: str, year: calendar.Year, *, by: User, note: str) -> Timetable:
    """Put a year's days off in force for an area."""
    sort = Sort(Timetable.Kind.CALENDAR, str(year.year), calendar.year_from)
    return change(sort, area_code, calendar.written(year), by=by, note=note)


@transaction.atomic
def keep_quiet(user: User, *, begins: int, ends: int) -> Quiet:
    """Set the hours in which a person does not want to be disturbed; equal hours mean none."""
    if not (0 <= begins < 24 and 0 <= ends < 24):
        raise NoSuchHour
    whom = user.person_id or user.pk
    area = powers.widest_area(user) or queries.EVERYWHERE
    kept, _made = Quiet.objects.update_or_create(
        person_id=whom, defaults={"area_code": area, "begins": begins, "ends": ends}
    )
    return kept
