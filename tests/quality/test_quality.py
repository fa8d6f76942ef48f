"""Scorecards, the report that a department gets, and the pairs that clerks label."""

import io
from typing import Any

import pytest
from django.urls import reverse
from django.utils import translation
from procrastinate.contrib.django.models import ProcrastinateJob
from python_calamine import CalamineWorkbook

from qianshou.audit.models import Entry
from qianshou.common.errors import NotAllowed
from qianshou.quality import queries, tasks
from qianshou.quality.actions import reporting, sampling, scoring
from qianshou.quality.models import Pair, Sample, Scorecard
from qianshou.quality.rules import checking
from qianshou.registry.actions import learning, revealing
from qianshou.registry.models import Doubt, Link, LinkModel
from tests import make as people
from tests import make_registry as make

pytestmark = pytest.mark.django_db
WHO = "县教委基教科"
OTHER: dict[str, Any] = {
    "key": "G2", "name": "李小满", "id_number": None, "birth_on": "2010-05-06",
    "father_name": "李国", "father_phone": "15412345677",
}  # fmt: skip


@pytest.fixture
def worker():
    return people.a_worker()


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"name": "宝宝"}, checking.NO_NAME),
        ({"id_number": "500236201407173121"}, checking.ID_CHECK),
        ({"birth_on": "2014-07-18"}, checking.ID_BIRTH),
        ({"sex": "M"}, checking.ID_SEX),
        ({"birth_on": "1984-07-17", "id_number": None}, checking.AGE),
        ({"birth_on": "2030-07-17", "id_number": None}, checking.AGE),
        ({"father_phone": "123"}, checking.PHONE),
        ({"area_code": "500236000000"}, checking.NO_TOWN),
    ],
)
def test_a_fault_of_a_row_is_seen(values, code):
    row = make.a_row(**values)

    assert code in {fault for fault, _name in checking.faults_of(row, people.TODAY)}
    assert checking.faults_of(make.a_row(), people.TODAY) == []


def two_departments() -> None:
    make.deliver([make.a_row(school="一小", address="3组12号")])
    make.deliver(
        [
            make.a_row(key="G1", name="张语桐", school="二小", father_name="=HYPERLINK(1)"),
            make.a_row(**{**OTHER, "sex": "M"}),
            make.a_row(**{**OTHER, "key": "G3", "sex": "M"}),
            make.a_row(key="G4", name="何小草", birth_on="2011-01-02",
                       id_number="500236201101021231", father_name=None, father_phone=None),
        ],
        "education",
    )  # fmt: skip


def test_scorecard_reckons_what_a_department_sent():
    two_departments()

    card = scoring.score(make.a_source("education"), people.COUNTY)

    figures = card.figures
    assert figures["rows"] == 4
    assert figures["invalid"] == 1
    assert figures["validity"] == 0.75
    assert figures["duplicates"] == 2
    assert (figures["compared"], figures["contradicting"]) == (1, 1)
    assert set(figures["contradicted"]) <= {"name", "school"}
    assert figures["faults"]["ID_CHECK"] == 1
    assert 0 < figures["completeness"] < 1


def test_scorecards_are_due_after_a_delivery_and_keep_the_trend():
    two_departments()
    from qianshou.exchange.models import ImportRun

    ImportRun.objects.update(finished_at=people.now())
    assert scoring.score_due() == 2
    assert scoring.score_due() == 0
    make.deliver([make.a_row(**{**OTHER, "class_name": "3"})], "education")
    ImportRun.objects.filter(finished_at=None).update(finished_at=people.now())

    assert scoring.score_due() == 1

    history = queries.history_of(make.a_source("education"), people.COUNTY)
    assert [card.deliveries for card in history] == [1, 1]
    assert len(queries.trend_of(history, "validity")) == 2


