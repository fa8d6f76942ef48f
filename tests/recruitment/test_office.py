"""The office's pages: lists that page well, one application, and who may see a query's result."""

import io
import tomllib

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from qianshou.common.errors import NotAllowed
from qianshou.exchange.actions.tables import TableRefused
from qianshou.recruitment.actions import (
    campaigns,
    checking,
    following,
    listing,
    rulebooks,
    working,
)
from qianshou.recruitment.models import CampaignDay, ListLoad, MotherApplication
from qianshou.recruitment.queries import campaigns as figures
from qianshou.recruitment.queries import doors
from qianshou.recruitment.rules import life, rulebook, sheet
from tests import make, make_mothers
from tests import make_recruits as recruits
from tests.make_recruits import TODAY, TOWN, again

pytestmark = pytest.mark.django_db
LIST = "/recruitment/"


@pytest.fixture(autouse=True)
def _settings(settings, tmp_path):
    settings.MEDIA_ROOT = settings.VAR = tmp_path
    settings.WHITENOISE_AUTOREFRESH = True
    settings.LANGUAGE_CODE = "en"
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }


@pytest.fixture
def worker(client):
    user = make.a_worker(language="en")
    client.force_login(user)
    return user


def page(application):
    return f"/recruitment/applications/{application.pk}/"


def many(count):
    """Write many applications at once, like one that was really handed in."""
    like = recruits.an_application()
    fields = [each.attname for each in MotherApplication._meta.concrete_fields]
    shared = {name: getattr(like, name) for name in fields if name not in ("id", "code_token")}
    MotherApplication.objects.bulk_create(
        MotherApplication(**shared, code_token=b"") for _ in range(count)
    )


def test_list_asks_the_same_number_of_questions_for_three_and_for_a_thousand(client, worker):
    many(2)
    client.get(LIST)  # signing in asks once
    with CaptureQueriesContext(connection) as few:
        client.get(LIST)
    many(1000)
    with CaptureQueriesContext(connection) as lots:
        answer = client.get(LIST + "?page=3")

    assert len(lots) == len(few)
    assert len(answer.context["rows"]) == 50
    assert answer.context["due"] == 1004


def test_list_is_narrowed_by_state_name_and_number(client, worker):
    number = make_mothers.an_id_number()
    first = recruits.an_application(by=worker, name="李秀英", id_number=number)
    recruits.an_application(life.ELIGIBILITY, by=worker, name="王桂香")

    def shown(query):
        return [row["application"].name for row in client.get(LIST + query).context["rows"]]

    assert sorted(shown("")) == ["李秀英", "王桂香"]
    assert shown("?state=ELIGIBILITY") == ["王桂香"]
    assert shown("?q=李秀") == shown("?q=lixiu") == shown(f"?q={number}") == ["李秀英"]
    assert shown(f"?campaign={first.campaign_id}") == ["李秀英"]
    assert shown("?state=NONSENSE&campaign=x") == shown("?state=x")


def test_drafts_are_nobodys_business(client, worker):
    draft = recruits.a_draft()

    assert not client.get(LIST).context["rows"]
    assert client.get(page(draft)).status_code == 404


def test_office_leads_an_application_on_and_reads_why_it_cannot(client, worker):
    application = recruits.an_application(by=worker)
    url = page(application)
    answer = client.post(url + "step/", {"act": "take_up"}, follow=True)
    assert "Criteria are met" in answer.content.decode()
    client.post(url + "step/", {"act": "find_eligible"})
    said = client.post(url + "step/", {"act": "find_clear"}, follow=True).content.decode()

    assert "Not every background query" in said
    assert again(application).state == life.SCREENING


def test_forms_that_have_to_be_mended_come_back(client, worker):
    application = recruits.an_application(life.SCREENING, by=worker)
    url = page(application)
    for path, data in (
        ("refuse/", {"criterion": "", "reason": ""}), ("close/", {"reason": ""}),
        ("check/", {"kind": "NOTHING"}), ("reference/", {}), ("paper/", {}),
        ("interview/", {"motive": "9"}), ("reveal/phone/", {"reason": ""}),
    ):  # fmt: skip
        assert client.post(url + path, data).status_code == 422, path


