"""A long delivery is stored in portions: cut short it goes on where it stood (T41)."""

from typing import Any

import pytest

from qianshou.common import bus
from qianshou.exchange.actions import deciding, processing, undoing
from qianshou.exchange.events import RowsReady
from qianshou.exchange.models import ImportRun, Record, Source
from tests import make
from tests import make_exchange as making
from tests.exchange.test_undoing import a_child, files, reacting, rows_of

ROWS = [a_child(number) for number in range(10)]
NEXT = [*ROWS[1:6], *({**row, "联系电话": "16112349999"} for row in ROWS[6:]), a_child(12)]
EASY = {"max_changed_share": 1.0, "max_removed_share": 1.0}
FIGURES = ("read", "new", "changed", "same", "removed", "links_new")
__all__ = ["reacting"]


class BrokenError(Exception):
    """Something of ours went wrong."""


def breaking(monkeypatch: pytest.MonkeyPatch, *, at: int) -> None:
    """Let the portion of this number meet an error of ours, once."""
    handlers, met = bus._handlers[RowsReady], []

    def broken(event: RowsReady) -> None:
        met.append(event)
        if len(met) == at:
            raise BrokenError

    monkeypatch.setitem(bus._handlers, RowsReady, [broken, *handlers])


def delivered(source: Source, rows: list[dict[str, str]], portion: int, settings: Any) -> ImportRun:
    settings.IMPORT_PORTION = portion
    return making.a_run(source, making.a_csv(rows))


def cut_short(source: Source, rows: list[dict[str, str]], portion: int, settings: Any) -> ImportRun:
    """Deliver rows while something of ours is broken; returns the failed run."""
    with pytest.raises(BrokenError):
        delivered(source, rows, portion, settings)
    run = ImportRun.objects.order_by("-created_at").first()
    assert run is not None
    assert run.state == "FAILED"
    return run


def figures(run: ImportRun) -> dict[str, int]:
    return {name: run.counts.get(name, 0) for name in FIGURES}


def test_portions_make_the_same_files_as_one(db, reacting, settings):
    """Rows that are new, changed, the same and gone, in portions of two and at once."""
    seen = []
    for portion in (1000, 2):
        source = making.a_source(delivery="full", limits=EASY)
        delivered(source, ROWS, portion, settings)
        run = delivered(source, NEXT, portion, settings)
        seen.append((rows_of(source), files(), figures(run), run.state))
        for each in ImportRun.objects.filter(state="DONE").order_by("-created_at"):
            undoing.roll_back_run(each, by=None)
        assert files() == {}

    assert seen[0] == seen[1]
    assert seen[0][2]["changed"] == 4
    assert seen[0][2]["removed"] == 1


def test_a_run_that_was_cut_short_keeps_its_portions_and_ends_the_same(
    db, reacting, monkeypatch, settings
):
    source = making.a_source()
    breaking(monkeypatch, at=3)

    run = cut_short(source, ROWS, 3, settings)
    stored = Record.objects.filter(run=run).count()
    done = processing.process_run(run.pk)

    assert stored == 6
    assert done.state == "DONE"
    assert done.counts["new"] == done.counts["children_new"] == len(files()) == 10
    assert Record.objects.current().count() == 10


def test_the_control_in_one_portion_an_error_keeps_nothing(db, reacting, monkeypatch, settings):
    breaking(monkeypatch, at=1)

    run = cut_short(making.a_source(), ROWS, 1000, settings)

    assert Record.objects.filter(run=run).count() == 0
    assert run.counts == {}


def test_turning_a_half_stored_run_away_undoes_its_portions(db, reacting, monkeypatch, settings):
    source = making.a_source()
    delivered(source, ROWS[:4], 1000, settings)
    before = files()
    breaking(monkeypatch, at=2)
    changed = [{**row, "联系电话": "16112348888"} for row in ROWS]
    run = cut_short(source, changed, 3, settings)
    between = files()

    refused = deciding.refuse_run(run, by=make.a_worker(), reason="wrong list")

    assert between != before
    assert files() == before
    assert refused.state == "REFUSED"
