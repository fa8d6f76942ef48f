"""Agreements, drift, bounds, order and bad input of a feed, each with its negative control."""

import io
import json
from datetime import date, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse

from qianshou.audit.models import Entry
from qianshou.common.errors import NotAllowed
from qianshou.exchange import queries
from qianshou.exchange.actions import agreeing, deciding, fetching, processing, receiving, tracing
from qianshou.exchange.connectors import files
from qianshou.exchange.models import Agreement, Drift, ImportRun, QuarantinedRow, Record, RunTrace
from qianshou.exchange.queries import contracts
from qianshou.exchange.rules import agreement as rules
from tests import make
from tests import make_exchange as making

TODAY = date.today()  # noqa: DTZ011 - the tests' clock is the machine's
SECRET_WORD = "绝不保存的住址"
FIELDS = ["name", "sex", "birth_on", "id_number", "categories", "area_code", "updated_on"]


def an_agreement(source: Any, **changes: Any) -> Agreement:
    given: dict[str, Any] = {
        "number": "奉民函〔2026〕12号", "basis": "DUTY", "purposes": ["FILE"], "fields": FIELDS,
        "valid_from": TODAY - timedelta(days=1), "valid_until": TODAY + timedelta(days=300),
    }  # fmt: skip
    return agreeing.agree(source, by=None, **(given | changes))


def everything_kept() -> str:
    """All that the hub keeps: every table unsealed, and every file on disk."""
    found = [json.dumps(queries.opened(row), ensure_ascii=False)
             for row in QuarantinedRow.objects.all()]  # fmt: skip
    found += [row.payload.open() for row in Record.objects.all()]
    found += [trace.examples.open() for trace in RunTrace.objects.all()]
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            if table.startswith(("exchange_", "audit_entry", "procrastinate_jobs")):
                cursor.execute(f'SELECT t::text FROM "{table}" t')
                found += [row for (row,) in cursor.fetchall()]
    for path in files.folder().rglob("*"):
        if path.is_file():
            found.append(path.read_bytes().decode("utf-8", "ignore"))
    return "\n".join(found)


def a_list_with_the_word() -> bytes:
    rows = [making.a_row(住址=SECRET_WORD) for _row in range(24)]
    bad = [making.a_row(住址=SECRET_WORD, 出生日期="2014-02-31")]
    titles = f"儿童名册 {SECRET_WORD},,\r\n".encode()
    return titles + making.a_csv([*rows, *bad])[3:]


def test_a_field_that_the_agreement_does_not_name_is_kept_nowhere(db):
    source = making.a_source()
    an_agreement(source)
    source.refresh_from_db()
    content = a_list_with_the_word()
    run = making.a_run(source, content)
    # a second list waits with its examples, and lies on disk until somebody decides
    waits = making.a_run(
        source, making.a_csv([making.a_row(姓名="王小二", 住址=SECRET_WORD) for _row in range(24)])
    )

    assert (run.state, run.counts["new"], run.counts["bad"]) == ("DONE", 24, 1)
    assert waits.state == "WAITING"
    assert SECRET_WORD not in everything_kept()
    # its other values are all there, and rows keep their numbers
    assert {row.row_no for row in QuarantinedRow.objects.filter(run=run)} == {27}
    assert "address" not in json.loads(Record.objects.first().payload.open())
    deciding.approve_run(waits, by=make.a_worker())
    assert processing.process_run(waits.pk).state == "DONE"
    assert SECRET_WORD not in everything_kept()


def test_without_an_agreement_the_word_is_found(db):
    """Negative control: the search finds what is kept."""
    making.a_run(making.a_source(), a_list_with_the_word())

    assert SECRET_WORD in everything_kept()


def test_cells_pushed_out_of_their_column_are_not_kept_either(db):
    source = making.a_source()
    an_agreement(source)
    source.refresh_from_db()
    content = making.a_csv([making.a_row()]) + f"K9{',' * 12}{SECRET_WORD}\r\n".encode()
    making.a_run(source, content)

    assert SECRET_WORD not in everything_kept()


