"""What people ask about department data: runs, bad rows and sources of their area, in words."""

import json
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from qianshou.accounts import permissions as powers
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import queries as areas
from qianshou.areas import rules as area_rules
from qianshou.common import rowsecurity
from qianshou.common.errors import NotFound
from qianshou.exchange import permissions
from qianshou.exchange.models import Egress, Feed, ImportRun, QuarantinedRow, Record, Source
from qianshou.exchange.rules import catalogue
from qianshou.exchange.rules.cells import known_words
from qianshou.exchange.rules.problems import KINDS, REFUSALS, REFUSE, RULES, Problem
from qianshou.exchange.rules.profile import BadProfile, Column, Profile, parse
from qianshou.exchange.rules.words import (
    FETCH_KINDS,
    KIND_WORDS,
    NOTES,
    PROBLEMS,
    STEPS,
    TONES,
    UNUSUAL,
)

State = ImportRun.State
EXAMPLES: Final = 3


# Runs


def runs_for(
    user: User, area_code: str, *, state: str = "", source: str = ""
) -> QuerySet[ImportRun]:
    """Return the deliveries of an area, newest first, for those who may see them there."""
    powers.require(user, Power.VIEW_IMPORTS, area_code)
    rows = ImportRun.objects.filter(area_code__range=area_rules.subtree(area_code))
    if state == "OPEN":
        rows = rows.filter(state__in=ImportRun.OPEN_STATES)
    elif state in State.values:
        rows = rows.filter(state=state)
    if source:
        rows = rows.filter(source__code=source)
    return rows.select_related("source", "by").order_by("-created_at")


def run_for(user: User, run_id: UUID) -> ImportRun:
    """Return one run; raises `NotFound` if it is missing or lies in another area."""
    run = (
        ImportRun.objects.filter(pk=run_id)
        .select_related("source", "by", "approved_by", "mends", "repeats")
        .first()
    )
    if run is None or not powers.may(user, Power.VIEW_IMPORTS, run.area_code):
        raise NotFound
    return run


def run_filters(user: User, area_code: str) -> list[dict[str, Any]]:
    """Return the filter chips of the list of runs."""
    counts = Counter(runs_for(user, area_code).order_by().values_list("state", flat=True))
    states = [(value, label) for value, label in State.choices if counts[value]]
    sources = Source.objects.filter(is_active=True).order_by("name").values_list("code", "name")
    return [
        {"name": "state", "label": _("State"),
         "choices": [(value, label, counts[value]) for value, label in states]},
        {"name": "source", "label": _("Source"), "choices": list(sources)},
    ]  # fmt: skip


def tone_of(state: str) -> str:
    """Return the tone in which a run's state is shown."""
    return TONES.get(state, "calm")


def steps_of(run: ImportRun) -> list[dict[str, Any]]:
    """Return the steps of a run with their counts and times, for the steps component."""
    order = [name for name, _label in STEPS]
    reached = order.index(run.state) if run.state in order else len(order)
    ended = run.state in (State.REFUSED, State.FAILED)
    shown = []
    for position, (name, label) in enumerate(STEPS):
        state = "done" if position < reached else "now" if position == reached else "todo"
        if ended:
            state = "done" if position == 0 else "failed" if position == 1 else "todo"
        if run.state == State.WAITING:
            state = "done" if position < 3 else "waiting" if position == 3 else "todo"
        shown.append({"label": _(label), "state": state, **_figures_of(name, run)})
    return shown


def _figures_of(step: str, run: ImportRun) -> dict[str, Any]:
    counts, times = run.counts, run.timings
    if step == "READING" and "read" in counts:
        return {
            "count": counts["read"],
            "unit": _("rows"),
            "rate": _rate(counts["read"], times.get("read")),
        }
    if step == "CHECKING" and "bad" in counts:
        return {"count": counts["bad"], "unit": _("rows kept out"),
                "rate": _rate(counts.get("read", 0), times.get("check"))}  # fmt: skip
    if step == "APPLYING" and "new" in counts:
        touched = counts["new"] + counts["changed"] + counts["removed"]
        return {"count": touched, "unit": _("rows that bring something"),
                "rate": _rate(touched, times.get("store"))}  # fmt: skip
    if step == "LINKING" and run.state == State.LINKING and run.message:
        return {"note": _(run.message)}
    return {}


