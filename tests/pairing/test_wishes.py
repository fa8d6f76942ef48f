"""Wishes count in the score, conflicts forbid; both are noted by a person, read by few, undone."""

import pytest
from django.urls import reverse

from qianshou.common.errors import NotAllowed
from qianshou.engines.matching.plan import make_plan
from qianshou.engines.matching.policy import load_policy
from qianshou.pairing.actions import wishing
from qianshou.pairing.models import Conflict, LeftOver, Pairing, Wish
from qianshou.pairing.queries import arrays, instance, wishes
from tests import make, make_pairing

pytestmark = pytest.mark.django_db


def a_wish(child, mother=None, *, kind="WANTED", of="CHILD", trait="", by=None):
    return wishing.note_wish(
        child, by=by or make.a_worker(), of=of, kind=kind, mother=mother, trait=trait,
        reason="孩子 3 月家访时说",
    )  # fmt: skip


def the_mate(child):
    """Whom a plan of today gives this child."""
    policy = load_policy()
    people = arrays.read_instance(make.COUNTY, today=make.TODAY, policy=policy)
    plan = make_plan(people.children, people.mothers, policy, barred=people.barred)
    at = [row.id for row in people.child_rows].index(child.pk)
    return None if plan.mate[at] < 0 else people.mother_rows[int(plan.mate[at])].id


def test_a_wish_for_a_mother_brings_the_two_together_until_it_is_taken_back():
    child = make_pairing.a_child()
    close = make_pairing.a_mother()
    wished = make_pairing.a_mother(skills=[45] * 8)
    assert the_mate(child) == close.pk

    wish = a_wish(child, wished)
    assert the_mate(child) == wished.pk
    wishing.take_back(wish, by=make.a_worker())

    assert the_mate(child) == close.pk
    with pytest.raises(wishing.TakenBackAlready):
        wishing.take_back(wish, by=make.a_worker())


def test_a_wish_against_a_mother_keeps_them_apart_while_there_is_another():
    child = make_pairing.a_child()
    close, other = make_pairing.a_mother(), make_pairing.a_mother(skills=[45] * 8)

    a_wish(child, close, kind="UNWANTED", of="GUARDIAN")
    assert the_mate(child) == other.pk
    other.state = "PAUSED"
    other.save()

    assert the_mate(child) == close.pk  # soft: rather her than nobody


@pytest.mark.parametrize("kind", ["WANTED", "UNWANTED"])
def test_a_kind_of_mother_can_be_wished_and_unwished(kind):
    child = make_pairing.a_child()
    plain = make_pairing.a_mother()
    speaks = make_pairing.a_mother(languages=["chongqing", "miao"])

    a_wish(child, kind=kind, trait="LANGUAGE:miao")

    assert the_mate(child) == (speaks if kind == "WANTED" else plain).pk


def test_a_wish_is_part_of_what_a_run_names_as_its_input():
    child, mother = make_pairing.a_child(), make_pairing.a_mother()
    before = make_pairing.a_computed_run()[2].input_hash
    LeftOver.objects.all().delete()
    assert make_pairing.a_computed_run()[2].input_hash == before  # the control

    a_wish(child, mother)

    assert make_pairing.a_computed_run()[2].input_hash != before


def test_a_wish_is_about_one_thing_has_a_reason_and_is_noted_once():
    child, mother = make_pairing.a_child(), make_pairing.a_mother()
    worker = make.a_worker()
    wrong = [
        {"mother": None, "trait": ""},
        {"mother": mother, "trait": "OLDER"},
        {"mother": None, "trait": "TALL"},
        {"mother": None, "trait": "OLDER", "of": "MOTHER"},
        {"mother": None, "trait": "OLDER", "kind": "KNOWN"},
    ]

    for each in wrong:
        with pytest.raises(wishing.WishUnclear):
            a_wish(child, each.pop("mother"), by=worker, **each)
    with pytest.raises(wishing.WishReasonMissing):
        wishing.note_wish(
            child, by=worker, of="CHILD", kind="WANTED", mother=mother, trait="", reason=" "
        )
    a_wish(child, mother, by=worker)
    with pytest.raises(wishing.NotedAlready):
        a_wish(child, mother, by=worker)
    assert Wish.objects.count() == 1


def test_only_who_answers_for_the_child_notes_wishes_and_conflicts():
    child, mother = make_pairing.a_child(), make_pairing.a_mother()
    noted = a_wish(child, mother)
    for role in ("clerk", "fed_village", "fed_city"):
        area = make.CITY if role == "fed_city" else make.COUNTY
        other = make.a_user(role, area=area)
        with pytest.raises(NotAllowed):
            a_wish(child, mother, of="GUARDIAN", by=other)
        with pytest.raises(NotAllowed):
            wishing.note_conflict(child, by=other, mother=mother, kind="DEBTOR", reason="借款")
        with pytest.raises(NotAllowed):
            wishing.take_back(noted, by=other)
    assert (Wish.objects.in_force().count(), Conflict.objects.count()) == (1, 0)


