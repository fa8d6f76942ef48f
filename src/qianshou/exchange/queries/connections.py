"""What the pages of connecting a department show: its steps, its way in words, its mapping."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from qianshou.common.errors import NotFound, Refused
from qianshou.exchange.models import Source
from qianshou.exchange.queries import contracts
from qianshou.exchange.queries.deliveries import refusal_words as file_refusal_words
from qianshou.exchange.rules import catalogue
from qianshou.exchange.rules.problems import FileRefused
from qianshou.exchange.rules.profile import LIMITS
from qianshou.exchange.rules.words import PROBLEMS, SCHEDULES

SHARES: Final = tuple(LIMITS)


def fetch_of(source: Source) -> dict[str, Any]:
    """Return how a source's rows arrive; raises `NotFound` for one that has no such page.

    Those are sources that are only uploaded, and those that are asked about one person, whose
    questions a profile file describes.
    """
    found: dict[str, Any] = source.profile.get("fetch", {})
    if not found or found["kind"] == "ask":
        raise NotFound
    return found


def unshown(fetch: Mapping[str, Any], shown: Iterable[str]) -> dict[str, Any]:
    """Return what a profile says about the way that the form does not show, to be kept."""
    names = {*shown, "kind", "url", "every"}
    return {name: value for name, value in fetch.items() if name not in names}


def problem_words(problem: Mapping[str, Any]) -> str:
    """Return why a source brought nothing, and what helps."""
    return _(PROBLEMS.get(problem["code"], PROBLEMS["UNKNOWN"])) % {"value": problem["value"]}


def refusal_words(refusal: FileRefused | Refused) -> str:
    """Return a refusal in the reader's language."""
    if isinstance(refusal, FileRefused):
        return file_refusal_words(refusal.code, refusal.params)
    return _(str(refusal))


def steps_of(source: Source, now: str) -> list[dict[str, Any]]:
    """Return the steps of connecting a department, and which of them are done."""
    done = {
        "connection": _is_open(source),
        "agreement": contracts.agreement_of(source) is not None,
        "columns": bool(source.profile.get("columns")),
        "on": source.is_active,
    }
    labels = {
        "connection": _("Connection"), "agreement": _("Agreement"), "columns": _("Its columns"),
        "on": _("Switched on"),
    }  # fmt: skip
    return [
        {"label": label, "state": "now" if name == now else "done" if done[name] else "todo"}
        for name, label in labels.items()
    ]


def _is_open(source: Source) -> bool:
    kind = source.profile.get("fetch", {}).get("kind")
    if kind in ("folder", "push", None):
        return True
    return source.egress.filter(ended_at=None).exclude(approved_at=None).exists()


def about(source: Source) -> str:
    """Return what a department has to know about the way, in a sentence."""
    kind = source.profile.get("fetch", {}).get("kind")
    if kind == "folder":
        place = f"{settings.MEDIA_ROOT}/incoming/{source.code}"
        return _("Files go to %(place)s; they are taken once they have come to rest.") % {
            "place": place
        }
    if kind == "push":
        return _("Batches go to %(path)s, signed with the secret.") % {
            "path": f"/api/v1/push/{source.code}"
        }
    return ""


def mapping_on(source: Source, names: Iterable[str]) -> dict[str, str]:
    """Return field -> heading as the profile maps the headings that are there."""
    there = set(names)
    found: dict[str, str] = {}
    for field, said in source.profile.get("columns", {}).items():
        given = said if isinstance(said, Mapping) else {"header": said}
        texts = given.get("header") or given.get("join") or []
        for text in [texts] if isinstance(texts, str) else texts:
            if text in there:
                found.setdefault(field, text)
    return found


def required_in(source: Source) -> list[str]:
    """Return the fields without which a row is kept out."""
    columns = source.profile.get("columns", {})
    return [
        name for name, said in columns.items()
        if isinstance(said, Mapping) and said.get("required")
    ]  # fmt: skip


def may_show(source: Source) -> set[str]:
    """Return the fields whose cells may be shown: all, or those that the agreement names."""
    agreement = contracts.agreement_of(source)
    if agreement is None:
        return set(catalogue.FIELDS[source.target])
    return {*agreement.fields, "key"}


def agreed(source: Source, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return profile data with the columns that may be shown."""
    shown = may_show(source)
    columns = {name: said for name, said in data.get("columns", {}).items() if name in shown}
    dated = data.get("as_of", "")
    return {**data, "columns": columns, "as_of": dated if dated in columns else ""}


def bounds_of(source: Source) -> dict[str, Any]:
    """Return a source's bounds as the form shows them."""
    profile = source.profile
    limits = {**LIMITS, **profile.get("limits", {})}
    return {
        "every": profile.get("fetch", {}).get("every"),
        "silent_after": profile.get("silent_after", 0),
        "trust": profile.get("trust", {}).get("default", 50),
        **{name: round(100 * limits[name], 2) for name in SHARES},
    }


def page_of(source: Source) -> dict[str, Any]:
    """Return what a source's own page tells of its agreement, its drift and its way."""
    today = timezone.localdate()
    limits = {**LIMITS, **source.profile.get("limits", {})}
    return {
        "agreement": contracts.agreement_words(contracts.agreement_of(source, today), today),
        "left_out": contracts.left_out(source),
        "limits": limits,
        "schedule": _(SCHEDULES.get(source.schedule, source.schedule)) if source.schedule else "",
        "is_draft": not source.profile.get("columns"),
        "kind": source.profile.get("fetch", {}).get("kind", ""),
    }
