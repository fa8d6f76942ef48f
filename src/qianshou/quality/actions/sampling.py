"""Drawing pairs of rows by strata, letting clerks label them, and learning from the labels."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final
from uuid import UUID

import polars as pl
from django.db import transaction
from django.utils import timezone

from qianshou.accounts import permissions as accounts
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import rules as area_rules
from qianshou.audit import actions as audit
from qianshou.common import queueing, rowsecurity
from qianshou.common.errors import NotFound, Refused
from qianshou.engines.linkage import engine
from qianshou.engines.linkage.labels import Label, read_levels
from qianshou.exchange.models import Record
from qianshou.quality.models import Pair, Sample
from qianshou.quality.queries import DRAWING
from qianshou.quality.rules import estimating
from qianshou.registry.actions import doubting, filing, learning, modelling, neighbours, opening
from qianshou.registry.models import Link
from qianshou.registry.rules import columns

LABELS: Final = 150
# Strata of linked and of unlinked pairs by the least bits that the two rows say by themselves.
LINKED: Final = (("FIRM", 20.0), ("CLEAR", 8.0), ("WEAK", float("-inf")))
UNLINKED: Final = (("NEAR", 0.0), ("FAR", -5.0), ("FAINT", float("-inf")))
CHAINED: Final = "CHAINED"
_SEED: Final = 7
# All pairs of so many rows are weighed while the person waits.
AT_ONCE: Final = 3000


class TooFewRows(Refused):
    """There are too few rows here to draw pairs from."""


class AnsweredAlready(Refused):
    """Somebody has answered this question already."""


@dataclass(frozen=True)
class Drawn:
    """One candidate pair with its stratum."""

    stratum: str
    linked: bool
    one: str
    other: str
    levels: str = ""
    bits: float = 0.0
    probability: float = 1.0


def ask(area_code: str, *, by: User) -> Sample | None:
    """Draw a sample: of a small county at once, of a large one by the worker; then None."""
    county = area_rules.county_code(area_code)
    accounts.require(by, Power.DECIDE_LINKS, county)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        standing = Link.objects.exclude(state=Link.State.ENDED)
        rows = standing.filter(area_code__range=area_rules.subtree(county))
        is_large = bool(rows.values("pk")[AT_ONCE : AT_ONCE + 1])
    if not is_large:
        return draw(county, by=by)
    queueing.ask("quality.draw_sample", f"{DRAWING}{county}", area_code=county, by_id=str(by.pk))
    return None


@transaction.atomic
def draw(area_code: str, *, by: User, seed: int = _SEED) -> Sample:
    """Draw pairs of a county's rows by strata for clerks to label."""
    county = area_rules.county_code(area_code)
    accounts.require(by, Power.DECIDE_LINKS, county)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        by_stratum: dict[str, list[Drawn]] = {}
        for each in _candidates(county):
            by_stratum.setdefault(each.stratum, []).append(each)
        if not any(each[0].linked for each in by_stratum.values()):
            raise TooFewRows
        sample = _store(county, by_stratum, by=by, seed=seed)
    audit.record(
        "quality.sample.drawn", by=by, subject_kind="sample", subject_id=sample.pk,
        area_code=county, pairs=sample.pairs.count(),
    )  # fmt: skip
    return sample


def draw_for(area_code: str, by_id: UUID) -> Sample:
    """Draw a sample for a person who asked for it; her rights are looked at again."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        by = User.objects.get(pk=by_id)
    return draw(area_code, by=by)


def _store(county: str, by_stratum: Mapping[str, list[Drawn]], *, by: User, seed: int) -> Sample:
    sizes = {code: len(found) for code, found in by_stratum.items()}
    picker, chosen = random.Random(seed), list[Drawn]()  # noqa: S311 - a sample, no secret
    for code, wanted in sorted(estimating.allocation(sizes, LABELS).items()):
        chosen += picker.sample(by_stratum[code], wanted)
    # Mixed, so that nobody sees from the order which pairs are linked.
    picker.shuffle(chosen)
    sample = Sample.objects.create(
        area_code=county,
        strata={code: [found[0].linked, len(found)] for code, found in by_stratum.items()},
        drawn_at=timezone.now(),
        by=by,
    )
    Pair.objects.bulk_create(
        Pair(
            sample=sample, area_code=county, position=position, stratum=each.stratum,
            linked=each.linked, record_a_id=UUID(each.one), record_b_id=UUID(each.other),
            levels=each.levels, weight_bits=each.bits, probability=each.probability,
        )
        for position, each in enumerate(chosen, start=1)
    )  # fmt: skip
    return sample


def _candidates(county: str) -> Iterator[Drawn]:
    """Yield every pair of a county's rows that shares a key or a file, with its stratum."""
    homes, frame = _rows(county)
    if len(frame) < 2:
        return
    found = engine.link(
        frame, columns.spec(), model=modelling.current(), population=max(len(frame), 2)
    )
    seen = set[frozenset[str]]()
    for row in found.pairs.iter_rows(named=True):
        one, other, bits = row["row_a"], row["row_b"], row["weight_bits"]
        linked = homes[one] == homes[other]
        seen.add(frozenset((one, other)))
        code = next(name for name, least in (LINKED if linked else UNLINKED) if bits >= least)
        yield Drawn(code, linked, one, other, row["levels"], bits, row["probability"])
    files: dict[UUID, list[str]] = {}
    for record, child in homes.items():
        files.setdefault(child, []).append(record)
    for rows in files.values():
        for one, other in combinations(sorted(rows), 2):
            if frozenset((one, other)) not in seen:
                yield Drawn(CHAINED, linked=True, one=one, other=other)


