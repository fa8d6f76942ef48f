"""The pages of the registry: who sees them, what stands on them, what they cost."""

import re
from itertools import product

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from qianshou.audit.models import Entry
from qianshou.registry.models import Child, Doubt
from tests import make as people
from tests import make_registry as make

pytestmark = pytest.mark.django_db
FILE_PAGES = ["child", "rows", "family", "history", "place", "merge"]


@pytest.fixture
def worker(client):
    """A county worker who is signed in."""
    user = people.a_worker()
    client.force_login(user)
    return user


def page_of(child, name="child"):
    return reverse(f"registry:{name}", args=[child.pk])


@pytest.mark.parametrize("name", ["child", "rows", "family", "history", "place", "merge"])
def test_file_page_shows_the_child_to_its_county(client, worker, name):
    child = make.a_child()

    answer = client.get(page_of(child, name))

    assert answer.status_code == 200
    assert "张雨桐" in answer.content.decode()


@pytest.mark.parametrize("name", ["child", "rows", "family", "history", "place", "merge"])
def test_file_page_is_missing_for_another_county(client, name):
    child = make.a_child()
    client.force_login(people.a_worker(people.OTHER_COUNTY))

    answer = client.get(page_of(child, name))

    assert answer.status_code == 404


def test_list_shows_own_children_and_none_of_another_county(client, worker):
    make.a_child()
    make.a_child(key="MZ2", name="王子轩", id_number=None, area_code="500235103205")

    text = client.get(reverse("registry:children")).content.decode()

    assert "张雨桐" in text
    assert "王子轩" not in text


@pytest.mark.parametrize("search", ["张雨", "雨桐", "zhangyutong", "zyt", "50023620140717312X"])
def test_list_finds_by_name_pinyin_initials_and_number(client, worker, search):
    make.a_child()
    make.a_child(key="MZ2", name="王子轩", id_number=None, birth_on="2012-01-02", father_phone=None)

    text = client.get(reverse("registry:children"), {"q": search}).content.decode()

    assert "张雨桐" in text
    assert "王子轩" not in text


def test_search_by_number_is_on_record_once_without_the_number(client, worker):
    make.a_child()
    before = Entry.objects.count()

    client.get(reverse("registry:children"), {"q": "50023620140717312X"})

    entry = Entry.objects.latest("id")
    assert Entry.objects.count() == before + 1
    assert entry.act == "registry.searched_by_number"
    assert "5002362014" not in entry.details


def test_list_asks_the_database_no_more_often_when_there_is_more(
    client, worker, django_assert_num_queries
):
    # Rooms above put columns of their own on the list, so the number itself is not ours to fix.
    make.a_child()
    client.get(reverse("registry:children"))
    with CaptureQueriesContext(connection) as first:
        client.get(reverse("registry:children"))
    make.deliver([
        make.a_row(
            key=f"K{number}", name=f"王{one}{other}", id_number=None, father_phone=None,
            birth_on=f"20{10 + number % 9}-03-{number % 27 + 1:02}",
            area_code=f"50023610320{number % 5 + 1}",
        )
        for number, (one, other) in enumerate(product("一二三四五", "山水木火土"))
    ])  # fmt: skip

    with django_assert_num_queries(len(first)):
        answer = client.get(reverse("registry:children"))

    assert answer.context["page"].paginator.count == 26


def test_reveal_shows_the_number_and_writes_one_entry(client, worker):
    child = make.a_child()
    before = Entry.objects.count()

    answer = client.post(page_of(child, "reveal"), {"kind": "id_number", "reason": "核对学籍信息"})

    assert "50023620140717312X" in answer.content.decode()
    entry = Entry.objects.latest("id")
    assert Entry.objects.count() == before + 1
    assert (entry.act, entry.reason) == ("registry.field.revealed", "核对学籍信息")


def test_reveal_without_a_reason_shows_nothing_and_writes_nothing(client, worker):
    child = make.a_child()
    before = Entry.objects.count()

    answer = client.post(page_of(child, "reveal"), {"kind": "id_number", "reason": " "})

    assert answer.status_code == 409
    assert "50023620140717312X" not in answer.content.decode()
    assert Entry.objects.count() == before


def test_reveal_is_not_for_a_village_worker(client):
    child = make.a_child()
    client.force_login(people.a_user("fed_village", area=people.COUNTY))

    answer = client.post(page_of(child, "reveal"), {"kind": "phone", "reason": "核对学籍信息"})

    assert answer.status_code == 403


def test_no_page_shows_the_whole_number_unasked(client, worker):
    child = make.a_child()

    texts = [client.get(page_of(child, name)).content.decode()
             for name in ("child", "rows", "family", "history")]  # fmt: skip

    assert not any("50023620140717312X" in text for text in texts)
    assert not any("15412345678" in text for text in texts)


def test_hidden_place_is_in_no_list_nor_file_of_others(client, worker):
    child = make.a_child(school="竹园镇中心小学校", address="3组12号")
    client.post(page_of(child, "place"), {"reason": "前夫在找孩子", "readers": ""})
    colleague = people.a_worker()
    client.force_login(colleague)

    texts = [client.get(reverse("registry:children")).content.decode(),
             *(client.get(page_of(child, name)).content.decode()
               for name in ("child", "rows", "family"))]  # fmt: skip

    assert Child.objects.get().hidden_location
    assert all("张雨桐" in text for text in texts)
    assert not any("竹园镇中心小学校" in text for text in texts)
    assert not any("3组12号" in text for text in texts)


