"""One child's file: what is known and from whom, the family, and what happened when."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from qianshou.accounts import permissions as accounts
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import queries as areas
from qianshou.areas import rules as area_rules
from qianshou.common.errors import NotFound
from qianshou.exchange.models import Record
from qianshou.registry import permissions
from qianshou.registry.models import (
    Child,
    ChildEvent,
    Consent,
    Guardianship,
    Link,
    Notice,
    Pin,
)
from qianshou.registry.queries import extensions, words
from qianshou.registry.queries.extensions import Moment
from qianshou.registry.rules.fields import KINDS, SECRET, UNION
from qianshou.registry.rules.fields import PLACES as HIDDEN
from qianshou.registry.rules.golden import why_of
from qianshou.registry.rules.upholding import HELD, PINNED

_WHO: Final = ("sex", "birth_on", "ethnicity", "area_code", "hukou_code")
_LEARNS: Final = (
    "school",
    "stage",
    "class_name",
    "boarding",
    "absent_days",
    "dropped_out",
    "psych",
)
_CARE: Final = (
    "categories", "guardianship", "father_status", "mother_status", "carer_relation",
    "children_in_home", "low_income",
)  # fmt: skip
_SIGNS: Final = ("lives_alone", "bullied", "violence_clue", "bad_behaviour", "self_harm")
_HEALTH: Final = (
    "health", "serious_illness", "growth", "disability", "disability_level", "card_state",
)  # fmt: skip
_WISHES: Final = ("needs", "times", "interests", "languages")
_PLACES: Final = ("area_code", "hukou_code")
_MOST_HOPS: Final = 20


@dataclass
class Fact:
    """One line of the file, with where it comes from in words."""

    field: str
    label: str
    value: str
    source: str = ""
    on: date | None = None
    row: str = ""
    trust: str = ""
    others: int = 0
    # set by a person, or held although no row states it any more
    pinned: bool = False
    held: bool = False


@dataclass
class Group:
    """A card of the file."""

    title: str | Promise
    facts: list[Fact] = field(default_factory=list)

    @property
    def differ(self) -> bool:
        """Tell whether departments say different things about one of the values."""
        return any(fact.others for fact in self.facts)


@dataclass
class Relation:
    """How one adult stands to the child."""

    id: UUID
    name: str
    kinship: str
    status: str
    is_guardian: bool
    is_carer: bool
    has_number: bool
    has_phone: bool

    @property
    def phone_kind(self) -> str:
        """Return how the page asks for this telephone: each adult has a place of its own."""
        return f"phone-{self.id}"

    @property
    def number_kind(self) -> str:
        """Return how the page asks for this adult's number."""
        return f"id_number-{self.id}"


def child_for(user: User, child_id: UUID) -> Child:
    """Return a file that the person may see; raises `NotFound` for missing and for not theirs.

    A file that was joined to another gives the one that took it in.
    """
    child = Child.objects.filter(pk=child_id).first()
    for _hop in range(_MOST_HOPS):
        if child is None or not accounts.may(user, Power.VIEW_CHILDREN, child.area_code):
            raise NotFound
        if child.merged_into_id is None:
            return child
        child = Child.objects.filter(pk=child.merged_into_id).first()
    raise NotFound


def place_of(user: User, child: Child) -> str:
    """Return where the child lives in words, no closer than the viewer may know."""
    code = child.area_code
    if not permissions.can_see_place(user, child):
        code = area_rules.county_code(code)
    return areas.full_names_of({code}).get(code, "") or code


def groups_of(user: User, child: Child) -> list[Group]:
    """Return the cards of the file with each value's source, skipping what is not known."""
    known = _Known(user, child)
    cards = (
        (_("Who the child is"), _WHO),
        (_("Care and family"), _CARE),
        (_("Warning signs"), _SIGNS),
        (_("School"), _LEARNS),
        (_("Health"), _HEALTH),
        (_("What the child wishes"), _WISHES),
    )
    made = [
        Group(title, [f for name in names if (f := known.fact(name))]) for title, names in cards
    ]
    return [group for group in made if group.facts]


def fact_of(user: User, child: Child, name: str) -> Fact | None:
    """Return one value of a file with its source; nothing for a sealed one."""
    return None if name in SECRET else _Known(user, child).fact(name)


