"""What people and higher rooms ask: grades to confirm, one child's assessment, figures, tiers."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Substr
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from qianshou.accounts import permissions as powers
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import queries as areas
from qianshou.areas import rules as area_rules
from qianshou.assessment import permissions
from qianshou.assessment.models import Assessment, AssessmentQuerySet, Grade, Instrument
from qianshou.assessment.rules import grading
from qianshou.assessment.rules.facts import ALARM, ASKED, AXES
from qianshou.common.errors import NotFound
from qianshou.registry import permissions as registry_permissions
from qianshou.registry.models import Child
from qianshou.registry.queries import extensions
from qianshou.registry.queries import words as registry_words

CODE: Final = "risk-and-needs"
# Whoever is at risk is looked at again after half a year (docs/reference/instruments.md).
REVIEW_AFTER: Final = timedelta(days=183)
NEW, DUE, LOWER = "new", "due", "lower"
URGENT: Final = "URGENT"  # red and orange together
_BELOW: Final = {area_rules.CITY: 6, area_rules.COUNTY: 9, area_rules.TOWN: 12}
NEED_BANDS: Final = (
    (60, gettext_lazy("high need")),
    (30, gettext_lazy("some need")),
    (0, gettext_lazy("little need")),
)
GROUP_WORDS: Final = {
    "": gettext_lazy("Red at once"),
    "child": gettext_lazy("The child itself"),
    "guardianship": gettext_lazy("Guardianship"),
    "environment": gettext_lazy("Surroundings"),
}


# -- for the matcher and other rooms -------------------------------------------------------------


def tiers_for(child_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Return the tier (0 most urgent) of each child that is assessed."""
    rows = Assessment.objects.current().filter(child_id__in=child_ids)
    return dict(rows.values_list("child_id", "tier"))


def current_for_area(area_code: str) -> Iterator[tuple[UUID, str, int, str, list[int]]]:
    """Yield `(child id, area code, tier, grade, needs)` of every assessed child of an area."""
    rows = Assessment.objects.current().filter(area_code__range=area_rules.subtree(area_code))
    columns = rows.values_list("child_id", "area_code", "tier", "grade", "needs")
    yield from columns.iterator(chunk_size=20_000)


def grade_counts(area_code: str) -> dict[str, int]:
    """Count the children of an area by grade, all four grades present."""
    rows = Assessment.objects.current().filter(area_code__range=area_rules.subtree(area_code))
    found = dict.fromkeys(Grade.values, 0)
    found.update(rows.values_list("grade").annotate(count=Count("pk")))
    return found


# -- the worklist --------------------------------------------------------------------------------


def _waiting(kind: str, today: date) -> Q:
    """Say which assessments ask for a person: new ones, those due again, those that may fall."""
    urgent = Q(tier__lte=1)
    if kind == DUE:
        return urgent & Q(confirmed_at__date__lt=today - REVIEW_AFTER)
    if kind == LOWER:
        milder = Q(pk__in=[])
        for tier, grade in enumerate(grading.ORDER):
            milder |= Q(grade=grade, computed_grade__in=grading.ORDER[tier + 1 :])
        return milder & Q(confirmed_at__isnull=False)
    return Q(confirmed_at=None)


def grades_to_confirm(
    user: User, *, area_code: str, kind: str = NEW, grade: str = "", today: date
) -> AssessmentQuerySet:
    """Return the assessments of an area that wait for a person, the most urgent first."""
    powers.require(user, Power.CONFIRM_GRADES, area_code)
    inside = Assessment.objects.current().filter(area_code__range=area_rules.subtree(area_code))
    rows = inside.filter(_waiting(kind, today))
    if grade == URGENT:
        rows = rows.filter(tier__lte=1)
    elif grade in Grade.values:
        rows = rows.filter(grade=grade)
    return rows.select_related("child", "instrument").order_by("tier", "-score", "id")


@dataclass(frozen=True)
class Waiting:
    """One line of the worklist."""

    assessment: Assessment
    child: Child
    area_name: str
    age: int | None
    because: list[str]


