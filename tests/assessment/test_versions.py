"""Versions of the scale on pages: written, refused in words, tried, put in force."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from qianshou.assessment.actions import assessing, confirming, instruments, writing
from qianshou.assessment.models import Assessment, Instrument, Reassessment
from tests import make, make_assessment

pytestmark = pytest.mark.django_db


@pytest.fixture
def city():
    return make.a_user("fed_city", area=make.CITY)


def as_user(user):
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def shipped():
    return (instruments.SHIPPED / "risk-and-needs-2.json").read_text(encoding="utf-8")


def upload(client, text, note="试行"):
    file = SimpleUploadedFile("scale.toml", text.encode())
    return client.post(reverse("assessment:versions"), {"file": file, "note": note})


def test_the_shipped_scale_asks_what_no_department_knows_and_holds_the_nine_situations():
    body = json.loads(shipped())
    situation = next(each for each in body["questions"] if each["code"] == "SITUATION")

    assert situation["source"].count("；") >= 7
    assert {each["code"] for each in body["triggers"]} >= {"VIOLENCE", "SELF_HARM", "ALARM"}
    assert len(body["questions"]) == 6


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda b: b["cuts"].update(RED=0), "cuts.RED: a whole number from 1"),
        (lambda b: b["again"].update(RED=99), "again.RED: a whole number of months from 1 to 36"),
        (lambda b: b["again"].pop("RED"), "again: give the months for each of RED"),
        (lambda b: b["indicators"][0].update(points=500), "indicators[0] BULLIED: points"),
        (lambda b: b["questions"][1]["answers"].clear(), "questions[1] HOME.answers: a list"),
        (lambda b: b["questions"][0].update(alarm="X"), "questions[0] SITUATION.alarm"),
        (lambda b: b["questions"][1].update(code="SITUATION"), "questions[1] SITUATION: the code"),
        (
            lambda b: b["indicators"][-1]["when"].update(value="BLUE"),
            "indicators[40] TOUCH_NONE.when: &quot;BLUE&quot; is no code of",
        ),
    ],
)
def test_a_bad_file_is_refused_with_indicator_and_field(city, change, words):
    instruments.load_instruments()
    body = json.loads(shipped())
    change(body)

    answer = upload(as_user(city), json.dumps(body))

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert Instrument.objects.count() == 2


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"\xff\xfe\x00", "not UTF-8"), (b"version = = 3", "TOML"), (b"x" * 600_000, "too large")],
)
def test_a_file_that_is_none_is_refused_in_words(city, content, words):
    instruments.load_instruments()
    file = SimpleUploadedFile("scale.toml", content)

    answer = as_user(city).post(reverse("assessment:versions"), {"file": file, "note": "试"})

    assert (answer.status_code, words in answer.content.decode()) == (422, True)


def test_other_numbers_make_a_version_that_is_tried_and_put_in_force(city):
    child = make_assessment.an_assessment(bullied=True).child
    assert Assessment.objects.current().get(child=child).grade == "GREEN"
    base, client = instruments.instrument_in_force(), as_user(city)
    body = base.body
    given = {
        **{f"cut-{grade}": points for grade, points in body["cuts"].items()},
        **{f"again-{grade}": months for grade, months in body["again"].items()},
        **{f"points-{each['code']}": each["points"] for each in body["indicators"]},
        **{f"red-{each['code']}": "on" for each in body["triggers"]},
        "points-BULLIED": 30, "note": "欺凌从重",
    }  # fmt: skip
    assert client.post(reverse("assessment:numbers", args=[base.pk]), given).status_code == 302
    made = Instrument.objects.get(version=3)
    path = reverse("assessment:version", args=[made.pk])

    page = client.get(path + "?try=1").content.decode()
    assert "Tried on 1 children" in page
    assert "14 points" in page
    assert not made.is_current

    reason = {"reason": "市妇联会议纪要 12 号"}
    assert client.post(reverse("assessment:adopt", args=[made.pk]), reason).status_code == 302
    made.refresh_from_db()
    assert (made.is_current, made.adopted_by) == (True, city)
    jobs = ProcrastinateJob.objects.filter(task_name="assessment.assess_area")
    assert [each.args["area_code"] for each in jobs] == [make.COUNTY]
    assessing.assess_area(make.COUNTY, today=make.TODAY)
    assert Assessment.objects.current().get(child=child).grade == "ORANGE"


def test_adopting_lowers_nothing_that_a_person_confirmed(city):
    child = make_assessment.an_assessment(bullied=True, lives_alone=True).child
    found = Assessment.objects.current().get(child=child)
    confirming.confirm_grade(found, by=make.a_worker(), grade=found.grade)
    base = instruments.instrument_in_force()
    milder = writing.Numbers(points={"BULLIED": 1, "LIVES_ALONE": 1})

    made = writing.write_from(base, milder, by=city, note="从轻")
    writing.adopt(made, by=city, reason="试行")
    assessing.assess_area(make.COUNTY, today=make.TODAY)

    after = Assessment.objects.current().get(child=child)
    assert (after.grade, after.computed_grade) == (found.grade, "GREEN")


def test_a_version_that_an_earlier_one_has_overtaken_is_not_adopted(city):
    instruments.load_instruments()
    old = Instrument.objects.get(version=1)

    with pytest.raises(writing.OutOfDate):
        writing.adopt(old, by=city, reason="退回")
    with pytest.raises(writing.NothingChanged):
        writing.write_from(instruments.instrument_in_force(), writing.Numbers(), by=city, note="x")


def test_a_county_reads_the_scale_and_changes_nothing():
    instruments.load_instruments()
    client = as_user(make.a_worker())

    assert "Mood of the last three months" in client.get("/assessment/instrument/").content.decode()
    assert client.get(reverse("assessment:versions")).status_code == 403


@pytest.mark.parametrize("path", ["/assessment/due/?what=ALL", "/assessment/due/?what=LATE"])
def test_the_list_of_looks_asks_no_more_often_when_there_is_more(path):
    client = as_user(make.a_worker())
    counts = []
    for number in (1, 4):
        for child in make_assessment.many(number):
            Reassessment.objects.create(
                child_id=child, area_code=make_assessment.VILLAGE, because="SCHEDULE",
                due_on="2026-01-05",
            )  # fmt: skip
        client.get(path)
        with CaptureQueriesContext(connection) as caught:
            assert client.get(path).status_code == 200
        counts.append(len(caught))

    assert counts[0] == counts[1]


def test_the_form_asks_and_the_page_shows_what_counted():
    worker = make.a_worker()
    child = make_assessment.an_assessment().child
    client = as_user(worker)
    path = reverse("assessment:ask", args=[child.pk])
    assert "Hazards at home" in client.get(path).content.decode()

    empty = client.post(path, {"held_on": "2026-11-20"})
    done = client.post(path, {"held_on": "2026-11-20", "q-HOME": "MANY", "grounds": "旧电线"})

    assert (empty.status_code, done.status_code) == (422, 302)
    page = client.get(reverse("assessment:child", args=[child.pk])).content.decode()
    assert "A visit found hazards at home" in page
