"""Rows that come one by one find the child that a batch over all of them would give them."""

import json
import random
from typing import Any

import pytest

from qianshou.common import crypto
from qianshou.common.identity import new_id
from qianshou.config import console
from qianshou.engines.city.generate import generate
from qianshou.engines.linkage import engine
from qianshou.exchange.events import RowsReady
from qianshou.exchange.models import Record
from qianshou.pairing.actions import following
from qianshou.registry.actions import (
    agreeing,
    merging,
    modelling,
    neighbours,
    regrouping,
    storing,
)
from qianshou.registry.models import BlockKey, Child, ChildEvent, Doubt, Link, LinkCheck
from qianshou.registry.rules import columns
from tests import make as people
from tests import make_city_rows as city
from tests import make_registry as make

pytestmark = pytest.mark.django_db
CHILDREN = 26
Row = tuple[str, dict[str, Any], str]


@pytest.fixture(scope="module")
def town(tmp_path_factory) -> list[Row]:
    """The rows of some children of a town, whole households first: (department, row, child)."""
    folder = tmp_path_factory.mktemp("town")
    generate("town", 5, folder)
    truth = city.truth_of(folder)
    rows = [
        (entry["profile"], {**values, "key": f"{entry['profile']}{number}"},
         truth[entry["path"], number])
        for entry in city.entries(folder)
        for number, values in city.rows_of(folder, entry)
    ]  # fmt: skip
    wanted = sorted({child for _, _, child in rows})[:CHILDREN]
    return [row for row in rows if row[2] in wanted]


def by_batch(rows) -> set[frozenset[str]]:
    """The clusters that one run over all rows gives, by key of the row."""
    frame = neighbours.frame_of(
        [(row["key"], columns.engine_row(row, department)) for department, row, _ in rows]
    )
    linked = engine.link(frame, columns.spec(), model=modelling.current(), population=len(rows))
    groups: dict[str, set[str]] = {}
    for key, cluster in linked.clusters.iter_rows():
        groups.setdefault(cluster, set()).add(key)
    return {frozenset(group) for group in groups.values()}


def live(rows, sizes) -> set[frozenset[str]]:
    """The files after the rows came in deliveries of such sizes."""
    keys: dict[str, str] = {}
    rest = list(rows)
    for size in sizes:
        taken, rest = rest[:size], rest[size:]
        for department in {each for each, _, _ in taken}:
            event = make.deliver([row for each, row, _ in taken if each == department], department)
            keys.update((str(record), values["key"]) for record, _, values in event.arrived)
    return {frozenset(keys[record] for record in group) for group in make.grouping()}


@pytest.mark.parametrize("seed", [1, 2])
def test_rows_in_any_order_and_portion_give_the_clusters_of_one_batch(town, seed):
    chance = random.Random(seed)
    rows = chance.sample(town, len(town))
    sizes = [1] * 25 + [chance.randint(1, 9) for _ in rows]

    assert live(rows, sizes) == by_batch(town)


def test_live_scorer_weighs_every_pair_of_the_batch_alike(town):
    rows = {row["key"]: columns.engine_row(row, department) for department, row, _ in town}
    model, spec = modelling.current(), columns.spec()
    batch = engine.blocked(
        neighbours.frame_of(list(rows.items())), spec, model, population=len(rows)
    )
    scorer = engine.Scorer(spec, model, population=len(rows))

    alone = [
        scorer.score(rows[one], [rows[other]])[0].weight_bits for one, other, _ in batch.iter_rows()
    ]

    assert alone == pytest.approx(batch["weight_bits"].to_list(), abs=1e-6)
    assert len(alone) > 30


def test_candidates_in_the_database_are_those_of_the_batch(town):
    made = {}
    for department in {each for each, _, _ in town}:
        event = make.deliver([row for each, row, _ in town if each == department], department)
        made.update((values["key"], record) for record, _, values in event.arrived)
    rows = {row["key"]: columns.engine_row(row, department) for department, row, _ in town}
    frame = neighbours.frame_of(list(rows.items()))
    batch = engine.blocked(frame, columns.spec(), modelling.current(), population=len(rows))

    held: dict[Any, set[int]] = {}
    for token, record in BlockKey.objects.values_list("token", "record_id"):
        held.setdefault(record, set()).add(token)
    missed = [
        (one, other)
        for one, other, _ in batch.iter_rows()
        if not held[made[one]] & held[made[other]]
    ]

    assert missed == []


