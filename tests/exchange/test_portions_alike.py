"""An import ends the same to the last bit of a weight, killed or not, on any machine (T41)."""

import json
from typing import Any

import pytest

from qianshou.exchange.actions import processing, undoing
from qianshou.exchange.connectors import staging
from qianshou.exchange.models import Source
from qianshou.registry.actions import linking, neighbours
from qianshou.registry.models import Link
from tests import make_exchange as making
from tests.exchange.test_portions import breaking, cut_short, delivered
from tests.exchange.test_undoing import a_child, files, reacting

# Each child stands on the list twice, the second time without number and telephone: the two hang
# together by a weight in which the number of rows on file counts.
LESS = {"身份证号": "", "联系电话": "", "住址": ""}
TWICE = [
    a_child(number, 编号=f"{copy}{number}", **less)
    for copy, less in (("K", {}), ("L", LESS))
    for number in range(10)
]
__all__ = ["reacting"]


def weights() -> dict[str, float | None]:
    links = Link.objects.exclude(state="ENDED").select_related("record")
    return {json.loads(each.record.payload.open())["key"]: each.weight_bits for each in links}


def in_peace(source: Source, settings: Any) -> tuple[Any, Any]:
    """What an import leaves that nobody disturbs; it is undone again."""
    run = delivered(source, TWICE, 3, settings)
    seen = files(), weights()
    undoing.roll_back_run(run, by=None)
    assert files() == {}
    return seen


def killed(source: Source, settings: Any, monkeypatch: pytest.MonkeyPatch, *, at: int) -> Any:
    """The same import, cut short, and the database looks at its tables in between."""
    breaking(monkeypatch, at=at)
    run = cut_short(source, TWICE, 3, settings)
    standing = Link.objects.exclude(state="ENDED").count()
    # One page of links, and as many rows in it as stand now, however many will come.
    monkeypatch.setattr(neighbours, "_ROUGH", f"SELECT 1, {standing}, 1, {standing}")
    return run


@pytest.fixture
def long_enough(monkeypatch):
    """Twenty rows count as a list, and no table is small enough to be counted anyway."""
    monkeypatch.setattr(linking, "LISTED", len(TWICE))
    monkeypatch.setattr(neighbours, "COUNTED", 0)


@pytest.mark.parametrize("at", [2, 5])
def test_a_killed_import_leaves_the_files_and_weights_of_one_in_peace(
    db, reacting, monkeypatch, settings, long_enough, at
):
    peace = in_peace(making.a_source(), settings)

    processing.process_run(killed(making.a_source(), settings, monkeypatch, at=at).pk)

    assert len(peace[0]) == 10
    assert (files(), weights()) == peace


def test_the_control_by_statistics_the_weights_hang_on_when_the_database_looked(
    db, reacting, monkeypatch, settings, long_enough
):
    peace = in_peace(making.a_source(), settings)
    run = killed(making.a_source(), settings, monkeypatch, at=5)
    monkeypatch.setattr(linking, "LISTED", 10**6)

    processing.process_run(run.pk)

    assert weights() != peace[1]


def test_an_attempt_that_begins_from_the_file_again_cuts_where_the_first_one_did(
    db, reacting, monkeypatch, settings
):
    told: list[list[str]] = []
    store = processing.storing.store

    def storing(run: Any, arriving: Any, **values: Any) -> Any:
        told.append([each.row.payload["key"] for each in arriving])
        return store(run, arriving, **values)

    monkeypatch.setattr(processing.storing, "store", storing)
    in_peace(making.a_source(), settings)
    peace = told.copy()
    told.clear()
    run = killed(making.a_source(), settings, monkeypatch, at=6)
    staging.drop(run)

    processing.process_run(run.pk)

    assert len(peace) == 7
    assert [len(each) for each in told] == [3, 3, 3, 3, 3, 3, 3, 2]
    # The sixth met the error, so it came twice.
    assert [*told[:5], *told[6:]] == peace


def test_the_engine_sees_rows_in_the_order_in_which_they_came(db, reacting, monkeypatch, settings):
    source = making.a_source()
    delivered(source, TWICE[:10], 1000, settings)
    near, link, seen = neighbours.near, linking.engine.link, []
    monkeypatch.setattr(neighbours, "near", lambda *given: reversed(list(near(*given))))

    def linked(frame: Any, *given: Any, **values: Any) -> Any:
        seen.append(frame["row_id"].to_list())
        return link(frame, *given, **values)

    monkeypatch.setattr(linking.engine, "link", linked)

    delivered(source, TWICE[10:], 1000, settings)

    (ids,) = seen
    assert len(ids) == 20
    assert ids[10:] == sorted(ids[10:])
