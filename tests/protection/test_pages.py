"""The report's pages as a browser meets them: without sign-in, without a token, in any state."""

from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from qianshou.protection.actions import handling, taking
from qianshou.protection.models import Report, Signal
from tests import make, make_care, make_pairing, make_protection

pytestmark = pytest.mark.django_db
PAGE = "/protection/report/"


@pytest.fixture
def circle():
    return make_protection.a_circle()


def browser(user=None):
    client = Client(headers={"accept-language": "en"}, enforce_csrf_checks=True)
    if user is not None:
        client.force_login(user)
    return client


def test_anybody_reports_without_signing_in_or_a_token(circle):
    answer = browser().post(PAGE, {"words": "邻居家孩子夜里哭", "county": make.COUNTY}, follow=True)

    report = Report.objects.get()
    assert answer.status_code == 200
    assert report.number in answer.text
    assert "邻居家" not in answer.text
    assert "whether 110 was called" in answer.text


def test_another_site_cannot_report_in_somebodys_name():
    for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}):
        assert browser().post(PAGE, {"words": "x"}, headers=headers).status_code == 403
    assert not Report.objects.exists()
    own = {"origin": "http://testserver"}
    assert browser().post(PAGE, {"words": "x"}, headers=own).status_code == 302


def test_an_empty_form_with_nonsense_is_taken(circle):
    nonsense = {"key": "?", "situation": "a", "noticed": "yesterday", "child": "b", "now": "maybe"}

    assert browser().post(PAGE, nonsense).status_code == 302
    assert "noticed: yesterday" in Report.objects.get().words.open()


def test_a_mother_chooses_among_her_own_children_only(circle):
    user, mother = make_care.a_carer()
    pairing = make_care.a_pairing(mother, given_name="一诺")
    other = make_pairing.a_child(given_name="小川")

    page = browser(user).get(PAGE).text

    assert str(pairing.child_id) in page
    assert str(other.pk) not in page


def test_the_button_pressed_on_a_childs_page_brings_the_child_along(circle):
    child = make_pairing.a_child()
    came_from = "http://testserver" + reverse("registry:child", args=[child.pk])

    page = browser(make.a_worker()).get(PAGE, headers={"referer": came_from}).text

    assert f'value="{child.pk}"' in page
    other = browser(make.a_worker(make.OTHER_COUNTY)).get(PAGE, headers={"referer": came_from})
    assert str(child.pk) not in other.text


@pytest.mark.parametrize("path", ["/", "/accounts/sign-in/", "/nowhere/", "/protection/mine/"])
def test_the_button_stands_on_every_page(path):
    client = browser(make.a_worker() if "sign-in" not in path else None)

    assert 'class="button report-button" href="/protection/report/"' in client.get(path).text


def test_a_reporter_follows_a_report_and_adds_to_it(circle):
    user, lead = make.a_user("grid"), circle["LEAD"]
    key = uuid4()
    client = browser(user)
    client.post(PAGE, {"key": key, "words": "x", "county": make.COUNTY})
    report = Report.objects.get()
    handling.accept(report, by=lead, now=make.now())
    handling.give_feedback(report, by=lead, now=make.now(), words="已有人上门")

    mine = client.get(reverse("protection:mine")).text
    receipt = reverse("protection:receipt", args=[taking.receipt_of(key)])

    assert (report.number in mine, "已有人上门" in mine, receipt in mine) == (True, True, True)
    assert report.number not in browser(make.a_user("grid")).get(reverse("protection:mine")).text
    loose = Client()
    assert loose.post(receipt, {"words": "还有一事"}).status_code == 302
    assert report.steps.get(kind="ADDED").words.open() == "还有一事"
    assert loose.get(reverse("protection:receipt", args=["x" * 24])).status_code == 404


def test_the_lead_works_through_a_report_on_its_page(circle):
    reporter = make.a_user("grid", display_name="何网格")
    child = make_pairing.a_child()
    report = make_protection.a_report(reporter, child=child.pk)
    client = Client(headers={"accept-language": "en"})
    client.force_login(circle["LEAD"])
    page = reverse("protection:one", args=[report.pk])

    assert report.number in client.get(reverse("protection:reports")).text
    first = client.get(page).text
    assert "孩子手臂上有淤青" in first
    assert "何网格" not in first
    known = client.post(page, {"act": "reporter", "words": "回访"}).text
    assert "何网格" in known
    for data in (
        {"act": "accept"},
        {"act": "hand_over", "authority": "POLICE", "receipt": "1号"},
        {"act": "feedback", "words": "已处理"},
        {"act": "announce"},
        {"act": "close", "closing": "SAFE", "words": "安全"},
    ):
        assert client.post(page, data).status_code == 302, data
    report.refresh_from_db()
    assert report.state == "CLOSED"
    assert client.post(page, {"act": "close", "closing": "SAFE"}).status_code == 422
    assert client.post(page, {"act": "dance"}).status_code == 404


def test_a_lead_who_passes_a_report_on_leaves_its_page(circle):
    report = make_protection.a_report()
    client = Client()
    client.force_login(circle["LEAD"])
    page = reverse("protection:one", args=[report.pk])

    assert client.post(page, {"act": "pass_on", "words": "我的亲戚"}).status_code == 302
    assert client.get(page).status_code == 404


def test_signals_are_decided_on_their_page(circle):
    user, mother = make_care.a_carer()
    pairing = make_care.a_pairing(mother)
    note = {"kind": "CALL", "key": uuid4(), "note": "他说爸爸喝了酒就打他，他不敢回家"}
    hers = Client()
    hers.force_login(user)
    assert hers.post(reverse("care:log", args=[pairing.pk]), note).status_code == 302
    client = Client(headers={"accept-language": "en"})
    client.force_login(circle["LEAD"])
    signal = Signal.objects.get()
    page = reverse("protection:signal", args=[signal.pk])

    assert "beating and injury" in client.get(reverse("protection:signals")).text
    assert "不敢回家" in client.get(page).text
    assert client.post(page, {"act": "report"}).status_code == 422
    assert client.post(page, {"act": "report", "reason": "要查清"}).status_code == 302
    assert Report.objects.get().child_id == pairing.child_id
    assert "100" not in client.get(reverse("protection:figures")).text.split("<tbody>")[1]


def test_danger_words_are_tried_before_they_are_published(circle):
    client = Client(headers={"accept-language": "en"})
    client.force_login(circle["LEAD"])
    page = reverse("protection:words")
    edited = {"words": "装病 | FEAR | 3 | zh | 装病号\n", "trial": "他又装病不上学"}

    assert "It would raise a signal." in client.post(page, {**edited, "act": "try"}).text
    wrong = client.post(page, {"words": "装病 | ODD | 3", "act": "publish"})
    assert (wrong.status_code, "this kind is not known" in wrong.text) == (422, True)
    assert client.post(page, {**edited, "act": "publish"}).status_code == 302
    assert "装病" in client.get(page).text
