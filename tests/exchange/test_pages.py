"""The pages of department data: what each role sees, and that acts say what happened."""

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from qianshou.audit.models import Entry
from qianshou.exchange import tasks
from qianshou.exchange.actions import processing, undoing
from qianshou.exchange.connectors import progress
from qianshou.exchange.models import ImportRun, QuarantinedRow, Record, Source
from tests import make
from tests import make_exchange as making


def signed_in(client: Any, *roles: str, area: str = make.COUNTY) -> Any:
    user = make.a_user(*roles, area=area)
    client.force_login(user)
    client.cookies["django_language"] = "en"
    return user


def page(client: Any, name: str, *, status: int = 200, **parts: Any) -> str:
    answer = client.get(reverse(f"exchange:{name}", kwargs=parts))
    assert answer.status_code == status, answer.content.decode()[:2000]
    return answer.content.decode()


def a_file(content: bytes, name: str = "list.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def a_run() -> ImportRun:
    rows = [
        making.a_row(),
        making.a_row(姓名="", 住址="秘密街1号"),
        making.a_row(出生日期="2014-02-30"),
    ]
    return making.a_run(making.a_source(), making.a_csv(rows))


def test_runs_say_what_to_do_when_there_is_nothing(db, client):
    signed_in(client, "clerk")

    assert "Nothing was delivered for this area yet" in page(client, "runs")


def test_runs_list_the_deliveries_of_the_area_alone(db, client):
    a_run()
    signed_in(client, "clerk")
    mine = page(client, "runs")
    signed_in(client, "clerk", area=make.OTHER_COUNTY)

    assert "list.csv" in mine
    assert "list.csv" not in page(client, "runs")


def test_runs_offer_to_widen_filters_that_find_nothing(db, client):
    a_run()
    signed_in(client, "clerk")

    answer = client.get(reverse("exchange:runs") + "?state=FAILED")

    assert "Nothing matches these filters" in answer.content.decode()


@pytest.mark.parametrize("number", [1, 3])
def test_runs_ask_the_database_no_more_often_when_there_are_more(
    db, client, django_assert_max_num_queries, number
):
    source = making.a_source()
    for _run in range(number):
        making.a_run(source, making.a_csv([making.a_row()]))
    signed_in(client, "clerk")

    with django_assert_max_num_queries(25):
        page(client, "runs")


@pytest.mark.parametrize("role", ["mother", "fed_village", "auditor", "sys_admin"])
def test_pages_are_closed_to_those_who_have_nothing_to_do_there(db, client, role):
    run = a_run()
    signed_in(client, role)

    assert client.get(reverse("exchange:runs")).status_code == 403
    assert client.get(reverse("exchange:run", args=[run.pk])).status_code == 404
    assert client.get(reverse("exchange:upload")).status_code == 403


def test_another_county_finds_nothing_at_any_address(db, client):
    run = a_run()
    row = run.bad_rows.first()
    signed_in(client, "fed_county", area=make.OTHER_COUNTY)

    for name, key in (("run", run.pk), ("bad-rows", run.pk), ("bad-row", row.pk)):
        assert client.get(reverse(f"exchange:{name}", args=[key])).status_code == 404
    for name, key in (
        ("approve", run.pk), ("refuse", run.pk), ("roll-back", run.pk), ("again", run.pk),
        ("mend", run.pk), ("bad-rows-file", run.pk), ("dismiss", row.pk), ("bad-row", row.pk),
    ):  # fmt: skip
        posted = {"reason": "curious", "file": a_file(b"a,b")}
        assert client.post(reverse(f"exchange:{name}", args=[key]), posted).status_code == 404


def test_upload_opens_a_run_and_hands_it_to_the_worker(db, client):
    source = making.a_source()
    signed_in(client, "clerk")
    content = making.a_csv([making.a_row()])

    answer = client.post(
        reverse("exchange:upload"), {"source": source.code, "file": a_file(content)}
    )

    run = ImportRun.objects.get()
    job = ProcrastinateJob.objects.get(task_name="exchange.process_run")
    assert answer.url == reverse("exchange:run", args=[run.pk])
    assert (run.state, job.args) == ("RECEIVED", {"run_id": str(run.pk)})
    assert processing.process_run(run.pk).state == "DONE"


def test_upload_says_what_is_missing(db, client):
    making.a_source()
    signed_in(client, "clerk")

    answer = client.post(reverse("exchange:upload"), {})

    assert answer.status_code == 422
    assert "This field is required" in answer.content.decode()


def test_upload_says_when_a_file_is_too_big(db, client, settings):
    settings.UPLOAD_MAX_BYTES = 10
    source = making.a_source()
    signed_in(client, "clerk")

    answer = client.post(
        reverse("exchange:upload"), {"source": source.code, "file": a_file(b"x" * 20)}
    )

    assert answer.status_code == 422
    assert "larger than this installation takes" in answer.content.decode()


def test_upload_tells_when_there_is_no_source(db, client):
    signed_in(client, "clerk")

    assert "There is no source yet" in page(client, "upload")


def test_run_shows_steps_reasons_and_places_but_no_values(db, client):
    run = a_run()
    signed_in(client, "clerk")

    text = page(client, "run", run_id=run.pk)

    assert "The name is missing" in text
    assert "row 3, 姓名" in text
    assert "秘密街" not in text
    assert "Download 2 rows" in text
    assert "Undo the whole delivery" not in text


@pytest.mark.parametrize("state", ImportRun.State.values)
def test_run_has_a_page_in_every_state(db, client, state):
    run = a_run()
    run.state, run.progress, run.message = state, 60, "linking"
    run.save()
    signed_in(client, "fed_county")

    text = page(client, "run", run_id=run.pk)

    assert ("hx-trigger" in text) is run.is_open


def test_run_tells_why_a_file_was_refused(db, client):
    run = making.a_run(making.a_source(), b"%PDF-1.7", name="list.csv")
    signed_in(client, "clerk")

    assert "This is a PDF document, not a list." in page(client, "run", run_id=run.pk)


def a_waiting_run() -> ImportRun:
    source = making.a_source()
    rows = [making.a_row(编号=f"K{number}") for number in range(30)]
    making.a_run(source, making.a_csv(rows))
    return making.a_run(source, making.a_csv(rows[:20]))


def test_waiting_run_is_let_through_by_a_county_worker(db, client):
    run = a_waiting_run()
    signed_in(client, "fed_county")

    text = page(client, "run", run_id=run.pk)
    answer = client.post(reverse("exchange:approve", args=[run.pk]))

    assert "33.3% of the rows on file are missing from it; usual are at most 5.0%." in text
    assert answer.status_code == 302
    assert processing.process_run(run.pk).counts["removed"] == 10


def test_waiting_run_is_turned_away_with_a_reason(db, client):
    run = a_waiting_run()
    signed_in(client, "fed_county")

    without = client.post(reverse("exchange:refuse", args=[run.pk]), {"reason": ""})
    answer = client.post(reverse("exchange:refuse", args=[run.pk]), {"reason": "wrong month"})

    run.refresh_from_db()
    assert (without.status_code, answer.status_code, run.state) == (422, 302, "REFUSED")
    assert "wrong month" in page(client, "run", run_id=run.pk)


def test_waiting_run_cannot_be_let_through_by_a_clerk(db, client):
    run = a_waiting_run()
    signed_in(client, "clerk")

    assert "Let it through" not in page(client, "run", run_id=run.pk)
    assert client.post(reverse("exchange:approve", args=[run.pk])).status_code == 403


def test_roll_back_undoes_the_delivery(db, client):
    run = a_run()
    signed_in(client, "fed_county")

    without = client.post(reverse("exchange:roll-back", args=[run.pk]), {"reason": " "})
    client.post(reverse("exchange:roll-back", args=[run.pk]), {"reason": "wrong month"})

    run.refresh_from_db()
    assert (without.status_code, run.state) == (422, "ROLLED_BACK")
    assert not Record.objects.current().exists()


def test_a_long_delivery_is_undone_by_the_worker_and_the_page_says_so(db, client, monkeypatch):
    monkeypatch.setattr(undoing, "AT_ONCE", 0)
    run, told = a_run(), []
    signed_in(client, "fed_county")

    client.post(reverse("exchange:roll-back", args=[run.pk]), {"reason": "wrong month"})
    meanwhile = page(client, "run", run_id=run.pk)
    asked = ProcrastinateJob.objects.get(task_name="exchange.roll_back").args
    monkeypatch.setattr(progress.Teller, "tell", lambda _teller, _state, at, **_: told.append(at))
    tasks.roll_back(**asked)
    tasks.roll_back(**asked)

    run.refresh_from_db()
    assert "The delivery is being undone: wrong month" in meanwhile
    assert "See what undoing changes" not in meanwhile
    assert (run.state, run.is_settled, run.progress) == ("ROLLED_BACK", True, 0)
    assert told == sorted(told)
    assert len(told) > 1


def test_undoing_that_fails_changes_nothing_and_can_be_asked_again(db, client, monkeypatch):
    monkeypatch.setattr(undoing, "AT_ONCE", 0)
    run = a_run()
    user = signed_in(client, "fed_county")
    client.post(reverse("exchange:roll-back", args=[run.pk]), {"reason": "wrong month"})

    with monkeypatch.context() as broken:
        broken.setattr(undoing, "_write", lambda _plan: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            tasks.roll_back(str(run.pk), str(user.pk))

    run.refresh_from_db()
    assert (run.state, run.is_settled) == ("DONE", True)
    assert "Undoing met an error" in page(client, "run", run_id=run.pk)
    assert Record.objects.current().exists()


def test_again_starts_a_failed_run_anew(db, client):
    run = a_run()
    ImportRun.objects.filter(pk=run.pk).update(state="FAILED")
    signed_in(client, "clerk")

    client.post(reverse("exchange:again", args=[run.pk]))
    refused = client.post(reverse("exchange:again", args=[run.pk]))

    run.refresh_from_db()
    assert (run.state, refused.status_code) == ("RECEIVED", 409)


def test_mending_goes_from_the_download_to_the_upload(db, client):
    run = a_run()
    signed_in(client, "clerk")
    book = client.post(reverse("exchange:bad-rows-file", args=[run.pk]))

    answer = client.post(
        reverse("exchange:mend", args=[run.pk]), {"file": a_file(book.content, "mended.xlsx")}
    )
    nothing = client.post(reverse("exchange:mend", args=[run.pk]), {})

    mended = ImportRun.objects.get(mends=run)
    assert book["Content-Disposition"].endswith('.xlsx"')
    assert (answer.url, nothing.status_code) == (reverse("exchange:run", args=[mended.pk]), 422)
    assert processing.process_run(mended.pk).counts["bad"] == 2


def test_bad_rows_stay_folded_until_a_reason_is_given(db, client):
    run = a_run()
    row = run.bad_rows.get(row_no=3)
    user = signed_in(client, "clerk")
    address = reverse("exchange:bad-row", args=[row.pk])

    folded = page(client, "bad-row", row_id=row.pk) + page(client, "bad-rows", run_id=run.pk)
    shown = client.post(address, {"reason": "calling the village"}).content.decode()
    without = client.post(address, {"reason": ""})

    assert "秘密街" not in folded
    assert "秘密街1号" in shown
    assert "Write the full name in 姓名." in shown
    assert without.status_code == 422
    assert Entry.objects.filter(act="exchange.row.read", actor_id=user.pk).count() == 1


def test_bad_row_is_corrected_on_its_page(db, client):
    row = a_run().bad_rows.get(row_no=3)
    signed_in(client, "clerk")
    address = reverse("exchange:bad-row", args=[row.pk])
    position = making.HEADERS.index("姓名")

    folded = client.get(address).content.decode()
    shown = client.post(address, {"reason": "calling the village"}).content.decode()
    answer = client.post(address, {"mend": "1", f"cell-{position}": "李一诺", "cell-x": "?"})

    mended = ImportRun.objects.get(mends=row.run)
    assert (f'name="cell-{position}"' in folded, f'name="cell-{position}"' in shown) == (
        False,
        True,
    )
    assert answer.url == reverse("exchange:run", args=[mended.pk])
    assert processing.process_run(mended.pk).counts["new"] == 1
    again = client.post(address, {"mend": "1"})
    assert again.status_code == 409
    assert ImportRun.objects.filter(mends=row.run).count() == 1


def test_a_waiting_delivery_tells_its_reasons_without_rows_to_open(db, client):
    rows = [making.a_row(姓名="") for _row in range(30)]
    run = making.a_run(making.a_source(), making.a_csv(rows))
    signed_in(client, "clerk")

    text, listed = page(client, "run", run_id=run.pk), page(client, "bad-rows", run_id=run.pk)

    assert run.state == "WAITING"
    assert "The name is missing" in text
    assert reverse("exchange:bad-rows", args=[run.pk]) not in text
    assert "Nothing of this delivery is stored" in listed
    assert reverse("exchange:bad-rows-file", args=[run.pk]) not in listed


def test_deliveries_with_rows_to_mend_are_found_from_the_figure(db, client):
    bad = a_run()
    making.a_run(making.a_source(code="clean"), making.a_csv([making.a_row()]))
    signed_in(client, "clerk")
    address = reverse("exchange:runs")

    assert f"{address}?bad=1" in client.get(address).content.decode()
    assert [run.pk for run in client.get(address, {"bad": "1"}).context["page"]] == [bad.pk]
    assert len(client.get(address).context["page"].object_list) == 2


def test_rows_of_one_reason_say_once_how_they_are_mended(db, client):
    rows = [making.a_row(姓名="") for _row in range(2)] + [making.a_row() for _row in range(9)]
    run = making.a_run(making.a_source(), making.a_csv(rows))
    signed_in(client, "clerk")
    address = reverse("exchange:bad-rows", args=[run.pk])

    narrowed, all_of_them = client.get(address, {"rule": "NAME_MISSING"}), client.get(address)

    assert "Write the full name in 姓名." in narrowed.content.decode()
    assert "Write the full name" not in all_of_them.content.decode()
    assert ">Sheet<" not in all_of_them.content.decode()


def test_bad_rows_filter_by_rule_and_state(db, client):
    run = a_run()
    signed_in(client, "clerk")
    address = reverse("exchange:bad-rows", args=[run.pk])

    by_rule = client.get(address + "?rule=NAME_MISSING").content.decode()
    none = client.get(address + "?state=MENDED").content.decode()

    assert ("row 3" in by_rule, "row 4" in by_rule) == (True, False)
    assert "Nothing matches these filters" in none


def test_bad_rows_page_takes_a_thousand_rows(db, client, django_assert_max_num_queries):
    rows = [making.a_row(姓名="") for _row in range(1000)]
    run = making.a_run(making.a_source(limits={"max_bad_share": 1}), making.a_csv(rows))
    signed_in(client, "clerk")

    with django_assert_max_num_queries(25):
        text = page(client, "bad-rows", run_id=run.pk)

    assert text.count("data-open") == 50


def test_dismiss_puts_a_row_aside_with_a_reason(db, client):
    row = a_run().bad_rows.first()
    signed_in(client, "clerk")
    address = reverse("exchange:dismiss", args=[row.pk])

    without = client.post(address, {"reason": "x"})
    client.post(address, {"reason": "has moved away"})

    row.refresh_from_db()
    assert (without.status_code, row.state) == (422, QuarantinedRow.State.DISMISSED)


# Sources


def test_sources_show_what_is_on_file_here(db, client):
    a_run()
    signed_in(client, "clerk")

    text = page(client, "sources")

    assert "儿童名册" in text
    assert "Add a source" not in text


def test_source_tries_a_sample_without_storing_anything(db, client):
    source = making.a_source()
    signed_in(client, "clerk")
    content = making.a_csv([making.a_row(姓名="李一诺"), making.a_row(姓名="")])
    address = reverse("exchange:source", args=[source.pk])

    text = client.post(address, {"file": a_file(content)}).content.decode()

    assert "Of the first rows 1 would enter and 1 would be kept out" in text
    assert "李一诺" in text
    assert not ImportRun.objects.exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"%PDF-1", "This is a PDF document"), (b"a,b\n1,2\n", "No row looks like the heading")],
)
def test_source_says_why_a_sample_does_not_fit(db, client, content, words):
    source = making.a_source()
    signed_in(client, "clerk")

    answer = client.post(reverse("exchange:source", args=[source.pk]), {"file": a_file(content)})

    assert answer.status_code == 422
    assert words in answer.content.decode()