def waiting_lines(
    rows: Iterable[Assessment], *, viewer: User, area_code: str, today: date
) -> list[Waiting]:
    """Add place, age and the weightiest reasons in words; a hidden place stays a county.

    A place is named from the chosen area down: its own name stands at the top of the page.
    """
    shown = list(rows)
    codes = {each.pk: shown_area(each.child, viewer) for each in shown}
    names = areas.full_names_of({area_code, *codes.values()})
    above = names.get(area_code, "")
    return [
        Waiting(
            each,
            each.child,
            names.get(codes[each.pk], "").removeprefix(above) or above,
            each.child.age_on(today),
            [reason.words for reason in reasons_of(each, each.instrument.body)[:3]],
        )
        for each in shown
    ]


def shown_area(child: Child, viewer: User) -> str:
    """Return where a child lives, or its county if the place is hidden from the viewer."""
    if registry_permissions.can_see_place(viewer, child):
        return child.area_code
    return area_rules.county_code(child.area_code)


def worklist_filters(area_code: str) -> list[dict[str, Any]]:
    """Return the chips of the worklist; without one it shows what nobody has confirmed yet.

    The most pressing chip tells how many lines it would show.
    """
    kinds = [
        (DUE, _("confirmed over half a year ago")),
        (LOWER, _("the facts have become milder")),
    ]
    return [
        {"name": "kind", "label": _("Show instead"), "choices": kinds},
        {
            "name": "grade",
            "label": _("Grade"),
            "choices": [(URGENT, _("red and orange"), count_to_confirm(area_code)), *Grade.choices],
        },
    ]


def count_to_confirm(area_code: str) -> int:
    """Count the red and orange children of an area whose grade nobody has confirmed."""
    rows = Assessment.objects.current().filter(area_code__range=area_rules.subtree(area_code))
    return rows.filter(confirmed_at=None, tier__lte=1).count()


# -- one child -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reason:
    """One thing that counted, in words, with the facts behind it."""

    words: str
    points: int
    group: str
    facts: tuple[str, ...]


@dataclass(frozen=True)
class Known:
    """One fact behind a reason: what it is, and which department said so on which day."""

    label: str
    value: str
    department: str
    on: date | None


def assessment_for(user: User, child_id: UUID) -> Assessment:
    """Return the current assessment of a child whom the person may see; raises `NotFound`."""
    rows = Assessment.objects.current().select_related("child", "instrument", "confirmed_by")
    found = rows.filter(child_id=child_id).first()
    if found is None or not permissions.can_see(user, found):
        raise NotFound
    return found


def text_of(words: Mapping[str, str]) -> str:
    """Return the text of an instrument in the language of the page."""
    language = (get_language() or "").lower()
    key = "en" if language.startswith("en") else "hant" if "hant" in language else "zh"
    return words[key]


def reasons_of(assessment: Assessment, body: Mapping[str, Any]) -> list[Reason]:
    """Return what counted in words, hard triggers first, then by points."""
    entries = {each["code"]: each for each in [*body["triggers"], *body["indicators"]]}
    found = [
        Reason(
            text_of(entries[each["indicator"]]),
            each["points"],
            entries[each["indicator"]].get("group", ""),
            tuple(filter(None, each["fact"].split(","))),
        )
        for each in assessment.evidence
        if each["indicator"] in entries
    ]
    return sorted(found, key=lambda reason: (reason.group != "", -reason.points))


def known_of(child: Child, names: Iterable[str], today: date) -> list[Known]:
    """Return facts of a child in words with their sources."""
    spokesmen = _spokesmen(child)
    found = []
    for name in names:
        if name == ALARM or name.startswith(ASKED):
            # No department says these: answers lie sealed, and an alarm has no source.
            continue
        value = child.age_on(today) if name == "age" else _value(child, name)
        asked = "birth_on" if name == "age" else name
        _record, department, on = spokesmen.get(asked, ("", "", ""))
        label = _("Age") if name == "age" else registry_words.label_of(name)
        word = str(registry_words.DEPARTMENTS.get(department, department))
        day = date.fromisoformat(on) if on else None
        found.append(Known(label, registry_words.value_of(name, value), word, day))
    return found


def _spokesmen(child: Child) -> dict[str, list[str]]:
    """Return for each field of a file the row it comes from: record, department, ISO date."""
    sources = child.provenance.get("sources", [])
    return {
        name: sources[row]
        for row, _rule, _others, fields in child.provenance.get("why", ())
        # A value that a person set has no row.
        if row >= 0
        for name in fields.split()
    }


def _value(child: Child, name: str) -> Any:
    return getattr(child, name) if name in ("boarding", "stage") else child.facts.get(name)


