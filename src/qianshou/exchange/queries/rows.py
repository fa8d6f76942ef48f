"""What people ask about the rows that were kept out, in words."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from qianshou.accounts import permissions as powers
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.common.errors import NotFound
from qianshou.exchange.models import ImportRun, QuarantinedRow
from qianshou.exchange.rules.problems import RULES, Problem

EXAMPLES: Final = 3


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


def mend_words(rows: Iterable[QuarantinedRow], rule: str) -> str:
    """Return how rows of one reason are mended, once for all of a page; no values."""
    columns = {each["column"] for row in rows for each in row.rules if each["rule"] == rule}
    if rule not in RULES or len(columns) != 1:
        return ""
    mend = RULES[rule].mend
    return "" if "%(extra)s" in mend or "%(value)s" in mend else _(mend) % {"column": columns.pop()}


def _shown(rule: str, column: str) -> dict[str, str]:
    return {"says": _(RULES[rule].says), "column": column}


def open_bad_rows(run: ImportRun) -> int:
    """Return how many of a run's rows still wait to be mended."""
    return run.bad_rows.filter(Q(state=QuarantinedRow.State.OPEN)).count()


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
