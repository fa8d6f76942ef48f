"""What the pages of connecting a department show: its steps, its way in words, its mapping."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from qianshou.common import rowsecurity
from qianshou.common.errors import NotFound, Refused
from qianshou.exchange.models import Feed, Source
from qianshou.exchange.queries import contracts
from qianshou.exchange.queries.deliveries import refusal_words as file_refusal_words
from qianshou.exchange.rules import catalogue
from qianshou.exchange.rules import fetch as fetching
from qianshou.exchange.rules.problems import FileRefused
from qianshou.exchange.rules.profile import LIMITS
from qianshou.exchange.rules.words import PROBLEMS, SCHEDULES, WHOLES

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
    return str(refusal)


# The fields of a connection that only some need, by what they are for; folded until they are used.
_FOLDS: Final[dict[str, tuple[tuple[Any, tuple[str, ...]], ...]]] = {
    "rest": (
        (_lazy("For a key in a header"), ("header",)),
        (_lazy("For OAuth 2"), ("token_url", "client_id")),
        (_lazy("For a signature"), ("key_id",)),
        (_lazy("Where the rows come in pages"), ("cursor_at", "size", "total")),
        (_lazy("Where the interface can answer only what changed"), ("since_param",)),
    ),
    "stream": (
        (_lazy("For NATS"), ("stream", "consumer")),
        (_lazy("For RabbitMQ"), ("queue",)),
        (_lazy("For Kafka"), ("topic", "group", "mechanism")),
    ),
}


def parts_of(form: Any, kind: str) -> list[dict[str, Any]]:
    """Return the fields of a connection in order; those that only some need lie in folds."""
    folds = {names[0]: (title, names) for title, names in _FOLDS.get(kind, ())}
    folded = {name for _title, names in folds.values() for name in names}
    parts: list[dict[str, Any]] = []
    for name in form.fields:
        if name in folds:
            title, names = folds[name]
            fields = [form[each] for each in names]
            parts.append({"title": title, "fields": fields, "open": any(map(_is_used, fields))})
        elif name not in folded:
            parts.append({"title": "", "fields": [form[name]]})
    return parts


def _is_used(field: Any) -> bool:
    """Tell whether a field says something of its own, or is wrong."""
    return bool(field.errors) or str(field.value() or "") not in ("", str(field.field.initial))


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


def steps_on(source: Source, now: str) -> list[dict[str, Any]]:
    """Return the steps where rows arrive by themselves; a source that is uploaded has none."""
    return steps_of(source, now) if source.profile.get("fetch") else []


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
    """Return a source's bounds as the form shows them; None for what its way does not know."""
    profile = source.profile
    fetch = profile.get("fetch", {})
    limits = {**LIMITS, **profile.get("limits", {})}
    return {
        "every": _minutes(fetch),
        "whole_every": _hours(fetch),
        "silent_after": profile.get("silent_after", 0),
        "trust": profile.get("trust", {}).get("default", 50),
        **{name: _plain(100 * limits[name]) for name in SHARES},
    }


def _minutes(fetch: Mapping[str, Any]) -> int | None:
    """Return how often a source is looked at; None for one that is uploaded, pushed or asked."""
    kind = fetch.get("kind", "")
    if kind in ("", fetching.PUSH, fetching.ASK):
        return None
    return int(fetch.get("every", fetching.OFTEN.get(kind, fetching.EVERY)))


def _hours(fetch: Mapping[str, Any]) -> int | None:
    """Return how often everything is read anew; None where that is done each time anyway."""
    if not fetching.asks_for_changes(fetch):
        return None
    return int(fetch.get("whole_every", fetching.WHOLE_EVERY))


def wholes_beside(hours: int | None) -> list[tuple[int, str]]:
    """Return how often everything can be read anew, in words, with what a profile says now."""
    return [(each, whole_words(each)) for each in sorted({*WHOLES, hours or 0})]


def whole_words(hours: int) -> str:
    """Return how often everything is read anew, in words."""
    return _(WHOLES[hours]) if hours in WHOLES else _("every %(n)s hours") % {"n": hours}


def _whole(source: Source) -> dict[str, Any]:
    """Return how often everything is read anew and when it was last; empty for other ways."""
    fetch = source.profile.get("fetch", {})
    if fetch.get("kind") not in (fetching.REST, fetching.VIEW):
        return {}
    hours = _hours(fetch)
    # How far a feed has come names no person, so all who see sources see it.
    with rowsecurity.acting(rowsecurity.SYSTEM):
        position = Feed.objects.filter(source=source).values_list("position", flat=True).first()
    last = (position or {}).get("whole", "")
    return {
        "words": _("each time") if hours is None else whole_words(hours),
        "last": datetime.fromisoformat(last) if last else None,
    }


def _plain(share: float) -> float | int:
    """Return a percentage as people write it: 30, and 2.5."""
    return int(share) if share == int(share) else round(share, 2)


def page_of(source: Source) -> dict[str, Any]:
    """Return what a source's own page tells of its agreement, its drift and its way."""
    today = timezone.localdate()
    limits = {**LIMITS, **source.profile.get("limits", {})}
    return {
        "agreement": contracts.agreement_words(contracts.agreement_of(source, today), today),
        "left_out": contracts.left_out(source),
        "limits": limits,
        "schedule": _schedule(source),
        "whole": _whole(source),
        "is_draft": not source.profile.get("columns"),
        "kind": source.profile.get("fetch", {}).get("kind", ""),
    }


def _schedule(source: Source) -> str:
    """Return how often a source delivers, or how often it is asked."""
    every = _minutes(source.profile.get("fetch", {}))
    if every:
        return _("every minute") if every == 1 else _("every %(n)s minutes") % {"n": every}
    return _(SCHEDULES.get(source.schedule, source.schedule)) if source.schedule else ""