def test_a_file_that_cannot_be_read_is_not_kept(db):
    source = making.a_source()
    an_agreement(source)
    source.refresh_from_db()
    run = making.a_run(source, f"%PDF-1.4 {SECRET_WORD}".encode())

    assert run.state == "REFUSED"
    assert SECRET_WORD not in everything_kept()


def test_a_workbook_is_thinned_too_and_can_be_read_again(db, own_process):
    source = making.a_source()
    an_agreement(source)
    source.refresh_from_db()
    rows = [making.a_row(住址=SECRET_WORD), making.a_row()]
    book = making.a_workbook({"名册": [["标题"], *making.table_of(rows)],
                              "别的": [["x", SECRET_WORD]]})  # fmt: skip
    run = making.a_run(source, book, name="list.xlsx")
    ImportRun.objects.filter(pk=run.pk).update(state="FAILED")
    Record.objects.all().delete()

    again = processing.process_run(run.pk)

    assert (again.state, again.counts["new"]) == ("DONE", 2)
    assert again.file_path.endswith(".kept")


@pytest.mark.parametrize(
    ("start", "end", "stopped", "state"),
    [(-9, 300, False, "VALID"), (-9, 30, False, "SOON"), (-9, 0, False, "SOON"),
     (-9, -1, False, "ENDED"), (1, 300, False, "NOT_YET"), (-9, 300, True, "ENDED")],
)  # fmt: skip
def test_the_state_of_an_agreement(start, end, stopped, state):
    day = timedelta(days=1)
    found = rules.state(TODAY + start * day, TODAY + end * day, stopped=stopped, today=TODAY)

    assert found == state


def test_an_ended_agreement_holds_every_door(db, client):
    source = making.a_source(fetch={"kind": "folder"})
    an_agreement(source, valid_until=TODAY - timedelta(days=1),
                 valid_from=TODAY - timedelta(days=9))  # fmt: skip
    with pytest.raises(contracts.AgreementEnded):
        making.a_run(source, making.a_csv([making.a_row()]))
    fetching.fetch(source.pk)
    source.feed.refresh_from_db()

    assert source.feed.problem["code"] == "AGREEMENT"
    assert not ImportRun.objects.exists()
    an_agreement(source)
    assert making.a_run(source, making.a_csv([making.a_row()])).state == "DONE"


def test_a_delivery_whose_agreement_ends_before_it_is_read_waits(db):
    source = making.a_source()
    made = an_agreement(source)
    run = receiving.receive_file(
        source, by=None, file=io.BytesIO(making.a_csv([making.a_row()])), name="a.csv",
        area_code=make.COUNTY,
    )  # fmt: skip
    agreeing.end(made, by=make.a_user("fed_city", area=make.CITY), reason="not renewed")

    held = processing.process_run(run.pk)

    assert held.state == "WAITING"
    assert "Nothing was read" in queries.notes_of(held)[0]["text"]
    an_agreement(source)
    deciding.approve_run(held, by=make.a_worker())
    assert processing.process_run(run.pk).state == "DONE"


def test_an_installation_may_demand_an_agreement(db, settings):
    settings.AGREEMENTS_REQUIRED = True

    with pytest.raises(contracts.AgreementMissing):
        making.a_run(making.a_source(), making.a_csv([making.a_row()]))


def test_agree_refuses_what_makes_no_sense(db):
    source = making.a_source()
    with pytest.raises(agreeing.NameNotAgreed):
        an_agreement(source, fields=["birth_on"])
    with pytest.raises(agreeing.UnknownField):
        an_agreement(source, fields=["name", "religion"])
    with pytest.raises(agreeing.EndsBeforeItBegins):
        an_agreement(source, valid_until=TODAY - timedelta(days=9))
    assert not Agreement.objects.exists()


def test_what_ends_soon_is_told(db):
    source = making.a_source()
    an_agreement(source, valid_until=TODAY + timedelta(days=12))
    an_agreement(making.a_source(code="other"))

    assert [each.source_id for each in contracts.ending_agreements(TODAY)] == [source.pk]


