"""A compared delivery on disk, sealed, by portions: what a killed worker's successor goes on from.

Reading, checking and comparing a million rows takes a minute, and a run that dies seven times would
do it seven times. What is here holds only while nothing else of the source has changed and the
same fields are agreed; otherwise the run begins again from its file, as it does without it.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from hashlib import sha256
from itertools import accumulate
from typing import Any, Final
from uuid import UUID

from qianshou.exchange.connectors import checked, parts
from qianshou.exchange.connectors.intake import Delivery
from qianshou.exchange.connectors.storing import Arriving, Difference, Known
from qianshou.exchange.models import ImportRun
from qianshou.exchange.rules.profile import Profile
from qianshou.exchange.rules.rows import BadRow, GoodRow

FORMAT: Final = 2
HEAD, TAIL = "head", "tail"
# What of a comparison is needed when its last portion is stored.
_OF_DIFFERENCE: Final = ("standing", "touched", "swapped", "date_only", "done_new", "done_changed")


@dataclass
class Work:
    """A compared delivery on its way into the rows; its portions come one after the other."""

    delivery: Delivery
    difference: Difference
    bad: list[BadRow]
    profile: Profile
    portions: Iterable[list[Arriving]]
    # what the whole delivery looks like
    shape: dict[str, Any] = field(default_factory=dict)
    # rows that stand already, and those of all portions
    done: int = 0
    whole: int = 0
    # fetches from disk what only the last portion needs
    fetch: Callable[["Work"], None] | None = None

    def complete(self) -> None:
        """Bring in what is needed once all rows stand; for a million rows it is read late."""
        if self.fetch is not None:
            self.fetch(self)
            self.fetch = None


def keep(run: ImportRun, work: Work, portions: list[list[Arriving]]) -> None:
    """Write a compared delivery down; its head comes last, so that half of it is nothing."""
    for number, portion in enumerate(portions):
        parts.write(run, str(number), [_row(each) for each in portion])
    difference = work.difference
    tail = {
        "bad": work.bad,
        "mended": [[*place, pk] for place, pk in work.delivery.mended.items()],
        "withdrawn": [str(each) for each in difference.withdrawn],
        "tokens": [each.hex() for each in difference.tokens],
        "unchanged": [each.hex() for each in difference.unchanged],
    }
    parts.write(run, TAIL, tail)
    head = {
        "format": FORMAT, "profile": parts.mark_of(work.profile), "others": _others(run),
        "sizes": [len(portion) for portion in portions], "done": work.done, "whole": work.whole,
        "shape": work.shape, "counts": run.counts, "timings": run.timings, "notes": run.notes,
        "area_code": work.delivery.area_code,
        "difference": {name: getattr(difference, name) for name in _OF_DIFFERENCE},
    }  # fmt: skip
    parts.write(run, HEAD, head)
    checked.drop(run)


def drop(run: ImportRun) -> None:
    """Delete what lies on disk of a run that has come to its end."""
    parts.drop(run)


def resumed(run: ImportRun, profile: Profile) -> Work | None:
    """Return what is left of a delivery that was compared before; None to begin from its file."""
    if not parts.path_of(run, HEAD).is_file():
        return None
    with suppress(parts.DamagedError, KeyError, TypeError):
        head = parts.read(run, HEAD)
        stands = (
            head["format"] == FORMAT
            and head["profile"] == parts.mark_of(profile)
            and head["others"] == _others(run)
        )
        # Each portion is stored with all its rows or none, so their number tells which are.
        ends = [head["done"], *accumulate(head["sizes"], initial=head["done"])][1:]
        stored = run.records.count()
        if stands and stored in ends:
            return _work(run, head, first=ends.index(stored), stored=stored, profile=profile)
    drop(run)
    return None


def _work(
    run: ImportRun, head: dict[str, Any], *, first: int, stored: int, profile: Profile
) -> Work:
    if first == 0:
        run.counts, run.timings, run.notes = head["counts"], head["timings"], head["notes"]
    run.area_code = head["area_code"]
    return Work(
        Delivery(head["area_code"]), Difference(**head["difference"]), [], profile,
        _portions(run, range(first, len(head["sizes"]))), shape=head["shape"], done=stored,
        whole=head["whole"], fetch=partial(_fetch_tail, run),
    )  # fmt: skip


def _fetch_tail(run: ImportRun, work: Work) -> None:
    tail = parts.read(run, TAIL)
    work.bad = parts.bad_rows_of(tail["bad"])
    work.delivery.mended = {(sheet, row_no): pk for sheet, row_no, pk in tail["mended"]}
    difference = work.difference
    difference.withdrawn = [UUID(each) for each in tail["withdrawn"]]
    difference.tokens = {bytes.fromhex(each) for each in tail["tokens"]}
    difference.unchanged = [bytes.fromhex(each) for each in tail["unchanged"]]


def _portions(run: ImportRun, numbers: Iterable[int]) -> Iterator[list[Arriving]]:
    for number in numbers:
        yield [_arriving(each) for each in parts.read(run, str(number))]


def _row(each: Arriving) -> list[Any]:
    row, before = each.row, each.before
    return [
        row.sheet, row.row_no, row.area_code, row.as_of, row.remarks, each.text, each.token.hex(),
        each.as_of.isoformat(), None if before is None else _known(before),
    ]  # fmt: skip


def _known(before: Known) -> list[Any]:
    return [
        str(before.id), before.payload_hash.hex(), before.version, before.as_of.isoformat(),
        before.area_code, str(before.run_id),
    ]  # fmt: skip


def _arriving(kept: list[Any]) -> Arriving:
    sheet, row_no, area_code, stated, remarks, text, token, as_of, before = kept
    row = GoodRow(sheet, row_no, area_code, stated, json.loads(text), parts.problems_of(remarks))
    earlier = None
    if before is not None:
        pk, digest, version, day, area, brought = before
        earlier = Known(
            UUID(pk), bytes.fromhex(digest), version, date.fromisoformat(day), area, UUID(brought)
        )
    digest = sha256(text.encode()).digest()
    return Arriving(row, bytes.fromhex(token), text, digest, date.fromisoformat(as_of), earlier)


def _others(run: ImportRun) -> dict[str, int]:
    """Return how many other deliveries of the source stand in which state, however they got there.

    Rows of a source change by deliveries alone: while this is the same, so are they.
    """
    states = ImportRun.objects.filter(source=run.source_id).exclude(pk=run.pk)
    settled = states.exclude(state__in=ImportRun.OPEN_STATES)
    return dict(sorted(Counter(settled.values_list("state", flat=True)).items()))
