"""Care models: shipped as data, written slot by slot with every mistake named, adopted by rule."""

import pytest
from django.test import Client
from django.urls import reverse

from qianshou.common.errors import NotAllowed
from qianshou.teams.actions import forming, modelling
from qianshou.teams.models import Adoption, CareModel, CareTeam
from qianshou.teams.queries import offered, reading
from qianshou.teams.rules import model as rules
from tests import make, make_pairing, make_teams

pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}
DAYS = make_teams.DAYS


def problems_of(*slots):
    with pytest.raises(rules.BadModelError) as found:
        rules.model_from({"slot": list(slots)}, roles=reading.ROLES)
    return {(each.slot, each.field) for each in found.value.problems}


def test_five_models_come_along_and_are_loaded_once():
    first, again = modelling.load_shipped(), modelling.load_shipped()

    assert [each.pk for each in first] == [each.pk for each in again]
    assert sorted(each.code for each in first) == [
        "1+1+4+N", "1+1+N", "chair+4", "home-visit-trio", "neighbours",
    ]  # fmt: skip
    assert all(offered.explained(each) for each in first)


@pytest.mark.parametrize(
    ("slot", "wrong"),
    [
        (make_teams.a_slot("KING"), {(1, "role")}),
        (make_teams.a_slot(least=3, most=1), {(1, "most")}),
        (make_teams.a_slot(least=0), {(1, "least")}),
        (make_teams.a_slot(least="two"), {(1, "least")}),
        (make_teams.a_slot(most=True), {(1, "most")}),
        (make_teams.a_slot(parts=["NAME", "SECRETS"]), {(1, "parts")}),
        (make_teams.a_slot(**{"from": "HEAVEN"}), {(1, "from")}),
        (make_teams.a_slot(**{"from": "PAIRING"}), {(1, "from")}),
        (make_teams.a_mother_slot(most=2), {(1, "most")}),
        (make_teams.a_slot(duty=[{"what": "SING", "days": DAYS}]), {(1, "duty")}),
        (make_teams.a_slot(duty=[{"what": "TALK", "days": {**DAYS, "RED": 0}}]), {(1, "days")}),
        (make_teams.a_slot(duty=[{"what": "TALK", "days": DAYS}] * 2), {(1, "duty")}),
        ("nonsense", {(1, "role"), (1, "from"), (1, "least"), (1, "most")}),
    ],
)
def test_mistake_is_told_with_slot_and_field(slot, wrong):
    assert problems_of(slot) == wrong


def test_all_mistakes_are_told_at_once():
    twice = [make_teams.a_slot(), make_teams.a_slot(), make_teams.a_slot("DOCTOR", least=9, most=2)]

    assert problems_of(*twice) == {(2, "role"), (3, "most")}
    assert problems_of() == {(0, "slot")}


def a_form(**changed):
    slot = {
        "role": "TEACHER", "source": "ROSTER", "least": "1", "most": "1", "required": "on",
        "parts": ["NAME", "SCHOOL"], "name": "班主任", "what1": "TALK", "text1": "谈心",
        **{f"days1_{grade}": str(n) for grade, n in DAYS.items()},
    }  # fmt: skip
    head = {"slots": "1", "code": "本县", "name": "班主任牵头", "note": "试行", "act": "keep"}
    return head | {f"slot0-{name}": value for name, value in (slot | changed).items()}


def the_page(**changed):
    client = Client(headers=ENGLISH)
    client.force_login(make.a_worker())
    act = changed.pop("act", "keep")
    return client.post(reverse("teams:write"), a_form(**changed) | {"act": act})


def test_county_writes_a_model_slot_by_slot():
    the_page()

    made = CareModel.objects.get()
    (slot,) = reading.model_of(made).slots
    assert (made.area_code, made.code, made.version) == (make.COUNTY, "本县", 1)
    assert (slot.role, slot.parts, slot.days("TALK", "RED")) == ("TEACHER", ("NAME", "SCHOOL"), 3)


def test_preview_says_it_in_plain_words_and_keeps_nothing():
    html = the_page(act="preview").content.decode()

    assert "full name、school and class" in html
    assert not CareModel.objects.exists()


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"most": "0"}, "Slot 1，At most：Write a whole number from 1 to 20."),
        ({"role": "KING"}, "Slot 1，Role："),
        ({"days1_RED": ""}, "Slot 1，Days, red：Write a whole number from 1 to 366."),
        ({"role": ""}, "A model needs at least one slot."),
    ],
)
def test_page_names_slot_and_field_and_loses_nothing(changed, says):
    answer = the_page(**changed)

    assert answer.status_code == 422
    html = answer.content.decode()
    assert says in html
    assert "班主任牵头" in html
    assert not CareModel.objects.exists()


