"""A policy's versions: written once, hashed, adopted with a reason, compared, chosen for a run."""

import hashlib
import tomllib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import translation

from qianshou.audit.models import Entry
from qianshou.common.errors import NotAllowed
from qianshou.engines.matching.policy import DEFAULT, LIMITS, RULES, load_policy
from qianshou.engines.matching.writing import policy_text
from qianshou.pairing.actions import matching
from qianshou.pairing.actions import policies as acting
from qianshou.pairing.forms import PolicyForm
from qianshou.pairing.models import MatchRun, Policy
from qianshou.pairing.queries import policies
from tests import make, make_exchange, make_pairing

pytestmark = pytest.mark.django_db


@pytest.fixture
def shipped():
    return matching.load_policies()


def the_city():
    return make.a_user("fed_city", area=make.CITY)


def given(base, **changes):
    """What a form about a version sends, with some of it changed."""
    form = PolicyForm(base=base)
    values = {name: field.initial for name, field in form.fields.items()}
    return values | {"note": "本区路远", **changes}


def drafted(base, area=make.COUNTY, by=None, **changes):
    form = PolicyForm(given(base, **changes), base=base)
    assert form.is_valid(), form.errors
    return acting.draft(
        area, by=by or the_city(), base=base, name=form.cleaned_data["name"],
        numbers=acting.Numbers(**form.numbers()), note=form.cleaned_data["note"],
    )  # fmt: skip


def test_shipped_policy_keeps_the_text_that_was_hashed(shipped):
    assert hashlib.sha256(shipped.text.encode()).hexdigest() == shipped.sha256
    assert shipped.sha256 == load_policy().digest


def test_written_policy_says_what_it_was_made_of():
    body = tomllib.loads(DEFAULT.read_text(encoding="utf-8"))

    assert tomllib.loads(policy_text(body)) == body
    assert policy_text(body) == policy_text(tomllib.loads(policy_text(body)))


def test_drafted_version_is_hashed_but_not_in_force(shipped):
    draft = drafted(shipped, **{"weight-travel": 300, "weight-skills": 100, "name": "奉节规则"})

    assert (draft.version, draft.area_code, draft.is_current) == (1, make.COUNTY, False)
    assert hashlib.sha256(draft.text.encode()).hexdigest() == draft.sha256
    assert draft.body["parts"]["travel"]["weight"] == 300
    assert matching.policy_for_area(make.COUNTY) == shipped
    assert Entry.objects.filter(act="pairing.policy.drafted").count() == 1


def test_adopted_version_holds_for_its_area_alone(shipped):
    draft = drafted(shipped)

    acting.adopt(draft, by=the_city(), reason="山区路远")

    draft.refresh_from_db()
    assert (draft.is_current, draft.adopted_for) == (True, "山区路远")
    assert matching.policy_for_area(make.COUNTY) == draft
    assert matching.policy_for_area("500236103000") == draft
    assert matching.policy_for_area(make.OTHER_COUNTY) == shipped
    assert Entry.objects.get(act="pairing.policy.adopted").reason == "山区路远"


def test_citys_own_version_comes_before_the_shipped_one(shipped):
    draft = drafted(shipped, area=make.CITY)
    acting.adopt(draft, by=the_city(), reason="统一口径")

    assert matching.policy_for_area(make.COUNTY) == draft


def test_next_version_takes_the_place_of_the_one_before(shipped):
    first, second = drafted(shipped), drafted(shipped)
    acting.adopt(first, by=the_city(), reason="一")
    acting.adopt(second, by=the_city(), reason="二")

    assert (first.version, second.version) == (1, 2)
    assert list(Policy.objects.filter(area_code=make.COUNTY, is_current=True)) == [second]
    with pytest.raises(acting.InForceAlready):
        acting.adopt(second, by=the_city(), reason="三")


def test_area_that_gives_its_policy_up_follows_the_one_above(shipped):
    draft = drafted(shipped)
    acting.adopt(draft, by=the_city(), reason="试行")

    acting.give_up(draft, by=the_city(), reason="试行结束")

    assert matching.policy_for_area(make.COUNTY) == shipped
    with pytest.raises(acting.NotInForce):
        acting.give_up(draft, by=the_city(), reason="再次")


@pytest.mark.parametrize("role", ["fed_county", "clerk", "fed_town"])
def test_only_who_may_change_policies_drafts_and_adopts(shipped, role):
    area = make_exchange.TOWN if role == "fed_town" else make.COUNTY
    with pytest.raises(NotAllowed):
        drafted(shipped, by=make.a_user(role, area=area))
    draft = drafted(shipped)
    with pytest.raises(NotAllowed):
        acting.adopt(draft, by=make.a_user(role, area=area), reason="试行")

    draft.refresh_from_db()
    assert not draft.is_current


def test_shipped_policy_is_put_by_the_setup_alone(shipped):
    with pytest.raises(NotAllowed):
        acting.give_up(shipped, by=the_city(), reason="试行")


def test_reason_is_needed(shipped):
    draft = drafted(shipped)

    with pytest.raises(acting.PolicyReasonMissing):
        acting.adopt(draft, by=the_city(), reason="  ")
    with pytest.raises(acting.PolicyReasonMissing):
        acting.take_in(make.COUNTY, by=the_city(), content=DEFAULT.read_bytes(), note="")


