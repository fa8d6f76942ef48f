"""T22: whoever takes data out is named, allowed by another, and leaves a mark; no file stays."""

import io
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import polars as pl
import pyarrow.parquet as pq
import pytest
import time_machine
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from qianshou.accounts.models import Grant
from qianshou.audit.models import Entry
from qianshou.common import rowsecurity
from qianshou.common.errors import NotAllowed, NotFound
from qianshou.outbound.actions import exporting
from qianshou.outbound.models import Export
from qianshou.outbound.queries import datasets
from tests import make, make_mothers, make_registry

REASON = "年度统计"


def taker(*roles: str) -> Any:
    return make.a_user(*(roles or ("fed_county",)), "data_taker")


def asked(by: Any, *, dataset: str = "CHILDREN", named: bool = False) -> Export:
    return exporting.ask(by=by, dataset=dataset, area_code=make.COUNTY, reason=REASON, named=named)


def table(export: Export, by: Any) -> Any:
    return pq.read_table(io.BytesIO(exporting.open_file(export, by=by)))


def another_child() -> Any:
    return make_registry.a_child(
        key="MZ2",
        name="李小雨",
        birth_on="2012-03-04",
        id_number=make_registry.number_of("50023620120304002"),
    )


def made(export: Export) -> Export:
    exporting.make(export.pk)
    export.refresh_from_db()
    return export


def test_a_small_masked_export_is_made_at_once_and_marked(db):
    child, by = make_registry.a_child(name="欧阳雨桐"), taker()
    export = made(asked(by))

    assert export.state == Export.State.READY
    rows = table(export, by)
    (row,) = rows.to_pylist()
    assert (row["id"], row["masked_name"]) == (str(child.pk), "欧阳**")
    assert row["area_code"] == child.area_code[:6] + "000000"
    assert not {"name", "birth_on", "place_code", "id_number", "phone", "address"} & set(row)
    marks = {key.decode(): value.decode() for key, value in rows.schema.metadata.items()}
    assert marks["qianshou.taken_by"] == str(by.pk)
    assert marks["qianshou.export"] == str(export.pk)
    acts = Entry.objects.filter(subject_kind="export").order_by("pk").values_list("act", flat=True)
    assert list(acts) == [
        "outbound.export.asked",
        "outbound.export.ready",
        "outbound.export.opened",
    ]


def test_names_wait_for_a_second_person(db):
    make_registry.a_child(name="张雨桐")
    by = taker()
    export = asked(by, named=True)

    exporting.make(export.pk)
    assert Export.objects.get(pk=export.pk).state == Export.State.ASKED
    with pytest.raises(exporting.OwnExport):
        exporting.decide(export, by=by, allowed=True)
    with pytest.raises(NotAllowed):
        exporting.decide(export, by=make.a_user("clerk"), allowed=True)
    exporting.decide(export, by=make.a_user("fed_county"), allowed=True)
    assert table(made(export), by).to_pylist()[0]["name"] == "张雨桐"
    with pytest.raises(exporting.AlreadyDecided):
        exporting.decide(export, by=make.a_user("fed_county"), allowed=False)


def test_many_rows_wait_for_a_second_person(db, monkeypatch):
    monkeypatch.setattr(exporting, "FREE_ROWS", 0)
    make_registry.a_child()
    export = asked(taker())
    exporting.decide(export, by=make.a_user("fed_county"), allowed=False)

    exporting.make(export.pk)
    assert Export.objects.get(pk=export.pk).state == Export.State.REFUSED


def test_the_database_itself_knows_no_export_decided_by_its_asker(db):
    make_registry.a_child()
    by = taker()
    export = asked(by)

    with pytest.raises(IntegrityError), transaction.atomic():
        Export.objects.filter(pk=export.pk).update(decided_by=by)


@pytest.mark.parametrize("roles", [("fed_county",), ("data_taker",), ("fed_city", "data_taker")])
def test_no_role_takes_children_out_without_both_rights(db, roles):
    make_registry.a_child()
    with pytest.raises(NotAllowed):
        asked(make.a_user(*roles))


def test_names_need_the_right_to_reveal(db):
    make_registry.a_child()
    with pytest.raises(NotAllowed):
        asked(taker("grid"), named=True)


