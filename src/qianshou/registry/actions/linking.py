"""Taking department rows into files: one way for the first load and for every later row.

New rows meet only the files that share a blocking key with them; the engine weighs, people's
earlier decisions bind it, and what it is not sure of becomes a question for a person.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import polars as pl
from django.utils import timezone
from django.utils.translation import gettext as _

from qianshou.common import bus, rowsecurity
from qianshou.common.copying import copy_rows
from qianshou.common.identity import new_ids
from qianshou.engines.linkage import engine
from qianshou.engines.linkage.model import Model
from qianshou.engines.linkage.outcome import Linked
from qianshou.exchange.events import RowsReady
from qianshou.registry.actions import (
    doubting,
    emptying,
    filing,
    modelling,
    neighbours,
    sources,
    storing,
    versions,
)
from qianshou.registry.events import FilesChanged
from qianshou.registry.models import Apart, Link, LinkModel
from qianshou.registry.rules import columns

# A frame has to be this large, and of two departments, before it teaches more than the model at
# hand; a stored model is replaced only by one learnt from half as much again.
TRAIN_FROM: Final = 20_000
TRAIN_GROWTH: Final = 1.5
# Rows of neighbours kept open for the filing that follows; more would cost memory.
KEPT_OPEN: Final = 20_000


@dataclass
class Intake:
    """One delivery on its way into the files."""

    event: RowsReady
    now: datetime = field(default_factory=timezone.now)
    payloads: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    areas: dict[UUID, str] = field(default_factory=dict)
    # row id as text -> file, for every row whose file is settled beforehand
    fixed: dict[str, str] = field(default_factory=dict)
    before: dict[UUID, versions.Earlier] = field(default_factory=dict)
    on_file: int = 0
    model: LinkModel | None = None
    homes: dict[UUID, UUID] = field(default_factory=dict)
    weights: dict[str, float] = field(default_factory=dict)
    opened: dict[UUID, Mapping[str, Any]] = field(default_factory=dict)
    born: frozenset[UUID] = frozenset()


def take_in(event: RowsReady) -> None:
    """Link the rows of one run into files, keep the files current, and raise the open questions."""
    with rowsecurity.acting(rowsecurity.SYSTEM), storing.without_collector():
        intake = _begin(event)
        started = time.perf_counter()
        event.progress(0, _("Finding each row's child"))
        linked = _link(intake) if intake.payloads else None
        event.timings["link"] = round(time.perf_counter() - started, 3)

        started = time.perf_counter()
        event.progress(50, _("Keeping the files current"))
        _assign(intake, linked)
        done = _apply(intake)
        if linked is not None:
            event.counts["doubts"] = doubting.raise_doubts(
                linked.doubtful, intake.payloads, intake.now
            )
        _count(event, done)
        event.timings["apply"] = round(time.perf_counter() - started, 3)
        bus.publish(FilesChanged(tuple(done.created + done.changed), event.run_id))
        event.progress(100, _("Done"))


def _begin(event: RowsReady) -> Intake:
    intake = Intake(event)
    for record, area_code, values in event.arrived:
        intake.payloads[record], intake.areas[record] = values, area_code
    intake.on_file = storing.fetch("SELECT count(*) FROM registry_link WHERE state <> 'ENDED'")[0][
        0
    ]
    intake.before = versions.earlier(event.superseded)
    for record, old in intake.before.items():
        if old.holds(intake.payloads[record]):
            intake.fixed[str(record)] = str(old.child)
    versions.carry_decisions(event.superseded)
    return intake


# -- linking --------------------------------------------------------------------------------------


def _link(intake: Intake) -> Linked:
    arrived = list(_arrived_rows(intake))
    tokens = neighbours.tokens_of(neighbours.frame_of(arrived))
    known = list(_neighbour_rows(intake, tokens)) if intake.on_file else []
    neighbours.remember(tokens, intake.areas)
    frame = neighbours.frame_of(arrived + known)
    del arrived, known
    model = _model_for(intake, frame)
    linked = engine.link(
        frame,
        columns.spec(),
        model=model,
        population=max(intake.on_file + len(intake.payloads), len(frame)),
        fixed=intake.fixed,
        apart=_apart(frame["row_id"]),
        progress=lambda step: intake.event.progress(25, step),
    )
    if model is None:
        intake.model = modelling.store(linked.model, len(frame))
    return linked


def _arrived_rows(intake: Intake) -> Iterator[tuple[str, dict[str, str | None]]]:
    for record, values in intake.payloads.items():
        yield str(record), columns.engine_row(values, intake.event.department)


def _neighbour_rows(
    intake: Intake, tokens: pl.DataFrame
) -> Iterator[tuple[str, dict[str, str | None]]]:
    feeds = sources.feeds()
    moved = [old.child for new, old in intake.before.items() if str(new) not in intake.fixed]
    for each in neighbours.near(tokens, moved):
        intake.fixed[str(each.record)] = str(each.child)
        if len(intake.opened) < KEPT_OPEN:
            intake.opened[each.record] = each.values
        yield str(each.record), columns.engine_row(each.values, feeds[each.source].department)


def _model_for(intake: Intake, frame: pl.DataFrame) -> Model | None:
    """Return the model to weigh with, or None to learn one from this frame."""
    newest = modelling.newest()
    rich = len(frame) >= TRAIN_FROM and frame["source"].n_unique() > 1
    if rich and (newest is None or len(frame) >= TRAIN_GROWTH * newest.rows):
        return None
    intake.model = newest
    return Model.from_json(newest.body) if newest else Model.default()


def _apart(row_ids: pl.Series) -> list[tuple[str, str]]:
    """Return the pairs among these rows that people decided are two children."""
    ids = set(row_ids)
    pairs = Apart.objects.filter(lifted_at=None).values_list("record_a", "record_b")
    return [(str(a), str(b)) for a, b in pairs if str(a) in ids or str(b) in ids]


# -- assigning ------------------------------------------------------------------------------------


def _assign(intake: Intake, linked: Linked | None) -> None:
    """Decide for each arrived row which file it belongs to; new files get their id here."""
    if linked is None:
        return
    intake.weights = _weights(linked.pairs)
    groups: dict[str, list[UUID]] = {}
    arrived = {str(record): record for record in intake.payloads}
    for row_id, cluster in linked.clusters.iter_rows():
        if row_id in arrived:
            groups.setdefault(cluster, []).append(arrived[row_id])
    strangers = []
    for cluster, records in groups.items():
        home = (
            UUID(cluster) if not cluster.startswith("c-") else _former_home(intake, records, linked)
        )
        if home is None:
            strangers.append(records)
        else:
            intake.homes.update(dict.fromkeys(records, home))
    made = new_ids(len(strangers))
    for child, records in zip(made, strangers, strict=True):
        intake.homes.update(dict.fromkeys(records, child))
    intake.born = frozenset(made)


def _former_home(intake: Intake, records: list[UUID], linked: Linked) -> UUID | None:
    """Return the file a changed row was in, if it still fits or nobody else speaks for that file.

    A row whose identity changed beyond recognition leaves a file that other departments hold up;
    alone, it takes the file along: the department corrected itself.
    """
    for record in records:
        old = intake.before.get(record)
        if old and (not old.others or doubting.asks_about(linked.doubtful, record, old.others)):
            return old.child
    return None


def _weights(pairs: pl.DataFrame) -> dict[str, float]:
    """Return for each row the bits of its strongest link."""
    held = pairs.filter(pl.col("linked"))
    both = pl.concat([held.select(row=side, bits="weight_bits") for side in ("row_a", "row_b")])
    return dict(both.group_by("row").agg(pl.col("bits").max()).iter_rows())


# -- applying -------------------------------------------------------------------------------------


def _apply(intake: Intake) -> filing.Filing:
    event = intake.event
    versions.end_links(list(event.superseded.values()), intake.now)
    left = versions.withdraw(event.withdrawn, intake.now)
    work = filing.Filing(
        run_id=event.run_id,
        payloads={**intake.opened, **intake.payloads},
        born=intake.born,
        now=intake.now,
        progress=lambda done, total: event.progress(
            50 + 45 * done // max(total, 1), _("Keeping the files current")
        ),
    )
    _store_links(intake)
    touched = dict.fromkeys([*intake.homes.values(), *left])
    touched.update(dict.fromkeys(old.child for old in intake.before.values()))
    filing.refresh(list(touched), work)
    emptying.follow_rows(intake.before, intake.homes, run_id=event.run_id, now=intake.now)
    doubting.close_gone(intake.now)
    return work


def _store_links(intake: Intake) -> None:
    model = intake.model.version if intake.model else None
    rows = (
        (
            each, record, child, intake.areas[record],
            _link_state(intake, record, child), intake.weights.get(str(record)), model,
            _decided_by(intake, record, child), intake.now,
        )
        for each, (record, child) in zip(
            new_ids(len(intake.homes)), intake.homes.items(), strict=True
        )
    )  # fmt: skip
    copy_rows(
        Link,
        ("id", "record_id", "child_id", "area_code", "state", "weight_bits", "model_id", "by_id",
         "since"),
        rows,
    )  # fmt: skip


def _link_state(intake: Intake, record: UUID, child: UUID) -> str:
    return "MANUAL" if _decided_by(intake, record, child) else "AUTO"


def _decided_by(intake: Intake, record: UUID, child: UUID) -> UUID | None:
    """Return who put the earlier version there by hand: manual links outlive every later run."""
    old = intake.before.get(record)
    return old.by if old and old.child == child else None


def _count(event: RowsReady, done: filing.Filing) -> None:
    event.counts["children_new"] = len(done.created)
    event.counts["children_changed"] = len(done.changed)
    event.counts["children_same"] = len(done.same)
    event.counts["links_new"] = len(event.arrived)
    for name, number in done.fields.items():
        event.counts[f"field:{name}"] = number
