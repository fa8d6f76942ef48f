"""What people ask about the sources of their area, in words."""

from collections import Counter
from typing import Any
from uuid import UUID

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from qianshou.accounts import permissions as powers
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import rules as area_rules
from qianshou.common.errors import NotFound
from qianshou.exchange.models import Drift, ImportRun, Record, Source
from qianshou.exchange.queries import connections
from qianshou.exchange.rules import catalogue
from qianshou.exchange.rules.cells import known_words
from qianshou.exchange.rules.problems import REFUSE, RULES
from qianshou.exchange.rules.profile import BadProfile, Column, Profile, parse
from qianshou.exchange.rules.words import (
    KIND_WORDS,
)

State = ImportRun.State


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
    drift = Counter(
        Drift.objects.open().filter(area_code__range=inside).values_list("source", flat=True)
    )
    return [
        {
            "source": source,
            "drift": _drift_words(drift[source.pk]),
            "rows": standing.get(source.pk, 0),
            "last": last.get(source.pk),
        }
        for source in Source.objects.order_by("target", "name")
    ]


def _drift_words(count: int) -> str:
    if not count:
        return ""
    return ngettext("%(n)s thing has changed", "%(n)s things have changed", count) % {"n": count}


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
    """Return the sources that an area may deliver for; who only answers questions sends none."""
    return [each for each in _sources_of(area_code) if not _is_asked(each)]


def asked_sources(area_code: str) -> list[Source]:
    """Return the sources that answer questions about one person of an area."""
    return [each for each in _sources_of(area_code) if _is_asked(each)]


def _is_asked(source: Source) -> bool:
    return bool(source.profile.get("fetch", {}).get("kind") == "ask")


def _sources_of(area_code: str) -> list[Source]:
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
    shown = connections.may_show(source)
    return [
        {**_column_words(profile, column), "may_show": column.name in shown}
        for column in profile.columns
    ]


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


def field_choices(target: str) -> list[tuple[str, str]]:
    """Return the canonical fields of a target in the reader's words."""
    return [(name, _(field.label)) for name, field in catalogue.FIELDS[target].items()]