def sheets(content: bytes) -> tuple[list[list[Any]], list[list[Any]]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return book.get_sheet_by_index(0).to_python(), book.get_sheet_by_index(1).to_python()


def test_report_holds_only_what_the_department_itself_sent(worker):
    two_departments()

    content = reporting.report(make.a_source("education"), people.COUNTY, by=worker, reason=WHO)

    _summary, (head, *rows) = sheets(content)
    text = str(rows)
    assert len(rows) == 4
    assert "二小" in text
    # What civil affairs sent is nowhere: neither its values nor its fields.
    assert "一小" not in text
    assert "张雨桐" not in text
    assert "3组12号" not in text
    assert "civil" not in text + str(head)
    entry = Entry.objects.latest("id")
    assert (entry.act, entry.reason) == ("quality.report.taken", WHO)


def test_report_speaks_the_words_of_the_department_and_not_our_codes(worker):
    make.deliver([make.a_row(sex="M", id_number="50023620140717312A", low_income=True,
                             guardianship="PATERNAL_GRANDPARENTS", ethnicity="01")])  # fmt: skip

    with translation.override("zh-hans"):
        content = reporting.report(
            make.a_source("civil_affairs"), people.COUNTY, by=worker, reason=WHO
        )

    _summary, (head, row) = sheets(content)
    said = dict(zip(head, row, strict=True))
    assert (said["性别"], said["民族"]) == ("男", "汉族")
    assert said["是否低保"] == "是"
    assert not {"M", "True", "PATERNAL_GRANDPARENTS"} & set(row)


def test_report_of_the_other_department_does_hold_them(worker):
    """Negative control: the same words stand in the report of the department that sent them."""
    two_departments()

    content = reporting.report(make.a_source("civil_affairs"), people.COUNTY, by=worker, reason=WHO)

    assert "一小" in str(sheets(content)[1])
    assert "3组12号" in str(sheets(content)[1])


def test_no_cell_of_a_report_is_a_formula(worker):
    two_departments()

    content = reporting.report(make.a_source("education"), people.COUNTY, by=worker, reason=WHO)

    import zipfile

    with zipfile.ZipFile(io.BytesIO(content)) as book:
        xml = "".join(
            book.read(name).decode() for name in book.namelist() if "worksheets/sheet" in name
        )
    assert "<f>" not in xml
    assert "=HYPERLINK(1)" in str(sheets(content)[1])


def test_report_keeps_a_hidden_place_hidden(worker):
    two_departments()
    child = make.child_of(Link.objects.get(record__source__code="civil-affairs").record_id)
    revealing.hide_location(child, by=people.a_worker(), reason="前夫在找孩子")

    content = reporting.report(make.a_source("civil_affairs"), people.COUNTY, by=worker, reason=WHO)

    assert "3组12号" not in str(sheets(content)[1])


@pytest.mark.parametrize("role", ["fed_city", "fed_town"])
def test_report_is_for_those_who_bring_data_in(role):
    two_departments()
    area = people.CITY if role == "fed_city" else people.COUNTY

    with pytest.raises(NotAllowed):
        reporting.report(
            make.a_source("education"), people.COUNTY, by=people.a_user(role, area=area),
            reason=WHO,
        )  # fmt: skip


def test_pages_lead_from_the_list_to_the_report(client, worker):
    two_departments()
    client.force_login(worker)
    assert 'class="empty' in client.get(reverse("quality:scorecards")).content.decode()
    client.post(reverse("quality:score-now"))
    listed = client.get(reverse("quality:scorecards"))
    source = make.a_source("education")
    page = reverse("quality:scorecard", args=[people.COUNTY, source.pk])
    report = reverse("quality:report", args=[people.COUNTY, source.pk])

    shown, refused = client.get(page), client.post(report, {"reason": ""})
    taken = client.post(report, {"reason": WHO})

    assert page in listed.content.decode()
    assert shown.status_code == 200
    assert refused.status_code == 422
    assert taken["Content-Type"].endswith("spreadsheetml.sheet")
    assert Scorecard.objects.count() == 2


# -- the sample -----------------------------------------------------------------------------------


@pytest.fixture
def sample(worker):
    """A sample of a small county with right links, a missed one and a wrong one."""
    two_departments()
    return sampling.draw(people.COUNTY, by=worker)


def test_a_large_county_is_drawn_by_the_worker_and_the_page_waits(client, worker, monkeypatch):
    two_departments()
    monkeypatch.setattr(sampling, "AT_ONCE", 1)
    client.force_login(worker)
    client.cookies["django_language"] = "en"

    for _press in range(2):
        client.post(reverse("quality:draw"))
    waiting = client.get(reverse("quality:linkage")).content.decode()
    asked = ProcrastinateJob.objects.get(task_name="quality.draw_sample").args
    tasks.draw_sample(**asked)

    assert "A sample is being drawn" in waiting
    assert "Draw a sample" not in waiting
    assert Sample.objects.get().by == worker


def test_a_sample_holds_linked_and_unlinked_pairs_mixed(sample):
    sizes = {code: size for code, (_linked, size) in sample.strata.items()}

    assert sum(sizes.values()) == sample.pairs.count()
    assert sample.pairs.filter(linked=True).exists()
    assert set(sizes) <= set(queries.STRATA)


def test_labelling_shows_no_weight_and_leads_to_the_figures(client, worker, sample):
    client.force_login(worker)
    pair = queries.next_pair(sample)
    assert pair is not None
    shown = client.get(reverse("quality:pair", args=[pair.pk])).content.decode()

    for each in sample.pairs.all():
        answer = "SAME" if each.linked else "DIFFERENT"
        client.post(reverse("quality:pair", args=[each.pk]), {"answer": answer})

    result = client.get(reverse("quality:linkage"))
    assert 'data-key="2"' in shown
    assert "linked" not in shown.split("<main")[1]
    assert result.context["done"] == result.context["total"]
    if any(not linked for linked, _size in sample.strata.values()):
        assert result.context["quality"].precision.value == 1


def test_labelling_marks_apart_what_is_the_same_and_what_differs(worker, sample):
    shown = [sampling.open_pair(each, by=worker)["lines"] for each in sample.pairs.all()]

    marks = {
        (line["left"] == line["right"], line["weight"])
        for lines in shown
        for line in lines
        if line["left"] and line["right"]
    }
    assert marks == {(True, "alike"), (False, "unlike")}


def test_a_label_against_the_linkage_becomes_a_question(worker, sample):
    Doubt.objects.all().delete()
    pair = sample.pairs.filter(linked=True).first()

    sampling.label(pair, "DIFFERENT", by=worker)

    doubt = Doubt.objects.get()
    assert {doubt.record_a_id, doubt.record_b_id} == {pair.record_a_id, pair.record_b_id}


def test_a_label_with_the_linkage_asks_nothing(worker, sample):
    """Negative control of the test above."""
    Doubt.objects.all().delete()

    sampling.label(sample.pairs.filter(linked=True).first(), "SAME", by=worker)

    assert not Doubt.objects.exists()


def test_a_label_is_given_once_and_can_be_taken_back(worker, sample):
    pair = sample.pairs.first()
    sampling.label(pair, "UNCLEAR", by=worker)
    with pytest.raises(sampling.AnsweredAlready):
        sampling.label(pair, "SAME", by=worker)

    sampling.take_back(pair, by=worker)

    assert Pair.objects.get(pk=pair.pk).answer == ""


def test_labels_move_the_model(worker, sample, monkeypatch):
    monkeypatch.setattr(learning, "LEARN_EVERY", 1)

    sampling.label(sample.pairs.exclude(levels="").first(), "SAME", by=worker)

    model = LinkModel.objects.get()
    assert model.labels == 1
    assert model.body["comparisons"]