# -- single scenes --------------------------------------------------------------------------------


def two_files() -> None:
    """One child in two files: a name without a number, and its number under another name."""
    make.deliver([make.a_row(id_number=None)])
    make.deliver(
        [
            make.a_row(
                key="G1", name="王雨桐", area_code=None, father_name="李强", father_phone=None
            )
        ], "education",
    )  # fmt: skip
    assert len(make.grouping()) == 2


def bridge(**values: Any) -> RowsReady:
    """The row that has the name and the number."""
    return make.deliver([make.a_row(key="J1", **values)], "health")


def test_row_that_shows_two_files_to_be_one_child_joins_them_and_tells_it():
    two_files()

    event = bridge()

    assert len(make.grouping()) == 1
    told = ChildEvent.objects.get(kind="MERGED")
    assert told.by is None
    assert told.run_id == event.run_id
    assert Child.objects.on_file().count() == 1


def test_joining_by_rule_that_a_person_undid_is_not_done_again():
    two_files()
    bridge()
    told = ChildEvent.objects.get(kind="MERGED")

    merging.undo_event(told, by=people.a_worker())
    bridge(address="白帝镇3组12号")

    assert len(make.grouping()) == 2
    assert ChildEvent.objects.filter(kind="MERGED").count() == 1


def test_files_that_a_person_decided_about_are_not_joined_by_rule():
    two_files()
    Link.objects.update(state="MANUAL", by=people.a_worker())

    bridge()

    assert len(make.grouping()) == 2
    assert Doubt.objects.filter(state="OPEN", reason="MARGIN").count() == 1


def test_two_children_with_a_mother_each_are_a_question_and_never_joined_by_rule(monkeypatch):
    two_files()

    def refuse(**_ids: object) -> None:
        raise following.BothPaired

    monkeypatch.setattr(following, "follow_merge", refuse)
    bridge()

    assert len(make.grouping()) == 2
    assert Doubt.objects.filter(state="OPEN", reason="MARGIN").count() == 1
    assert not ChildEvent.objects.filter(kind="MERGED").exists()


def test_delivery_that_would_join_very_many_files_asks_instead(monkeypatch):
    two_files()
    monkeypatch.setattr(regrouping, "MOST", 0)

    bridge()

    assert len(make.grouping()) == 2
    assert Doubt.objects.filter(state="OPEN").count() == 1


def test_twins_stay_two_files_whoever_comes_first():
    one = {"id_number": make.number_of("50023620140717312")}
    other = {"name": "张雨欣", "id_number": make.number_of("50023620140717314")}
    make.deliver([make.a_row(**other)])
    make.deliver([make.a_row(key="MZ2", **one)])
    make.deliver([make.a_row(key="G1", **one)], "education")
    make.deliver([make.a_row(key="G2", **other)], "education")

    assert sorted(len(group) for group in make.grouping()) == [2, 2]
    homes = set(Child.objects.values_list("household_id", flat=True))
    assert len(homes) == 1
    assert None not in homes


def test_phone_that_many_rows_share_says_nothing_to_the_next_row_either():
    teacher = "15499990000"
    rows = [
        make.a_row(
            key=f"T{number}", name=f"{surname}{given}", father_name=None, father_phone=teacher,
            id_number=None, birth_on=f"2013-{1 + number % 12:02d}-{1 + number:02d}",
        )
        for number, (surname, given) in enumerate(
            (surname, given) for surname in "张王李赵" for given in ("浩宇", "雨桐", "欣怡", "子墨")
        )
    ]  # fmt: skip
    make.deliver(rows)
    frame = neighbours.frame_of(
        [(str(new_id()), columns.engine_row(make.a_row(father_phone=teacher), "health"))]
    )

    assert neighbours.common_phones(neighbours.phone_tokens(frame), []) == [teacher]


