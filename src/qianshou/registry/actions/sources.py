"""What the registry needs to know about the feeds: department and trust by field."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from qianshou.exchange.models import Source
from qianshou.registry.rules import fields


@dataclass(frozen=True)
class Feed:
    """One source as the rules see it."""

    department: str
    trust: Mapping[str, int]


def feeds() -> dict[UUID, Feed]:
    """Return every source of children's rows with its trust spelled out by field."""
    rows = Source.objects.filter(target=Source.Target.CHILD).values_list(
        "id", "department", "profile"
    )
    return {
        source_id: Feed(department, fields.trust_by_field(profile.get("trust") or {}))
        for source_id, department, profile in rows
    }