def test_executable_as_a_certificate_comes_back_with_words(client, worker):
    application = recruits.an_application(life.SCREENING, by=worker)
    check = checking.request(
        application, "CRIME", by=worker, authority="公安", requested_on=TODAY, today=TODAY
    )
    renamed = io.BytesIO(b"MZ\x90\x00 this is a program")
    renamed.name = "certificate.pdf"
    data = {"result": "CLEAR", "received_on": TODAY.isoformat(), "certificate": renamed}

    answer = client.post(f"/recruitment/checks/{check.pk}/", data)

    assert answer.status_code == 422
    assert "neither a PDF nor a picture" in answer.content.decode()
    check.refresh_from_db()
    assert check.result == "PENDING"


@pytest.mark.parametrize(
    ("role", "sees"),
    [("fed_county", True), ("clerk", True), ("fed_town", False)],
)
def test_result_of_a_query_is_shown_to_two_roles_alone(client, role, sees):
    worker = make.a_worker()
    application = recruits.an_application(life.SCREENING, by=worker)
    recruits.be_clear(application, worker, TODAY, result="HIT")
    area = TOWN if role == "fed_town" else make.COUNTY
    client.force_login(make.a_user(role, area=area, language="en"))

    text = client.get(page(application)).content.decode()

    assert "refused for good" in text
    for word in ("on record", "A record was found", "公安机关", "holds until"):
        assert (word in text) is sees, word


def test_suspended_mothers_reason_is_kept_back_from_the_others(client):
    worker = make.a_worker()
    application = recruits.an_application(life.ACTIVE, by=worker)
    recruits.be_clear(again(application), worker, TODAY, result="HIT")
    url = f"/mothers/{again(application).mother_id}/"
    client.force_login(make.a_user("grid", area=TOWN, language="en"))
    assert "may not work with children" not in client.get(url).content.decode()

    # Negative control: the county reads it.
    client.force_login(make.a_worker(language="en"))
    assert "may not work with children" in client.get(url).content.decode()


def test_mother_without_a_record_reads_what_to_do(client):
    mother = make_mothers.a_mother(name="陈桂芳")
    client.force_login(make.a_user("mother", person_id=mother.pk, language="en"))

    answer = client.get("/recruitment/promises/")

    assert answer.status_code == 200
    assert "has not opened your record" in answer.content.decode()
    # The control: for whoever is no mother there is no such page.
    client.force_login(make.a_user("clerk"))
    assert client.get("/recruitment/promises/").status_code == 404


def test_mothers_own_page_shows_what_is_hers_to_do(client):
    mother = make_mothers.a_mother(training_hours=2, year_signed=False, name="陈桂芳")
    worker = make.a_worker()
    following.take_over(mother, by=worker, today=TODAY)
    user = make.a_user("mother", person_id=mother.pk, language="en")
    client.force_login(user)
    page_ = client.get("/mothers/mine/").content.decode()
    assert "Training: 2 of 6 hours" in page_
    assert "Sign 1 text" in page_

    client.post("/recruitment/promises/ONE_YEAR/", {"name": "陈桂芳", "read": "on"})

    mother.refresh_from_db()
    assert mother.year_signed
    assert "Sign 1 text" not in client.get("/mothers/mine/").content.decode()


# -- campaigns ------------------------------------------------------------------------------------