def needs_of(assessment: Assessment) -> list[dict[str, Any]]:
    """Return the eight needs as bars."""
    words = registry_words.VALUES["needs"]
    return [
        {"label": str(words[axis]), "value": level, "band": _band(level)}
        for axis, level in zip(AXES, assessment.needs, strict=False)
    ]


def _band(level: int) -> str:
    return next(str(words) for floor, words in NEED_BANDS if level >= floor)


def history_of(assessment: Assessment) -> list[dict[str, Any]]:
    """Return every assessment of the child, newest first, in words."""
    rows = assessment.child.assessments.select_related("confirmed_by", "instrument")
    return [_past(each) for each in rows.order_by("-id")]


def _past(row: Assessment) -> dict[str, Any]:
    computed = str(Grade(row.computed_grade).label)
    values = {"score": row.score, "computed": computed, "version": row.instrument.version}
    text = _("The scale (version %(version)s) gives %(score)s points: %(computed)s.") % values
    return {
        "at": row.confirmed_at or row.computed_at,
        "grade": row.grade,
        "title": _("Confirmed") if row.confirmed_at else _("Computed"),
        "who": row.confirmed_by.display_name if row.confirmed_by else "",
        "text": " ".join(filter(None, [row.reason, text])),
    }


def page_of(assessment: Assessment, *, user: User, today: date) -> dict[str, Any]:
    """Return everything the page of one child's assessment shows."""
    reasons = reasons_of(assessment, assessment.instrument.body)
    area = shown_area(assessment.child, user)
    return {
        "assessment": assessment,
        "child": assessment.child,
        "name": str(assessment.child),
        "age": assessment.child.age_on(today),
        "area_name": areas.full_names_of({area}).get(area, ""),
        "reasons": [
            {
                "reason": reason,
                "group": str(GROUP_WORDS[reason.group]),
                "known": known_of(assessment.child, reason.facts, today),
            }
            for reason in reasons
        ],
        "needs": needs_of(assessment),
        "history": history_of(assessment),
        "may_confirm": permissions.can_confirm(user, assessment),
        "milder": grading.TIERS[assessment.computed_grade] > grading.TIERS[assessment.grade],
    }


# -- what the registry's pages show --------------------------------------------------------------


def panel_for(user: User, child: Child) -> extensions.Panel | None:
    """Return the card with grade, reasons and needs for the page of a child."""
    rows = Assessment.objects.current().select_related("instrument", "confirmed_by")
    found = rows.filter(child=child).first()
    if found is None or not permissions.can_see(user, found):
        return None
    context = {
        "assessment": found,
        "reasons": reasons_of(found, found.instrument.body)[:5],
        "needs": needs_of(found),
        "url": reverse("assessment:child", args=[child.pk]),
    }
    waits = found.confirmed_at is None
    brief = _("not confirmed") if waits else found.get_grade_display()
    urgent = waits and found.tier <= 1
    return extensions.Panel(
        _("Risk and needs"), "assessment/_panel.html", context, brief, due=urgent
    )


def grades_of(child_ids: Sequence[UUID]) -> dict[UUID, extensions.Cell]:
    """Return the grade of each child of a list, in one query."""
    rows = Assessment.objects.current().filter(child_id__in=child_ids)
    return {
        child_id: extensions.Cell(grade, kind="grade")
        for child_id, grade in rows.values_list("child_id", "grade")
    }


def grade_choices() -> list[tuple[str, extensions.Text]]:
    """Return the grades as choices of a filter."""
    return [(grade.value, grade.label) for grade in Grade]


def narrow_to(grade: str) -> Q:
    """Return the condition on children for one grade; an unknown grade narrows nothing."""
    if grade not in Grade.values:
        return Q()
    return Q(assessments__is_current=True, assessments__grade=grade)


def grade_column() -> extensions.Column:
    """Return the registry's further column with its filter."""
    return extensions.Column(
        "grade", gettext_lazy("Grade"), grades_of, choices=grade_choices, narrow=narrow_to
    )


# More than anything that the registry itself can say about a question (registry/rules/worth.py).
_URGENT: Final = {Grade.RED: 40.0, Grade.ORANGE: 20.0}


def urgency_of(children: Sequence[UUID]) -> dict[UUID, float]:
    """Return how urgent children are by their grade, for the order of doubtful links."""
    rows = Assessment.objects.current().filter(child_id__in=children, grade__in=list(_URGENT))
    return {child: _URGENT[Grade(grade)] for child, grade in rows.values_list("child_id", "grade")}


