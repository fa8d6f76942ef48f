"""A long delivery is stored in portions: cut short it goes on where it stood (T41)."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from qianshou.common import bus
from qianshou.exchange.actions import deciding, processing, undoing
from qianshou.exchange.connectors import checked, intake, parts, staging, storing
from qianshou.exchange.connectors import files as files_on_disk
from qianshou.exchange.events import RowsComing, RowsReady
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


# -- what lies on disk ----------------------------------------------------------------------------


def staged() -> list[Path]:
    return sorted(files_on_disk.folder().glob(f"{parts.MARK}*"))


def spoil(part: str) -> None:
    path = next(path for path in staged() if path.name.endswith(f".{part}"))
    path.write_bytes(path.read_bytes()[:-1] + b"!")


@pytest.fixture
def half_stored(db, reacting, monkeypatch, settings):
    """A run of ten rows in portions of three, two of which stand; reading again is an error."""
    breaking(monkeypatch, at=3)
    run = cut_short(making.a_source(), ROWS, 3, settings)
    read = []

    def reading(*args: Any, **kwargs: Any) -> Any:
        read.append(args)
        return take_in(*args, **kwargs)

    take_in = intake.take_in
    monkeypatch.setattr(intake, "take_in", reading)
    return run, read


def test_a_resumed_run_reads_only_what_is_left(half_stored):
    run, read = half_stored
    kept = staged()

    done = processing.process_run(run.pk)

    assert read == []
    assert done.state == "DONE"
    assert figures(done) == {"read": 10, "new": 10, "changed": 0, "same": 0, "removed": 0,
                             "links_new": 10}  # fmt: skip
    assert len(kept) == 6
    assert staged() == []


def test_nothing_on_disk_says_what_a_row_says(half_stored):
    names = [row["姓名"].encode() for row in ROWS]

    assert staged()
    assert not any(name in path.read_bytes() for path in staged() for name in names)


@pytest.mark.parametrize(
    "harm", ["missing", "altered", "a-portion", "the-tail", "other-fields", "another-delivery"]
)
def test_what_does_not_fit_any_more_is_not_gone_on_from(half_stored, settings, harm):
    run, read = half_stored
    if harm == "missing":
        staging.drop(run)
    elif harm == "altered":
        spoil(staging.HEAD)
    elif harm == "a-portion":
        spoil("3")
    elif harm == "the-tail":
        spoil(staging.TAIL)
    elif harm == "other-fields":
        Source.objects.update(profile={**run.source.profile, "name": "another"})
    else:
        ImportRun.objects.create(
            source=run.source, area_code=run.area_code, file_name="other.csv", sha256="0" * 64,
            size=1, state="DONE",
        )  # fmt: skip

    done = processing.process_run(run.pk)

    assert len(read) == 1
    assert done.state == "DONE"
    assert done.counts["new"] == len(files()) == 10
    assert staged() == []


def killed_when_compared(
    monkeypatch: pytest.MonkeyPatch, settings: Any, rows: list[dict[str, str]]
) -> tuple[ImportRun, list[Any]]:
    """A run whose worker died between checking and storing, and the readings from then on."""
    source = making.a_source(delivery="full", limits=EASY)

    def broken(*_args: Any, **_given: Any) -> Any:
        raise BrokenError

    with monkeypatch.context() as during:
        during.setattr(storing, "compare", broken)
        run = cut_short(source, rows, 3, settings)
    read, take_in = [], intake.take_in

    def reading(*args: Any, **given: Any) -> Any:
        read.append(args)
        return take_in(*args, **given)

    monkeypatch.setattr(intake, "take_in", reading)
    return run, read


def test_what_was_checked_is_not_read_and_checked_again(db, reacting, monkeypatch, settings):
    bad = {**a_child(11), "姓名": ""}
    run, read = killed_when_compared(monkeypatch, settings, [*ROWS, bad, ROWS[0]])
    kept = staged()

    done = processing.process_run(run.pk)

    assert read == []
    assert len(kept) == 2
    assert staged() == []
    assert (done.state, done.counts["read"], done.counts["new"]) == ("DONE", 12, 10)
    assert (done.counts["bad"], done.counts["repeated"]) == (1, 1)
    assert len(files()) == 10


@pytest.mark.parametrize("harm", ["the-head", "a-chunk", "other-fields", "another-day"])
def test_what_was_checked_otherwise_is_read_again(db, reacting, monkeypatch, settings, harm):
    run, read = killed_when_compared(monkeypatch, settings, ROWS)
    if harm == "the-head":
        spoil(checked.NAME)
    elif harm == "a-chunk":
        spoil(f"{checked.NAME}-0")
    elif harm == "other-fields":
        Source.objects.update(profile={**run.source.profile, "name": "another"})
    else:
        tomorrow = timezone.localdate() + timedelta(days=1)
        monkeypatch.setattr(processing.timezone, "localdate", lambda: tomorrow)

    done = processing.process_run(run.pk)

    assert len(read) == 1
    assert (done.state, len(files())) == ("DONE", 10)
    assert staged() == []


@pytest.mark.parametrize(
    ("rows", "most", "size"),
    [
        (0, 20_000, 1), (5_000, 20_000, 5_000), (5_001, 20_000, 2_000), (200_000, 20_000, 2_500),
        (1_000_000, 20_000, 12_500), (10, 3, 3), (2, 3, 2),
    ],
)  # fmt: skip
def test_a_portion_is_an_eightieth_of_a_long_delivery(rows, most, size):
    assert storing.portion_size(rows, most) == size


def test_a_delivery_in_portions_shows_its_first_rows_once_before_it_stores_any(
    db, reacting, monkeypatch, settings
):
    shown = []
    monkeypatch.setitem(
        bus._handlers, RowsComing, [lambda event: shown.append((len(event.rows), rows_of(source)))]
    )
    source = making.a_source()

    delivered(source, ROWS, 4, settings)

    assert shown == [(4, {})]