def _rows(county: str) -> tuple[dict[str, UUID], pl.DataFrame]:
    links = (
        Link.objects.exclude(state=Link.State.ENDED)
        .filter(record__state=Record.State.CURRENT,
                record__area_code__range=area_rules.subtree(county))
        .select_related("record__source")
        .order_by("pk")
    )  # fmt: skip
    homes: dict[str, UUID] = {}
    rows = []
    for link in links.iterator(chunk_size=2000):
        values = filing.opened(link.record.payload.raw, link.record_id)
        homes[str(link.record_id)] = link.child_id
        department = link.record.source.department
        rows.append((str(link.record_id), columns.engine_row(values, department)))
    return homes, neighbours.frame_of(rows)


# -- labelling ------------------------------------------------------------------------------------


@transaction.atomic
def open_pair(pair: Pair, *, by: User) -> dict[str, Any]:
    """Lay a pair out without telling whether it is linked; the reading is on record."""
    shown = opening.open_pair(pair.record_a_id, pair.record_b_id, by=by, area_code=pair.area_code)
    audit.record(
        "quality.pair.opened", by=by, subject_kind="sample", subject_id=pair.sample_id,
        area_code=pair.area_code, pair=str(pair.pk),
    )  # fmt: skip
    return shown


@transaction.atomic
def label(pair: Pair, answer: str, *, by: User) -> Pair:
    """Write down what a clerk says; an answer against the linkage becomes a question for it."""
    accounts.require(by, Power.DECIDE_LINKS, pair.area_code)
    if answer not in Pair.Answer.values or not answer:
        raise NotFound
    pair = Pair.objects.select_for_update().get(pk=pair.pk)
    if pair.answer:
        raise AnsweredAlready
    pair.answer, pair.by, pair.at = answer, by, timezone.now()
    pair.save(update_fields=["answer", "by", "at"])
    if answer != Pair.Answer.UNCLEAR:
        with rowsecurity.acting(rowsecurity.SYSTEM):
            if (answer == Pair.Answer.SAME) != pair.linked:
                doubting.ask(
                    pair.record_a_id, pair.record_b_id, levels=pair.levels,
                    bits=pair.weight_bits, probability=pair.probability,
                )  # fmt: skip
            learning.learn_when_due()
    audit.record(
        "quality.pair.labelled", by=by, subject_kind="sample", subject_id=pair.sample_id,
        area_code=pair.area_code, pair=str(pair.pk), answer=answer,
    )  # fmt: skip
    return pair


@transaction.atomic
def take_back(pair: Pair, *, by: User) -> Pair:
    """Take a label back, so that the pair is asked about again."""
    accounts.require(by, Power.DECIDE_LINKS, pair.area_code)
    pair = Pair.objects.select_for_update().get(pk=pair.pk)
    pair.answer, pair.by, pair.at = "", None, None
    pair.save(update_fields=["answer", "by", "at"])
    audit.record(
        "quality.pair.taken_back", by=by, subject_kind="sample", subject_id=pair.sample_id,
        area_code=pair.area_code, pair=str(pair.pk),
    )  # fmt: skip
    return pair


def labels() -> list[Label]:
    """Return what clerks said about sampled pairs, for the model to learn from."""
    rows = Pair.objects.filter(answer__in=["SAME", "DIFFERENT"]).exclude(levels="").order_by("pk")
    return [
        Label(read_levels(levels), answer == Pair.Answer.SAME)
        for levels, answer in rows.values_list("levels", "answer")
    ]