# Drift


def many(count: int = 60, **values: str) -> list[dict[str, str]]:
    return [
        making.a_row(**{"编号": f"K{number:03d}", "身份证号": making.an_id(order=1 + 2 * number),
                        **values})
        for number in range(count)
    ]  # fmt: skip


def drift() -> set[tuple[str, str]]:
    return set(Drift.objects.open().values_list("kind", "column"))


def a_table(rows: list[dict[str, str]], *, more: str = "", less: str = "") -> bytes:
    lines = making.a_csv(rows).decode("utf-8-sig").splitlines()
    cells = [line.split(",") for line in lines]
    if less:
        at = making.HEADERS.index(less)
        cells = [row[:at] + row[at + 1 :] for row in cells]
    if more:
        cells = [[*row, more if number == 0 else "x"] for number, row in enumerate(cells)]
    return "\r\n".join(",".join(row) for row in cells).encode()


def test_columns_that_come_and_go_are_told_and_no_row_is_kept_out(db):
    source = making.a_source(limits={"max_changed_share": 1})
    making.a_run(source, a_table(many()))
    assert drift() == set()
    run = making.a_run(source, a_table(many(), more="民族代码", less="联系电话"))

    assert run.state == "DONE"
    assert run.counts["bad"] == 0
    assert drift() == {("NEW_COLUMN", "民族代码"), ("LOST_COLUMN", "联系电话")}
    texts = [each["text"] for each in contracts.drift_words(Drift.objects.order_by("kind"))]
    assert texts[0] == "The column “联系电话” (telephone) is gone. Its values stay as they were."
    making.a_run(source, a_table(many(61)))
    assert ("LOST_COLUMN", "联系电话") not in drift()


def test_a_code_that_vanishes_and_cells_that_empty_are_told(db):
    source = making.a_source(limits={"max_changed_share": 1, "max_removed_share": 1})
    mixed = [*many(30, 儿童类别="散居孤儿"), *many(60)[30:]]
    making.a_run(source, making.a_csv(mixed))
    making.a_run(source, making.a_csv(many(60, 联系电话="")))

    assert drift() == {("LOST_CODE", "categories:ORPHAN_SCATTERED"), ("NULLS", "联系电话")}


def test_few_rows_and_small_changes_are_no_drift(db):
    """Negative control: what is usual raises nothing."""
    source = making.a_source(limits={"max_changed_share": 1, "max_removed_share": 1})
    making.a_run(source, making.a_csv(many(60)))
    making.a_run(source, making.a_csv(many(55, 住址="1组")))
    making.a_run(source, making.a_csv(many(8, 联系电话=""))[:-1])

    assert drift() == {("ROWS", "")}


def test_a_source_that_falls_silent_is_told_until_it_speaks(db):
    source = making.a_source(silent_after=24)
    run = making.a_run(source, making.a_csv(many(3)))
    assert tracing.look_for_silence() == 0
    late = run.created_at + timedelta(hours=30)
    assert (tracing.look_for_silence(late), tracing.look_for_silence(late)) == (1, 0)
    assert "Nothing has come for 30 hours" in contracts.drift_words(Drift.objects.all())[0]["text"]
    making.a_run(source, making.a_csv(many(4)))

    assert drift() == set()


def test_a_person_closes_drift_and_others_may_not(db):
    source = making.a_source(silent_after=1)
    tracing.look_for_silence(make.now() + timedelta(hours=9))
    found = Drift.objects.get()
    with pytest.raises(NotAllowed):
        tracing.close_drift(found, by=make.a_user("clerk"))

    tracing.close_drift(found, by=make.a_user("fed_city", area=make.CITY))

    assert drift() == set()
    assert Entry.objects.filter(act="exchange.drift.closed", subject_id=source.pk).count() == 1


# Blast radius and four eyes


FAMILY = {"father_name": "父亲", "father_id": "父亲身份证"}


