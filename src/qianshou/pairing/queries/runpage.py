"""What the page of a finished run shows: figures against the last run, flags, loads, and maps."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from qianshou.accounts import permissions
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.pairing.models import MatchRun
from qianshou.pairing.queries import lists, parts, shapes, tiles
from qianshou.pairing.rules import plans as rules

FIGURES = ("paired", "left_over", "mean_score", "free_places")


@dataclass(frozen=True)
class Flag:
    """One reason to look at a pair twice, in words, with how many open pairs have it."""

    code: str
    words: str
    count: int
    url: str


def page_of_run(user: User, run: MatchRun, part: str) -> dict[str, Any]:
    """Return the context of a finished run's page, as one person sees one part of it."""
    told = parts.told_to(user, parts.figures_in(run, part), part)
    last = lists.previous_run(run)
    before = None if last is None else parts.told_to(user, parts.figures_in(last, part), part)
    sees_pairs = permissions.may(user, Power.VIEW_PAIRS, part)
    maps = tiles.maps_of(user, run, part)
    return shapes.figures(run, told) | {
        "figures": told,
        "last": last,
        "notes": {name: change(told.get(name), (before or {}).get(name)) for name in FIGURES},
        "tiers": _tiers(told, before),
        "reasons": _reasons(told, before),
        "loads": _loads(told.get("loads") or [], sees_pairs=sees_pairs),
        "families": parts.families_in(run, part) if sees_pairs else 0,
        "flags": _flags(run, part) if sees_pairs else [],
        "maps": maps,
        "maps_note": tiles.note(maps) if maps else "",
        "counts": lists.state_counts(run, part),
        "may_open": sees_pairs,
        "hides": not sees_pairs,
    }


def run_rows(user: User, runs: list[MatchRun]) -> list[dict[str, Any]]:
    """Return runs with the figures that the person may see of each."""
    return [
        {"run": run, "figures": parts.told_to(user, run.figures, run.area_code)} for run in runs
    ]


def change(now: int | None, then: int | None) -> str:
    """Say how a figure has changed since the last run; nothing where either is not told."""
    if now is None or then is None:
        return ""
    if now == then:
        return _("as in the last run")
    return _("%(change)+d against the last run") % {"change": now - then}


def _difference(now: int | None, then: int | None) -> str:
    return "" if now is None or then is None or now == then else f"{now - then:+,}"


def _tiers(told: dict[str, Any], before: dict[str, Any] | None) -> list[dict[str, Any]]:
    earlier = {row["grade"]: row for row in (before or {}).get("by_tier", [])}
    return [
        row
        | {
            f"{name}_change": _difference(row[name], earlier.get(row["grade"], {}).get(name))
            for name in ("children", "paired", "left_over")
        }
        for row in told["by_tier"]
    ]


def _reasons(told: dict[str, Any], before: dict[str, Any] | None) -> list[dict[str, Any]]:
    earlier = (before or {}).get("reasons", {})
    return [
        {
            "code": code,
            "words": _(shapes.REASONS.get(code, code)),
            "count": count,
            "change": _difference(count, earlier.get(code)),
        }
        for code, count in told["reasons"].items()
        if count is None or count or earlier.get(code)
    ]


def _loads(counts: list[int], *, sees_pairs: bool) -> list[dict[str, Any]]:
    """Return a bar for each number of children that a mother would have."""
    sizes = {str(number): count for number, count in enumerate(counts)}
    hidden = frozenset() if sees_pairs else rules.too_small(sizes)
    return [
        {"label": _load_words(number), "value": count, "words": "", "url": "", "tone": ""}
        for number, count in enumerate(counts)
        if str(number) not in hidden and (count or number < rules.MOST_CHILDREN)
    ]


def _load_words(number: int) -> str:
    if number == 0:
        return _("no child")
    if number >= rules.MOST_CHILDREN:
        return _("%(count)d children or more") % {"count": number}
    return ngettext("%(count)d child", "%(count)d children", number) % {"count": number}


def _flags(run: MatchRun, part: str) -> list[Flag]:
    """Return each reason to look with its open pairs, and last those that need no look."""
    counts = parts.open_flags(run, part)
    address = reverse("pairing:proposals", args=[run.pk]) + "?state=OPEN&attention="
    found = [
        Flag(code, _(words), counts[code], f"{address}{code}")
        for code, words in shapes.ATTENTION.items()
        if counts.get(code)
    ]
    if counts.get(""):
        words = _("nothing stands out")
        found.append(Flag(lists.PLAIN, words, counts[""], f"{address}{lists.PLAIN}"))
    return found
