"""The pages of the road: what each side sees, refusals that keep what was typed, few queries."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from qianshou.bonds.actions import agreeing
from qianshou.bonds.models import Agreement, AgreementText, Ceremony, Meeting
from qianshou.bonds.queries import paper
from qianshou.pairing.models import Pairing
from qianshou.pairing.rules import life
from tests import make, make_bonds, make_pairing

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def today():
    return timezone.localdate()


def a_live_pair(state: str, **fields) -> Pairing:
    """A pair of today, since pages ask the clock."""
    pairing = make_bonds.a_pair(life.REVIEWED, **fields)
    return make_bonds.led_to(pairing, state, by=make.a_worker(), today=today())


def signed_in(user) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def post(client: Client, name: str, pairing: Pairing, **data):
    return client.post(reverse(f"bonds:{name}", args=[pairing.pk]), data)


@pytest.mark.parametrize("state", [*make_bonds.ROAD, life.DECLINED])
def test_a_pair_shows_its_road_and_history_in_every_state(state):
    pairing = a_live_pair(life.OFFERED_MOTHER if state == life.DECLINED else state)
    client = signed_in(make.a_worker())
    if state == life.DECLINED:
        post(client, "answer", pairing, said="no", cause="TOO_FAR", words="太远")

    shown = client.get(reverse("bonds:pair", args=[pairing.pk]))

    assert shown.status_code == 200
    text = shown.content.decode()
    assert "proposal of a run approved" in text
    if state == life.DECLINED:
        assert "It is too far for me." in text


def test_the_whole_road_by_the_pages_of_staff_mother_and_guardian():
    pairing = make_bonds.a_pair()
    worker = signed_in(make.a_worker())
    mother = signed_in(make.a_user("mother", person_id=pairing.mother_id))

    post(worker, "offer", pairing)
    mine = mother.get(reverse("mothers:mine")).content.decode()
    assert pairing.child.name not in mine
    offer = reverse("bonds:my-offer", args=[make_bonds.asked(pairing).pk])
    assert offer in mine
    assert pairing.child.name not in mother.get(offer).content.decode()
    assert mother.post(offer, {"said": "yes"}).status_code == 302
    made = post(worker, "make-link", pairing)
    address = made.context["address"]
    assert Client().post(address, {"said": "yes"}).status_code == 200
    post(worker, "answer", pairing, said="yes", mood="GLAD", words="好的")
    paper_of = Agreement.objects.get(pairing=pairing)
    hers = reverse("bonds:my-agreement", args=[paper_of.pk])
    assert mother.post(hers, {"shown": paper_of.sha256}).status_code == 302
    link = post(worker, "make-link", pairing).context["address"]
    assert Client().post(link, {"shown": paper_of.sha256}).status_code == 200
    post(worker, "sign", pairing, side="OFFICE", signed_on=today().isoformat())
    post(worker, "plan", pairing, on=today().isoformat(), place="镇政府")
    assert "镇政府" in mother.get(reverse("mothers:mine")).content.decode()
    day = {"on": today().isoformat(), "staff": "陈素芬", "present": ["MOTHER", "CHILD"]}
    post(worker, "meet", pairing, **day)

    assert Pairing.objects.get(pk=pairing.pk).state == life.ACTIVE_INITIAL
    assert pairing.child.name in mother.get(reverse("mothers:mine")).content.decode()


def test_another_mother_sees_neither_offer_nor_agreement():
    offered, signing = a_live_pair(life.OFFERED_MOTHER), a_live_pair(life.AGREEMENT)
    other = signed_in(make.a_user("mother", person_id=make_pairing.a_mother().pk))
    paper_of = Agreement.objects.get(pairing=signing)

    for name, key in (
        ("my-offer", make_bonds.asked(offered).pk),
        ("my-agreement", paper_of.pk),
        ("my-paper", paper_of.pk),
    ):
        assert other.get(reverse(f"bonds:{name}", args=[key])).status_code == 404


def test_a_mother_cannot_answer_after_the_last_day_or_twice():
    pairing = a_live_pair(life.OFFERED_MOTHER)
    mother = signed_in(make.a_user("mother", person_id=pairing.mother_id))
    offer = make_bonds.asked(pairing)
    address = reverse("bonds:my-offer", args=[offer.pk])
    type(offer).objects.filter(pk=offer.pk).update(due_on=today() - timedelta(days=1))

    assert mother.post(address, {"said": "yes"}).status_code == 422
    type(offer).objects.filter(pk=offer.pk).update(due_on=today())
    assert mother.post(address, {"said": "yes"}).status_code == 302
    assert mother.post(address, {"said": "no", "cause": "REST"}).status_code == 422

    assert Pairing.objects.get(pk=pairing.pk).state == life.OFFERED_GUARDIAN


@pytest.mark.parametrize(
    ("state", "act", "data"),
    [
        (life.OFFERED_MOTHER, "answer", {"said": "no"}),
        (life.AGREEMENT, "sign", {"side": "MOTHER", "signed_on": "2999-01-01", "paper": "卷9"}),
        (life.AGREEMENT, "sign", {"side": "MOTHER", "signed_on": "2026-11-01"}),
        (life.AGREEMENT, "sign", {"side": "CHILD", "signed_on": "2026-11-01", "paper": "卷9"}),
        (life.FIRST_MEETING, "plan", {"on": "2020-01-01", "place": "镇政府"}),
        (life.FIRST_MEETING, "meet", {"on": "2020-01-01", "staff": "", "present": ["MOTHER"]}),
        (life.REVIEWED, "withdraw", {"reason": ""}),
    ],
)
def test_a_refusal_keeps_the_page_and_changes_nothing(state, act, data):
    pairing = a_live_pair(state)
    if act == "meet":
        make_bonds.a_meeting(pairing, by=make.a_worker(), today=today())

    answer = post(signed_in(make.a_worker()), act, pairing, **data)

    assert answer.status_code == 422
    assert Pairing.objects.get(pk=pairing.pk).state == state
    assert not Meeting.objects.filter(state="HELD").exists()


@pytest.mark.parametrize("number", [1, 4])
def test_the_worklist_asks_no_more_often_when_there_is_more(number, django_assert_num_queries):
    client = signed_in(make.a_worker())
    for _ in range(number):
        a_live_pair(life.OFFERED_MOTHER)
        a_live_pair(life.FIRST_MEETING)
    client.get(reverse("bonds:road"))

    with django_assert_num_queries(17):
        shown = client.get(reverse("bonds:road"))

    assert len(shown.context["rows"]) == 2 * number


def test_what_is_overdue_comes_first_and_can_be_asked_for():
    early, late = a_live_pair(life.FIRST_MEETING), a_live_pair(life.FIRST_MEETING)
    make_bonds.a_meeting(early, by=make.a_worker(), today=today())
    make_bonds.a_meeting(late, by=make.a_worker(), today=today() - timedelta(days=3))
    client = signed_in(make.a_worker())

    rows = client.get(reverse("bonds:road")).context["rows"]
    only = client.get(reverse("bonds:road") + "?stage=OVERDUE").context["rows"]

    assert [row.pairing for row in rows] == [late, early]
    assert [row.pairing for row in only] == [late]


def test_many_are_offered_at_once_and_the_refused_are_named():
    good, bad = a_live_pair(life.REVIEWED), a_live_pair(life.REVIEWED)
    bad.child.consents.all().update(given=False)
    client = signed_in(make.a_worker())

    answer = client.post(
        reverse("bonds:bulk"), {"act": "offer", "pick": [good.pk, bad.pk, "nonsense"]}, follow=True
    )

    assert Pairing.objects.get(pk=good.pk).state == life.OFFERED_MOTHER
    assert Pairing.objects.get(pk=bad.pk).state == life.REVIEWED
    assert "Done for 1 pair." in answer.content.decode()


def test_a_ceremony_by_its_pages():
    pairing, client = a_live_pair(life.FIRST_MEETING), signed_in(make.a_worker())
    plan = {"title": "冬日结对", "on": today().isoformat(), "place": "文化馆"}
    client.post(reverse("bonds:ceremonies"), plan)
    gala = Ceremony.objects.get()
    client.post(reverse("bonds:ceremony-add", args=[gala.pk]), {"pick": [pairing.pk]})
    met = gala.meetings.get()

    page = reverse("bonds:ceremony", args=[gala.pk])
    assert pairing.child.name in client.get(page).content.decode()
    present = [f"{met.pk}:MOTHER", f"{met.pk}:CHILD", "nonsense:CHILD"]
    done = {"staff": "陈素芬", "minutes": "顺利", "present": present}
    client.post(reverse("bonds:ceremony-close", args=[gala.pk]), done)

    assert Pairing.objects.get(pk=pairing.pk).state == life.ACTIVE_INITIAL
    assert "顺利" in client.get(page).content.decode()


def test_the_text_is_written_anew_and_a_flawed_one_is_refused():
    client = signed_in(make.a_worker())
    body = "甲方{office}乙方{mother}丙方{guardian}儿童{child}"
    flawed = {"title": "协议", "body": "{child}与{mothr}", "note": "试"}

    assert client.post(reverse("bonds:text"), flawed).status_code == 422
    missing = {"title": "协议", "body": "{child}", "note": "试一试"}
    assert client.post(reverse("bonds:text"), missing).status_code == 422
    sound = {"title": "协议", "body": body, "note": "本县补充"}
    assert client.post(reverse("bonds:text"), sound).status_code == 302

    assert AgreementText.objects.filter(area_code=make.COUNTY).count() == 1
    drawn = Agreement.objects.get(pairing=make_bonds.a_pair(life.AGREEMENT))
    assert drawn.text.body == body


def test_a_drawn_agreement_keeps_its_text_and_its_paper_names_the_hash():
    drawn = Agreement.objects.get(pairing=make_bonds.a_pair(life.AGREEMENT))
    before = drawn.sha256
    agreeing.write_text(
        make.COUNTY, by=make.a_worker(), title="新协议", note="修订",
        body="甲方{office}乙方{mother}丙方{guardian}儿童{child}",
    )  # fmt: skip

    drawn.refresh_from_db()
    assert drawn.sha256 == before
    assert paper.pdf_of(drawn).startswith(b"%PDF")
    assert paper.pdf_of(drawn) == paper.pdf_of(drawn)


def test_a_pair_by_hand_on_the_page_names_the_refusal_and_keeps_the_words():
    child, mother = make_pairing.a_child(consent=False), make_pairing.a_mother()
    client = signed_in(make.a_user("fed_town"))
    page = reverse("bonds:propose", args=[child.pk])

    assert mother.name in client.get(page).content.decode()
    answer = client.post(page, {"mother": mother.pk, "reason": "两家相邻"})

    assert answer.status_code == 422
    assert "两家相邻" in answer.content.decode()
    assert not Pairing.objects.exists()


def test_a_pair_from_before_is_taken_over_by_the_form_of_the_propose_page():
    child, mother = make_pairing.a_child(), make_pairing.a_mother()
    client = signed_in(make.a_worker())
    page = reverse("bonds:propose", args=[child.pk])
    form = {"mother": mother.pk, "reason": "原台账第12号", "since": "2025-09-01"}

    answer = client.post(page, form)

    made = Pairing.objects.get()
    assert answer.status_code == 302
    assert answer["Location"] == reverse("bonds:pair", args=[made.pk])
    assert (made.state, made.active_on.isoformat()) == ("ACTIVE", "2025-09-01")
    assert made.steps.get().act == "take_over"


def test_a_town_takes_no_pair_over_by_the_form_and_its_words_stay():
    child, mother = make_pairing.a_child(), make_pairing.a_mother()
    client = signed_in(make.a_user("fed_town"))
    page = reverse("bonds:propose", args=[child.pk])

    answer = client.post(page, {"mother": mother.pk, "reason": "原台账", "since": "2025-09-01"})
    future = signed_in(make.a_worker()).post(
        page, {"mother": mother.pk, "reason": "原台账", "since": "2999-01-01"}
    )

    assert (answer.status_code, future.status_code) == (422, 422)
    assert "原台账" in future.content.decode()
    assert not Pairing.objects.exists()