def test_version_is_written_once_and_a_change_is_the_next_one():
    worker = make.a_worker()
    written = modelling.Written("本县", {"zh": "一"}, {"slot": [make_teams.a_slot()]}, "试行")
    first = modelling.write(make.COUNTY, written, by=worker)

    with pytest.raises(modelling.NothingNew):
        modelling.write(make.COUNTY, written, by=worker)
    changed = modelling.Written("本县", {"zh": "二"}, {"slot": [make_teams.a_slot()]}, "改名")
    second = modelling.write(make.COUNTY, changed, by=worker)

    assert (first.version, second.version) == (1, 2)
    first.refresh_from_db()
    assert first.name == {"zh": "一"}


def test_who_may_not_edit_writes_and_adopts_nothing():
    written = modelling.Written("本县", {"zh": "一"}, {"slot": [make_teams.a_slot()]}, "试行")
    town = make.a_user("fed_town")

    with pytest.raises(NotAllowed):
        modelling.write(make.COUNTY, written, by=town)
    with pytest.raises(NotAllowed):
        modelling.adopt(make_teams.a_model(), make.COUNTY, modelling.Fit(), by=town, note="试行")
    assert not Adoption.objects.exists()


def adopted(model, **fit):
    return modelling.adopt(
        model, make.COUNTY, modelling.Fit(only_paired=False, **fit), by=make.a_worker(), note="试"
    )


def models_now():
    return dict(CareTeam.objects.values_list("child_id", "model__code"))


def test_rules_give_teams_by_grade_category_and_town_and_the_lowest_order_decides():
    red = make_pairing.a_child(tier=0)
    orphan = make_pairing.a_child(tier=2, facts={"categories": ["ORPHAN_SCATTERED"]})
    plain, far = make_pairing.a_child(tier=2), make_pairing.a_child(area="500236104201", tier=2)
    for code, fit in (
        ("red", {"grades": ["RED"], "rank": 1}),
        ("orphan", {"categories": ["ORPHAN_SCATTERED"], "rank": 2}),
        ("town", {"towns": ["500236103000"], "rank": 3}),
    ):
        adopted(make_teams.a_model(code=code), **fit)

    made = forming.form_by_rule(make.COUNTY, today=make.TODAY)

    assert made == 3
    assert models_now() == {red.pk: "red", orphan.pk: "orphan", plain.pk: "town"}
    assert far.pk not in models_now()
    assert forming.form_by_rule(make.COUNTY, today=make.TODAY) == 0


def test_team_that_stands_is_not_touched_by_a_rule_and_moves_on_purpose():
    child = make_pairing.a_child()
    first, second = make_teams.a_model(code="a"), make_teams.a_model(code="b")
    make_teams.a_team(child, first)
    adopted(second)

    forming.form_by_rule(make.COUNTY, today=make.TODAY)
    assert models_now() == {child.pk: "a"}
    with pytest.raises(forming.TeamReasonMissing):
        forming.form(child, second, by=make.a_worker(), today=make.TODAY)
    forming.form(child, second, by=make.a_worker(), today=make.TODAY, reason="转为专门模式")

    standing = CareTeam.objects.get(ended_at=None)
    assert (standing.model, CareTeam.objects.count()) == (second, 2)


def test_only_paired_children_get_a_team_where_the_rule_says_so():
    make_pairing.a_child()
    modelling.adopt(
        make_teams.a_model(), make.COUNTY, modelling.Fit(), by=make.a_worker(), note="试"
    )

    assert forming.form_by_rule(make.COUNTY, today=make.TODAY) == 0


def test_worker_that_dies_between_leaves_nothing_half_and_the_next_one_does_it(monkeypatch):
    make_pairing.a_child()
    adopted(make_teams.a_model())
    from qianshou.audit import actions as audit

    def dies(*_args, **_kwargs):
        raise SystemExit

    with monkeypatch.context() as broken:
        broken.setattr(audit, "record", dies)
        with pytest.raises(SystemExit):
            forming.form_by_rule(make.COUNTY, today=make.TODAY)
    assert not CareTeam.objects.exists()

    assert forming.form_by_rule(make.COUNTY, today=make.TODAY) == 1