def test_phone_of_a_family_is_not_common():
    make.deliver([make.a_row()])
    frame = neighbours.frame_of([(str(new_id()), columns.engine_row(make.a_row(), "health"))])

    assert neighbours.common_phones(neighbours.phone_tokens(frame), []) == []


# -- the nightly proof ----------------------------------------------------------------------------


def test_nightly_check_finds_live_and_batch_at_one(town):
    live(town[:40], [9] * 5)

    check = agreeing.check(people.COUNTY)

    assert (check.joins, check.parts) == (0, 0)
    assert check.rows == Link.objects.exclude(state="ENDED").filter(
        area_code__startswith="500236"
    ).count()  # fmt: skip
    assert not Doubt.objects.filter(reason="NIGHT").exists()


def test_nightly_check_asks_about_a_file_that_holds_two_children_and_changes_nothing():
    one, other = make.a_child(), make.a_child(key="MZ2", name="李子墨", id_number=None)
    Link.objects.filter(child=other).update(child=one)
    before = make.grouping()

    check = agreeing.check(people.COUNTY)

    assert (check.joins, check.parts) == (0, 1)
    assert Doubt.objects.get(reason="NIGHT").state == "OPEN"
    assert make.grouping() == before


def test_nightly_check_asks_about_two_files_of_one_child_once():
    make.deliver([make.a_row()])
    stranger = make.a_row(
        key="MZ2", name="李子墨", id_number=None, birth_on="2012-03-04", father_name=None,
        father_phone=None, sex="M",
    )  # fmt: skip
    make.deliver([stranger], "education")
    stray = Link.objects.get(record__source__department="education").record
    Record.objects.filter(pk=stray.pk).update(
        payload=crypto.seal(
            json.dumps(make.a_row(key="MZ2")), column="exchange_record.payload", row=stray.pk
        )
    )

    checks = [agreeing.check(people.COUNTY) for _night in range(2)]

    assert [(check.joins, check.parts) for check in checks] == [(1, 0), (1, 0)]
    assert Doubt.objects.filter(reason="NIGHT").count() == 1
    assert len(make.grouping()) == 2


def test_nightly_check_leaves_what_people_decided():
    one, other = make.a_child(), make.a_child(key="MZ2", name="李子墨", id_number=None)
    Link.objects.filter(child=other).update(child=one, state="MANUAL", by=people.a_worker())

    check = agreeing.check(people.COUNTY)

    assert (check.joins, check.parts) == (0, 0)


def test_nightly_check_completes_the_keys_by_which_rows_are_found(capsys):
    """After a version with more blocking rules a row on file is met by the rows that follow."""
    make.deliver([make.a_row()])
    whole = set(BlockKey.objects.values_list("token", "record_id"))
    BlockKey.objects.all().delete()
    make.deliver([make.a_row(key="B2")], "education")
    without = len(make.grouping())
    BlockKey.objects.filter(record__source__department="civil").delete()

    assert console.main(["check-linkage"]) == 0
    make.deliver([make.a_row(key="B3")], "health")

    assert without == 2
    assert whole <= set(BlockKey.objects.values_list("token", "record_id"))
    assert json.loads(capsys.readouterr().out)["rows"] == 2
    assert agreeing.check(people.COUNTY).rows == 3


def test_figures_of_a_county_are_told_whatever_becomes_of_another(capsys, monkeypatch):
    make.deliver([make.a_row()])
    make.deliver([make.a_row(key="B2")], "education")
    alone = agreeing.check
    monkeypatch.setattr(storing, "fetch", _two_counties(storing.fetch))

    def check(county: str) -> LinkCheck:
        if county == "500235000000":
            raise RuntimeError("a row that cannot be opened")
        return alone(county)

    monkeypatch.setattr(agreeing, "check", check)

    with pytest.raises(RuntimeError, match="cannot be opened"):
        console.main(["check-linkage"])

    assert json.loads(capsys.readouterr().out)["county"] == people.COUNTY


def _two_counties(fetch: Any) -> Any:
    """Let a county that goes wrong come before the one that has rows."""

    def both(statement: str, *values: Any) -> Any:
        found = fetch(statement, *values)
        return [("500235",), *found] if statement == agreeing._COUNTIES else found

    return both