def a_family_source() -> Any:
    return making.a_source(columns=FAMILY, delivery="changes", limits={"max_changed_share": 1})


def families(father: str) -> bytes:
    rows = many(30)
    text = making.a_csv(rows).decode("utf-8-sig").splitlines()
    lines = [f"{text[0]},父亲,父亲身份证", *(f"{line},{father}," for line in text[1:])]
    return "\r\n".join(lines).encode()


def test_guardians_swapped_wait_for_a_person_who_sees_examples(db):
    source = a_family_source()
    making.a_run(source, families("张建国"))
    run = making.a_run(source, families("李大明"))

    assert run.state == "WAITING"
    assert {note["code"] for note in run.notes} >= {"MAX_SWAPPED_SHARE"}
    worker = make.a_worker()
    groups = contracts.example_words(run, deciding.read_examples(run, by=worker))
    assert groups[0]["title"] == "Another guardian"
    assert groups[0]["rows"][0]["lines"] == [
        {"label": "father's name", "old": "张建国", "new": "李大明"}
    ]
    assert Entry.objects.filter(act="exchange.run.examples_read", actor_id=worker.pk).exists()
    deciding.approve_run(run, by=worker)
    assert RunTrace.objects.get(run=run).examples.open() == ""


def test_without_the_bound_guardians_are_swapped_unseen(db):
    """Negative control for the bound."""
    source = making.a_source(columns=FAMILY, delivery="changes", code="free",
                             limits={"max_changed_share": 1, "max_swapped_share": 1})  # fmt: skip
    making.a_run(source, families("张建国"))

    assert making.a_run(source, families("李大明")).state == "DONE"


def a_held_run(by: Any) -> ImportRun:
    source = making.a_source()
    making.a_run(source, making.a_csv(many(30)))
    return making.a_run(source, making.a_csv(many(30, 姓名="换了人")), by=by)


def test_nobody_lets_her_own_delivery_through(db):
    worker = make.a_worker()
    run = a_held_run(worker)

    with pytest.raises(deciding.OwnDelivery):
        deciding.approve_run(run, by=worker)
    run.refresh_from_db()
    assert run.state == "WAITING"
    deciding.approve_run(run, by=make.a_worker())


def test_a_one_person_office_may_and_the_trail_says_so(db, settings):
    settings.ONE_PERSON_OFFICES = [make.COUNTY]
    worker = make.a_worker()

    deciding.approve_run(a_held_run(worker), by=worker)

    entry = Entry.objects.get(act="exchange.run.approved")
    details = json.loads(entry.details)
    assert (details["exception"], details["colleagues"]) == ("one-person office", 0)


@pytest.mark.parametrize("fields", [{"area": make.COUNTY}, {"area": make.CITY}])
def test_an_office_that_has_a_second_person_is_no_one_person_office(db, settings, fields):
    """A colleague of the county decides; the city, which may decide everywhere, is none."""
    settings.ONE_PERSON_OFFICES = [make.COUNTY]
    worker = make.a_worker()
    run = a_held_run(worker)
    other = make.a_worker(**fields)
    mine = Client(headers={"accept-language": "en"})
    mine.force_login(worker)
    page = mine.get(reverse("exchange:run", args=[run.pk])).content.decode()

    if fields["area"] == make.CITY:
        deciding.approve_run(run, by=worker)
    else:
        assert "a colleague lets it through" in page
        with pytest.raises(deciding.OwnDelivery):
            deciding.approve_run(run, by=worker)
        deciding.approve_run(run, by=other)
        assert "exception" not in Entry.objects.get(act="exchange.run.approved").details


def test_a_list_that_a_newer_one_has_overtaken_is_not_let_through(db):
    source = making.a_source()
    making.a_run(source, making.a_csv(many(30)))
    held = making.a_run(source, making.a_csv(many(30, 姓名="换了人")))
    making.a_run(source, making.a_csv(many(31)))

    with pytest.raises(deciding.Overtaken):
        deciding.approve_run(held, by=make.a_worker())


# Bad input, each with a word on what to do


