"""Reading and proving the trail, and what its acts are called."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from qianshou.accounts import permissions
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import rules as area_rules
from qianshou.audit import rules
from qianshou.audit.models import Entry
from qianshou.audit.queries.acts import ACTS, ROOMS, SUBJECTS


def entries_for(user: User, *, area_code: str, room: str = "", about: str = "") -> QuerySet[Entry]:
    """Return the trail of an area, newest first, for those who may read it there.

    `about` is the id of one file, run or person: then who did or saw what with it.
    """
    permissions.require(user, Power.VIEW_TRAIL, area_code)
    rows = Entry.objects.filter(area_code__range=area_rules.subtree(area_code)).order_by("-id")
    if about:
        rows = rows.about(about)
    return rows.filter(act__startswith=f"{room}.") if room in ROOMS else rows


def shown(entries: Iterable[Entry]) -> list[dict[str, Any]]:
    """Return entries with their act and subject in words."""
    return [
        {
            "entry": entry,
            "act": _(ACTS.get(entry.act, entry.act)),
            "subject": _(SUBJECTS.get(entry.subject_kind, entry.subject_kind)),
        }
        for entry in entries
    ]


def filters() -> list[dict[str, Any]]:
    """Return the choice of rooms that the trail can be narrowed to."""
    choices = [(name, _(label)) for name, label in ROOMS.items()]
    return [{"name": "room", "label": _("Part of the system"), "choices": choices}]


def entries_about(subject_id: object) -> QuerySet[Entry]:
    """Return what happened to one file, newest first; row security keeps other areas out."""
    return Entry.objects.about(subject_id).order_by("-id")


def links() -> Iterator[rules.Link]:
    """Yield the whole trail in the order of its chains."""
    for entry in Entry.objects.order_by("chain", "seq").iterator(chunk_size=5000):
        yield rules.Link(
            entry.chain,
            entry.seq,
            entry.at,
            (
                str(entry.actor_id or ""),
                entry.actor_name,
                entry.act,
                entry.subject_kind,
                entry.subject_id,
                entry.area_code,
                entry.reason,
                entry.details,
                entry.request_id,
                entry.result,
            ),
            bytes(entry.prev_hash),
            bytes(entry.hash),
        )


def heads() -> dict[str, tuple[int, bytes]]:
    """Return each chain's last place and hash, to be anchored outside."""
    last = Entry.objects.order_by("chain", "-seq").distinct("chain")
    return {entry.chain: (entry.seq, bytes(entry.hash)) for entry in last}


def anchors_in(file: Path) -> dict[tuple[str, int], bytes]:
    """Read the anchors written by `qianshou audit anchor`, one JSON object a line."""
    found: dict[tuple[str, int], bytes] = {}
    if file.exists():
        for line in file.read_text(encoding="utf-8").splitlines():
            for chain, (seq, digest) in json.loads(line)["heads"].items():
                found[chain, seq] = bytes.fromhex(digest)
    return found


def flaws(anchor_file: Path | None = None) -> list[rules.Flaw]:
    """Check the whole trail and return what does not hold; an empty list is the proof."""
    return list(rules.flaws(links(), anchors_in(anchor_file) if anchor_file else {}))