def _rate(rows: int, seconds: float | None) -> str:
    if not seconds or rows < 100:
        return ""
    return _("%(rate)s rows a second") % {"rate": f"{int(rows / seconds):,}"}


def remaining_words(run: ImportRun, *, now: datetime | None = None) -> str:
    """Return how long an open run still takes, from what it has done so far."""
    elapsed = ((now or timezone.now()) - run.created_at).total_seconds()
    if not run.is_open or run.progress < 5:
        return ""
    seconds = max(1, round(elapsed * (100 - run.progress) / run.progress))
    if seconds < 90:
        return _("about %(count)s seconds left") % {"count": seconds}
    return _("about %(count)s minutes left") % {"count": round(seconds / 60)}


def notes_of(run: ImportRun) -> list[dict[str, str]]:
    """Return what a person should know about a run besides its counts, in sentences."""
    return [_note(note) for note in run.notes]


def _note(note: Mapping[str, Any]) -> dict[str, str]:
    code = note["code"]
    if code == "REFUSED":
        return {"tone": "bad", "text": refusal_words(note["why"], note)}
    values: dict[str, Any] = dict(note)
    if code in UNUSUAL:
        values = {name: f"{100 * float(note[name]):.1f}%" for name in ("share", "limit")}
    if code == "AREA_FOUND":
        values["area"] = areas.full_names_of({note["value"]}).get(note["value"], note["value"])
    tone = (
        "warn"
        if code in (*UNUSUAL, "COLUMNS_MISSING")
        else "bad"
        if code == "TURNED_AWAY"
        else "info"
    )
    return {"tone": tone, "text": _(NOTES[code]) % values}


def refusal_words(code: str, params: Mapping[str, Any]) -> str:
    """Return why a whole file is refused and what to do, in the reader's language."""
    says, mend = REFUSALS[code]
    values = {name: _(KINDS[value]) if name in ("kind", "expected") and value in KINDS else value
              for name, value in params.items()}  # fmt: skip
    sentence = _(says) % values
    gap = "" if sentence.endswith("。") else " "
    return f"{sentence}{gap}{_(mend)}"


def changes_of(run: ImportRun) -> list[dict[str, Any]]:
    """Return how often each field of a file changed, most often first."""
    words = {name: field.label for name, field in catalogue.FIELDS[run.source.target].items()}
    found = [
        (name.removeprefix("field:"), count)
        for name, count in run.counts.items()
        if name.startswith("field:") and count
    ]
    return [
        {"field": name, "label": _(words.get(name, name)), "count": count}
        for name, count in sorted(found, key=lambda pair: -pair[1])
    ]


def summary_of(run: ImportRun) -> dict[str, Any]:
    """Return a run's plain figures, for the command line and other programs."""
    counts = {"unchanged" if name == "same" else name: n for name, n in run.counts.items()}
    return {
        "run": str(run.pk),
        "source": run.source.code,
        "file": run.file_name,
        "area": run.area_code,
        "state": run.state,
        "message": " ".join(note["text"] for note in notes_of(run)) or run.message,
        **counts,
        "seconds": round(
            sum(value for name, value in run.timings.items() if "memory" not in name), 2
        ),
        "timings": run.timings,
    }


# Rows that were kept out


def bad_rows_for(
    user: User, run: ImportRun, *, rule: str = "", state: str = ""
) -> QuerySet[QuarantinedRow]:
    """Return the rows of a run that could not enter, in the order of the file."""
    if not powers.may(user, Power.VIEW_IMPORTS, run.area_code):
        raise NotFound
    rows = run.bad_rows.order_by("sheet", "row_no")
    if rule:
        rows = rows.filter(rules__contains=[{"rule": rule}])
    return rows.filter(state=state) if state else rows


def bad_row_for(user: User, row_id: UUID) -> QuarantinedRow:
    """Return one bad row; raises `NotFound` if it is missing or lies in another area."""
    row = QuarantinedRow.objects.filter(pk=row_id).select_related("run__source").first()
    if row is None or not powers.may(user, Power.VIEW_IMPORTS, row.area_code):
        raise NotFound
    return row


def bad_row_filters(run: ImportRun) -> list[dict[str, Any]]:
    """Return the filter chips of a run's bad rows."""
    counts = Counter(run.bad_rows.values_list("state", flat=True))
    rules = [(reason["rule"], reason["says"], reason["count"]) for reason in reasons_of(run)]
    states = [
        (value, label, counts[value])
        for value, label in QuarantinedRow.State.choices
        if counts[value]
    ]
    return [
        {"name": "rule", "label": _("Reason"), "choices": rules},
        {"name": "state", "label": _("State"), "choices": states},
    ]


