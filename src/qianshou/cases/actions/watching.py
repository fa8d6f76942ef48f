"""The clocks of task teams: who has not answered, what is late, what is to be reviewed.

Each clock looks at what is, not at what it said before; a message with the same mark is one.
"""

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Final

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop

from qianshou.accounts.models import User
from qianshou.areas import rules as area_rules
from qianshou.cases.actions import moving, staffing
from qianshou.cases.models import Action, TaskTeam
from qianshou.cases.queries import people, rhythms
from qianshou.common import portions, rowsecurity
from qianshou.notices import actions as notices
from qianshou.notices.actions import Line, Message
from qianshou.notices.models import Notice

KIND: Final = "cases.clock"
UNANSWERED: Final = gettext_noop("A red child has had no answer in time")
UNANSWERED_TEXT: Final = gettext_noop(
    "A task team was opened and nobody has said what was done at once. Look at the list of task"
    " teams now."
)
SILENT: Final = gettext_noop("A county has not answered for a red child")
SILENT_TEXT: Final = gettext_noop(
    "A task team is without an answer although the county was told. Speak with the county today."
)
LATE: Final = gettext_noop("Something that a task team decided is late")
LATE_TEXT: Final = gettext_noop("It was to be done by %(day)s. Do it, or say why it cannot be.")
REVIEW: Final = gettext_noop("A task team is to be reviewed")
REVIEW_TEXT: Final = gettext_noop("The review was due on %(day)s.")
MOVED: Final = gettext_noop("A red child has moved to your county")
MOVED_TEXT: Final = gettext_noop(
    "Its task team comes along with everything it knows. Take the lead now: until then nobody leads"
    " it."
)
SUBJECT: Final = gettext_noop("Your week with task teams")
LINES: Final = {
    "unanswered": gettext_noop("Task teams without a first answer: %(count)s"),
    "late": gettext_noop("Decisions of task teams that are late: %(count)s"),
    "review": gettext_noop("Task teams to review this week: %(count)s"),
}


def watch(*, now: datetime) -> dict[str, int]:
    """Look at every clock once; return how many messages' occasions were new.

    A team or action that goes wrong holds up no other, and is raised at the end.
    """
    today, counts = timezone.localdate(now), dict.fromkeys(("unanswered", "late", "reviews"), 0)

    def count(kind: str, work: Callable[[], int]) -> None:
        counts[kind] = work()

    portions.all_of(
        lambda: count("unanswered", lambda: _unanswered(now)),
        lambda: count("late", lambda: _late(today, now=now)),
        lambda: count("reviews", lambda: _reviews(today)),
    )
    return counts


def _unanswered(now: datetime) -> int:
    """Tell the county when nobody has answered, and the city when the county stays silent."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        rows = TaskTeam.objects.open().filter(answered_at=None, answer_by__lt=now, told__lt=2)
        waiting = list(rows.order_by("pk"))
    return portions.each(waiting, lambda team: _waits(team, now))


def _waits(team: TaskTeam, now: datetime) -> int:
    with rowsecurity.acting(rowsecurity.SYSTEM):
        held = TaskTeam.objects.select_for_update(of=("self",)).get(pk=team.pk)
        if held.answered_at is not None or not held.is_open:
            return 0
        county = area_rules.county_code(held.area_code)
        second = timedelta(hours=rhythms.rhythm_for(county).second_hours)
        level = 2 if now >= held.answer_by + second else 1
        if level <= held.told:
            return 0
        moving.note(held, "team.unanswered", by=None, level=level)
        TaskTeam.objects.filter(pk=held.pk).update(told=level)
        for step in range(held.told + 1, level + 1):
            _tell_unanswered(held, county, step)
        return 1


def _tell_unanswered(team: TaskTeam, county: str, level: int) -> None:
    to, subject, text = (
        (people.to_tell(county), UNANSWERED, UNANSWERED_TEXT)
        if level == 1
        else (people.above(county), SILENT, SILENT_TEXT)
    )
    link = reverse("cases:team", args=[team.pk]) if level == 1 else ""
    for user in to:
        mark = f"cases/answer/{team.pk}/{team.times_reopened}/{level}/{user.pk}"
        _send(user, subject, text, once=mark, area_code=team.area_code, link=link, urgent=True)


def tell_new_county(team: TaskTeam) -> None:
    """Tell the county to which a child has moved that its team waits for a lead."""
    for user in people.to_tell(area_rules.county_code(team.area_code)):
        mark = f"cases/moved/{team.pk}/{team.area_code}/{user.pk}"
        link = reverse("cases:team", args=[team.pk])
        _send(user, MOVED, MOVED_TEXT, once=mark, area_code=team.area_code, link=link, urgent=True)


def _late(today: date, *, now: datetime) -> int:
    """Tell the owner when her day is over, and the lead when days of grace are over too."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        rows = Action.objects.late_on(today).filter(told_at=None).order_by("pk")
        waiting = list(rows.select_related("team__lead", "user"))
    return portions.each(waiting, lambda action: _is_late(action, today, now=now))