def test_merged_file_leads_to_the_one_in_force(client, worker):
    kept, absorbed = make.a_child(), make.a_child(
        key="MZ9", name="李小满", id_number=None, birth_on="2010-05-06", father_phone=None
    )  # fmt: skip
    client.post(page_of(kept, "merge"), {"other": absorbed.pk, "reason": "同一个孩子"})

    answer = client.get(page_of(absorbed))

    assert answer.status_code == 302
    assert answer["Location"] == page_of(kept)


def a_doubt():
    """A question between two files."""
    one = make.deliver([make.a_row()]).arrived[0][0]
    row = make.a_row(
        key="G1", name="张语彤", id_number=None, birth_on="2014-07-18", father_name="张国",
        father_phone=None,
    )  # fmt: skip
    other = make.deliver([row], "education").arrived[0][0]
    low, high = sorted((one, other), key=str)
    Doubt.objects.all().delete()
    return Doubt.objects.create(
        area_code=make.VILLAGE, record_a_id=low, record_b_id=high, reason="BAND", weight_bits=1.0,
        probability=0.6, levels="name=sound", value=1.0, raised_at=people.now(),
    )  # fmt: skip


def test_doubt_page_asks_and_the_answer_leads_on(client, worker):
    doubt = a_doubt()

    shown = client.get(reverse("registry:doubt", args=[doubt.pk])).content.decode()
    answer = client.post(reverse("registry:doubt", args=[doubt.pk]), {"verdict": "different"})

    assert "张雨桐" in shown
    assert 'data-key="1"' in shown
    assert answer.status_code == 302
    assert Doubt.objects.get().state == "DIFFERENT"


def test_doubts_page_is_empty_for_another_county(client):
    doubt = a_doubt()
    client.force_login(people.a_worker(people.OTHER_COUNTY))

    listed = client.get(reverse("registry:doubts"))
    opened = client.get(reverse("registry:doubt", args=[doubt.pk]))

    assert listed.status_code == 200
    assert "张" not in listed.content.decode().split('id="list"')[1]
    assert opened.status_code == 404


@pytest.mark.parametrize("name", ["children", "doubts", "coverage"])
def test_empty_page_says_what_to_do(client, worker, name):
    answer = client.get(reverse(f"registry:{name}"))

    assert answer.status_code == 200
    assert 'class="empty' in answer.content.decode()


def test_mother_sees_no_children(client):
    make.a_child()
    client.force_login(people.a_user("mother"))

    answer = client.get(reverse("registry:children"))

    assert answer.status_code == 404


def test_town_and_village_in_one_file_do_not_differ(client, worker):
    child = make.a_child()
    make.deliver([make.a_row(key="G1", area_code="500236103000", father_name=None)], "education")
    make.deliver([make.a_row(key="H1", area_code="500236103206", father_name=None)], "health")

    def marked(area_codes):
        with_place = client.get(page_of(child, "rows")).context["comparison"].lines
        line = next(each for each in with_place if len(each["cells"]) == area_codes and
                    any("奉节县" in cell for cell in each["cells"]))  # fmt: skip
        return line["differs"]

    assert marked(3)  # the control: another village of the town
    make.deliver([make.a_row(key="H1", area_code=make.VILLAGE, father_name=None)], "health")
    assert not marked(3)


def test_place_with_an_unknown_reader_says_so_and_hides_nothing(client, worker):
    child = make.a_child()

    answer = client.post(page_of(child, "place"), {"reason": "前夫在找孩子", "readers": "nobody-1"})

    assert answer.status_code == 422
    assert "nobody-1" in answer.content.decode()
    assert not Child.objects.get().hidden_location


@pytest.mark.parametrize(("role", "listed"), [("fed_county", True), ("fed_city", False)])
def test_coverage_leads_to_the_list_only_those_who_may_see_it(client, role, listed):
    make.a_child()
    area = people.CITY if role == "fed_city" else people.COUNTY
    client.force_login(people.a_user(role, area=area))

    text = client.get(reverse("registry:coverage")).content.decode().split("<main")[1]

    assert (reverse("registry:children") in text) is listed


@pytest.mark.parametrize(("role", "tiles"), [("fed_county", 0), ("fed_city", 38)])
def test_coverage_draws_the_map_where_counties_can_be_compared(client, role, tiles):
    make.a_child()
    area = people.CITY if role == "fed_city" else people.COUNTY
    client.force_login(people.a_user(role, area=area))

    assert len(client.get(reverse("registry:coverage")).context["tiles"]) == tiles


def test_list_tells_places_as_from_inside_the_area(client, worker):
    make.a_child()

    line = client.get(reverse("registry:children")).context["lines"][0]

    assert line.village
    assert "奉节县" not in line.village


FOLDED = re.compile(
    r'<div class="folded" id="([^"]+)">.*?action="([^"]+)".*?name="kind" value="([^"]+)"', re.DOTALL
)


@pytest.mark.parametrize("name", ["child", "family"])
def test_what_is_opened_comes_back_to_its_own_place(client, worker, name):
    """The page swaps the part with the same id: no two parts share one, and the answer has it."""
    child = make.a_child(phone="15412345679", mother_name="李秀英", mother_phone="15412345670")

    parts = FOLDED.findall(client.get(page_of(child, name)).content.decode())

    assert len({anchor for anchor, _, _ in parts}) == len(parts) == 2
    for anchor, action, kind in parts:
        answer = client.post(action, {"kind": kind, "reason": "核对学籍信息"}).content.decode()
        assert f'<div class="folded" id="{anchor}">' in answer
        assert "folded-value" in answer