class _Known:
    """The values and sources of one file, read in a fixed number of queries."""

    def __init__(self, user: User, child: Child) -> None:
        self.child = child
        self.hidden = not permissions.can_see_place(user, child)
        self.sources: list[list[str]] = child.provenance.get("sources", [])
        self.why = why_of(child.provenance)
        self.rows = rows_by_id([source[0] for source in self.sources])
        self.places = areas.full_names_of({child.area_code, child.hukou_code} - {""})
        self.pins = pins_of(child) if any(why[1] == PINNED for why in self.why.values()) else {}

    def fact(self, name: str) -> Fact | None:
        """Return one line, or None when nothing is known or it may not be shown."""
        value = self.child.facts.get(name, getattr(self.child, name, None))
        if value in (None, "", []) or (self.hidden and name in HIDDEN):
            return None
        shown = self.places.get(value, value) if name in _PLACES else words.value_of(name, value)
        made = Fact(name, words.label_of(name), str(shown))
        if name in self.why and self.sources:
            self._source(made, self.why[name])
        return made

    def _source(self, made: Fact, why: tuple[int, str, int]) -> None:
        # What is joined from all rows contradicts none of them.
        joined = KINDS.get(made.field) == UNION and why[1] != PINNED
        made.others = 0 if joined else why[2]
        if why[1] == PINNED:
            self._pinned(made)
        else:
            self._stated(made, why)
        if made.others:
            made.trust += _("; %(count)s other rows say something else") % {"count": made.others}

    def _pinned(self, made: Fact) -> None:
        pin = self.pins.get(made.field)
        made.pinned, made.source = True, _("set by a person")
        if pin is not None:
            made.source, made.on = str(pin.by), timezone.localdate(pin.since)
            made.row, made.trust = _("set by a person"), pin.reason

    def _stated(self, made: Fact, why: tuple[int, str, int]) -> None:
        record, department, as_of = self.sources[why[0]]
        row = self.rows.get(record)
        made.source = row.source.name if row else str(words.DEPARTMENTS.get(department, department))
        made.on = date.fromisoformat(as_of)
        made.row = _("row %(number)s") % {"number": row.row_no} if row else ""
        made.trust = str(words.RULES.get(why[1], why[1]))
        made.held = why[1] == HELD


def pins_of(child: Child) -> dict[str, Pin]:
    """Return what people set in a file, by field."""
    rows = Pin.objects.filter(child=child, ended_at=None).select_related("by")
    return {pin.field: pin for pin in rows}


def rows_by_id(ids: Sequence[str]) -> dict[str, Record]:
    """Return the rows behind a file with their sources, without their sealed content."""
    rows = Record.objects.filter(pk__in=ids).select_related("source").defer("payload")
    return {str(row.pk): row for row in rows}


def rows_of(child: Child) -> list[Link]:
    """Return the standing links of a file with their rows, oldest first."""
    return list(
        Link.objects.filter(child=child)
        .exclude(state=Link.State.ENDED)
        .select_related("record__source", "by")
        .order_by("record_id")
    )


def rows_elsewhere(child: Child, *, shown: int) -> int:
    """Count the rows that stayed with the county to which they were delivered (ADR 0098)."""
    standing = Link.objects.filter(child=child).exclude(state=Link.State.ENDED)
    return standing.count() - shown


def relations_of(child: Child) -> list[Relation]:
    """Return parents, guardians and carers: guardians first, then who looks after the child."""
    rows = Guardianship.objects.filter(child=child).select_related("guardian")
    made = [
        Relation(
            row.pk,
            row.guardian.name,
            str(row.get_kinship_display()),
            words.value_of("father_status", row.status),
            row.is_guardian,
            row.is_carer,
            bool(row.guardian.id_number),
            bool(row.guardian.phone),
        )
        for row in rows
    ]
    return sorted(made, key=lambda each: (not each.is_guardian, not each.is_carer, each.name))


def siblings_of(user: User, child: Child) -> list[Child]:
    """Return the other children of the household whom the person may see, oldest first."""
    if child.household_id is None:
        return []
    others = Child.objects.on_file().filter(household_id=child.household_id).exclude(pk=child.pk)
    return [
        each
        for each in others.order_by("birth_on", "id")[:20]
        if accounts.may(user, Power.VIEW_CHILDREN, each.area_code)
    ]


def guardianship_for(user: User, child: Child, stands_id: UUID) -> Guardianship:
    """Return how an adult stands to a child that the person may see; raises `NotFound`."""
    found = (
        Guardianship.objects.filter(pk=stands_id, child=child)
        .select_related("guardian", "child")
        .first()
    )
    if found is None or not accounts.may(user, Power.VIEW_CHILDREN, child.area_code):
        raise NotFound
    return found


def consent_of(child: Child) -> Consent | None:
    """Return the guardian's answer about pairing that counts."""
    return (
        Consent.objects.filter(child=child, purpose=Consent.Purpose.MATCHING)
        .order_by("-given_on", "-noted_at")
        .first()
    )


def event_for(user: User, event_id: UUID) -> ChildEvent:
    """Return something that happened to a file the person may see; raises `NotFound`."""
    found = ChildEvent.objects.select_related("child").filter(pk=event_id).first()
    if found is None or not accounts.may(user, Power.VIEW_CHILDREN, found.area_code):
        raise NotFound
    return found


# -- the timeline ---------------------------------------------------------------------------------


def timeline_of(user: User, child: Child) -> list[Moment]:
    """Return what happened to a child and its file, newest first, in a fixed number of queries."""
    moments = [*_events(user, child), *_links(child), *_answers(child), *_news(child)]
    moments.append(Moment(child.created_at, _("File opened"), "file"))
    moments += extensions.moments_for(user, child)
    return sorted(moments, key=lambda moment: moment.at, reverse=True)