def reasons_of(run: ImportRun) -> list[dict[str, Any]]:
    """Return why rows were kept out, most frequent first, with the first places; no values."""
    counts: Counter[str] = Counter()
    examples: dict[str, list[dict[str, Any]]] = {}
    rows = run.bad_rows.order_by("sheet", "row_no").values_list("sheet", "row_no", "rules")
    for sheet, row_no, problems in rows.iterator(chunk_size=5000):
        for rule in dict.fromkeys(problem["rule"] for problem in problems):
            counts[rule] += 1
            if counts[rule] <= EXAMPLES:
                column = next(each["column"] for each in problems if each["rule"] == rule)
                place = {"sheet": sheet, "row_no": row_no, "column": column}
                examples.setdefault(rule, []).append(place)
    if not counts:
        # A delivery that waits for a person has stored nothing, but it has counted.
        names = {name: name.removeprefix("bad:") for name in run.counts if name.startswith("bad:")}
        counts = Counter({rule: run.counts[name] for name, rule in names.items()})
    return [
        {
            "rule": rule,
            "says": _(RULES[rule].says),
            "count": count,
            "examples": examples.get(rule, []),
        }
        for rule, count in counts.most_common()
    ]


def problem_words(problem: Problem) -> dict[str, str]:
    """Return one problem in words: what it says, how to mend it, and where."""
    rule = RULES[problem.rule]
    values = {"column": problem.column, "value": problem.value, "extra": problem.extra}
    return {
        "rule": problem.rule,
        "column": problem.column,
        "value": problem.value,
        "says": _(rule.says),
        "mend": _(rule.mend) % values,
    }


def shown_rows(rows: list[QuarantinedRow]) -> list[dict[str, Any]]:
    """Return bad rows for a page: where they stand and which rules they break, no values."""
    return [
        {"row": row, "problems": [_shown(each["rule"], each["column"]) for each in row.rules]}
        for row in rows
    ]


def _shown(rule: str, column: str) -> dict[str, str]:
    return {"says": _(RULES[rule].says), "column": column}


def waiting_for(user: User, area_code: str) -> dict[str, int]:
    """Return what waits for a person in an area: deliveries to decide, rows to mend."""
    if not powers.may(user, Power.VIEW_IMPORTS, area_code):
        return {"runs": 0, "rows": 0}
    inside = {"area_code__range": area_rules.subtree(area_code)}
    return {
        "runs": ImportRun.objects.filter(state=State.WAITING, **inside).count(),
        "rows": QuarantinedRow.objects.filter(state="OPEN", **inside).count(),
    }


# Sources


def sources_for(user: User, area_code: str) -> list[dict[str, Any]]:
    """Return the sources with what is on file from each in an area, and their last delivery."""
    powers.require(user, Power.VIEW_IMPORTS, area_code)
    inside = area_rules.subtree(area_code)
    standing = dict(
        Record.objects.current()
        .filter(area_code__range=inside)
        .values_list("source")
        .annotate(rows=Count("pk"))
    )
    last = {
        run.source_id: run
        for run in ImportRun.objects.filter(area_code__range=inside, state=State.DONE)
        .order_by("source_id", "-created_at")
        .distinct("source_id")
    }
    return [
        {"source": source, "rows": standing.get(source.pk, 0), "last": last.get(source.pk)}
        for source in Source.objects.order_by("target", "name")
    ]


def source_for(user: User, source_id: UUID) -> Source:
    """Return one source; sources hold no people, so all who may see deliveries see them."""
    source = Source.objects.filter(pk=source_id).first()
    if source is None or not powers.may(user, Power.VIEW_IMPORTS):
        raise NotFound
    return source


def source_by_code(code: str) -> Source:
    """Return the source of a code; raises `NotFound`."""
    source = Source.objects.filter(code=code).first()
    if source is None:
        raise NotFound
    return source


def open_sources(area_code: str) -> list[Source]:
    """Return the sources that an area may deliver for."""
    return [
        source
        for source in Source.objects.filter(is_active=True).order_by("target", "name")
        if area_rules.subtree(source.area_code)[0]
        <= area_code
        <= area_rules.subtree(source.area_code)[1]
    ]