def test_campaign_says_which_way_brings_whom(client, worker):
    campaign = recruits.a_campaign(by=worker)
    poster, meeting = (each["slug"] for each in campaign.channels)
    call = doors.call_of(campaign.slug, today=TODAY)
    for via in (poster, poster, meeting):
        campaigns.count_visit(call, via, today=TODAY)
    made, _code = recruits.applying.begin(call, language="en", channel=poster)
    draft = recruits.applying.save(MotherApplication.objects.get(pk=made), recruits.said())
    recruits.applying.submit(draft, agreed=True, today=TODAY)
    recruits.applying.begin(call, language="en", channel=meeting)

    lines = {each["name"]: each for each in figures.channels_of(campaign)}

    names = ("visits", "begun", "submitted", "active")
    assert [lines["妇女之家海报"][name] for name in names] == [2, 1, 1, 0]
    assert [lines["学校家长会"][name] for name in names] == [1, 1, 0, 0]
    assert CampaignDay.objects.count() == 2
    code = client.get(f"/recruitment/campaigns/{campaign.pk}/code.svg?via={poster}")
    assert code["Content-Type"] == "image/svg+xml"
    assert b"<svg" in code.content


def test_channel_keeps_its_code_when_the_campaign_is_changed(client, worker):
    campaign = recruits.a_campaign(by=worker)
    before = {each["name"]: each["slug"] for each in campaign.channels}
    data = {
        "name": "新名", "carrier": "红岩先锋", "target": 50, "opens_on": "2026-01-01",
        "channels": "学校家长会\n广播",
    }  # fmt: skip
    assert client.post(f"/recruitment/campaigns/{campaign.pk}/", data).status_code == 302

    campaign.refresh_from_db()
    assert campaign.channels[0] == {"name": "学校家长会", "slug": before["学校家长会"]}
    assert campaign.target == 50


def test_city_opens_no_campaign_and_days_have_an_order(client):
    with pytest.raises(NotAllowed):
        recruits.a_campaign(make.CITY, by=make.a_user("fed_city", area=make.CITY))
    user = make.a_worker(language="en")
    client.force_login(user)
    data = {"name": "x", "carrier": "y", "target": 5, "opens_on": "2026-05-02",
            "closes_on": "2026-05-01"}  # fmt: skip
    answer = client.post("/recruitment/campaigns/", data)
    assert "before the first" in answer.content.decode()


# -- lists of offices -----------------------------------------------------------------------------


def a_list(*rows):
    lines = [sheet.COLUMNS]
    for row in rows:
        cells = {
            sheet.NAME: "陈桂芳", sheet.KIND: "身份证", sheet.NUMBER: make_mothers.an_id_number(),
            sheet.BIRTH: "", sheet.PHONE: make_mothers.a_phone(), sheet.AREA: TOWN,
            sheet.CATEGORIES: "退休教师、志愿者", sheet.EDUCATION: "大专", sheet.EMPLOYER: "",
            sheet.PLACES: "2", **row,
        }  # fmt: skip
        lines.append(tuple(cells[column] for column in sheet.COLUMNS))
    return io.BytesIO("\n".join(",".join(line) for line in lines).encode("utf-8-sig"))


def test_list_opens_applications_and_gives_back_what_cannot_enter(worker):
    number = make_mothers.an_id_number()
    file = a_list(
        {sheet.NUMBER: number}, {sheet.NUMBER: "500236198005171234"}, {sheet.BIRTH: "明年"},
        {sheet.AREA: "500235107000"}, {sheet.PHONE: "1"}, {sheet.NAME: ""},
        {sheet.KIND: "会员卡"}, {sheet.NUMBER: number}, {sheet.KIND: "无", sheet.NUMBER: ""},
        {sheet.KIND: "无", sheet.BIRTH: "2099-01-01"}, {sheet.PLACES: "99"},
    )  # fmt: skip
    load = listing.take_list(make.COUNTY, by=worker, file=file, name="名单.csv", today=TODAY)

    assert load.counts == {"new": 1, "bad": 10}
    made = MotherApplication.objects.get()
    assert (made.state, made.origin, made.birth_on.year) == ("SUBMITTED", "LIST", 1980)
    assert number.encode() not in bytes(load.bad)
    book = listing.given_back(load, by=worker)
    assert book[:2] == b"PK"

    again_ = listing.take_list(
        make.COUNTY, by=worker, file=a_list({sheet.NUMBER: number}), name="b.csv", today=TODAY
    )
    assert again_.counts == {"new": 0, "bad": 1}
    assert ListLoad.objects.count() == 2


