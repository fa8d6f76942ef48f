"""What the safeguarding lead asks about signals: what to look at, and how good each word is."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Case, Count, F, IntegerField, QuerySet, Value, When, Window
from django.db.models.functions import RowNumber
from django.utils.translation import gettext as _

from qianshou.accounts import permissions as powers
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import rules as area_rules
from qianshou.common.errors import NotFound
from qianshou.protection.models import Signal
from qianshou.protection.models.signals import SignalQuerySet
from qianshou.protection.queries import terms
from qianshou.protection.rules import danger, life, patterns

# What is older than this and undecided is counted with its week, and no longer pushed forward.
WEEKS = 8
MOST_READ = 20_000
_DECIDED_FIRST = Case(
    When(state=life.RAISED, then=Value(1)), default=Value(0), output_field=IntegerField()
)


def signals_in(user: User, area: str) -> SignalQuerySet:
    """Return the signals of an area for those who receive its reports."""
    powers.require(user, Power.RECEIVE_REPORTS, area)
    return Signal.objects.filter(county__range=area_rules.subtree(area))


def signal_for(user: User, signal_id: UUID) -> Signal:
    """Return one signal; raises `NotFound`."""
    found = Signal.objects.select_related("child", "decided_by").filter(pk=signal_id).first()
    if found is None or not powers.may(user, Power.RECEIVE_REPORTS, found.county):
        raise NotFound
    return found


def to_look_at(user: User, area: str, *, today: date) -> list[Signal]:
    """Return what waits, within each county's cap of a week, the gravest first.

    What was decided counts for the cap too: it is how much one person may be asked to look at.
    """
    since = today - timedelta(weeks=WEEKS)
    ranked: Any = (
        signals_in(user, area)
        .filter(week__gte=since)
        .annotate(
            place=Window(
                RowNumber(),
                partition_by=[F("county"), F("week")],
                order_by=[_DECIDED_FIRST.asc(), F("weight").desc(), F("raised_at").asc()],
            )
        )
        .filter(place__lte=50)
        .select_related("child")
    )
    caps: dict[str, int] = {}
    shown = []
    for each in ranked:
        cap = caps.setdefault(each.county, terms.limits_of(each.county).signals_a_week)
        if each.state == life.RAISED and each.place <= cap:
            shown.append(each)
    return sorted(shown, key=lambda each: (-each.weight, each.raised_at))


def kept_back(user: User, area: str, *, today: date) -> int:
    """Count what waits beyond the caps: it is kept, and may be looked at all the same."""
    since = today - timedelta(weeks=WEEKS)
    waiting = signals_in(user, area).waiting().filter(week__gte=since).count()
    return waiting - len(to_look_at(user, area, today=today))


def all_waiting(user: User, area: str) -> QuerySet[Signal]:
    """Return everything that nobody has decided, the gravest first."""
    return signals_in(user, area).waiting().select_related("child").order_by("-weight", "raised_at")


def decided(user: User, area: str) -> QuerySet[Signal]:
    """Return what was decided, the latest first."""
    rows = signals_in(user, area).exclude(state=life.RAISED)
    return rows.select_related("child", "decided_by").order_by("-decided_at")


def lines(rows: Iterable[Signal]) -> list[dict[str, Any]]:
    """Return signals with their reason in words; the note itself stays closed."""
    return [{"signal": each, "why": why(each)} for each in rows]


def why(signal: Signal) -> str:
    """Return what a signal was raised for, in words."""
    figures = (signal.found or [{}])[0].get("figures", [])
    if signal.kind == patterns.STOPPED:
        return _("%(days)d days of silence after regular contact") % {"days": figures[0]}
    if signal.kind == patterns.MOOD:
        told = {"first": f"{figures[0]:.1f}", "last": f"{figures[1]:.1f}"}
        return _("mood from %(first)s to %(last)s of 5 within four weeks") % told
    if signal.kind == patterns.NOT_REACHED:
        return _("not reached %(times)d times in a row") % {"times": figures[0]}
    kinds = dict.fromkeys(_(danger.KINDS[each["kind"]]) for each in signal.found)
    return "、".join(kinds)


@dataclass(frozen=True)
class Figure:
    """How one danger word fared: raised, still waiting, false alarm, led to something."""

    term: str
    kind: str
    raised: int
    waiting: int
    nothing: int
    acted: int

    @property
    def false_share(self) -> int | None:
        """Return the false alarms in a hundred of those decided; nothing is known before."""
        done = self.nothing + self.acted
        return round(100 * self.nothing / done) if done else None


def figures(user: User, area: str, *, since: date) -> list[Figure]:
    """Return how each word fared since a day, the one with the most false alarms first."""
    rows = signals_in(user, area).filter(kind=Signal.Kind.WORDS, week__gte=since)
    counted: dict[tuple[str, str], Counter[str]] = {}
    for found, state in rows.order_by("-raised_at").values_list("found", "state")[:MOST_READ]:
        outcome = {life.RAISED: "waiting", life.NOTHING: "nothing"}.get(state, "acted")
        for each in found:
            counted.setdefault((each["term"], each["kind"]), Counter())[outcome] += 1
    made = [
        Figure(term, kind, count.total(), count["waiting"], count["nothing"], count["acted"])
        for (term, kind), count in counted.items()
    ]
    return sorted(made, key=lambda each: (-each.nothing, -each.raised, each.term))


def waiting_count(user: User, area: str, *, today: date) -> int:
    """Count what the person is asked to look at."""
    return len(to_look_at(user, area, today=today))


def by_state(user: User, area: str) -> dict[str, int]:
    """Count signals by what became of them."""
    rows = signals_in(user, area).values("state").annotate(n=Count("id")).order_by("state")
    return {each["state"]: each["n"] for each in rows}