def mapping_of(source: Source) -> list[dict[str, Any]]:
    """Return a source's columns as a table a person can read."""
    try:
        profile = parse(source.profile, source.code)
    except BadProfile:
        return []
    return [_column_words(profile, column) for column in profile.columns]


def _column_words(profile: Profile, column: Column) -> dict[str, Any]:
    return {
        "headers": (" + " if column.joined else " / ").join(column.headers),
        "field": column.name,
        "label": _(column.field.label),
        "kind": _(KIND_WORDS[column.field.kind]),
        "required": column.required,
        "words": known_words(column),
        "trust": profile.trust.get(column.name, profile.trust.get("default", 50)),
        "refuses": [
            _(RULES[rule].says) for rule, weight in column.severity.items() if weight == REFUSE
        ],
    }


def versions_of(source: Source) -> list[dict[str, Any]]:
    """Return a source's versions, newest first, with the number of runs each served."""
    runs = Counter(source.runs.values_list("source_version", flat=True))
    return [
        {
            "version": each.version,
            "saved_at": each.saved_at,
            "by": each.by,
            "runs": runs[each.version],
        }
        for each in source.versions.select_related("by").order_by("-version")
    ]


def open_bad_rows(run: ImportRun) -> int:
    """Return how many of a run's rows still wait to be mended."""
    return run.bad_rows.filter(Q(state=QuarantinedRow.State.OPEN)).count()


def field_choices(target: str) -> list[tuple[str, str]]:
    """Return the canonical fields of a target in the reader's words."""
    return [(name, _(field.label)) for name, field in catalogue.FIELDS[target].items()]


def opened(row: QuarantinedRow) -> dict[str, Any]:
    """Return a bad row's cells and problems; whoever calls it has recorded why."""
    content: dict[str, Any] = json.loads(row.content.open())
    return content


def problems_in(content: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the problems of an opened bad row in words."""
    return [problem_words(Problem(*each)) for each in content["problems"]]


def cells_in(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the cells of an opened bad row with their positions, the faulty ones first."""
    mends = {each["column"]: each["mend"] for each in reversed(problems_in(content))}
    cells = [
        {"position": position, "header": header, "text": text, "fault": header in mends,
         "mend": mends.get(header, "")}
        for position, (header, text) in enumerate(content["cells"].items())
        if text or header in mends
    ]  # fmt: skip
    return sorted(cells, key=lambda cell: not cell["fault"])


def area_name(code: str) -> str:
    """Return an area's name from the county down."""
    return areas.full_names_of({code}).get(code, code) if code else ""


# Feeds


def _require_feeds(user: User) -> None:
    if not permissions.is_administrator(user):
        powers.require(user, Power.VIEW_IMPORTS)


def feeds_for(user: User) -> list[dict[str, Any]]:
    """Return the sources that rows arrive from by themselves, with how the last attempt went."""
    _require_feeds(user)
    sources = Source.objects.filter(profile__has_key="fetch").order_by("name")
    # How a feed fares names no person, so all who see sources see it; its secret stays unread.
    with rowsecurity.acting(rowsecurity.SYSTEM):
        feeds = {feed.source_id: feed for feed in Feed.objects.defer("secret")}
    return [
        {
            "source": source,
            "kind": _(FETCH_KINDS.get(source.profile["fetch"].get("kind", ""), "")),
            "feed": feed,
            "problem": _problem_of(feed.problem) if feed and feed.problem else "",
        }
        for source in sources
        for feed in [feeds.get(source.pk)]
    ]


def _problem_of(problem: Mapping[str, Any]) -> str:
    return _(PROBLEMS.get(problem["code"], PROBLEMS["UNKNOWN"])) % {"value": problem["value"]}


def ways_for(user: User, source: Source | None = None) -> QuerySet[Egress]:
    """Return the destinations that are asked for or open, those that wait first."""
    _require_feeds(user)
    ways = Egress.objects.filter(ended_at=None, **({"source": source} if source else {}))
    people = ("source", "asked_by", "first_by", "second_by")
    return ways.select_related(*people).order_by(F("approved_at").desc(nulls_first=True), "host")


def way_for(user: User, way_id: UUID) -> Egress:
    """Return one destination; raises `NotFound`."""
    way = ways_for(user).filter(pk=way_id).first()
    if way is None:
        raise NotFound
    return way
