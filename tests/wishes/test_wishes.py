"""Wishes: nobody learns who the child is, one claim at a time, and the whole road."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.urls import reverse

from qianshou.common import rowsecurity
from qianshou.common.errors import NotFound
from qianshou.notices.models import Notice
from qianshou.wishes.actions import claiming, following, keeping
from qianshou.wishes.models import Claim, PublicWish, Wish
from qianshou.wishes.queries import hiding, public
from qianshou.wishes.queries.limits import limits
from qianshou.wishes.rules import blur, states, words
from tests import make, make_care, make_pairing
from tests.make_wishes import CHECKS, a_wish, claimed, code_of, giver, published, said, screened

pytestmark = pytest.mark.django_db
KNOWN = words.Known(
    ("王小明", "王建国", "欧阳芳"), ("竹园镇中心小学校",), ("大湾村村民委员会", "高峰镇", "万州区"),
)  # fmt: skip


def kinds_in(text: str, known: words.Known = KNOWN) -> set[str]:
    return {each.kind for each in words.marks(text, known, limits())}


# -- words that identify --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("我叫王小明，想要书", "NAME"),
        ("王 小 明想要书", "NAME"),
        ("王-小-明", "NAME"),
        ("小明想要书", "NAME"),
        ("阿明想要书", "NAME"),
        ("明明想要书", "NAME"),
        ("爷爷王建国腿不好", "NAME"),
        ("竹园镇中心小学的同学都有", "SCHOOL"),
        ("竹园有个书店", "SCHOOL"),
        ("我住在大湾", "PLACE"),
        ("大湾村三组", "PLACE"),
        ("高峰镇上买不到", "PLACE"),
        ("隔壁红旗村的孩子有", "PLACE"),
        ("在阳光小学读书", "PLACE"),
        ("打电话13812345678", "NUMBER"),
        ("打电话１３８１２３４５６７８", "NUMBER"),
        ("一三八一二三四五六七八", "NUMBER"),
        ("2015年3月生的", "NUMBER"),
        ("3月8日过生日", "NUMBER"),
        ("三年级2班", "CLASS"),
        ("妈妈去世了", "RARE"),
        ("我有双胞胎弟弟", "RARE"),
        ("可怜可怜我", "PITY"),
    ],
)
def test_words_that_tell_who_the_child_is_are_found(text, kind):
    assert kind in kinds_in(text)


@pytest.mark.parametrize(
    "text", ["想要一本讲星星的书", "一个书包", "和爸爸妈妈打一次视频", "想去看一次大海", "小学", ""]
)
def test_harmless_words_are_left_alone(text):
    """The negative control of the finder: it does not mark everything."""
    assert kinds_in(text) == set()


def test_without_knowing_the_child_its_name_is_not_found():
    """The negative control of the test above: what is known is what finds it."""
    assert kinds_in("小明想要书", words.Known()) == set()


def test_marks_lie_where_the_words_lie():
    text = "我叫王 小明，住大湾村"
    found = words.marks(text, KNOWN, limits())

    assert [text[each.start : each.end] for each in found] == ["王 小明", "住大湾村"]
    assert "".join(part for part, _kind in words.pieces(text, found)) == text


def test_words_with_a_mark_are_never_published():
    child = make_pairing.a_child(name="张雨桐", school="育才小学")
    worker, wish = make.a_worker(), a_wish(child)

    for text in ("雨桐想要书", "育才小学的校服", "我在紫阳村子里"):
        with pytest.raises(keeping.TellsWho):
            screened(wish, by=worker, words=text)
    assert screened(wish, by=worker).state == states.SCREENED


def test_a_name_that_became_known_after_the_screening_stops_the_publishing():
    child = make_pairing.a_child()
    wish = screened(a_wish(child), by=make.a_worker(), words="想给星星画画")
    child.name = "赵星星"
    child.save()

    with pytest.raises(keeping.TellsWho):
        keeping.publish(wish, by=make.a_worker(), now=make.now())


# -- how much is shown ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ({("C", (9, 11)): 20}, ("C", "9-11")),
        ({("C", (9, 11)): 19, ("C", (9, 17)): 20}, ("C", "9-17")),
        ({("C", (9, 17)): 19, ("", (9, 11)): 20}, ("", "9-11")),
        ({("", (9, 17)): 20}, ("", "9-17")),
        ({("C", None): 20}, ("C", "")),
        ({}, ("", "")),
    ],
)
def test_what_is_shown_is_shared_by_enough_children(counts, shown):
    found = blur.shown_for(10, "C", lambda *at: counts.get(at, 0), fewest=20)

    assert (found.county, found.band) == shown


def test_a_county_with_few_children_is_not_named():
    wish = published(make_pairing.a_child())

    row = PublicWish.objects.get(slug=wish.slug)
    assert (row.county, row.age_band) == ("", "")


def test_a_county_with_many_children_is_named_unless_the_child_is_hidden():
    for _ in range(limits().fewest_children + 1):
        make_pairing.a_child()
    shown = hiding.shown_of(make_pairing.a_child(), make.TODAY)
    hidden = hiding.shown_of(make_pairing.a_child(hidden_location=True), make.TODAY)

    assert (shown.county, shown.band) == (make.COUNTY, "9-11")
    assert hidden.county == ""


def test_the_public_row_holds_nothing_of_the_child(client):
    child = make_pairing.a_child(name="张雨桐", school="育才小学")
    wish = published(child)

    columns = {each.name for each in PublicWish._meta.fields}
    assert columns == {
        "slug", "kind", "words", "age_band", "county", "cost_band", "is_free", "published_on",
    }  # fmt: skip
    pages = [reverse("wishes:open"), reverse("wishes:take", args=[wish.slug])]
    for path in pages:
        body = client.get(path).content.decode()
        for secret in ("雨桐", "育才", "星星的书，", str(child.pk), str(wish.pk), child.area_code):
            assert secret not in body
        assert "想要一本讲星星的书" in body


def test_the_public_scope_reads_no_wish_and_no_claim():
    """What the database itself shows to whoever is not signed in."""
    claimed(published())
    with rowsecurity.acting(rowsecurity.NOBODY), connection.cursor() as cursor:
        seen = []
        for table in ("wishes_wish", "wishes_claim", "wishes_publicwish"):
            cursor.execute(f"SELECT count(*) FROM {table}")
            seen.append(cursor.fetchone()[0])

    assert seen == [0, 0, 1]


# -- making and publishing ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"words": " "}, keeping.NoWords),
        ({"words": "长" * 201}, keeping.NoWords),
        ({"kind": "CAR"}, keeping.NoWords),
        ({"yuan": 301}, keeping.TooDear),
        ({"assented": False}, keeping.NotAsked),
    ],
)
def test_a_wish_that_is_none_is_refused(fields, refusal):
    with pytest.raises(refusal):
        a_wish(**fields)
    assert not Wish.objects.exists()


def test_a_small_child_need_not_be_asked():
    young = make_pairing.a_child(birth_on=make.TODAY - timedelta(days=5 * 365))

    assert a_wish(young, assented=False)


def test_the_mother_writes_for_her_own_child_and_for_no_other():
    user, mother = make_care.a_carer()
    hers = make_care.a_pairing(mother).child

    assert a_wish(hers, by=user)
    with pytest.raises(NotFound):
        a_wish(make_pairing.a_child(), by=user)


def test_the_same_form_sent_twice_is_one_wish():
    child, once, worker = make_pairing.a_child(), uuid4(), make.a_worker()

    for _ in range(2):
        keeping.make(child, said(), by=worker, once=once, now=make.now())

    assert Wish.objects.count() == 1


def test_a_second_person_publishes():
    maker, screener = make.a_worker(), make.a_worker()
    wish = screened(a_wish(by=maker), by=screener)

    for by in (maker, screener):
        with pytest.raises(keeping.SamePerson):
            keeping.publish(wish, by=by, now=make.now())
    assert keeping.publish(wish, by=make.a_worker(), now=make.now()).slug


def test_every_check_needs_its_sentence():
    with pytest.raises(keeping.CheckMissing):
        keeping.screen(a_wish(), by=make.a_worker(), public_words="书", now=make.now(),
                       checks=CHECKS | {"SAFETY": " "})  # fmt: skip


# -- claims ---------------------------------------------------------------------------------------


def test_the_code_takes_the_wish_and_the_first_one_has_it():
    wish = published()
    one, other = (claiming.ask(wish.slug, giver(phone), now=make.now())
                  for phone in ("13800000001", "13800000002"))  # fmt: skip

    claiming.prove(one, code_of(one), now=make.now())

    with pytest.raises(claiming.GoneAlready):
        claiming.prove(other, code_of(other), now=make.now())
    with pytest.raises(claiming.GoneAlready):
        claiming.ask(wish.slug, giver("13800000003"), now=make.now())
    assert not public.open_wishes().exists()


def test_a_wrong_code_is_counted_and_five_are_enough():
    claim = claiming.ask(published().slug, giver(), now=make.now())

    for _ in range(5):
        with pytest.raises(claiming.WrongCode):
            claiming.prove(claim, "0000000", now=make.now())
    with pytest.raises(claiming.WrongCode):
        claiming.prove(claim, code_of(claim), now=make.now())


def test_an_old_code_takes_nothing():
    claim = claiming.ask(published().slug, giver(), now=make.now())

    with pytest.raises(claiming.WrongCode):
        claiming.prove(claim, code_of(claim), now=make.now() + timedelta(hours=1))


def test_one_telephone_gets_few_codes_and_holds_few_wishes():
    wish = published()
    for _ in range(limits().asks_an_hour):
        claiming.ask(wish.slug, giver(), now=make.now())
    with pytest.raises(claiming.TooManyCodes):
        claiming.ask(wish.slug, giver(), now=make.now())

    for number in range(limits().open_claims):
        claimed(published(), phone="13900000009", now=make.now() + timedelta(hours=2 * number))
    with pytest.raises(claiming.HoldsEnough):
        claiming.ask(wish.slug, giver("13900000009"), now=make.now() + timedelta(hours=9))


def test_name_and_telephone_lie_sealed():
    claimed(published())

    raw = str(Claim.objects.values().get())
    assert "周先生" not in raw and "13800000001" not in raw  # noqa: PT018 - one thing


def test_a_claim_lapses_by_itself_and_the_wish_is_open_again():
    wish = published()
    secret = claimed(wish)
    later = make.now().date() + timedelta(days=limits().claimed_days + 2)

    assert claiming.sweep(today=later, now=make.now()) == 1
    assert claiming.sweep(today=later, now=make.now()) == 0
    wish.refresh_from_db()
    assert wish.state == states.PUBLISHED
    assert public.open_wishes().count() == 1
    assert not public.giver_page(secret)["may_give_back"]


def test_a_giver_gives_back():
    wish = published()
    secret = claimed(wish)

    claiming.give_back(secret, now=make.now())

    wish.refresh_from_db()
    assert wish.state == states.PUBLISHED
    with pytest.raises(NotFound):
        claiming.give_back(secret, now=make.now())


def test_a_wish_that_nobody_takes_lapses_and_who_never_proved_is_forgotten():
    wish = published()
    claim = claiming.ask(wish.slug, giver(), now=make.now())
    later = make.now() + timedelta(days=limits().published_days + 2)

    claiming.sweep(today=later.date(), now=later)

    wish.refresh_from_db()
    assert (wish.state, PublicWish.objects.count()) == (states.LAPSED, 0)
    gone = Claim.objects.get(pk=claim)
    assert (gone.state, bool(gone.phone), bytes(gone.phone_token)) == (states.RELEASED, False, b"")


# -- delivery and thanks --------------------------------------------------------------------------


def delivered(wish):
    worker = make.a_worker()
    keeping.start_delivery(wish, by=worker)
    return keeping.deliver(wish, by=worker, now=make.now())


def test_the_whole_road_ends_with_thanks_that_reach_the_giver():
    wish = published()
    secret = claimed(wish)
    delivered(wish)

    with pytest.raises(keeping.TellsWho):
        keeping.thank(wish, by=make.a_worker(), words=f"我是{wish.child.name}", now=make.now())
    done = keeping.thank(wish, by=make.a_worker(), words="谢谢，星星真好看", now=make.now())

    assert done.state == states.THANKED
    notice = Notice.objects.get(kind="wishes.thanks")
    link = notice.private_link.open().split("/")[-2]
    page = public.giver_page(link)
    assert page["thanks"] == "谢谢，星星真好看"
    assert wish.child.name not in str(page)
    assert secret != link


def test_the_giver_never_delivers():
    """There is no act by which a giver comes near the child."""
    givers = {step.act for step in states.WISH.steps if states.GIVER in step.actors}

    assert givers == {"claim", "release"}


def test_the_mother_hands_it_over():
    user, mother = make_care.a_carer()
    wish = published(make_care.a_pairing(mother).child)
    claimed(wish)
    keeping.start_delivery(wish, by=make.a_worker())

    assert keeping.deliver(wish, by=user, now=make.now()).delivered_by == user


def test_a_wish_is_taken_back_with_its_public_row_and_its_claim():
    wish = published()
    claimed(wish)

    keeping.withdraw(wish, by=make.a_worker(), reason="孩子改主意了", now=make.now())

    assert not PublicWish.objects.exists()
    assert Claim.objects.get().state == states.RELEASED
    assert Notice.objects.filter(kind="wishes.gone").count() == 1
    with pytest.raises(keeping.NotPossibleNow):
        keeping.withdraw(wish, by=make.a_worker(), reason="x", now=make.now())


def test_wishes_follow_a_joined_file_and_come_back():
    kept, absorbed, event = make_pairing.a_child(), make_pairing.a_child(), uuid4()
    claimed(published(absorbed))

    following.follow_merge(kept.pk, absorbed.pk, event_id=event)
    there = {Wish.objects.get().child_id, Claim.objects.get().child_id}
    following.follow_undo(event_id=event)

    assert there == {kept.pk}
    assert {Wish.objects.get().child_id, Claim.objects.get().child_id} == {absorbed.pk}


# -- pages ----------------------------------------------------------------------------------------


def test_a_stranger_takes_a_wish_on_through_the_pages(client):
    wish = published()
    path = reverse("wishes:take", args=[wish.slug])

    assert client.post(path, {"name": "周", "phone": "12"}).status_code == 422
    assert (
        client.post(path, {"name": "周", "phone": "13800000001", "website": "x"}).status_code == 422
    )
    step = client.post(path, {"name": "周先生", "phone": "138 0000 0001"})
    assert client.post(step.url, {"code": "000"}).status_code == 422
    code = Notice.objects.get(kind="wishes.code").params["code"]
    done = client.post(step.url, {"code": code})

    assert "想要一本讲星星的书" in client.get(done.url).content.decode()
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("name", ["wishes:wishes", "wishes:open"])
def test_a_list_asks_no_more_often_when_there_is_more(client, name):
    from django.test.utils import CaptureQueriesContext

    client.force_login(make.a_worker())
    counts = []
    for more in (1, 3):
        for _ in range(more):
            published()
        client.get(reverse(name))
        with CaptureQueriesContext(connection) as caught:
            assert client.get(reverse(name) + "?state=PUBLISHED").status_code == 200
        counts.append(len(caught))

    assert counts[0] == counts[1]