def _is_late(action: Action, today: date, *, now: datetime) -> int:
    with rowsecurity.acting(rowsecurity.SYSTEM):
        _tell_late(action)
        grace = rhythms.rhythm_for(action.area_code).late_days
        if action.due_on + timedelta(days=grace) < today:
            moving.note(action.team, "action.late", by=None, action=str(action.pk))
            Action.objects.filter(pk=action.pk, told_at=None).update(told_at=now)
            _tell_lead(action)
    return 1


def _tell_late(action: Action) -> None:
    params = {"day": action.due_on.isoformat()}
    mark, link = f"cases/late/{action.pk}", reverse("cases:mine")
    owner = action.user
    if action.mother_id is not None:
        owner = User.objects.filter(person_id=action.mother_id, is_active=True).first()
    if owner is not None:
        _send(
            owner, LATE, LATE_TEXT, once=mark, area_code=action.area_code, link=link, params=params
        )


def _tell_lead(action: Action) -> None:
    lead = action.team.lead
    to = [lead] if lead else people.to_tell(area_rules.county_code(action.area_code))
    params = {"day": action.due_on.isoformat()}
    for user in to:
        _send(
            user, LATE, LATE_TEXT, once=f"cases/lead/{action.pk}/{user.pk}", params=params,
            area_code=action.area_code, link=reverse("cases:team", args=[action.team_id]),
        )  # fmt: skip


def _reviews(today: date) -> int:
    """Tell the lead, or the county where there is none, that a review is due."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        due = TaskTeam.objects.open().filter(review_on__lte=today, review_told_on=None)
        teams = list(due.select_related("lead").order_by("pk"))
    return portions.each(teams, lambda team: _tell_review(team, today))


def _tell_review(team: TaskTeam, today: date) -> int:
    with rowsecurity.acting(rowsecurity.SYSTEM):
        to = [team.lead] if team.lead else people.to_tell(area_rules.county_code(team.area_code))
        TaskTeam.objects.filter(pk=team.pk).update(review_told_on=today)
        for user in to:
            _send(
                user, REVIEW, REVIEW_TEXT, area_code=team.area_code,
                once=f"cases/review/{team.pk}/{team.review_on}/{user.pk}",
                link=reverse("cases:team", args=[team.pk]),
                params={"day": team.review_on.isoformat()},
            )  # fmt: skip
    return 1


def _send(
    user: User, subject: str, text: str, *, once: str, area_code: str, link: str = "",
    params: dict[str, str] | None = None, urgent: bool = False,
) -> None:  # fmt: skip
    notices.send(
        Message(
            kind=KIND, to_kind=Notice.To.USER, to_id=user.pk, area_code=area_code, subject=subject,
            text=text, params=params or {}, language=user.language, link=link, urgent=urgent,
        ),
        once=once,
    )  # fmt: skip


# -- once a day, once a week ----------------------------------------------------------------------


def take_in_members(county: str) -> int:
    """Let accepted places and pairings be seen in the teams of a county; return who is new."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        inside = TaskTeam.objects.open().filter(area_code__range=area_rules.subtree(county))
        teams = list(inside.order_by("pk"))
    return portions.each(teams, _take_in)


def _take_in(team: TaskTeam) -> int:
    with rowsecurity.acting(rowsecurity.SYSTEM):
        return staffing.take_in(team)


def counties() -> list[str]:
    """Return the counties that have open teams."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        codes = TaskTeam.objects.open().values_list("area_code", flat=True).distinct()
        return sorted({area_rules.county_code(code) for code in codes})


def digest_week(*, today: date) -> int:
    """Put the lines about task teams into each lead's one digest of the week."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        leads = User.objects.filter(
            pk__in=TaskTeam.objects.open().exclude(lead=None).values("lead"), is_active=True
        )
        found = list(leads.order_by("pk"))
    return portions.each(found, lambda lead: _digest(lead, today))


def _digest(lead: User, today: date) -> int:
    with rowsecurity.acting(rowsecurity.SYSTEM):
        return _write_digest(lead, today)


def _write_digest(lead: User, today: date) -> int:
    mine = TaskTeam.objects.open().filter(lead=lead)
    first = mine.first()
    if first is None:
        return 0
    counted = Counter(
        unanswered=mine.filter(answered_at=None).count(),
        late=Action.objects.late_on(today).filter(team__in=mine).count(),
        review=mine.filter(Q(review_on__lte=today + timedelta(days=7))).count(),
    )
    lines = [
        Line(text, {"count": counted[code]}, reverse("cases:teams"))
        for code, text in LINES.items()
        if counted[code]
    ]
    monday = today - timedelta(days=today.weekday())
    notices.digest(
        lead, week=monday, room="cases", lines=lines, subject=SUBJECT,
        area_code=area_rules.county_code(first.area_code),
    )  # fmt: skip
    return bool(lines)