def mapped(client: Any) -> tuple[str, str]:
    rows = [making.a_row(姓名="李一诺")]
    text = (
        making.a_csv(rows)
        .decode("utf-8-sig")
        .replace("身份证号", "证件号码")
        .replace("儿童类别", "类型")
    )
    answer = client.post(
        reverse("exchange:new-source"), {"target": "CHILD", "file": a_file(text.encode())}
    )
    return answer.url, client.get(answer.url).content.decode()


def test_map_source_proposes_what_each_column_means(db, client):
    signed_in(client, "fed_city", area=make.CITY)

    _address, text = mapped(client)

    assert '<option value="id_number" selected>' in text
    assert '<option value="name" selected>' in text


def test_map_source_previews_and_saves(db, client):
    signed_in(client, "fed_city", area=make.CITY)
    address, _text = mapped(client)
    answers = {
        "code": "police", "name": "公安名册", "department": "police",
        "delivery": "changes", "trust": 90,
        "map-0": "key", "map-1": "name", "map-2": "sex", "map-7": "area_code",
    }  # fmt: skip

    preview = client.post(address, answers).content.decode()
    saved = client.post(address, {**answers, "save": "1"})

    source = Source.objects.get(code="police")
    assert "李一诺" in preview
    assert ">男</td>" in preview
    assert ">奉节县永安街道</td>" in preview
    assert saved.url == reverse("exchange:source", args=[source.pk])
    assert source.profile["columns"]["name"] == {"header": "姓名"}
    run = making.a_run(source, making.a_csv([making.a_row()]))
    assert run.counts["new"] == 1


