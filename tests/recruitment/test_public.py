"""The public application: without an account, without a script, and nothing but one's own."""

import re
from datetime import timedelta

import pytest
from django.db import ProgrammingError, connection, transaction
from django.utils import timezone

from qianshou.audit.models import Entry
from qianshou.common import crypto, rowsecurity
from qianshou.mothers.models import Mother
from qianshou.recruitment.actions import applying, campaigns, working
from qianshou.recruitment.forms import public as forms
from qianshou.recruitment.models import (
    Attendance,
    Campaign,
    CampaignDay,
    Likeness,
    MotherApplication,
    ScreeningCheck,
    Signature,
)
from qianshou.recruitment.queries import doors
from qianshou.recruitment.rules import codes, life
from tests import make, make_mothers
from tests import make_recruits as recruits
from tests.make_recruits import TODAY, TOWN, again

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _settings(settings, tmp_path, monkeypatch):
    settings.MEDIA_ROOT = tmp_path
    settings.WHITENOISE_AUTOREFRESH = True
    settings.LANGUAGE_CODE = "en"
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    monkeypatch.setattr(forms, "FASTEST", 0)


@pytest.fixture
def campaign():
    return recruits.a_campaign()


def address(campaign):
    return f"/recruitment/apply/to/{campaign.slug}/"


def begin(client, campaign, **more):
    answer = client.post(address(campaign), {"moment": forms.a_moment(), **more})
    found = re.search(r'id="code">([A-Z0-9-]+)<', answer.content.decode())
    return answer, found and found.group(1)


def write(client, **changes):
    """Walk through the steps as a browser does, each a form of its own."""
    said = recruits.said(name="陈桂芳")
    steps = {
        "who": {n: said[n] for n in ("name", "id_kind", "id_number", "birth_on", "phone")},
        "place": {"town": TOWN, "village": "", "address": said["address"], "years": 10},
        "life": {"education": "大专", "employer": "小学", "categories": ["退休教师"]},
        "offer": {
            "times": ["WEEKEND"], "languages": ["chongqing"], "skills": ["study"],
            "interests": "阅读，做饭", "travel_km": 5, "capacity": 1,
        },
        "questions": {c: "yes" if v else "no" for c, v in recruits.ANSWERS.items()},
    }  # fmt: skip
    for step, data in steps.items():
        answer = client.post(f"/recruitment/apply/mine/{step}/", data | changes.get(step, {}))
        assert answer.status_code == 302, answer.content.decode()
    return said


def test_whole_application_without_an_account_or_a_script(client, campaign):
    page = client.get(address(campaign)).content.decode()
    assert "红岩先锋" in page
    answer, code = begin(client, campaign)
    assert answer.status_code == 200
    write(client)

    handed_in = client.post("/recruitment/apply/mine/check/", {"agreed": "on"})

    assert handed_in.status_code == 302
    found = MotherApplication.objects.get()
    assert (found.state, found.name, found.area_code) == ("SUBMITTED", "陈桂芳", TOWN)
    assert applying.answers_of(found)["interests"] == ["阅读", "做饭"]
    assert "handed in" in client.get("/recruitment/apply/mine/").content.decode()
    assert crypto.unseal(bytes(found.answers.raw), column=found.answers.column, row=found.pk)
    acts = set(Entry.objects.values_list("act", flat=True))
    assert {"recruitment.application.begun", "recruitment.application.moved"} <= acts
    assert code not in "".join(map(str, Entry.objects.values_list("details", flat=True)))


def test_each_step_is_saved_and_the_code_goes_on_on_another_phone(client, campaign):
    _answer, code = begin(client, campaign)
    data = {"name": "陈桂芳", "id_kind": "NONE", "birth_on": "1980-05-17", "phone": "15412345281"}
    client.post("/recruitment/apply/mine/who/", data)

    other = type(client)()
    assert other.get("/recruitment/apply/mine/").status_code == 302
    other.post("/recruitment/apply/", {"code": code.lower().replace("-", " ")})

    assert 'value="陈桂芳"' in other.get("/recruitment/apply/mine/who/").content.decode()