@pytest.mark.parametrize("kind", Conflict.Kind.values)
def test_a_conflict_of_any_kind_is_a_hard_rule_and_is_counted(kind):
    child, mother = make_pairing.a_child(), make_pairing.a_mother()
    assert the_mate(child) == mother.pk  # the control

    wishing.note_conflict(child, by=make.a_worker(), mother=mother, kind=kind, reason="已核实")

    assert the_mate(child) is None
    run, _people, plan = make_pairing.a_computed_run()
    left = LeftOver.objects.get(run=run)
    assert left.details == {"rules": {"conflict": 1}, "allowed": 0, "conflicts": {kind: 1}}
    assert plan.refusals.sum() == 1


def test_a_conflict_is_not_noted_beside_a_pairing_nor_about_nobody():
    proposal = make_pairing.a_proposal()
    Pairing.objects.create(
        child=proposal.child, mother=proposal.mother, area_code=proposal.area_code,
        started_on=make.TODAY, by=make.a_worker(), proposal=proposal,
    )  # fmt: skip

    with pytest.raises(wishing.PairStands):
        wishing.note_conflict(
            proposal.child, by=make.a_worker(), mother=proposal.mother, kind="CASE", reason="诉讼"
        )
    with pytest.raises(wishing.NoSuchMother):
        wishing.note_conflict(
            proposal.child, by=make.a_worker(), mother=None, kind="CASE", reason="诉讼"
        )


def test_what_was_noted_on_a_file_holds_for_the_file_that_took_it_in():
    child, kept, mother = make_pairing.a_child(), make_pairing.a_child(), make_pairing.a_mother()
    a_wish(child, mother)
    wishing.note_conflict(child, by=make.a_worker(), mother=mother, kind="CASE", reason="诉讼")
    child.merged_into = kept
    child.save()

    assert wishes.said_in(make.COUNTY).persons == {(kept.pk, "WANTED"): [mother.pk]}
    assert (kept.pk, mother.pk) in instance.refused_pairs(make.COUNTY)
    assert len(wishes.wishes_of(kept)) == len(wishes.conflicts_of(kept)) == 1


def signed_in(client, *roles):
    client.force_login(make.a_user(*roles))
    return client


def test_a_proposal_says_because_the_child_wished_it_only_to_who_may_read_wishes(client):
    proposal = make_pairing.a_proposal()
    a_wish(proposal.child, proposal.mother)
    a_wish(proposal.child, kind="UNWANTED", trait="LANGUAGE:chongqing", of="GUARDIAN")
    page = reverse("pairing:proposal", args=[proposal.pk])

    told = signed_in(client, "fed_county").get(page)
    hidden = signed_in(client, "clerk").get(page)

    words = "孩子 3 月家访时说"
    assert told.content.decode().count(words) == 2
    assert words not in hidden.content.decode()


def test_the_page_notes_a_wish_a_conflict_and_a_familys_rule_and_takes_them_back(client):
    child, mother = make_pairing.a_child(), make_pairing.a_mother()
    page = reverse("pairing:family", args=[child.pk])
    signed_in(client, "fed_county")
    wish = {"what": "wish", "of": "CHILD", "kind": "KNOWN", "mother": mother.name, "trait": "",
            "reason": "邻居"}  # fmt: skip
    conflict = {"what": "conflict", "mother": mother.name, "kind": "TEACHER", "reason": "班主任"}
    alone = {"what": "siblings", "decision": "APART", "reason": "x"}

    for wrong in (wish | {"mother": "没有这个人"}, alone):
        assert client.post(page, wrong).status_code == 422
    for given in (wish, conflict):
        assert client.post(page, given).status_code == 302
    shown = client.get(page).content.decode()
    assert "邻居" in shown
    assert "班主任" in shown
    for kind, said in (("wish", Wish.objects.get()), ("conflict", Conflict.objects.get())):
        client.post(reverse("pairing:take-back", args=[kind, said.pk]))

    assert not Wish.objects.in_force().exists()
    assert not Conflict.objects.in_force().exists()


def test_who_may_not_note_wishes_is_refused_the_page(client):
    child = make_pairing.a_child()
    signed_in(client, "clerk")

    assert client.get(reverse("pairing:family", args=[child.pk])).status_code == 403