def test_a_right_that_ended_meanwhile_makes_no_file(db):
    make_registry.a_child()
    by = taker()
    export = asked(by)
    Grant.objects.filter(user=by, role="data_taker").update(revoked_at=timezone.now())

    assert made(export).state == Export.State.FAILED


def test_nobody_else_opens_the_file(db):
    make_registry.a_child()
    export = made(asked(taker()))

    with pytest.raises(NotFound):
        exporting.open_file(export, by=taker())


def test_the_file_lies_sealed_and_goes_after_a_day(db):
    make_registry.a_child(name="张雨桐")
    by = taker()
    export = asked(by, named=True)
    exporting.decide(export, by=make.a_user("fed_county"), allowed=True)
    made(export)
    (path,) = (settings.MEDIA_ROOT / "exports").iterdir()
    # The control: opened, the same file holds the name and the mark of Parquet.
    body = exporting.open_file(export, by=by)
    assert (b"PAR1" in body, "张雨桐".encode() in body) == (True, True)
    assert (b"PAR1" in path.read_bytes(), "张雨桐".encode() in path.read_bytes()) == (False, False)

    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        with pytest.raises(exporting.NotThere):
            exporting.open_file(export, by=by)
        assert exporting.forget() == 1
    assert not path.exists()
    assert Export.objects.get(pk=export.pk).state == Export.State.GONE


def test_a_hidden_place_is_in_no_export(db):
    shown, hidden = make_registry.a_child(name="张雨桐"), another_child()
    with rowsecurity.acting(rowsecurity.SYSTEM):
        type(hidden).objects.filter(pk=hidden.pk).update(hidden_location=True, school="云阳小学")
    by = taker()
    export = asked(by, named=True)
    exporting.decide(export, by=make.a_user("fed_county"), allowed=True)

    rows = {row["id"]: row for row in table(made(export), by).to_pylist()}
    assert rows[str(hidden.pk)]["place_code"] == ""
    assert rows[str(shown.pk)]["place_code"] == shown.area_code


def test_the_file_is_read_with_polars_and_the_database_keeps_other_counties_out(db, monkeypatch):
    """Even a question that forgets the area gets the asker's rows alone."""
    mine = make_registry.a_child(name="张雨桐")
    with rowsecurity.acting(rowsecurity.SYSTEM):
        strange = another_child()
        type(strange).objects.filter(pk=strange.pk).update(area_code=make.OTHER_COUNTY)
    county, city = taker(), make.a_user("fed_county", "data_taker", area=make.CITY)
    with pytest.raises(NotAllowed):
        exporting.ask(by=county, dataset="CHILDREN", area_code=make.CITY, reason=REASON)
    narrow = asked(county)
    wide = exporting.ask(by=city, dataset="CHILDREN", area_code=make.CITY, reason=REASON)
    everywhere = SimpleNamespace(subtree=lambda _code: rowsecurity.EVERYWHERE)
    monkeypatch.setattr(datasets, "area_rules", everywhere)

    found = [
        pl.read_parquet(io.BytesIO(exporting.open_file(made(export), by=by)))
        for export, by in ((narrow, county), (wide, city))
    ]

    assert found[0]["id"].to_list() == [str(mine.pk)]
    assert set(found[1]["id"]) == {str(mine.pk), str(strange.pk)}
    assert found[0].schema["age"] == pl.Int32


@pytest.mark.parametrize("dataset", ["MOTHERS", "PAIRINGS"])
def test_mothers_and_pairings_are_taken_out_the_same_way(db, dataset):
    make_mothers.a_mother(name="王桂兰")
    by = taker()
    if dataset == "PAIRINGS":
        with pytest.raises(exporting.NothingThere):
            asked(by, dataset=dataset)
        return
    (row,) = table(made(asked(by, dataset=dataset)), by).to_pylist()
    assert (row["masked_name"], row["taken"]) == ("王**", 0)


def test_a_reason_is_needed(db):
    make_registry.a_child()
    with pytest.raises(exporting.ReasonMissing):
        exporting.ask(by=taker(), dataset="CHILDREN", area_code=make.COUNTY, reason="  x ")