@pytest.mark.parametrize("typed", ["", "ABCD", "ABCD-EFGH-JKMN-PQRS", "' OR 1=1 --", "０" * 16])
def test_wrong_code_opens_nothing_and_says_so(client, campaign, typed):
    begin(client, campaign)
    other = type(client)()
    answer = other.post("/recruitment/apply/", {"code": typed})

    assert answer.status_code == 422
    assert other.get("/recruitment/apply/mine/").status_code == 302


def test_codes_are_not_kept_and_guessing_is_slowed_down(client, campaign):
    _answer, code = begin(client, campaign)
    row = MotherApplication.objects.get()
    assert bytes(row.code_token) == doors.token_of(code) != codes.typed(code).encode()
    guesses = [
        client.post("/recruitment/apply/", {"code": codes.new_code()}).status_code
        for _ in range(campaigns.LIMITS["resume"] + 2)
    ]

    assert guesses[: campaigns.LIMITS["resume"]] == [422] * campaigns.LIMITS["resume"]
    assert guesses[-1] == 429
    # Also the right code waits now; another address does not.
    assert client.post("/recruitment/apply/", {"code": code}).status_code == 429
    elsewhere = type(client)(REMOTE_ADDR="10.0.0.9")
    assert elsewhere.post("/recruitment/apply/", {"code": code}).status_code == 302


def test_new_code_closes_the_one_before(client, campaign):
    _answer, code = begin(client, campaign)
    client.post("/recruitment/apply/mine/code/")

    assert type(client)().post("/recruitment/apply/", {"code": code}).status_code == 422


def test_closing_leaves_nothing_on_the_telephone(client, campaign):
    begin(client, campaign)
    client.post("/recruitment/apply/mine/close/")

    assert client.get("/recruitment/apply/mine/").status_code == 302


@pytest.mark.parametrize("more", [{"website": "http://spam"}, {"moment": ""}, {"moment": "forged"}])
def test_programs_begin_nothing(client, campaign, more):
    answer, _code = begin(client, campaign, **more)

    assert answer.status_code == 422
    assert not MotherApplication.objects.exists()


def test_press_within_two_seconds_is_no_persons(client, campaign, monkeypatch):
    monkeypatch.setattr(forms, "FASTEST", 2)
    assert begin(client, campaign)[0].status_code == 422

    # Negative control: the same press on a page that was shown a moment ago.
    shown = timezone.now() - timedelta(seconds=5)
    monkeypatch.setattr(forms.timezone, "now", lambda: shown)
    moment = forms.a_moment()
    monkeypatch.undo()
    monkeypatch.setattr(forms, "FASTEST", 2)
    assert begin(client, campaign, moment=moment)[0].status_code == 200


def test_form_without_its_token_is_refused(campaign):
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    assert strict.post(address(campaign), {"moment": forms.a_moment()}).status_code == 403


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"id_number": "500236198005171234"}, "not a valid identity card number"),
        ({"id_number": "E12345678"}, "if yours is another document"),
        ({"birth_on": "1981-05-17"}, "says another birthday"),
        ({"id_kind": "NONE", "id_number": "", "birth_on": "2099-01-01"}, "still to come"),
        ({"id_kind": "NONE", "id_number": "", "birth_on": "1880-01-01"}, "too long ago"),
        ({"id_kind": "NONE", "id_number": "", "birth_on": ""}, "Write the birthday"),
        ({"id_kind": "PASSPORT", "id_number": "护照"}, "letters and digits only"),
        ({"phone": "12"}, "not a telephone number"),
        ({"name": ""}, "required"),
    ],
)
def test_wrong_entry_is_told_in_words_and_nothing_is_lost(client, campaign, fields, says):
    begin(client, campaign)
    said = recruits.said()
    data = {n: said[n] for n in ("name", "id_kind", "id_number", "birth_on", "phone")} | fields

    answer = client.post("/recruitment/apply/mine/who/", data)

    assert answer.status_code == 422
    page = answer.content.decode()
    assert says in page
    assert said["name"] in page or "name" in fields