def test_what_is_no_list_is_refused_with_the_headings(worker):
    with pytest.raises(TableRefused, match="姓名"):
        listing.take_list(
            make.COUNTY, by=worker, file=io.BytesIO(b"a,b\n1,2\n"), name="x.csv", today=TODAY
        )


# -- the rulebook ---------------------------------------------------------------------------------


TEXT = rulebooks.SHIPPED.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("version = 1", "version = 0", "version: write a whole number"),
        ('fact = "age"', 'fact = "ages"', "criteria AGE: fact 'ages' is unknown"),
        ("at_least = 22", "more_than = 22", "the tests are"),
        ('code = "punished"', 'code = "healthy"', "stands twice"),
        ("required = true", "required = false", "at least one needs required"),
        ('code = "CONDUCT"', 'code = "MANNERS"', "exactly CONDUCT"),
        ('kind = "scale"', 'kind = "stars"', "kind is one of"),
        ("version = 1", "version = ", "This is not TOML"),
        ('zh-hant = "教師"', 'zh-hant = ""', "give the text in each of"),
    ],
)
def test_faulty_rulebook_is_refused_with_the_place(before, after, says):
    assert before in TEXT
    with pytest.raises(rulebook.Malformed, match=says):
        rulebook.read(TEXT.replace(before, after))


def test_new_version_counts_for_new_applications_alone(tmp_path, worker):
    old = recruits.an_application(by=worker, questions={**recruits.ANSWERS, "healthy": False})
    changed = TEXT.replace("version = 1", "version = 2", 1).replace(
        'refuse_unless = { fact = "healthy", is = true }',
        'prefer_if = { fact = "healthy", is = true }',
    )
    file = tmp_path / "rules-2.toml"
    file.write_text(changed, encoding="utf-8")
    call_command("recruitment_rules", "check", str(file))
    call_command("recruitment_rules", "adopt", str(file))
    new = recruits.an_application(by=worker, questions={**recruits.ANSWERS, "healthy": False})

    def failed(application):
        outcomes = working.outcomes_of(application, today=TODAY)
        return [each.criterion.code for each in rulebook.refusing(outcomes)]

    assert (failed(old), failed(new)) == (["HEALTH"], [])
    with pytest.raises(CommandError, match="higher version"):
        call_command("recruitment_rules", "adopt", str(file))


def test_shipped_rulebook_holds_what_the_plan_asks_for():
    book = rulebook.read(TEXT)
    assert book.required_queries
    assert {each.code for each in book.commitments} == set(rulebook.COMMITMENTS)
    assert tomllib.loads(TEXT)["version"] == book.version == 1


@pytest.mark.parametrize("language", ["en", "zh-hans", "zh-hant"])
def test_rules_are_explained_to_whoever_signs_in(client, language):
    client.force_login(make.a_user("grid", area=TOWN, language=language))
    client.cookies["django_language"] = language
    answer = client.get("/recruitment/rules/")
    words = {"en": "between 22 and 70", "zh-hans": "须年满22周岁", "zh-hant": "須年滿22周歲"}
    assert words[language] in answer.content.decode()
    assert client.get("/recruitment/rules/?version=9").status_code == 404


def test_list_is_taken_in_on_its_page_and_what_is_to_mend_downloaded(client, worker):
    file = a_list({}, {sheet.NAME: ""})
    file.name = "名单.csv"
    assert client.get("/recruitment/lists/").status_code == 200

    answer = client.post("/recruitment/lists/", {"file": file})

    assert answer.status_code == 302, answer.content.decode()
    load = ListLoad.objects.get()
    assert load.counts == {"new": 1, "bad": 1}
    assert "1 entered, 1 to mend" in client.get("/recruitment/lists/").content.decode()
    assert client.post(f"/recruitment/lists/{load.pk}/to-mend/").content[:2] == b"PK"
