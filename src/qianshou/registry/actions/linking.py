"""Taking department rows into files: one way for the first load and for every later row.

New rows meet only the files that share a blocking key with them; the engine weighs, people's
earlier decisions bind it, and what it is not sure of becomes a question for a person.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter
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
    noticing,
    regrouping,
    reopening,
    sources,
    storing,
    versions,
)
from qianshou.registry.events import FilesChanged
from qianshou.registry.models import Link, LinkModel
from qianshou.registry.rules import columns, news

# Rows of neighbours kept open for the filing that follows; more would cost memory.
KEPT_OPEN: Final = 20_000
LINKING: Final = 0x51534C4E
# A delivery of so many rows is a list, for which counting all rows on file is nothing.
LISTED: Final = 200
_APART: Final = """
SELECT record_a_id, record_b_id FROM registry_apart
WHERE lifted_at IS NULL AND (record_a_id = ANY(%s::uuid[]) OR record_b_id = ANY(%s::uuid[]))
"""


@dataclass
class Intake:
    """One delivery on its way into the files."""

    event: RowsReady
    now: datetime = field(default_factory=timezone.now)
    payloads: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    areas: dict[UUID, str] = field(default_factory=dict)
    # row id as text -> file, for every row whose file a person has settled
    fixed: dict[str, str] = field(default_factory=dict)
    standing: dict[UUID, regrouping.Standing] = field(default_factory=dict)
    before: dict[UUID, versions.Earlier] = field(default_factory=dict)
    # rows that are back on their list -> the rows they were
    back: dict[UUID, UUID] = field(default_factory=dict)
    on_file: int = 0
    model: LinkModel | None = None
    plan: regrouping.Plan = field(default_factory=regrouping.Plan)
    weights: dict[str, float] = field(default_factory=dict)
    opened: dict[UUID, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def homes(self) -> dict[UUID, UUID]:
        """Return the file of each arrived row."""
        return self.plan.homes


def take_in(event: RowsReady) -> None:
    """Link the rows of one run into files, keep the files current, and raise the open questions."""
    with rowsecurity.acting(rowsecurity.SYSTEM), storing.without_collector():
        # Two deliveries that name one child at the same moment would each open a file for it.
        storing.run("SELECT pg_advisory_xact_lock(%s)", [LINKING])
        intake = _begin(event)
        started = time.perf_counter()
        event.progress(0, _("Finding each row's child"))
        linked = _link(intake) if intake.payloads else None
        event.timings["link"] = round(time.perf_counter() - started, 3)

        started = time.perf_counter()
        event.progress(50, _("Keeping the files current"))
        _assign(intake, linked)
        done, apart = _apply(intake)
        if linked is not None:
            event.counts["doubts"] = _ask(intake, linked, apart)
        _count(event, done)
        event.timings["apply"] = round(time.perf_counter() - started, 3)
        touched = tuple(done.created + done.changed)
        bus.publish(FilesChanged(touched, event.run_id))
        noticing.beat(touched, intake.now)
        event.progress(100, _("Done"))


def _begin(event: RowsReady) -> Intake:
    intake = Intake(event)
    for record, area_code, values in event.arrived:
        intake.payloads[record], intake.areas[record] = values, area_code
    intake.on_file = neighbours.rows_on_file(counted=event.whole >= LISTED)
    intake.before = versions.earlier(event.superseded)
    intake.back = versions.returned(
        [each for each in intake.payloads if each not in event.superseded]
    )
    intake.before |= versions.placed_by_hand(intake.back)
    for record, old in intake.before.items():
        if old.by is not None:
            intake.fixed[str(record)] = str(old.child)
    versions.carry_decisions({**intake.back, **event.superseded})
    return intake


# -- linking --------------------------------------------------------------------------------------


def _link(intake: Intake) -> Linked:
    arrived = list(_arrived_rows(intake))
    tokens = neighbours.tokens_of(neighbours.frame_of(arrived))
    # In the order in which they came, not as the database happens to find them: between equals
    # the engine takes the first, and an import ends the same wherever and however it runs.
    known = sorted(_neighbour_rows(intake, tokens), key=itemgetter(0)) if intake.on_file else []
    frame = neighbours.frame_of(arrived + known)
    phones = neighbours.phone_tokens(frame)
    common = neighbours.common_phones(phones, list(intake.event.superseded.values()))
    own = phones.filter(pl.col("row_id").is_in([row_id for row_id, _ in arrived]))
    neighbours.remember(pl.concat([tokens, own.select("row_id", "token")]), intake.areas)
    del arrived, known
    model = _model_for(intake, frame)
    linked = engine.link(
        frame,
        columns.spec(),
        model=model,
        population=max(intake.on_file + len(intake.payloads), len(frame)),
        fixed=intake.fixed,
        apart=_apart(frame["row_id"]),
        common_phones=common,
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
    moved = [old.child for old in intake.before.values()]
    replaced = {*intake.event.superseded.values(), *intake.back.values()}
    for each in neighbours.near(tokens, moved):
        if each.record in replaced:
            continue
        intake.standing[each.record] = regrouping.Standing(each.child, each.held)
        if each.held:
            intake.fixed[str(each.record)] = str(each.child)
        if len(intake.opened) < KEPT_OPEN:
            intake.opened[each.record] = each.values
        yield str(each.record), columns.engine_row(each.values, feeds[each.source].department)


def _model_for(intake: Intake, frame: pl.DataFrame) -> Model | None:
    """Return the model to weigh with, or None to learn one from this frame."""
    newest = modelling.newest()
    if modelling.teaches(frame, newest):
        return None
    intake.model = newest
    return modelling.opened(newest)


def _apart(row_ids: pl.Series) -> list[tuple[str, str]]:
    """Return the pairs among these rows that people decided are two children."""
    ids = row_ids.to_list()
    return [(str(a), str(b)) for a, b in storing.fetch(_APART, [ids, ids])]


# -- assigning ------------------------------------------------------------------------------------


def _assign(intake: Intake, linked: Linked | None) -> None:
    """Decide for each arrived row which file it belongs to; new files get their id here."""
    if linked is None:
        return
    intake.weights = _weights(linked.pairs)
    former = {record: old.child for record, old in intake.before.items()}
    intake.plan = regrouping.plan(
        linked, intake.payloads.keys(), standing=intake.standing, former=former
    )
    _stay_at_home(intake, linked)
    intake.plan.go_by(reopening.former_files(intake.homes, intake.plan.born))


def _stay_at_home(intake: Intake, linked: Linked) -> None:
    """Leave a changed row in its file while the engine is unsure between it and the others there.

    A row whose identity changed beyond recognition leaves a file that other departments hold up;
    alone, it takes the file along: the department corrected itself.
    """
    for record, home in intake.homes.items():
        old = intake.before.get(record)
        if home not in intake.plan.born or old is None or not old.others:
            continue
        if doubting.asks_about(linked, record, old.others):
            intake.homes[record] = old.child
    intake.plan.born &= frozenset(intake.homes.values()) | {
        target for _, target in intake.plan.moved.values()
    }


def _weights(pairs: pl.DataFrame) -> dict[str, float]:
    """Return for each row the bits of its strongest link."""
    held = pairs.filter(pl.col("linked"))
    both = pl.concat([held.select(row=side, bits="weight_bits") for side in ("row_a", "row_b")])
    return dict(both.group_by("row").agg(pl.col("bits").max()).iter_rows())


# -- applying -------------------------------------------------------------------------------------


def _apply(intake: Intake) -> tuple[filing.Filing, list[tuple[UUID, UUID]]]:
    """Write links and files; returns what was done, and the pairs of files left for a person."""
    event, plan = intake.event, intake.plan
    apart: list[tuple[UUID, UUID]] = []
    if plan.is_unusual(len({each.file for each in intake.standing.values()})):
        apart = plan.leave_standing()
    versions.end_links(list(event.superseded.values()), intake.now)
    left = versions.withdraw(event.withdrawn, intake.now)
    regrouping.move_rows(plan, run_id=event.run_id, now=intake.now)
    work = filing.Filing(
        run_id=event.run_id,
        payloads={**intake.opened, **intake.payloads},
        born=plan.born,
        now=intake.now,
        filling=news.is_filling(
            max(event.whole, len(event.arrived)), intake.on_file - event.earlier
        ),
        progress=lambda done, total: event.progress(
            50 + 45 * done // max(total, 1), _("Keeping the files current")
        ),
    )
    _store_links(intake)
    touched = dict.fromkeys([*plan.touched, *left])
    touched.update(dict.fromkeys(old.child for old in intake.before.values()))
    filing.refresh(list(touched), work)
    emptying.follow_rows(intake.before, intake.homes, run_id=event.run_id, now=intake.now)
    apart += regrouping.join_files(plan, run_id=event.run_id, now=intake.now)
    reopening.reopen(touched, run_id=event.run_id, now=intake.now)
    gone = [*event.superseded.values(), *event.withdrawn, *intake.back.values(), *work.dropped]
    doubting.close_gone(intake.now, gone)
    return work, apart


def _ask(intake: Intake, linked: Linked, apart: list[tuple[UUID, UUID]]) -> int:
    """Raise the questions about new rows, and about files that a rule may not join."""
    raised = doubting.raise_doubts(linked.doubtful, intake.payloads, intake.now)
    if apart:
        files = {record: each.file for record, each in intake.standing.items()} | intake.homes
        asked = regrouping.questions(apart, linked, files)
        raised += doubting.raise_doubts(asked, files, intake.now)
    return raised


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
