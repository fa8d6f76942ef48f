"""Undoing any delivery at any later time: the world becomes the one in which it never came."""

import json
import random
from typing import Any

import pytest

from qianshou.common import bus, rowsecurity
from qianshou.exchange.actions import processing, undoing
from qianshou.exchange.events import RowsReady, RunRolledBack
from qianshou.exchange.models import ImportRun, QuarantinedRow, Record, Source
from qianshou.exchange.rules import undoing as rules
from qianshou.mothers import handlers as mothers
from qianshou.mothers.models import Mother
from qianshou.registry import handlers as registry
from qianshou.registry.models import Child, ChildEvent, Link
from tests import make
from tests import make_exchange as making

NAMES = ["张雨桐", "李子轩", "王梓涵", "赵欣怡", "陈浩然", "周诗雨"]


@pytest.fixture
def reacting(announced: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the rooms above react, as an installation does."""
    for kind, handlers in (
        (RowsReady, [registry.take_in_rows, mothers.take_in_rows]),
        (RunRolledBack, [registry.roll_back_run, mothers.roll_back_rows]),
    ):
        monkeypatch.setitem(bus._handlers, kind, [announced.append, *handlers])


def a_child(number: int, **values: str) -> dict[str, str]:
    """The row of one of a few well distinguishable children, the same on each call."""
    day = f"201{number % 10}-0{1 + number % 8}-1{number % 7}"
    return making.a_row(
        编号=f"K{number}", 姓名=NAMES[number % 6], 出生日期=day,
        身份证号=making.an_id(day.replace("-", ""), order=101 + 2 * number),
        联系电话=f"1611234{number:04d}",
    ) | values  # fmt: skip


def rows_of(source: Source) -> dict[str, dict[str, Any]]:
    found = [
        json.loads(each.payload.open()) for each in Record.objects.current().filter(source=source)
    ]
    return {each["key"]: each for each in found}


def files() -> dict[frozenset[str], dict[str, Any]]:
    """Each file in force by the rows that make it, with what it says; ids and times left out."""
    found = {}
    for child in Child.objects.on_file():
        links = Link.objects.filter(child=child).exclude(state="ENDED").select_related("record")
        keys = frozenset(
            f"{link.record.source.code}/{json.loads(link.record.payload.open())['key']}"
            for link in links
        )
        if keys:
            found[keys] = {
                "name": child.name, "birth": child.birth_on, "id": child.id_number.open(),
                "phone": child.phone.open(), "address": child.address.open(),
                "area": child.area_code,
                "facts": {name: v for name, v in child.facts.items() if name != "unlisted"},
                "unlisted": "unlisted" in child.facts,
            }  # fmt: skip
    return found


def told() -> int:
    """How many changes the timelines tell that no undone delivery brought."""
    events = ChildEvent.objects.filter(kind="CHANGED")
    return events.exclude(run__state="ROLLED_BACK").count()


def work_off() -> None:
    """Do what the worker has to do."""
    for run in ImportRun.objects.filter(state="RECEIVED").order_by("created_at"):
        processing.process_run(run.pk)


Step = tuple[str, list[dict[str, str]]]


def some_history(dice: random.Random, delivery: str) -> list[Step]:
    """A few deliveries of two departments: rows come, change, leave and come back."""
    steps: list[Step] = []
    for number in range(5):
        code = "one" if delivery == "full" or number % 2 else "two"
        chosen = sorted(dice.sample(range(6), dice.randint(2, 5)))
        rows = [
            a_child(each, 住址=f"{dice.randint(1, 3)}组", 更新日期="2026-09-12") for each in chosen
        ]
        steps.append((code, rows))
    return steps


def live(steps: list[Step], delivery: str) -> list[ImportRun]:
    """Take a history in; `file` names keep equal lists apart, as a new day's file is."""
    runs = []
    for number, (code, rows) in enumerate(steps):
        source = Source.objects.filter(code=code).first() or making.a_source(
            make.CITY, code=code, delivery=delivery
        )
        content = making.a_csv(rows) + f"\r\n{',' * (number + 1)}".encode()
        runs.append(making.a_run(source, content))
    return runs


@pytest.mark.parametrize("delivery", ["full", "changes"])
@pytest.mark.parametrize("seed", range(2))
def test_what_is_undone_never_came(db, reacting, delivery, seed):
    """T32: whatever came before and after, files, rows and news are those of the other world."""
    from django.db import transaction

    dice = random.Random(f"{seed}{delivery}")
    steps = some_history(dice, delivery)
    which = dice.randrange(len(steps))
    worlds = []
    for undone in (True, False):
        with transaction.atomic():
            point = transaction.savepoint()
            runs = live(steps if undone else steps[:which] + steps[which + 1 :], delivery)
            assert {run.state for run in runs} == {"DONE"}
            if undone:
                undoing.roll_back_run(runs[which], by=None, reason="never meant to come")
                work_off()
            sources = Source.objects.order_by("code")
            worlds.append((files(), {each.code: rows_of(each) for each in sources}))
            transaction.savepoint_rollback(point)

    with_it, without = worlds
    assert with_it[1] == without[1] | {code: {} for code in with_it[1].keys() - without[1].keys()}
    assert with_it[0] == without[0]


def test_a_history_without_the_undoing_differs(db, reacting):
    """Negative control: the worlds do differ as long as nothing is undone."""
    source = making.a_source()
    making.a_run(source, making.a_csv([a_child(1)]))
    before = files()
    making.a_run(source, making.a_csv([a_child(1, 住址="9组"), a_child(2)]))

    assert files() != before


def test_a_row_that_a_later_list_holds_unchanged_stays(db, reacting):
    source = making.a_source()
    making.a_run(source, making.a_csv([a_child(1)]))
    wrong = making.a_run(source, making.a_csv([a_child(1), a_child(2), a_child(3)]))
    later = making.a_run(source, making.a_csv([a_child(1), a_child(2)]))

    undoing.roll_back_run(wrong, by=None)

    assert set(rows_of(source)) == {"K1", "K2"}
    kept = Record.objects.current().get(run=later)
    assert json.loads(kept.payload.open())["key"] == "K2"


def test_a_row_of_changes_that_came_again_stays_with_the_later_delivery(db):
    source = making.a_source(delivery="changes")
    wrong = making.a_run(source, making.a_csv([a_child(1), a_child(2)]))
    making.a_run(source, making.a_csv([a_child(2), a_child(3)]))

    undoing.roll_back_run(wrong, by=None)

    assert set(rows_of(source)) == {"K2", "K3"}


def test_without_the_keys_of_unchanged_rows_it_would_be_lost(db, monkeypatch):
    """Negative control for what a delivery keeps of the rows that it brought again."""
    monkeypatch.setattr("qianshou.exchange.connectors.storing.packed_keys", lambda _keys: b"")
    source = making.a_source(delivery="changes")
    wrong = making.a_run(source, making.a_csv([a_child(1), a_child(2)]))
    making.a_run(source, making.a_csv([a_child(2), a_child(3)]))

    undoing.roll_back_run(wrong, by=None)

    assert set(rows_of(source)) == {"K3"}


def test_undoing_both_in_any_order_ends_the_same(db):
    for first, second in ((1, 2), (2, 1)):
        source = making.a_source(code=f"list{first}", delivery="changes")
        runs = [
            making.a_run(source, making.a_csv([a_child(1, 住址=f"{n}组"), a_child(2 + n)]))
            for n in range(4)
        ]
        for each in (first, second):
            undoing.roll_back_run(runs[each], by=None)
        assert {key: row["address"] for key, row in rows_of(source).items()} == {
            "K1": "3组", "K2": "3组12号", "K5": "3组12号",
        }  # fmt: skip


def test_rows_kept_out_because_of_the_undone_dates_come_in_by_themselves(db):
    source = making.a_source(delivery="changes")
    making.a_run(source, making.a_csv([a_child(1, 更新日期="2026-09-01")]))
    ahead = making.a_run(source, making.a_csv([a_child(1, 住址="错", 更新日期="2026-11-01")]))
    late = making.a_run(source, making.a_csv([a_child(1, 住址="8组", 更新日期="2026-10-01")]))
    assert (late.counts["bad"], rows_of(source)["K1"]["address"]) == (1, "错")

    undoing.roll_back_run(ahead, by=None)
    work_off()

    assert rows_of(source)["K1"]["address"] == "8组"
    assert QuarantinedRow.objects.get().state == "MENDED"


def test_a_file_keeps_its_identity_when_the_row_that_opened_it_goes(db, reacting):
    source, other = making.a_source(), making.a_source(code="other")
    opened = making.a_run(source, making.a_csv([a_child(1)]))
    child = Child.objects.get()
    making.a_run(other, making.a_csv([a_child(1)]))

    undoing.roll_back_run(opened, by=None)

    assert Child.objects.on_file().get() == child
    assert Link.objects.exclude(state="ENDED").count() == 1


def test_what_an_undone_delivery_told_is_marked_and_nothing_new_is_told(db, reacting):
    source = making.a_source()
    making.a_run(source, making.a_csv([a_child(1)]))
    wrong = making.a_run(source, making.a_csv([a_child(1, 联系电话="16119999999")]))
    assert told() == 1

    undoing.roll_back_run(wrong, by=None)

    assert (told(), ChildEvent.objects.filter(run=wrong).count()) == (0, 1)


def test_rows_stay_on_file_and_are_marked(db):
    source = making.a_source()
    run = making.a_run(source, making.a_csv([a_child(1), a_child(2)]))

    undoing.roll_back_run(run, by=None)

    rows = Record.objects.filter(run=run)
    assert {(row.state, row.ended_run_id) for row in rows} == {("WITHDRAWN", run.pk)}


def test_a_mothers_file_is_laid_anew_from_the_rows_that_remain(db, reacting):
    columns = {"key": "编号", "name": "姓名", "id_number": "身份证号", "phone": "联系电话",
               "employer": "住址", "area_code": "区划代码"}  # fmt: skip
    profile = {**making.PROFILE, "target": "MOTHER", "columns": columns, "as_of": "",
               "delivery": "changes", "code": "mothers"}  # fmt: skip
    from qianshou.exchange.actions import sources

    source = sources.save_source(profile, by=None, area_code=make.CITY)
    row = a_child(1, 住址="一小")
    making.a_run(source, making.a_csv([row]))
    wrong = making.a_run(source, making.a_csv([row | {"住址": "错", "联系电话": "16110000000"}]))
    making.a_run(source, making.a_csv([row | {"住址": "", "姓名": "张雨晴"}]))
    assert Mother.objects.get().employer == "错"

    undoing.roll_back_run(wrong, by=None)

    mother = Mother.objects.get()
    assert (mother.employer, mother.name) == ("一小", "张雨晴")


@pytest.mark.parametrize(
    ("word", "brought", "fate"),
    [
        (None, True, rules.Fate(True, None, "CURRENT", None)),
        (None, False, rules.Fate(False, None, "CURRENT", None)),
        (rules.Word("SAME", "C"), True, rules.Fate(False, "C", "SUPERSEDED", "C")),
        (rules.Word("SUPERSEDED", "C"), True, rules.Fate(True, None, "SUPERSEDED", "C")),
        (rules.Word("WITHDRAWN", "C"), False, rules.Fate(False, None, "WITHDRAWN", "C")),
    ],
)
def test_fate(word, brought, fate):
    assert rules.fate(word, brought=brought) == fate


def test_a_preview_changes_nothing(db):
    source = making.a_source()
    making.a_run(source, making.a_csv([a_child(1)]))
    run = making.a_run(source, making.a_csv([a_child(1, 住址="9组"), a_child(2)]))
    before = list(Record.objects.order_by("pk").values_list("state", "run", "ended_run"))

    with rowsecurity.acting(rowsecurity.SYSTEM):
        counts = undoing.plan(run).counts

    assert counts == {"goes": 2, "restored": 1, "kept": 0, "followed": 0, "outpaced": 0}
    assert list(Record.objects.order_by("pk").values_list("state", "run", "ended_run")) == before