def told(run: ImportRun) -> dict[str, str]:
    shown = queries.notes_of(run)
    return {note["code"]: text["text"] for note, text in zip(run.notes, shown, strict=True)}


def test_yesterdays_rows_under_todays_date_wait_and_say_so(db):
    source = making.a_source()
    making.a_run(source, making.a_csv(many(30)))
    run = making.a_run(source, making.a_csv(many(30, 更新日期="2026-09-13")))

    assert run.state == "WAITING"
    assert "an earlier list under a new date" in told(run)["DATE_ONLY"]


def test_yesterdays_file_under_a_new_name_says_so(db):
    source = making.a_source()
    content = making.a_csv(many(30))
    making.a_run(source, content)
    same = making.a_run(source, content, name="today.csv")
    respelt = making.a_run(source, content.replace(b"\r\n", b"\n"), name="tomorrow.csv")

    assert "taken in before" in told(same)["REPEATS"]
    assert "ask for the newest one" in told(respelt)["NOTHING_NEW"]


def test_a_clock_that_runs_backwards_changes_nothing_and_says_so(db):
    source = making.a_source(limits={"max_bad_share": 1})
    making.a_run(source, making.a_csv(many(30)))
    run = making.a_run(source, making.a_csv(many(30, 姓名="旧名字", 更新日期="2026-08-01")))

    assert run.counts["changed"] == 0
    assert "clock runs behind" in told(run)["CLOCK_BACK"]


def test_rows_of_another_county_are_kept_out_and_say_so(db):
    run = making.a_run(making.a_source(), making.a_csv(many(30, 区划代码=making.STRANGE_TOWN)))

    assert run.state == "WAITING"
    assert "right county" in told(run)["OTHER_AREA"]
    assert run.counts["bad:AREA_OTHER_COUNTY"] == 30


@pytest.mark.parametrize(
    ("birth", "rule"),
    [("1914-07-17", "BIRTH_CENTURY"), ("1014-07-17", "DATE_IMPOSSIBLE"),
     ("2114-07-17", "DATE_IMPOSSIBLE"), ("2098-07-17", "DATE_FUTURE")],
)  # fmt: skip
def test_a_birth_in_the_wrong_century_is_kept_out(db, birth, rule):
    making.a_run(making.a_source(), making.a_csv([making.a_row(出生日期=birth), making.a_row()]))
    row = QuarantinedRow.objects.get()

    assert [each["rule"] for each in row.rules] == [rule]
    problem = queries.problems_in(queries.opened(row))[0]
    if rule == "BIRTH_CENTURY":
        assert problem["mend"] == "Correct the year in 出生日期: is 2014-07-17 meant?"


def test_a_list_of_the_wrong_century_says_how_to_mend_it(db):
    run = making.a_run(making.a_source(), making.a_csv(many(30, 出生日期="1914-07-17")))

    assert "two digits" in told(run)["OTHER_CENTURY"]


def test_a_name_of_500_characters_is_kept_out_with_a_word(db):
    making.a_run(making.a_source(), making.a_csv([making.a_row(姓名="张" * 500), making.a_row()]))
    row = QuarantinedRow.objects.get()

    assert row.rules == [{"rule": "TEXT_TOO_LONG", "column": "姓名"}]
    assert "Shorten 姓名" in queries.problems_in(queries.opened(row))[0]["mend"]


def test_a_mass_delete_waits_and_nothing_is_gone(db):
    source = making.a_source()
    making.a_run(source, making.a_csv(many(60)))
    run = making.a_run(source, making.a_csv(many(20)))

    assert run.state == "WAITING"
    assert told(run)["MAX_REMOVED_SHARE"].startswith("66.7%")
    assert Record.objects.current().count() == 60
    removed = json.loads(RunTrace.objects.get(run=run).examples.open())
    assert {each["kind"] for each in removed} == {"removed"}


def test_settings_name_offices_and_demand_nothing_by_default():
    assert (settings.ONE_PERSON_OFFICES, settings.AGREEMENTS_REQUIRED) == ([], False)