@pytest.mark.parametrize(
    "fields",
    [
        {"id_kind": "PASSPORT", "id_number": "E12345678", "birth_on": "1980-05-17"},
        {"id_kind": "PERMIT", "id_number": "810000198005170010", "birth_on": "1980-05-17"},
        {"id_kind": "NONE", "id_number": "", "birth_on": "1980-05-17"},
    ],
)
def test_person_with_a_foreign_document_or_none_can_apply(client, campaign, fields):
    begin(client, campaign)
    write(client, who=fields)
    client.post("/recruitment/apply/mine/check/", {"agreed": "on"})

    assert MotherApplication.objects.get().state == "SUBMITTED"


def test_nothing_is_handed_in_without_consent_or_with_a_step_missing(client, campaign):
    begin(client, campaign)
    early = client.post("/recruitment/apply/mine/check/", {"agreed": "on"})
    assert "still missing" in early.content.decode()
    write(client)
    silent = client.post("/recruitment/apply/mine/check/", {})

    assert "Without your consent" in silent.content.decode()
    assert MotherApplication.objects.get().state == "DRAFT"


def test_nobody_learns_from_the_form_whether_somebody_is_on_file(client, campaign):
    number = make_mothers.an_id_number()
    make_mothers.a_mother(id_number=number)
    begin(client, campaign)
    write(client, who={"id_number": number})
    answer = client.post("/recruitment/apply/mine/check/", {"agreed": "on"}, follow=True)

    assert answer.redirect_chain[-1][0] == "/recruitment/apply/mine/"
    assert "known" not in answer.content.decode()
    assert Likeness.objects.get().why == "ID"


def test_who_lives_elsewhere_says_so_and_is_told_by_the_criterion(client, campaign):
    begin(client, campaign)
    write(client, place={"town": "ELSEWHERE"})
    client.post("/recruitment/apply/mine/check/", {"agreed": "on"})
    outcomes = working.outcomes_of(MotherApplication.objects.get(), today=TODAY)

    assert [o.criterion.code for o in working.rulebook.refusing(outcomes)] == ["PLACE"]


@pytest.mark.parametrize("language", ["zh-hans", "zh-hant", "en"])
def test_refusal_is_read_in_the_language_of_the_reader_and_appealed_once(
    client, campaign, language
):
    begin(client, campaign)
    write(client)
    client.post("/recruitment/apply/mine/check/", {"agreed": "on"})
    worker, application = make.a_worker(), MotherApplication.objects.get()
    working.advance(application, "take_up", by=worker, today=TODAY)
    working.refuse(again(application), by=worker, criterion="ONE_YEAR", reason="")

    client.post("/language/setlang/", {"language": language})
    page = client.get("/recruitment/apply/mine/").content.decode()
    words = {"zh-hans": "会伤害孩子", "zh-hant": "會傷害孩子", "en": "hurts a child"}
    assert words[language] in page
    client.post("/recruitment/apply/mine/appeal/", {"words": "我可以坚持三年"})

    assert again(application).state == life.APPEALED
    assert again(application).appeal.open() == "我可以坚持三年"
    assert client.post("/recruitment/apply/mine/appeal/", {"words": "再说"}).status_code == 409


def test_withdrawal_empties_what_was_written(client, campaign):
    begin(client, campaign)
    write(client)
    client.post("/recruitment/apply/mine/withdraw/")

    found = MotherApplication.objects.get()
    assert (found.state, found.answers.open()) == ("WITHDRAWN", "{}")


def test_commitment_is_signed_on_the_phone_with_her_own_name(client, campaign):
    begin(client, campaign)
    write(client)
    client.post("/recruitment/apply/mine/check/", {"agreed": "on"})
    recruits.walk(MotherApplication.objects.get(), life.TRAINING, by=make.a_worker())
    url = "/recruitment/apply/mine/sign/CONDUCT/"
    assert client.post(url, {"name": "别人", "read": "on"}).status_code == 422
    assert client.post(url, {"name": "陈桂芳"}).status_code == 422

    assert client.post(url, {"name": "陈桂芳", "read": "on"}).status_code == 302

    made = Signature.objects.get()
    assert (made.proof, made.by, made.signed_name.open()) == ("PHONE", None, "陈桂芳")
    assert len(made.text_digest) == 64


