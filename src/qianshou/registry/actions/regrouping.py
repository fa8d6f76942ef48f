"""What a new row says about files that stand: one answer, whether rows come one by one or at once.

A row may show that two files are one child, or that a row stands with the wrong one of two. The
engine judges the touched files anew as a whole, as a batch over everything would; files that a
person has decided about stay as they are, and every change is an event that can be undone.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import polars as pl
from django.db import transaction

from qianshou.common.errors import Refused
from qianshou.common.identity import new_ids
from qianshou.engines.linkage.outcome import Linked
from qianshou.registry.actions import doubting, merging, noticing, storing
from qianshou.registry.models import Child, ChildEvent, Link
from qianshou.registry.rules import news

# More changes of standing files than this, in number and in share, are not news about children
# but something wrong with the delivery: then they are questions, not acts (T32).
MOST: Final = 40
MOST_SHARE: Final = 0.02
_LINKS: Final = """
SELECT record_id, area_code, weight_bits FROM registry_link
WHERE record_id = ANY(%s) AND state <> 'ENDED'
"""
_END: Final = """
UPDATE registry_link SET state = 'ENDED', ended_at = %s
WHERE record_id = ANY(%s) AND state <> 'ENDED'
"""


@dataclass(frozen=True)
class Standing:
    """A row that stands in a file, as it was met; `held` if a person had a hand in that file."""

    file: UUID
    held: bool = False


@dataclass
class Plan:
    """Where every arrived row belongs, and what that means for files that stand already."""

    homes: dict[UUID, UUID] = field(default_factory=dict)
    born: frozenset[UUID] = frozenset()
    # file to be taken in -> file that takes it in
    joined: dict[UUID, UUID] = field(default_factory=dict)
    # row -> (file it leaves, file it goes to)
    moved: dict[UUID, tuple[UUID, UUID]] = field(default_factory=dict)

    @property
    def touched(self) -> list[UUID]:
        """Return the files whose rows change, in a settled order."""
        ends = (file for pair in self.moved.values() for file in pair)
        return list(dict.fromkeys([*self.homes.values(), *ends]))

    def go_by(self, names: Mapping[UUID, UUID]) -> None:
        """Let new files bear the ids of files that stand already."""
        self.born = self.born - names.keys()
        self.homes = {record: names.get(home, home) for record, home in self.homes.items()}
        self.moved = {
            record: (origin, names.get(target, target))
            for record, (origin, target) in self.moved.items()
        }

    def is_unusual(self, files: int) -> bool:
        """Tell whether it would change more standing files than a delivery should by itself."""
        return len(self.joined) + len(self.moved) > max(MOST, MOST_SHARE * files)

    def leave_standing(self) -> list[tuple[UUID, UUID]]:
        """Give the regrouping up; returns the pairs of files it was about."""
        pairs = [*self.joined.items(), *self.moved.values()]
        self.joined, self.moved = {}, {}
        return pairs


def plan(
    linked: Linked,
    arrived: Collection[UUID],
    *,
    standing: Mapping[UUID, Standing],
    former: Mapping[UUID, UUID],
) -> Plan:
    """Give each cluster a file and see what that changes.

    `standing` are the rows on file that were judged together with the arrived ones; `former` is
    the file of the version that an arrived row replaces.
    """
    groups = _groups(linked, arrived, standing)
    files = {record: each.file for record, each in standing.items()} | dict(former)
    homes = _homes(groups, files)
    strangers = [name for name in groups if name not in homes]
    made = new_ids(len(strangers))
    homes.update(zip(strangers, made, strict=True))
    found = Plan(born=frozenset(made))
    for name, records in groups.items():
        for record in records:
            if record in arrived:
                found.homes[record] = homes[name]
            elif homes[name] != files[record]:
                found.moved[record] = (files[record], homes[name])
    _join_whole_files(found, standing, taken=set(homes.values()))
    return found


def _groups(
    linked: Linked, arrived: Collection[UUID], standing: Mapping[UUID, Standing]
) -> dict[str, list[UUID]]:
    groups: dict[str, list[UUID]] = {}
    for row_id, cluster in linked.clusters.iter_rows():
        record = UUID(row_id)
        if record in arrived or record in standing:
            groups.setdefault(cluster, []).append(record)
    return groups


def _homes(groups: Mapping[str, list[UUID]], files: Mapping[UUID, UUID]) -> dict[str, UUID]:
    """Give each cluster the file that most of its rows come from; each file serves one cluster."""
    homes = {name: UUID(name) for name in groups if not name.startswith("c-")}
    taken = set(homes.values())
    claims: list[tuple[int, UUID, str]] = []
    for name, records in groups.items():
        if name not in homes:
            votes = Counter(files[record] for record in records if record in files)
            claims += [(-count, file, name) for file, count in votes.items()]
    for _count, file, name in sorted(claims):
        if name not in homes and file not in taken:
            homes[name] = file
            taken.add(file)
    return homes


def _join_whole_files(found: Plan, standing: Mapping[UUID, Standing], taken: set[UUID]) -> None:
    """A file that goes into another with all its rows is joined to it, so that links follow."""
    rows: dict[UUID, list[UUID]] = {}
    for record, each in standing.items():
        rows.setdefault(each.file, []).append(record)
    for file, records in rows.items():
        targets = {found.moved[each][1] for each in records if each in found.moved}
        whole = all(each in found.moved for each in records)
        if file not in taken and whole and len(targets) == 1 and not targets & found.born:
            found.joined[file] = targets.pop()
            for record in records:
                del found.moved[record]


# -- carrying it out ------------------------------------------------------------------------------


def move_rows(found: Plan, *, run_id: UUID, now: datetime) -> None:
    """Let single rows change their file, each with the event that tells it and can undo it."""
    if not found.moved:
        return
    links = {row[0]: row[1:] for row in storing.fetch(_LINKS, [list(found.moved)])}
    storing.run(_END, [now, list(found.moved)])
    Link.objects.bulk_create(
        Link(
            record_id=record, child_id=found.moved[record][1], area_code=area_code,
            state=Link.State.AUTO, weight_bits=bits, since=now,
        )
        for record, (area_code, bits) in links.items()
    )  # fmt: skip
    groups: dict[tuple[UUID, UUID], list[UUID]] = {}
    for record, ends in found.moved.items():
        groups.setdefault(ends, []).append(record)
    origins = Child.objects.in_bulk([origin for origin, _target in groups])
    ChildEvent.objects.bulk_create(
        ChildEvent(
            child=origins[origin], area_code=origins[origin].area_code,
            kind=ChildEvent.Kind.SPLIT, at=now, run_id=run_id,
            moves=_moves(origin, target, records),
        )
        for (origin, target), records in groups.items()
    )  # fmt: skip


def _moves(origin: UUID, target: UUID, records: Iterable[UUID]) -> dict[str, Any]:
    return {
        "origin": str(origin), "target": str(target),
        "rows": {str(record): str(origin) for record in records}, "reason": "",
    }  # fmt: skip


def join_files(found: Plan, *, run_id: UUID, now: datetime) -> list[tuple[UUID, UUID]]:
    """Join the files that turned out to be one child; returns the pairs that may not be joined.

    Two children who both have a mother at their side are never joined by rule: a person looks.
    """
    refused: list[tuple[UUID, UUID]] = []
    told: list[noticing.News] = []
    for absorbed, kept in sorted(found.joined.items()):
        pair = Child.objects.in_bulk([absorbed, kept])
        try:
            with transaction.atomic():
                merging.merge_by_rule(pair[kept], pair[absorbed], run_id=run_id, now=now)
        except Refused:
            refused.append((absorbed, kept))
        else:
            told.append((kept, pair[kept].area_code, news.JOINED, ()))
    noticing.tell(told, run_id=run_id, now=now)
    return refused


def questions(
    pairs: Iterable[tuple[UUID, UUID]],
    linked: Linked,
    files: Mapping[UUID, UUID],
) -> pl.DataFrame:
    """Return one question for each pair of files that stay apart, on their strongest two rows."""
    wanted = {frozenset(pair) for pair in pairs}
    return pl.DataFrame(
        list(_asked(wanted, linked, {str(row): file for row, file in files.items()})),
        schema=doubting.QUESTION,
        orient="row",
    )


def _asked(
    wanted: set[frozenset[UUID]], linked: Linked, files: Mapping[str, UUID]
) -> Iterator[tuple[Any, ...]]:
    rows = linked.pairs.sort("weight_bits", descending=True) if wanted else linked.pairs.clear()
    for one, other, bits, likely, _linked, levels in rows.iter_rows():
        pair = frozenset(file for row in (one, other) if (file := files.get(row)))
        if pair in wanted:
            wanted.discard(pair)
            yield one, other, bits, likely, "MARGIN", levels
