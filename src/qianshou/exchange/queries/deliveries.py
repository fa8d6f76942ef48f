"""What people ask about deliveries of their area, in words."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from qianshou.accounts import permissions as powers
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import queries as areas
from qianshou.areas import rules as area_rules
from qianshou.common.errors import NotFound
from qianshou.exchange.models import ImportRun, QuarantinedRow, Source
from qianshou.exchange.rules import catalogue
from qianshou.exchange.rules.problems import KINDS, REFUSALS
from qianshou.exchange.rules.words import (
    ENDED,
    NOTES,
    STEPS,
    TONES,
    UNUSUAL,
    WARN,
)

State = ImportRun.State


def runs_for(
    user: User, area_code: str, *, state: str = "", source: str = "", bad: bool = False
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
    if bad:
        rows = rows.filter(pk__in=QuarantinedRow.objects.filter(state="OPEN").values("run"))
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
    to_mend = runs_for(user, area_code, bad=True).count()
    states = [(value, label) for value, label in State.choices if counts[value]]
    sources = Source.objects.filter(is_active=True).order_by("name").values_list("code", "name")
    return [
        {"name": "state", "label": _("State"),
         "choices": [(value, label, counts[value]) for value, label in states]},
        *([{"name": "bad", "label": _("Kept out"),
            "choices": [("1", _("with rows to mend"), to_mend)]}] if to_mend else ()),
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
    if run.is_undoing:
        return _(run.message) if run.message else _("waits for the worker")
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
    if code == "ENCODING":
        values["value"] = str(note["value"]).removesuffix("-sig").upper()
    if code == "AREA_FOUND":
        values["area"] = areas.full_names_of({note["value"]}).get(note["value"], note["value"])
    tone = "warn" if code in WARN else "bad" if code in ENDED else "info"
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
        "message": " ".join(note["text"] for note in notes_of(run)) or _(run.message),
        **counts,
        "seconds": round(
            sum(value for name, value in run.timings.items() if "memory" not in name), 2
        ),
        "timings": run.timings,
    }


def waiting_for(user: User, area_code: str) -> dict[str, int]:
    """Return what waits for a person in an area: deliveries to decide, rows to mend."""
    if not powers.may(user, Power.VIEW_IMPORTS, area_code):
        return {"runs": 0, "rows": 0}
    inside = {"area_code__range": area_rules.subtree(area_code)}
    return {
        "runs": ImportRun.objects.filter(state=State.WAITING, **inside).count(),
        "rows": QuarantinedRow.objects.filter(state="OPEN", **inside).count(),
    }


def area_name(code: str) -> str:
    """Return an area's name from the county down."""
    return areas.full_names_of({code}).get(code, code) if code else ""