# -- what the database itself shows and takes -----------------------------------------------------


@pytest.fixture
def two(campaign):
    """Her own draft and somebody else's application, with checks, in one county."""
    own = recruits.a_draft(campaign)
    other = recruits.an_application(life.TRAINING, name="李秀英", campaign=campaign)
    recruits.be_trained(other, make.a_worker(), TODAY)
    make_mothers.a_mother()
    return own, other


def tables_seen():
    models = (
        MotherApplication, Campaign, CampaignDay, ScreeningCheck, Attendance, Signature, Likeness,
        Mother, Entry,
    )  # fmt: skip
    return {model.__name__: model.objects.count() for model in models if model.objects.count()}


def test_applicant_sees_her_own_application_and_no_other_row(two):
    own, _other = two
    with rowsecurity.acting(doors.scope_of(own.pk)):
        assert tables_seen() == {"MotherApplication": 1}
        assert MotherApplication.objects.get() == own
    # Negative control: the rows are there, and a county sees them.
    here = rowsecurity.Scope("STAFF", (("500236000000", "500236999999"),))
    with rowsecurity.acting(here):
        assert tables_seen()["MotherApplication"] == 2
        assert tables_seen()["ScreeningCheck"] == 2


def test_visitor_without_a_draft_sees_nothing_at_all(two):
    with rowsecurity.acting(rowsecurity.NOBODY):
        assert tables_seen() == {}


def test_scope_of_another_kind_with_the_same_id_opens_nothing(two):
    own, _other = two
    for kind in ("MOTHER", "STAFF", "NOBODY"):
        with rowsecurity.acting(rowsecurity.Scope(kind, (), None, own.pk)):
            assert tables_seen() == {}


def tried(sql, *values):
    with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(sql, values)


def test_applicant_cannot_write_what_the_office_decides(two):
    own, other = two
    table = "recruitment_motherapplication"
    with rowsecurity.acting(doors.scope_of(own.pk)):
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE {table} SET channel = 'x' WHERE id = %s", [other.pk])
            assert cursor.rowcount == 0
            cursor.execute(f"DELETE FROM {table}")
            assert cursor.rowcount == 0
    applying.submit(own, agreed=True, today=TODAY)
    with rowsecurity.acting(doors.scope_of(own.pk)):
        tried(f"UPDATE {table} SET state = 'ELIGIBILITY' WHERE id = %s", own.pk)
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            Signature.objects.create(
                application=other, area_code=other.area_code, code="CONDUCT", version=1,
                text_digest="x", language="en", proof="PHONE", signed_on=TODAY,
            )  # fmt: skip
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            CampaignDay.objects.create(
                area_code=own.area_code, campaign_id=own.campaign_id, day=TODAY, visits=9
            )


# -- figures of a campaign ------------------------------------------------------------------------


def test_visits_are_counted_once_per_visitor_by_channel(client, campaign):
    poster = campaign.channels[0]["slug"]
    for via in (poster, poster, "unknown"):
        client.get(f"{address(campaign)}?via={via}")
    type(client)().get(f"{address(campaign)}?via={poster}")
    type(client)().get(f"{address(campaign)}?via=unknown")

    rows = dict(CampaignDay.objects.values_list("channel", "visits"))
    assert rows == {poster: 2, "": 1}


def test_closed_campaign_says_so_and_takes_nobody(client):
    closed = recruits.a_campaign(closes_on=TODAY - timedelta(days=1))
    assert "not open" in client.get(address(closed)).content.decode()
    with pytest.raises(applying.CampaignClosed):
        applying.begin(doors.call_of(closed.slug, today=TODAY), language="en")


def test_unknown_campaign_is_not_found(client, db):
    assert client.get("/recruitment/apply/to/abcdefgh/").status_code == 404
