"""Outcomes are collected as rows, and a study recovers what really keeps pairings."""

import json
from datetime import timedelta

import numpy as np
import pytest
from django.urls import reverse
from django.utils import translation

from qianshou.audit.models import Entry
from qianshou.config import console
from qianshou.engines.matching.policy import PARTS
from qianshou.pairing import tasks
from qianshou.pairing.actions import deciding, learning, matching
from qianshou.pairing.models import MatchRun, Pairing, Policy, Proposal, WeightStudy
from qianshou.pairing.queries import studies
from qianshou.registry.models import Child
from tests import make, make_pairing

pytestmark = pytest.mark.django_db
# What each part really does to the logarithm of the monthly risk of an early end.
TRUTH = {
    "travel": -2.0, "time": -0.6, "skills": -1.0, "stability": -0.8, "wish": -1.0,
    "interests": -0.4, "kinship": -0.4, "balance": -0.4,
}  # fmt: skip
BASE = 0.06
DAYS = 1_000


@pytest.fixture(autouse=True)
def _policy():
    matching.load_policies()


def outcomes(count, *, seed=7, truth=TRUTH):
    """Pairings whose early ends follow the truth; some end because a child moved away."""
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 101, (count, len(PARTS)))
    effect = np.array([truth.get(name, 0.0) for name in PARTS])
    risk = BASE * np.exp((values / 100 - 0.5) @ effect)
    early = rng.exponential(1 / risk) * studies.DAYS_PER_MONTH
    moved = rng.uniform(0, 3 * DAYS, count)
    policy = matching.policy_for_area(make.COUNTY)
    run = MatchRun.objects.create(area_code=make.COUNTY, policy=policy, state="DONE")
    mother, by = make_pairing.a_mother(), make.a_worker()
    children, proposals, pairings = [], [], []
    for number in range(count):
        days = int(min(early[number], moved[number], DAYS))
        cause = "NO_BOND" if early[number] <= min(moved[number], DAYS) else "MOVED"
        child = Child(
            area_code=make_pairing.VILLAGE, name="张雨", sex="F",
            created_at=make.now(), updated_at=make.now(),
        )  # fmt: skip
        parts = [
            {"code": name, "value": int(value), "weight": 0, "points": 0}
            for name, value in zip(PARTS, values[number], strict=True)
        ]
        proposal = Proposal(
            run=run, child=child, mother=mother, area_code=child.area_code, tier=2, grade="YELLOW",
            score=5000, parts=parts, state="APPROVED", decided_by=by, decided_at=make.now(),
        )  # fmt: skip
        started = make.TODAY - timedelta(days=DAYS)
        ended = started + timedelta(days=days)
        pairing = Pairing(
            child=child, mother=mother, area_code=child.area_code, proposal=proposal, by=by,
            started_on=started, active_on=started, ended_on=ended, end_reason="-",
            end_cause=cause, state="FAREWELL_DONE" if ended else "ACTIVE",
        )  # fmt: skip
        pairings.append(pairing)
        children.append(child)
        proposals.append(proposal)
    Child.objects.bulk_create(children)
    Proposal.objects.bulk_create(proposals)
    Pairing.objects.bulk_create(pairings)


def test_study_recovers_the_truth_from_the_rows_of_pairings():
    outcomes(1_500)

    tasks.study(make.COUNTY)

    made = WeightStudy.objects.get()
    right = {name: 1000 * TRUTH.get(name, 0) / sum(TRUTH.values()) for name in PARTS}
    assert made.is_enough
    assert made.pairings == 1_500
    held = [made.intervals[n][0] <= right[n] <= made.intervals[n][1] for n in PARTS]
    assert sum(held) >= 7  # of eight intervals of 95 %
    assert max(abs(made.weights[name] - right[name]) for name in PARTS) < 120
    ratio, low, high = made.effects["travel"]
    assert low < np.exp(TRUTH["travel"]) < high < 1
    assert ratio == pytest.approx(np.exp(TRUTH["travel"]), rel=0.35)


def test_study_without_effects_finds_none_certain():
    """The control: outcomes by mere chance prove no part."""
    outcomes(800, truth={})

    effects = learning.study(make.COUNTY, today=make.TODAY).effects

    assert sum(not low < 1 < high for _, low, high in effects.values()) <= 1


def test_few_outcomes_propose_nothing_and_say_how_many_are_missing(client):
    outcomes(40)
    made = learning.study(make.COUNTY, today=make.TODAY)
    client.force_login(make.a_user("fed_city", area=make.CITY))
    client.post(reverse("web:area"), {"area": make.COUNTY})

    page = client.get(reverse("pairing:study", args=[made.pk]), headers={"accept-language": "en"})

    assert not made.is_enough
    assert made.weights == {
        name: part["weight"] for name, part in made.policy.body["parts"].items()
    }
    assert page.context["missing"] == studies.NEEDED - made.early_ends > 0
    assert "80 early ends are needed" in page.text
    assert reverse("pairing:policy-draft") not in page.text