def test_map_source_says_what_is_missing(db, client):
    signed_in(client, "fed_city", area=make.CITY)
    address, _text = mapped(client)
    answers = {"code": "x", "name": "x", "department": "police", "delivery": "full", "trust": 1}

    answer = client.post(address, {**answers, "map-1": "name", "save": "1"})

    assert answer.status_code == 422
    assert "which column does the sender number rows by?" in answer.content.decode()


def test_new_source_refuses_what_is_not_a_list(db, client):
    signed_in(client, "fed_city", area=make.CITY)

    answer = client.post(
        reverse("exchange:new-source"), {"target": "CHILD", "file": a_file(b"%PDF-1")}
    )

    assert answer.status_code == 422


def test_new_source_is_for_the_city_alone_and_samples_for_their_owner(db, client):
    signed_in(client, "fed_city", area=make.CITY)
    address, _text = mapped(client)
    signed_in(client, "fed_county")
    as_county = client.get(address)
    signed_in(client, "fed_city", area=make.CITY)

    assert client.get(reverse("exchange:new-source")).status_code == 200
    assert as_county.status_code == 403
    assert client.get(address).status_code == 409


def test_names_from_a_file_are_never_run_as_markup(db, client):
    nasty = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'
    table = making.table_of([making.a_row(姓名=nasty, 出生日期=nasty)])
    book = making.a_workbook({"<b>表": table})
    run = making.a_run(making.a_source(), book, name="<script>x.xlsx")
    row = run.bad_rows.get()
    signed_in(client, "clerk")

    address = reverse("exchange:bad-row", args=[row.pk])
    shown = client.post(address, {"reason": "look at it"}).content.decode()
    texts = [
        page(client, "runs"), page(client, "run", run_id=run.pk),
        page(client, "bad-rows", run_id=run.pk), shown,
    ]  # fmt: skip

    for text in texts:
        assert "<script>alert" not in text
        assert "<script>x" not in text
        assert "<img src=x" not in text
        assert "<b>表" not in text


def test_download_name_holds_no_text_of_the_file(db, client):
    run = making.a_run(making.a_source(), making.a_csv([making.a_row(姓名="")]), name='a"\r\nb.csv')
    signed_in(client, "clerk")

    answer = client.post(reverse("exchange:bad-rows-file", args=[run.pk]))

    assert answer["Content-Disposition"] == f'attachment; filename="bad-rows-{run.pk}.xlsx"'
    assert io.BytesIO(answer.content).read(2) == b"PK"
