"""The pages of the assessment: who sees what, confirming in the browser, figures, the scale."""

import re
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from qianshou.assessment.actions import assessing, confirming, instruments
from qianshou.assessment.actions.confirming import Outdated
from qianshou.assessment.models import Assessment
from qianshou.assessment.queries import grades as queries
from qianshou.registry.queries import words as registry_words
from qianshou.registry.rules import golden
from tests import make, make_assessment

pytestmark = pytest.mark.django_db
LIST, FIGURES, SCALE = "/assessment/", "/assessment/figures/", "/assessment/instrument/"


@pytest.fixture
def worker():
    return make.a_worker()


def url(child):
    return reverse("assessment:child", args=[child.pk])


def children(*circumstances):
    made = [make_assessment.a_child(**facts) for facts in circumstances]
    assessing.assess([child.pk for child in made], today=make.TODAY)
    return made


def test_worklist_puts_the_most_urgent_first_and_leaves_out_the_confirmed(client, worker):
    green, red, orange, done = children(
        {},
        {"violence_clue": True},
        {"father_status": "PRISON", "low_income": True, "bullied": True},
        {},
    )
    confirming.confirm_grade(Assessment.objects.get(child=done), by=worker, grade="GREEN")
    client.force_login(worker)

    lines = client.get(LIST).context["lines"]

    assert [line.child.pk for line in lines] == [red.pk, orange.pk, green.pk]
    assert lines[0].because == ["有受暴力侵害的线索", "有家庭暴力线索（同时为红色触发项）"]


def test_worklist_filters_by_grade_and_by_what_asks_for_a_person(client, worker):
    red, milder = children({"violence_clue": True}, {"self_harm": True})
    confirming.confirm_grade(Assessment.objects.get(child=milder), by=worker, grade="RED")
    make_assessment.new_facts(milder)
    client.force_login(worker)

    by_grade = client.get(LIST, {"grade": "GREEN"}).context["lines"]
    lower = client.get(LIST, {"kind": "lower"}).context["lines"]
    due = client.get(LIST, {"kind": "due"}).context["lines"]

    assert by_grade == []
    assert [line.child.pk for line in lower] == [milder.pk]
    assert due == []
    Assessment.objects.filter(child=milder).exclude(confirmed_at=None).update(
        confirmed_at="2026-01-01T00:00:00Z"
    )
    assert len(client.get(LIST, {"kind": "due"}).context["lines"]) == 1
    assert red.pk


def test_urgent_chip_counts_what_it_shows(client, worker):
    children({}, {"violence_clue": True}, {"psych": "SERIOUS", "bullied": True})
    client.force_login(worker)

    page = client.get(LIST, {"grade": "URGENT"})

    (chip,) = [each for each in page.context["filters"][1]["choices"] if each[0] == "URGENT"]
    shown = [line.assessment.grade for line in page.context["lines"]]
    assert (shown, chip[2]) == (["RED", "ORANGE"], 2)
    assert len(client.get(LIST).context["lines"]) == 3


@pytest.mark.parametrize("role", ["clerk", "fed_village", "fed_city", "auditor", "mother"])
def test_worklist_refuses_roles_that_confirm_nothing(client, role):
    client.force_login(make.a_user(role))

    assert client.get(LIST).status_code == 403


def test_other_county_sees_nothing_of_a_child(client):
    (child,) = children({"violence_clue": True})
    client.force_login(make.a_worker(area=make.OTHER_COUNTY))

    assert client.get(url(child)).status_code == 404
    assert client.post(url(child), {"grade": "GREEN", "reason": "因"}).status_code == 404
    assert client.get(LIST).context["lines"] == []


@pytest.mark.parametrize("role", ["fed_city", "mother", "auditor", "evaluator"])
def test_child_does_not_exist_for_roles_that_see_no_children(client, role):
    (child,) = children({"violence_clue": True})
    client.force_login(make.a_user(role, area=make.CITY))

    assert client.get(url(child)).status_code == 404


def test_hidden_place_is_shown_as_a_county(client, worker):
    (child,) = children({"violence_clue": True})
    type(child).objects.filter(pk=child.pk).update(hidden_location=True)
    client.force_login(worker)

    assert client.get(LIST).context["lines"][0].area_name == "奉节县"
    assert client.get(url(child)).context["area_name"] == "奉节县"


def test_page_gives_the_reasons_with_their_facts_and_sources(client, worker):
    (child,) = children({"father_status": "PRISON"})
    said = {"father_status": "PRISON", "area_code": make_assessment.VILLAGE}
    row = golden.Row("r", "civil_affairs", "2026-09-12", trust=dict.fromkeys(said, 50), values=said)
    type(child).objects.filter(pk=child.pk).update(provenance=golden.golden([row]).provenance())
    client.force_login(worker)

    (line,) = client.get(url(child)).context["reasons"]

    assert line["reason"].words == "父亲服刑或强制隔离戒毒"
    (known,) = line["known"]
    assert known.on == date(2026, 9, 12)
    assert known.department == str(registry_words.DEPARTMENTS["civil_affairs"])


def test_reason_without_a_known_source_still_shows_its_fact(client, worker):
    """Negative control of the test above."""
    (child,) = children({"father_status": "PRISON"})
    client.force_login(worker)

    (line,) = client.get(url(child)).context["reasons"]

    assert [(known.department, known.on) for known in line["known"]] == [("", None)]


