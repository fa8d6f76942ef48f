"""What people do with a source: load the shipped ones, save one, find one by code or profile."""

from pathlib import Path
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from qianshou.accounts import permissions as powers
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.audit import actions as audit
from qianshou.exchange.connectors import profile_files
from qianshou.exchange.models import Feed, Source, SourceVersion
from qianshou.exchange.rules import profile as profiles

EVERYTHING: Final = "500000000000"


def load_sources() -> int:
    """Create or renew the sources of the shipped profiles; one changed on the site stays."""
    count = 0
    for file in sorted(profile_files.SHIPPED.glob("*.toml")):
        data = profile_files.as_shipped(file)
        source = Source.objects.filter(code=data["code"]).first()
        if source is None or profile_files.is_as_shipped(source.profile):
            _put_source(source, data, area_code=EVERYTHING, by=None)
            count += 1
    return count


@transaction.atomic
def save_source(data: dict[str, Any], *, by: User | None, area_code: str = EVERYTHING) -> Source:
    """Create a source from profile data, or give it a new version; runs keep theirs."""
    if by is not None:
        powers.require(by, Power.EDIT_SOURCES, area_code)
    profile_files.checked(data, str(data.get("code", "")))
    source = _put_source(
        Source.objects.select_for_update().filter(code=data["code"]).first(),
        data,
        area_code=area_code,
        by=by,
    )
    audit.record(
        "exchange.source.saved", by=by, subject_kind="source", subject_id=source.pk,
        area_code=source.area_code, code=source.code, version=source.version,
    )  # fmt: skip
    return source


def _put_source(
    source: Source | None, data: dict[str, Any], *, area_code: str, by: User | None
) -> Source:
    profile = profiles.parse(data, str(data.get("code", "")))
    if source is None:
        source = Source(code=profile.code, area_code=area_code, version=0)
    is_new_version = source.version == 0 or source.profile != data
    source.version += is_new_version
    source.name, source.department = profile.name[:80], profile.department[:40]
    source.target, source.profile = profile.target, data
    source.schedule = str(data.get("schedule", ""))[:40]
    source.max_changed_share = profile.limits["max_changed_share"]
    source.max_removed_share = profile.limits["max_removed_share"]
    source.save()
    if is_new_version:
        SourceVersion.objects.create(source=source, version=source.version, profile=data, by=by)
    if profile.fetch is not None:
        Feed.objects.get_or_create(source=source, defaults={"area_code": source.area_code})
    return source


def source_named(profile: str, by: User | None) -> Source:
    """Return the source of a code or of a TOML profile; an unknown profile makes a new one."""
    file = Path(profile)
    if file.suffix.lower() == ".toml" or file.is_file():
        return _source_of(profile_files.read(file), by)
    found = Source.objects.filter(code=profile).first()
    if found is not None:
        return found
    shipped = profile_files.SHIPPED / f"{file.name}.toml"
    if shipped.is_file():
        return _source_of(profile_files.as_shipped(shipped), by)
    known = ", ".join(Source.objects.order_by("code").values_list("code", flat=True))
    words = _("%(profile)s: there is no such source and no such file. Known: %(known)s")
    raise profile_files.UnfitProfile(words % {"profile": profile, "known": known})


def _source_of(data: dict[str, Any], by: User | None) -> Source:
    source = Source.objects.filter(code=data["code"]).first()
    if source is not None and profile_files.bare(source.profile) == profile_files.bare(data):
        return source
    return save_source(data, by=by, area_code=source.area_code if source else EVERYTHING)
