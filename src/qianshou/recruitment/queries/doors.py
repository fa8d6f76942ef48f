"""What the public pages look up before anybody is known: a campaign by its word, a draft by code.

A visitor has no scope, so no row is open to her. These look-ups run as the system, each asks for
one thing by an exact key, and each returns plain values that anybody may know.
"""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from qianshou.areas import queries as areas
from qianshou.areas import rules as area_rules
from qianshou.common import crypto, rowsecurity
from qianshou.common.errors import NotFound
from qianshou.common.rowsecurity import Scope
from qianshou.recruitment.models import Campaign, MotherApplication
from qianshou.recruitment.rules import codes

KIND = "APPLICANT"


@dataclass(frozen=True)
class Call:
    """What a campaign says to the public."""

    campaign_id: UUID
    area_code: str
    area_name: str
    slug: str
    name: str
    carrier: str
    appeal: str
    channels: tuple[str, ...]
    is_open: bool


def call_of(slug: str, *, today: date) -> Call:
    """Return the campaign of an address; raises `NotFound`."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        found = Campaign.objects.filter(slug=slug).first()
    if found is None:
        raise NotFound
    closed = found.closes_on is not None and found.closes_on < today
    return Call(
        campaign_id=found.pk,
        area_code=found.area_code,
        area_name=areas.names_of({found.area_code}).get(found.area_code, ""),
        slug=found.slug,
        name=found.name,
        carrier=found.carrier,
        appeal=found.appeal,
        channels=tuple(each["slug"] for each in found.channels),
        is_open=found.opens_on <= today and not closed,
    )


def applicant_by_code(typed: str) -> UUID | None:
    """Return the application that a code opens; None for a code that opens nothing."""
    code = codes.typed(typed)
    if not code:
        return None
    with rowsecurity.acting(rowsecurity.SYSTEM):
        rows = MotherApplication.objects.filter(code_token=token_of(code))
        return rows.values_list("pk", flat=True).first()


def token_of(code: str) -> bytes:
    """Return the keyed digest under which a code is kept; the code itself is kept nowhere."""
    return crypto.blind(codes.typed(code), purpose="application.code")


def scope_of(application_id: UUID) -> Scope:
    """Return the scope of an applicant: no area at all, and one application as her own."""
    return Scope(KIND, (), None, application_id)


def own_application(application_id: UUID) -> MotherApplication:
    """Return the application whose scope is set; raises `NotFound` for any other."""
    rows = MotherApplication.objects.select_related("rulebook")
    found = rows.filter(pk=application_id).first()
    if found is None:
        raise NotFound
    return found


def towns_around(area_code: str) -> list[tuple[str, str]]:
    """Return the towns of the county in which somebody applies, with their names."""
    county = area_rules.county_code(area_code)
    return [(each.code, each.name) for each in areas.areas_inside(county, "TOWN")]


def villages_of(town: str) -> list[tuple[str, str]]:
    """Return the villages of a town, with their names."""
    if not area_rules.is_code(town):
        return []
    return [(each.code, area_rules.spoken_name(each.name)) for each in areas.areas_below(town)]