def test_confirm_refuses_what_was_assessed_anew_since_the_page_was_opened(client, worker):
    (child,) = children({"bullied": True})
    client.force_login(worker)
    seen = client.get(url(child)).context["form"].initial["seen"]
    now = make_assessment.new_facts(child, violence_clue=True)

    late = client.post(url(child), {"grade": "GREEN", "reason": "走访核实", "seen": seen})
    page = client.get(url(child))
    again = client.post(url(child), {"grade": "ORANGE", "reason": "走访核实", "seen": now.pk})

    assert (late.status_code, late.headers["Location"]) == (302, url(child))
    assert [str(each) for each in page.context["messages"]] == [str(_(Outdated.__doc__))]
    assert page.context["assessment"].grade == "RED"
    assert again.status_code == 302
    assert Assessment.objects.current().get(child=child).grade == "ORANGE"


def test_confirm_in_the_browser(client, worker):
    (child,) = children({"bullied": True})
    client.force_login(worker)

    without = client.post(url(child), {"grade": "RED", "reason": ""})
    done = client.post(url(child), {"grade": "RED", "reason": "走访发现多处伤痕"})

    assert (without.status_code, done.status_code) == (422, 302)
    assert [each["grade"] for each in client.get(url(child)).context["history"]] == ["RED", "GREEN"]


def test_confirm_refuses_a_role_without_the_power(client):
    (child,) = children({"bullied": True})
    client.force_login(make.a_user("fed_village"))

    assert client.get(url(child)).context["may_confirm"] is False
    assert client.post(url(child), {"grade": "GREEN"}).status_code == 403


def test_figures_count_grades_by_town_and_by_county(client, worker):
    children({}, {"violence_clue": True})
    client.force_login(worker)
    by_town = client.get(FIGURES).context["mixes"]
    client.force_login(make.a_user("fed_city", area=make.CITY))
    city = client.get(FIGURES).context

    assert [(mix.code, mix.total, mix.at_risk) for mix in by_town] == [("500236103000", 2, 50.0)]
    assert [(mix.code, mix.total) for mix in city["mixes"]] == [("500236000000", 2)]
    assert len(city["tiles"]) == 38


def test_figures_refuse_roles_without_the_power(client):
    client.force_login(make.a_user("auditor"))

    assert client.get(FIGURES).status_code == 403


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh-hans", "遭受校园欺凌"),
        ("zh-hant", "遭受校園欺凌"),
        ("en", "The child is bullied at school"),
    ],
)
def test_scale_explains_itself_in_every_language(client, worker, language, words):
    instruments.load_instruments()
    client.force_login(worker)

    with translation.override(language):
        page = queries.instrument_page()

    assert page["groups"][0]["entries"][0]["words"] == words
    assert client.get(SCALE).status_code == 200


@pytest.mark.parametrize("version", ["7", "x"])
def test_version_that_does_not_exist_answers_404(client, worker, version):
    instruments.load_instruments()
    client.force_login(worker)

    assert client.get(SCALE, {"version": version}).status_code == 404


@pytest.mark.parametrize("page", ["list", "child", "figures"])
def test_pages_ask_the_database_no_more_often_for_a_thousand_children(client, worker, page):
    (child,) = children({"violence_clue": True})
    address = {"list": LIST, "child": url(child), "figures": FIGURES}[page]
    client.force_login(worker)

    def asked():
        with CaptureQueriesContext(connection) as made:
            assert client.get(address).status_code == 200
        return len(made)

    client.get(address)
    one = asked()
    make_assessment.many(1_000, violence_clue=True, bullied=True)

    assert asked() == one


def test_registry_pages_show_the_grade_and_narrow_by_it(worker):
    from qianshou.registry.models import Child

    red, green = children({"violence_clue": True}, {})

    cells = queries.grades_of([red.pk, green.pk])
    panel = queries.panel_for(worker, red)

    assert {pk: cell.text for pk, cell in cells.items()} == {red.pk: "RED", green.pk: "GREEN"}
    assert panel.context["assessment"].grade == "RED"
    assert list(Child.objects.filter(queries.narrow_to("RED"))) == [red]
    assert Child.objects.filter(queries.narrow_to("BLUE")).count() == 2
    assert queries.panel_for(make.a_worker(area=make.OTHER_COUNTY), red) is None
    assert queries.panel_for(worker, make_assessment.a_child()) is None


def test_matcher_gets_tiers_and_needs():
    red, green = children({"violence_clue": True}, {})

    assert queries.tiers_for([red.pk, green.pk]) == {red.pk: 0, green.pk: 3}
    rows = {row[0]: row[1:4] for row in queries.current_for_area(make.COUNTY)}
    assert rows[red.pk] == (make_assessment.VILLAGE, 0, "RED")
    assert list(queries.current_for_area(make.OTHER_COUNTY)) == []
    assert queries.grade_counts(make.COUNTY) == {"RED": 1, "ORANGE": 0, "YELLOW": 0, "GREEN": 1}


@pytest.mark.parametrize("name", ["child", "rows", "family", "history"])
def test_every_page_of_a_file_shows_the_grade_in_its_head(client, worker, name):
    red, green = children({"violence_clue": True}, {})
    client.force_login(worker)

    def head(child):
        text = client.get(reverse(f"registry:{name}", args=[child.pk])).content.decode()
        return text.split('class="file-header"')[1].split("</header>")[0]

    assert 'class="grade red"' in head(red)
    assert 'class="grade green"' in head(green)


def test_the_list_of_a_file_leads_to_each_of_its_cards(client, worker):
    (red,) = children({"violence_clue": True})
    client.force_login(worker)
    text = client.get(reverse("registry:child", args=[red.pk])).content.decode()
    named = re.findall(r'href="#((?:panel|facts)-\d+|locked)"', text)

    assert len(named) > 3
    assert [each for each in named if f'id="{each}"' not in text] == []
