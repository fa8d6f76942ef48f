"""The office's pages: the child's consents, asking, noting, withdrawing, texts, the worklist."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from qianshou.common.errors import NotAllowed
from qianshou.consents.actions import asking, texts
from qianshou.consents.models import Assent, Authority, ConsentText, SigningRequest
from qianshou.consents.queries import holding, worklist
from qianshou.consents.rules import texts as text_rules
from qianshou.registry.models import Consent
from tests import make, make_consents, make_pairing

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


@pytest.fixture
def desk(client, worker):
    """The browser of a county worker, in English."""
    client.force_login(worker)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


def at(name, child, **more):
    return reverse(f"consents:{name}", kwargs={"child_id": child.pk, **more})


def test_childs_page_has_the_card(desk, child, father):
    page = desk.get(reverse("registry:child", args=[child.pk])).content.decode()

    assert "not asked yet" in page
    assert at("ask", child) in page


def test_page_says_of_each_adult_whether_and_why(desk, child, father, grandmother):
    page = desk.get(at("child", child)).content.decode()

    assert "may consent" in page
    assert "Looks after the child but is not its guardian" in page


def test_asking_shows_the_code_once_and_says_why_not_grandmother(desk, child, father, grandmother):
    form = desk.get(at("ask", child)).content.decode()
    assert "cannot consent" in form
    assert str(grandmother.pk) not in form

    page = desk.post(at("ask", child), {"stands": father.pk, "purposes": "MATCHING", "days": 7})

    assert "<svg" in page.content.decode()
    assert "no-store" in page.headers["Cache-Control"]
    assert SigningRequest.objects.count() == 1


def test_asking_grandmother_by_a_forged_form_is_refused(desk, child, father, grandmother):
    answer = {"stands": grandmother.pk, "purposes": "MATCHING", "days": 7}

    assert desk.post(at("ask", child), answer).status_code == 422
    assert not SigningRequest.objects.exists()


def test_where_nobody_may_consent_the_page_says_what_to_do(desk, child, grandmother):
    page = desk.get(at("ask", child)).content.decode()

    assert "Nobody on file may consent" in page
    assert at("authority", child) in page


def test_paper_with_a_future_day_is_refused_in_words(desk, child, father):
    answer = {
        "stands": father.pk, "purpose": "MATCHING", "given": "yes", "kept_at": "档案柜三号",
        "given_on": (TODAY + timedelta(days=2)).isoformat(),
    }  # fmt: skip
    page = desk.post(at("note", child), answer)

    assert page.status_code == 422
    assert "lies in the future" in page.content.decode()
    assert desk.post(at("note", child), answer | {"given_on": TODAY.isoformat()}).status_code == 302
    assert holding.holds(child, "MATCHING")


def test_withdrawal_is_noted_after_its_consequences(desk, child, father):
    make_consents.a_consent(child)
    page = desk.get(at("withdraw", child, purpose="MATCHING")).content.decode()
    assert "What stops at this moment" in page

    answer = {"stands": father.pk, "reason": "电话告知"}
    desk.post(at("withdraw", child, purpose="MATCHING"), answer)

    assert not holding.holds(child, "MATCHING")
    assert (
        "Nothing to withdraw"
        in desk.get(at("withdraw", child, purpose="MATCHING")).content.decode()
    )
    assert desk.get(at("withdraw", child, purpose="NONSENSE")).status_code == 404


def test_document_needs_to_say_for_whom(desk, child, grandmother):
    answer = {
        "kind": "DECISION", "unit": "人民法院", "number": "7号", "issued_on": TODAY.isoformat(),
    }  # fmt: skip
    page = desk.post(at("authority", child), answer)
    assert "Say for whom" in page.content.decode()

    desk.post(at("authority", child), answer | {"stands": grandmother.pk})

    paper = Authority.objects.get()
    assert paper.guardian == grandmother.guardian
    desk.post(at("end-authority", child, authority_id=paper.pk))
    paper.refresh_from_db()
    assert paper.ended_on == TODAY


def test_childs_word_is_noted_and_opened_with_a_reason(desk, child):
    answer = {"given": "yes", "asked_on": TODAY.isoformat(), "way": "CARDS", "words": "我愿意"}
    desk.post(at("assent", child), answer)
    said = Assent.objects.get()
    assert "我愿意" not in desk.get(at("child", child)).content.decode()

    words = at("words", child, assent_id=said.pk)
    assert "我愿意" in desk.post(words, {"reason": "准备家访"}).content.decode()
    assert desk.post(words, {"reason": ""}).status_code == 422


def test_child_of_seven_gets_no_form(desk):
    young = make_pairing.a_child(birth_on=TODAY - timedelta(days=7 * 365))

    assert "not eight yet" in desk.get(at("assent", young)).content.decode()


def test_link_is_taken_back_on_the_page(desk, child, father, worker):
    asked = asking.ask(child, father.pk, by=worker, today=TODAY, purposes=["MATCHING"])
    assert "waits for the answer" in desk.get(at("child", child)).content.decode()

    desk.post(at("cancel", child, request_id=asked.request.pk))

    assert "taken back" in desk.get(at("child", child)).content.decode()


# -- the worklist ---------------------------------------------------------------------------------


@pytest.fixture
def work(child, father, worker):
    """One child of each kind of work."""
    asking.ask(child, father.pk, by=worker, today=TODAY, purposes=["MATCHING"])
    renew = make_pairing.a_child(consent=False, name="陈一诺")
    make_consents.a_consent(
        renew, given_on=TODAY, valid_until=TODAY + timedelta(days=9), capacity="DELEGATE"
    )
    make_consents.an_assent(renew)
    asked_too = make_pairing.a_child(name="周子涵")
    never = make_pairing.a_child(consent=False, name="吴梓萱")
    return {"WAITING": child, "RENEW": renew, "ASSENT": asked_too, "MISSING": never}


@pytest.mark.parametrize("kind", ["WAITING", "RENEW", "ASSENT", "MISSING"])
def test_worklist_holds_each_child_once(desk, work, kind):
    page = desk.get(reverse("consents:worklist") + f"?kind={kind}").content.decode()

    assert [name for name, child in work.items() if str(child.pk) in page] == [kind]
    assert not any(child.name in page for child in work.values())


def test_worklist_is_for_those_who_handle_consents(worker):
    with pytest.raises(NotAllowed):
        worklist.rows_for(make.a_user("grid"), make.COUNTY, kind="WAITING", today=TODAY)


def test_home_counts_what_should_not_wait(work):
    inside = {"area_code__range": ("500236000000", "500236999999")}

    assert worklist.due(inside, TODAY) == 2  # the link and the consent that ends


@pytest.mark.parametrize("number", [1, 3])
@pytest.mark.parametrize(("kind", "queries"), [("WAITING", 0), ("MISSING", 0)])
def test_worklist_asks_no_more_often_when_there_is_more(
    desk, child, worker, django_assert_max_num_queries, number, kind, queries
):
    for _ in range(number):
        other = make_pairing.a_child(consent=False)
        if kind == "WAITING":
            adult = make_consents.an_adult(other)
            asking.ask(other, adult.pk, by=worker, today=TODAY, purposes=["MATCHING"])
    address = reverse("consents:worklist") + f"?kind={kind}"
    desk.get(address)

    with django_assert_max_num_queries(16 + queries):
        desk.get(address)


# -- the texts ------------------------------------------------------------------------------------


def a_draft(**more):
    body = "这是一份写给监护人的文本，请阅读以后再决定是否同意。"
    return {
        "asks_again": "purpose", "in_force_on": TODAY.isoformat(), "note": "增加一项用途",
        **{f"title-{each}": "结对" for each in text_rules.LANGUAGES},
        **{f"body-{each}": body for each in text_rules.LANGUAGES}, **more,
    }  # fmt: skip


@pytest.fixture
def city(client):
    client.force_login(make.a_user("fed_city", area=make.CITY))
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


def test_new_version_that_asks_again_ends_earlier_consents(city, child):
    make_consents.a_consent(child, given_on=TODAY - timedelta(days=1))
    assert holding.holds(child, "MATCHING")

    city.post(reverse("consents:new-text", args=["MATCHING"]), a_draft())

    assert not holding.holds(child, "MATCHING")
    assert ConsentText.objects.filter(purpose="MATCHING", version=2).count() == 3
    page = city.get(reverse("consents:text", args=["MATCHING"])).content.decode()
    assert "everybody is asked again" in page
    inside = {"area_code__range": ("500236000000", "500236999999")}
    assert [each.pk for each in worklist.KINDS[1].rows(inside, TODAY)] == [child.pk]


def test_new_wording_leaves_them(city, child):
    make_consents.a_consent(child, given_on=TODAY - timedelta(days=1))

    city.post(reverse("consents:new-text", args=["MATCHING"]), a_draft(asks_again="wording"))

    assert holding.holds(child, "MATCHING")
    assert ConsentText.objects.filter(purpose="MATCHING", version=2).exists()


def test_version_that_waits_is_not_in_force_and_blocks_another(city, child):
    make_consents.a_consent(child, given_on=TODAY - timedelta(days=1))
    later = (TODAY + timedelta(days=3)).isoformat()
    address = reverse("consents:new-text", args=["MATCHING"])
    city.post(address, a_draft(in_force_on=later))

    page = city.post(address, a_draft(in_force_on=later))

    assert "waits to come into force" in page.content.decode()
    assert holding.holds(child, "MATCHING", on=TODAY)
    assert not holding.holds(child, "MATCHING", on=TODAY + timedelta(days=3))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"in_force_on": "2020-01-01"}, "today or later"),
        ({"body-en": "short"}, "at least 20"),
        ({"note": ""}, "required"),
    ],
)
def test_text_with_a_flaw_is_refused_in_words(city, child, wrong, words):
    page = city.post(reverse("consents:new-text", args=["MATCHING"]), a_draft(**wrong))

    assert page.status_code == 422
    assert words in page.content.decode()
    assert not ConsentText.objects.filter(version=2).exists()


def test_unchanged_text_is_no_version(child):
    same = {
        each.language: (each.title, each.body)
        for each in ConsentText.objects.filter(purpose="MATCHING")
    }
    with pytest.raises(texts.SameText):
        texts.publish(
            "MATCHING", same, by=make.a_user("fed_city", area=make.CITY), today=TODAY,
            in_force_on=TODAY, asks_again=False, note="没有改动",
        )  # fmt: skip


def test_shipped_texts_are_loaded_once_and_whole(child):
    before = ConsentText.objects.count()
    texts.load_texts()

    assert ConsentText.objects.count() == before == len(Consent.Purpose.values) * 3
    for each in ConsentText.objects.all():
        assert each.sha256 == text_rules.digest(each.title, each.body)


def test_county_may_read_texts_but_not_write_them(desk, child):
    assert desk.get(reverse("consents:texts")).status_code == 200
    assert desk.get(reverse("consents:new-text", args=["MATCHING"])).status_code == 403
    assert desk.get(reverse("consents:text", args=["NONSENSE"])).status_code == 404