def test_weights_must_be_shares_of_one_whole(shipped):
    form = PolicyForm(given(shipped, **{"weight-travel": 201}), base=shipped)

    with translation.override("en"):
        assert not form.is_valid()
        assert form.non_field_errors() == ["The weights add up to 1001; they must add up to 1000."]


def test_file_is_taken_in_as_it_is(shipped):
    text = DEFAULT.read_text(encoding="utf-8").replace("travel_m = 15000", "travel_m = 20000")

    found = acting.take_in(make.COUNTY, by=the_city(), content=text.encode(), note="路远")

    assert (found.text, found.body["limits"]["travel_m"]) == (text, 20_000)
    assert found.sha256 == hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    ("spoiled", "words"),
    [
        (("weight = 200", "weight = 199"), "add up to 1000"),
        (("travel_m = 15000", "travel_m = 0"), "limits.travel_m"),
        (("[rules.conflict]\non = true", "[rules.conflict]\non = false"), "cannot be switched off"),
        (("[rules.too_far]", "[rules.too_far"), "line"),
    ],
)
def test_bad_file_is_given_back_with_what_is_wrong(shipped, client, spoiled, words):
    content = DEFAULT.read_text(encoding="utf-8").replace(*spoiled).encode()
    client.force_login(the_city())

    page = client.post(
        reverse("pairing:policy-draft"),
        {"by_file": "1", "note": "试行", "file": SimpleUploadedFile("policy.toml", content)},
        headers={"accept-language": "en"},
    )

    assert page.status_code == 422
    assert words in page.text
    assert not Policy.objects.filter(area_code=make.CITY).exists()


def test_versions_side_by_side_show_what_changed_first(shipped):
    on = {*PolicyForm(base=shipped).fields["rules"].initial, "no_common_time"}
    draft = drafted(shipped, rules=sorted(on), **{"limits-travel_m": 20_000})

    with translation.override("en"):
        rows = policies.side_by_side(shipped, draft)

    assert [(row.label, row.one, row.other) for row in rows if row.differs] == [
        ("Rule: no common time", "off", "on"),
        ("farthest way outside her own town, in metres", "15,000", "20,000"),
    ]
    assert [row.differs for row in rows] == sorted((row.differs for row in rows), reverse=True)


def test_page_explains_rules_on_and_off_in_the_readers_language(shipped, client):
    client.force_login(make.a_worker())

    page = client.get(reverse("pairing:policy", args=[shipped.pk]))

    words = page.context["words"]
    assert len(words["rules"]) + len(words["off"]) == len(RULES)
    assert "没有共同的空闲时间" in words["off"]
    assert len(words["limits"]) == len(LIMITS)
    assert "SHA-256" in page.text


def test_file_of_a_policy_has_the_hash_that_its_runs_name(shipped, client):
    client.force_login(make.a_worker())

    answer = client.get(reverse("pairing:policy-file", args=[shipped.pk]))

    assert hashlib.sha256(answer.content).hexdigest() == shipped.sha256


def test_run_is_started_under_a_chosen_version(shipped, client):
    draft = drafted(shipped)
    client.force_login(make.a_worker())

    client.post(reverse("pairing:start"), {"policy": str(draft.pk)})
    client.post(reverse("pairing:start"))

    assert list(MatchRun.objects.order_by("created_at").values_list("policy", flat=True)) == [
        draft.pk, shipped.pk,
    ]  # fmt: skip


def test_version_of_another_county_is_not_taken_for_a_run(shipped, client):
    elsewhere = drafted(shipped, area=make.OTHER_COUNTY)
    client.force_login(make.a_worker())

    client.post(reverse("pairing:start"), {"policy": str(elsewhere.pk)})

    assert MatchRun.objects.get().policy == shipped


def test_way_through_the_pages(shipped, client):
    client.force_login(the_city())
    client.post(reverse("web:area"), {"area": make.COUNTY})

    listed = client.get(reverse("pairing:policies"))
    made = client.post(reverse("pairing:policy-draft"), given(shipped, name="奉节规则"))
    draft = Policy.objects.get(area_code=make.COUNTY)
    beside = client.get(reverse("pairing:policy-compare", args=[shipped.pk, draft.pk]))
    missing = client.post(reverse("pairing:policy-adopt", args=[draft.pk]), {"act": "adopt"})
    adopted = client.post(
        reverse("pairing:policy-adopt", args=[draft.pk]), {"act": "adopt", "reason": "试行"}
    )

    assert (listed.status_code, beside.status_code, missing.status_code) == (200, 200, 422)
    assert made.url == reverse("pairing:policy", args=[draft.pk])
    assert adopted.url == reverse("pairing:policies")
    assert matching.policy_for_area(make.COUNTY) == draft


def test_computed_run_names_the_hash_of_its_policy(shipped, settings, tmp_path):
    settings.VAR = tmp_path
    make_pairing.a_child()
    make_pairing.a_mother()
    draft = drafted(shipped)
    run = MatchRun.objects.create(area_code=make.COUNTY, policy=draft)

    done = matching.compute(run.pk)

    assert done.state == "DONE"
    assert draft.sha256 in (tmp_path / done.folder / "certificate.json").read_text()
