"""Connecting a department on pages: a source is begun, told where to ask, mapped, switched on.

Everything ends up in the same profile that a TOML file holds, so both ways stay open. Until its
columns are mapped a source is switched off and nothing arrives.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from qianshou.accounts import permissions as powers
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.audit import actions as audit
from qianshou.common.errors import Refused
from qianshou.exchange.actions import egress as ways
from qianshou.exchange.actions import sources
from qianshou.exchange.connectors import trying
from qianshou.exchange.connectors.profile_files import unfit
from qianshou.exchange.models import Feed, Source
from qianshou.exchange.rules import egress as destinations
from qianshou.exchange.rules import profile as profiles

PULLED: Final = ("rest", "view")


class CodeTaken(Refused):
    """A source with this code exists already; choose another code."""


class NotMapped(Refused):
    """Say first what its columns mean."""


class NotConnected(Refused):
    """Say first where its rows come from."""


@transaction.atomic
def begin(data: Mapping[str, Any], *, by: User, area_code: str) -> Source:
    """Begin a source that is fetched or pushed; it is off until its columns are mapped."""
    powers.require(by, Power.EDIT_SOURCES, area_code)
    if Source.objects.filter(code=data["code"]).exists():
        raise CodeTaken
    source = Source.objects.create(
        code=data["code"], name=data["name"], department=data["department"],
        target=data["target"], area_code=area_code, profile=dict(data), version=0,
        is_active=False,
    )  # fmt: skip
    Feed.objects.create(source=source, area_code=area_code)
    _recorded("begun", source, by)
    return source


@transaction.atomic
def connect(
    source: Source,
    fetch: Mapping[str, Any],
    *,
    by: User,
    addresses: Iterable[str] = (),
    secret: str = "",
) -> Source:
    """Say where a source's rows come from; asks for the destination and seals the secret, too.

    Raises `UnfitProfile` with what is wrong.
    """
    powers.require(by, Power.EDIT_SOURCES, source.area_code)
    source = _changed(source, {"fetch": dict(fetch)}, by=by)
    plain = list(addresses)
    if plain:
        for url in dict.fromkeys(fetch.get(key, "") for key in ("url", "token_url")):
            if url and not _is_asked(source, url):
                ways.ask(source, by=by, url=url, addresses=plain)
    if secret:
        ways.set_secret(source, by=by, secret=secret)
    return source


def _is_asked(source: Source, url: str) -> bool:
    try:
        found = destinations.destination_of(url)
    except destinations.BadDestination:
        return False
    return source.egress.filter(**found._asdict(), ended_at=None).exists()


def map_columns(
    source: Source, mapping: Mapping[str, str], *, by: User, required: Iterable[str] = ()
) -> Source:
    """Say what each column means: field -> heading; what a TOML file said besides is kept."""
    powers.require(by, Power.EDIT_SOURCES, source.area_code)
    return _changed(source, columns_of(source, mapping, required=required), by=by)


def columns_of(
    source: Source, mapping: Mapping[str, str], *, required: Iterable[str] = ()
) -> dict[str, Any]:
    """Return what a mapping changes in a source's profile."""
    known = source.profile.get("columns", {})
    needed = set(required)
    columns: dict[str, Any] = {}
    for field, heading in mapping.items():
        said = known.get(field, {})
        kept = dict(said) if isinstance(said, Mapping) else {"header": said}
        if heading not in _texts(kept.get("header")) + _texts(kept.get("join")):
            kept.pop("join", None)
            kept["header"] = heading
        kept.pop("required", None)
        columns[field] = kept | ({"required": True} if field in needed else {})
    dated = source.profile.get("as_of", "")
    if dated not in mapping:
        dated = "updated_on" if "updated_on" in mapping else ""
    return {"columns": columns, "as_of": dated}


def _texts(value: object) -> list[str]:
    return [value] if isinstance(value, str) else list(value) if isinstance(value, list) else []


def bound(source: Source, changes: Mapping[str, Any], *, by: User) -> Source:
    """Set how often a source is expected and what one delivery may change unseen."""
    powers.require(by, Power.EDIT_SOURCES, source.area_code)
    made = dict(changes)
    times = made.pop("fetch", {})
    if times and "fetch" in source.profile:
        made["fetch"] = {**source.profile["fetch"], **times}
    made["limits"] = {**source.profile.get("limits", {}), **made.get("limits", {})}
    return _changed(source, made, by=by)


@transaction.atomic
def switch(source: Source, *, on: bool, by: User) -> Source:
    """Let a source deliver, or stop it; nothing that is on file changes."""
    powers.require(by, Power.EDIT_SOURCES, source.area_code)
    source = Source.objects.select_for_update().get(pk=source.pk)
    if on and not source.profile.get("columns"):
        raise NotMapped
    source.is_active = on
    source.save(update_fields=["is_active", "updated_at"])
    Feed.objects.filter(source=source).update(next_at=None, failures=0, problem={})
    _recorded("switched_on" if on else "switched_off", source, by)
    return source


@transaction.atomic
def test(source: Source, *, by: User) -> trying.Sample:
    """Ask a source once and return its first rows; nothing of them is kept.

    Raises `PullFailed`. Looking at rows of people is on record.
    """
    powers.require(by, Power.EDIT_SOURCES, source.area_code)
    if source.profile.get("fetch", {}).get("kind") not in PULLED:
        raise NotConnected
    try:
        profiles.fetch_in(source.profile, source.code)
    except profiles.BadProfile as problem:
        raise NotConnected from problem
    sample = trying.ask(source)
    _recorded("sampled", source, by, rows=len(sample.rows))
    return sample


@transaction.atomic
def _changed(source: Source, changes: Mapping[str, Any], *, by: User) -> Source:
    """Save a source with changes to its profile; before it is mapped, only its way is checked."""
    source = Source.objects.select_for_update().get(pk=source.pk)
    data = {**source.profile, **changes}
    if data.get("columns"):
        return sources.save_source(data, by=by, area_code=source.area_code)
    try:
        profiles.fetch_in(data, source.code)
    except profiles.BadProfile as problem:
        raise unfit(problem) from problem
    source.profile, source.updated_at = data, timezone.now()
    source.save(update_fields=["profile", "updated_at"])
    _recorded("saved", source, by, version=source.version)
    return source


def _recorded(what: str, source: Source, by: User, **more: Any) -> None:
    audit.record(
        f"exchange.source.{what}", by=by, subject_kind="source", subject_id=source.pk,
        area_code=source.area_code, code=source.code, **more,
    )  # fmt: skip
