"""What a policy's value lists change: languages, qualifications, what an earlier end means."""

import tomllib
from datetime import date
from uuid import uuid4

import pytest
from django.urls import reverse

from qianshou.engines.matching.plan import make_plan
from qianshou.engines.matching.policy import DEFAULT, policy_from
from qianshou.pairing.actions import matching
from qianshou.pairing.actions import policies as acting
from qianshou.pairing.models import Pairing
from qianshou.pairing.queries import arrays, instance, policies
from qianshou.pairing.queries.wishes import Said
from qianshou.registry.models import Guardian, Guardianship
from tests import make, make_pairing

pytestmark = pytest.mark.django_db


def a_policy(**tables):
    body = tomllib.loads(DEFAULT.read_text(encoding="utf-8")) | tables
    return policy_from(body, digest="0" * 64)


def a_plan(policy):
    people = arrays.read_instance(make.COUNTY, today=make.TODAY, policy=policy)
    plan = make_plan(people.children, people.mothers, policy, barred=people.barred)
    return people, plan


def an_ended(child, mother, cause):
    return Pairing.objects.create(
        child=child, mother=mother, area_code=child.area_code, started_on=date(2025, 3, 1),
        active_on=date(2025, 3, 1), ended_on=date(2026, 1, 1), state="FAREWELL_DONE",
        end_cause=cause, by=make.a_worker(),
    )  # fmt: skip


def test_languages_listed_as_one_are_a_common_language():
    make_pairing.a_child(facts={"languages": ["sichuan"]})
    make_pairing.a_mother(languages=["chongqing"])
    both = {"languages": {"same": [["chongqing", "sichuan"]]}}

    assert (a_plan(a_policy())[1].mate == -1).all()
    assert (a_plan(a_policy(words=both))[1].mate == 0).all()


def test_qualifications_follow_the_policy():
    make_pairing.a_child(facts={"bad_behaviour": True})
    make_pairing.a_mother(skills=[50] * 8)
    justice = {"axis": "habit", "level": 70, "when": {"bad_behaviour": [True]}}

    assert (a_plan(a_policy())[1].mate == 0).all()
    assert (a_plan(a_policy(qualifications={"justice": justice}))[1].mate == -1).all()


def test_pairing_that_ended_well_is_an_acquaintance_where_the_policy_says_so():
    child, known, other = make_pairing.a_child(), make_pairing.a_mother(), make_pairing.a_mother()
    an_ended(child, known, "HOME")
    lists = {"barred": ["HARM", "UNWANTED", "NO_BOND"], "kept": ["HOME", "TERM"]}

    people, plan = a_plan(a_policy(earlier=lists))
    _, strict = a_plan(a_policy())

    assert people.mother_rows[plan.mate[0]].id == known.pk
    assert {row.id: row.kept for row in people.mother_rows} == {known.pk: 1, other.pk: 0}
    assert people.mother_rows[strict.mate[0]].id == other.pk


@pytest.mark.parametrize("cause", ["HARM", "UNWANTED", "NO_BOND"])
def test_end_that_the_policy_bars_is_never_proposed_again(cause):
    child, mother = make_pairing.a_child(), make_pairing.a_mother()
    an_ended(child, mother, cause)
    lists = {"barred": ["HARM", "UNWANTED", "NO_BOND"], "kept": ["HOME"]}

    people, plan = a_plan(a_policy(earlier=lists))

    assert (plan.mate == -1).all()
    assert people.mother_rows[0].kept == 0


def test_policy_page_and_comparison_show_the_lists(client):
    shipped = matching.load_policies()
    text = shipped.text.replace("same = []  ", 'same = [["chongqing", "sichuan"]]', 1)
    by = make.a_user("fed_city", area=make.CITY)
    draft = acting.take_in(make.COUNTY, by=by, content=text.encode(), note="乡音")
    client.force_login(by)

    page = client.get(reverse("pairing:policy", args=[draft.pk]), headers={"accept-language": "en"})
    changed = [row for row in policies.side_by_side(shipped, draft) if row.differs]

    assert "Chongqing dialect = Sichuan dialect" in page.text
    assert "psychological support from 60 on" in page.text
    assert len(changed) == 1


def test_version_drafted_on_the_form_keeps_the_lists():
    shipped = matching.load_policies()
    numbers = acting.Numbers({}, frozenset(), {}, {}, {}, 0)
    by = make.a_user("fed_city", area=make.CITY)

    draft = acting.draft(make.COUNTY, by=by, base=shipped, name="新", numbers=numbers, note="试")

    lists = {name: draft.body[name] for name in ("words", "qualifications", "earlier", "points")}
    assert lists == {name: shipped.body[name] for name in lists}


def test_a_wish_that_names_a_mother_outside_the_problem_counts_for_nobody():
    make_pairing.a_child()
    people, _ = a_plan(a_policy())

    said = Said({row.id: uuid4() for row in people.child_rows})
    found = arrays.wished(people, said, today=make.TODAY)

    assert found.children.wish.tolist() == [-1]


@pytest.mark.parametrize(
    ("name", "area", "barred"),
    [
        ("王桂芳", make_pairing.VILLAGE, True),
        ("王桂芳", "500236103201", True),
        ("王桂芳", "500236104201", False),
        ("李桂芳", make_pairing.VILLAGE, False),
    ],
)
def test_nobody_is_proposed_to_the_child_she_cares_for_already(name, area, barred):
    child = make_pairing.a_child()
    carer = Guardian.objects.create(area_code=child.area_code, name="王桂芳")
    Guardianship.objects.create(
        child=child, guardian=carer, area_code=child.area_code, kinship="GRANDPARENT",
        is_guardian=False, is_carer=True,
    )  # fmt: skip
    mother = make_pairing.a_mother(name=name, area=area)

    pairs = instance.refused_pairs(make.COUNTY)

    assert pairs == ([(child.pk, mother.pk)] if barred else [])