# -- figures and the instrument ------------------------------------------------------------------


@dataclass(frozen=True)
class AreaMix:
    """How many children of each grade an area has."""

    code: str
    name: str
    counts: dict[str, int]

    @property
    def total(self) -> int:
        """Count all assessed children."""
        return sum(self.counts.values())

    @property
    def at_risk(self) -> float:
        """Return the share of red and orange children in percent."""
        urgent = self.counts[Grade.RED] + self.counts[Grade.ORANGE]
        return round(100 * urgent / self.total, 1) if self.total else 0.0


_TONES: Final = {"RED": "red", "ORANGE": "orange", "YELLOW": "yellow", "GREEN": "green"}


def parts_of(counts: Mapping[str, int]) -> list[dict[str, Any]]:
    """Return the grades as parts of one bar."""
    return [
        {"label": str(grade.label), "value": counts[grade], "tone": _TONES[grade], "url": ""}
        for grade in Grade
    ]


def mix_below(user: User, area_code: str) -> list[AreaMix]:
    """Return the mix of grades of each area one level down, for those who may see figures."""
    powers.require(user, Power.VIEW_FIGURES, area_code)
    width = _BELOW.get(area_rules.level_of(area_code), 12)
    rows = Assessment.objects.current().filter(area_code__range=area_rules.subtree(area_code))
    counted = (
        rows.annotate(stem=Substr("area_code", 1, width))
        .values_list("stem", "grade")
        .annotate(count=Count("pk"))
    )
    found: dict[str, dict[str, int]] = {}
    for stem, grade, count in counted:
        counts = found.setdefault(stem.ljust(12, "0"), dict.fromkeys(Grade.values, 0))
        counts[grade] = count
    names = areas.names_of(set(found))
    mixes = [AreaMix(code, names.get(code, code), counts) for code, counts in found.items()]
    return sorted(mixes, key=lambda mix: (-mix.at_risk, mix.code))


def tiles_of(mixes: Iterable[AreaMix], area_code: str) -> list[dict[str, Any]]:
    """Return the map of equal tiles for a whole city; nothing for a smaller area."""
    if area_rules.level_of(area_code) != area_rules.CITY:
        return []
    shares = {mix.code: mix.at_risk for mix in mixes}
    return [
        {
            "code": tile.code,
            "short_name": tile.short_name,
            "row": tile.row,
            "column": tile.column,
            "value": shares.get(tile.code),
            "label": tile.name,
            "url": "",
        }
        for tile in areas.tiles()
    ]


def instruments() -> QuerySet[Instrument]:
    """Return all versions, the newest first."""
    return Instrument.objects.filter(code=CODE).order_by("-version")


def _instrument(version: int | None) -> Instrument:
    wanted = Q(is_current=True) if version is None else Q(version=version)
    instrument = instruments().filter(wanted).first()
    if instrument is None:
        raise NotFound
    return instrument


def instrument_body(version: int | None = None) -> dict[str, Any]:
    """Return an instrument as data: the one in force, or another version."""
    body: dict[str, Any] = _instrument(version).body
    return body


def instrument_page(version: int | None = None) -> dict[str, Any]:
    """Return an instrument in words: the one in force, or another version."""
    instrument = _instrument(version)
    body = instrument.body
    groups = [
        {
            "title": str(GROUP_WORDS[group]),
            "entries": [
                {"words": text_of(each), "points": each["points"], "source": each["source"]}
                for each in body["indicators"]
                if each["group"] == group
            ],
        }
        for group in ("child", "guardianship", "environment")
    ]
    triggers = [{"words": text_of(each), "source": each["source"]} for each in body["triggers"]]
    return {
        "instrument": instrument,
        "name": text_of(body["name"]),
        "about": text_of(body["about"]),
        "triggers": triggers,
        "groups": groups,
        "cuts": [{"grade": grade, "from": body["cuts"][grade]} for grade in grading.ORDER[:3]],
        "sources": body["sources"],
        "versions": list(instruments()),
    }


def waiting_since(area_code: str) -> date | None:
    """Return the day since which the longest-waiting red or orange grade is unconfirmed."""
    rows = Assessment.objects.current().filter(area_code__range=area_rules.subtree(area_code))
    first = rows.filter(confirmed_at=None, tier__lte=1).order_by(F("computed_at").asc()).first()
    return first.computed_at.date() if first else None