def _events(user: User, child: Child) -> list[Moment]:
    rows = ChildEvent.objects.filter(child=child).select_related("by", "run", "undone_by")
    may_undo = permissions.can_decide_links(user, child.area_code)
    hidden = not permissions.can_see_place(user, child)
    return [
        _moment(event, may_undo=may_undo, hidden=hidden) for event in rows.order_by("-at")[:200]
    ]


_KINDS: Final = {
    "CHANGED": ("refresh", ""),
    "MERGED": ("link", "calm"),
    "SPLIT": ("split", "calm"),
    "CLOSED": ("cross", ""),
    "REOPENED": ("undo", ""),
    "UNDONE": ("undo", ""),
    "PINNED": ("edit", "calm"),
    "RELEASED": ("undo", ""),
    "LIFTED": ("check", "calm"),
}


def _moment(event: ChildEvent, *, may_undo: bool, hidden: bool) -> Moment:
    icon, tone = _KINDS[event.kind]
    made = Moment(
        event.at, _title(event), icon, tone, who=_who(event), text=_text(event, hidden=hidden)
    )
    can = event.kind in ("MERGED", "SPLIT") and not hasattr(event, "undone_by")
    made.undo = event.pk if can and may_undo else None
    if event.kind == "CHANGED" and event.run and event.run.state == "ROLLED_BACK":
        made.title = _("Values changed; the delivery was undone, and this with it")
    return made


def _title(event: ChildEvent) -> str:
    titles = {
        "CHANGED": _("Values changed"),
        "MERGED": _("Two files joined into one"),
        "SPLIT": _("A row taken out into a file of its own"),
        "CLOSED": _("File closed: the delivery that opened it was rolled back"),
        "REOPENED": _("File reopened"),
        "UNDONE": _("A joining or taking-out was undone"),
        "PINNED": _("A value was set by hand"),
        "RELEASED": _("A value was left to the departments again"),
        "LIFTED": _("A warning was declared over"),
    }
    return titles[event.kind]


def _who(event: ChildEvent) -> str:
    if event.by:
        return str(event.by)
    return event.run.file_name if event.run else _("by rule")


def _text(event: ChildEvent, *, hidden: bool) -> str:
    if event.kind != "CHANGED":
        said = [*(words.label_of(name) for name in event.fields), event.moves.get("reason") or ""]
        return _(": ").join(part for part in said if part)
    values = json.loads(event.before_after.open() or "{}")
    return _("; ").join(
        _change(name, *values[name], hidden=hidden) for name in event.fields if name in values
    )


def _change(name: str, old: Any, new: Any, *, hidden: bool) -> str:
    label = words.label_of(name)
    if name in SECRET or (hidden and name in HIDDEN):
        return label
    return _("%(label)s: %(old)s → %(new)s") % {
        "label": label,
        "old": _shown(name, old),
        "new": _shown(name, new),
    }


def _shown(name: str, value: Any) -> str:
    if name in _PLACES and value:
        return str(areas.full_names_of({value}).get(value, value))
    return words.value_of(name, value) or "—"


def _links(child: Child) -> list[Moment]:
    rows = Link.objects.filter(child=child).select_related("record__source", "by")
    return [
        Moment(
            link.since,
            _("A row of %(source)s joined the file") % {"source": link.record.source.name},
            "import",
            who=str(link.by) if link.by else "",
            text=_("row %(number)s") % {"number": link.record.row_no},
        )
        for link in rows.defer("record__payload").order_by("-since")[:200]
    ]


def _news(child: Child) -> list[Moment]:
    """Return what was news about the child, and who looked in on it."""
    rows = Notice.objects.filter(child=child).select_related("done_by").order_by("-at")[:100]
    found = []
    for notice in rows:
        text = _("visit due") if notice.visit == Notice.Visit.DUE else ""
        tone = "" if notice.kind in _QUIET else "warn"
        found.append(
            Moment(notice.at, capfirst(notice.get_kind_display()), "warning", tone, text=text)
        )
        if notice.done_at:
            found.append(
                Moment(
                    notice.done_at, _("Looked in on"), "people", "good",
                    who=str(notice.done_by), text=notice.said.open(),
                )
            )  # fmt: skip
    return found


_QUIET: Final = ("NEW_CHILD", "JOINED", "CLOSED", "REOPENED")


def _answers(child: Child) -> list[Moment]:
    return [
        Moment(
            answer.noted_at,
            _("The guardian agrees to pairing")
            if answer.given
            else _("The guardian does not agree to pairing"),
            "check" if answer.given else "cross",
            "good" if answer.given else "",
        )
        for answer in Consent.objects.filter(child=child).order_by("-noted_at")[:50]
    ]


def kinds_of_moments() -> list[dict[str, Any]]:
    """Return the filter chips of the timeline."""
    choices = [(extensions.FILE, _("the file and its rows")), (extensions.CARE, _("risk and care"))]
    return [{"name": "about", "label": _("Kind of event"), "choices": choices}]