def test_nothing_at_all_can_be_studied():
    made = learning.study(make.COUNTY)

    assert (made.pairings, made.early_ends, made.is_enough) == (0, 0, False)


def test_study_changes_nothing_and_a_person_makes_a_version_of_it(client):
    outcomes(1_200)
    made = learning.study(make.COUNTY, today=make.TODAY)
    before = list(Policy.objects.values_list("pk", "is_current"))
    client.force_login(make.a_user("fed_city", area=make.CITY))
    client.post(reverse("web:area"), {"area": make.COUNTY})

    shown = client.get(reverse("pairing:study", args=[made.pk]))
    address = reverse("pairing:policy-draft") + f"?study={made.pk}"
    form = client.get(address).context["form"]
    given = {name: field.initial for name, field in form.fields.items()} | {"note": "按结果调整"}
    client.post(address, given)

    assert reverse("pairing:policy-draft") in shown.text
    assert before == [(pk, True) for pk, _ in before]
    draft = Policy.objects.get(area_code=make.COUNTY)
    assert not draft.is_current
    assert {name: part["weight"] for name, part in draft.body["parts"].items()} == made.weights


def test_end_of_a_pairing_keeps_why(client):
    pairing = deciding.approve(make_pairing.a_proposal(), by=make.a_worker(), today=make.TODAY)
    client.force_login(make.a_worker())

    client.post(reverse("pairing:end", args=[pairing.pk]), {"reason": "合不来", "cause": "NO_BOND"})

    pairing.refresh_from_db()
    assert (pairing.end_reason, pairing.end_cause) == ("合不来", "NO_BOND")


@pytest.mark.parametrize(
    ("cause", "early"), [("NO_BOND", True), ("HARM", True), ("MOVED", False), ("TERM", False)]
)
def test_only_ends_that_lie_in_the_pair_count_as_early(cause, early):
    outcomes(1)
    Pairing.objects.update(end_cause=cause)

    assert studies.outcomes(make.COUNTY, today=make.TODAY).ended_early.tolist() == [early]


def test_decisions_and_outcomes_are_rows_without_names(client):
    refused = make_pairing.a_proposal()
    deciding.refuse(refused, by=make.a_worker(), reason="=1+1")
    outcomes(1)
    client.force_login(make.a_worker())

    answer = client.post(reverse("pairing:experience")).content.decode("utf-8-sig").splitlines()

    assert answer[0].startswith("proposal,decision,reason")
    assert len(answer) == 3
    assert "'=1+1" in "\n".join(answer)
    assert "张雨" not in "\n".join(answer)
    assert Entry.objects.filter(act="pairing.outcomes.taken").count() == 1


def test_counts_of_few_are_hidden_from_who_sees_only_figures():
    outcomes(7)
    Pairing.objects.filter(pk__in=list(Pairing.objects.values_list("pk", flat=True)[:2])).update(
        end_cause="HOME"
    )
    city = make.a_user("fed_city", area=make.CITY)

    with translation.override("en"):
        few = {each.words: each.count for each in studies.endings(city, make.COUNTY)}
        every = {each.words: each.count for each in studies.endings(make.a_worker(), make.COUNTY)}

    assert few["a parent has come home"] is None
    assert every["a parent has come home"] == 2


def test_study_is_asked_for_by_who_may_change_the_policy(client):
    client.force_login(make.a_user("fed_city", area=make.CITY))
    assert client.post(reverse("pairing:study-ask")).status_code == 302
    client.force_login(make.a_worker())
    assert client.post(reverse("pairing:study-ask")).status_code == 403

    assert Entry.objects.filter(act="pairing.study.asked").count() == 1


def test_monthly_job_studies_the_city_and_areas_with_their_own_policy():
    outcomes(1)
    Policy.objects.create(
        area_code=make.COUNTY, version=1, name="奉节", body=Policy.objects.first().body,
        sha256="2" * 64, by=make.a_worker(),
    )  # fmt: skip

    tasks.monthly_study(timestamp=0)

    assert set(WeightStudy.objects.values_list("area_code", flat=True)) == {make.CITY, make.COUNTY}


def test_command_prints_what_it_proposes(capsys):
    outcomes(30)

    assert console.main(["learn-weights", make.COUNTY]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["pairings"], told["proposes"]) == (30, False)
