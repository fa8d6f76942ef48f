"""Who decides a doubtful link: one person or two, the urgent ones first, and what is learnt."""

import dataclasses
from uuid import uuid4

import polars as pl
import pytest
from django.urls import reverse

from qianshou.audit.models import Entry
from qianshou.common.errors import NotAllowed
from qianshou.engines.linkage import review
from qianshou.exchange.models import Source
from qianshou.pairing.actions import following
from qianshou.registry.actions import deciding, doubting, learning, merging, modelling, voting
from qianshou.registry.models import Child, ChildEvent, Doubt, LinkModel, Vote
from qianshou.registry.queries import doubts as queries
from qianshou.registry.queries import extensions
from tests import make as people
from tests import make_registry as deliveries
from tests.engines.linkage import people as rows
from tests.registry.test_undoing import a_doubt

pytestmark = pytest.mark.django_db
WHY = "县里的规定"


@pytest.fixture
def worker():
    return people.a_worker()


@pytest.fixture
def two(worker):
    """Two people of a county in which two must agree."""
    voting.set_eyes(people.COUNTY, 2, by=worker, reason=WHY)
    return worker, people.a_user("clerk")


def verdict_of(doubt: Doubt) -> str:
    return Doubt.objects.get(pk=doubt.pk).state


def test_one_person_decides_where_nothing_is_set(worker):
    doubt = a_doubt()

    deciding.decide_doubt(doubt, by=worker, verdict="same")

    assert verdict_of(doubt) == "SAME"
    assert Child.objects.on_file().count() == 1


def test_two_people_decide_where_the_county_wants_it(two):
    doubt = a_doubt()

    deciding.decide_doubt(doubt, by=two[0], verdict="same")
    first = verdict_of(doubt), Child.objects.on_file().count()
    deciding.decide_doubt(doubt, by=two[1], verdict="same")

    assert first == ("OPEN", 2)
    assert (verdict_of(doubt), Child.objects.on_file().count()) == ("SAME", 1)
    assert list(
        Entry.objects.filter(act__startswith="registry.doubt").order_by("id").values_list(
            "act", flat=True
        )
    ) == ["registry.doubt.answered", "registry.doubt.decided"]  # fmt: skip


def test_nobody_is_two_people(two):
    doubt = a_doubt()
    deciding.decide_doubt(doubt, by=two[0], verdict="same")

    with pytest.raises(voting.AnsweredByYou):
        deciding.decide_doubt(doubt, by=two[0], verdict="same")

    assert verdict_of(doubt) == "OPEN"


def test_a_third_person_decides_where_two_do_not_agree(two):
    doubt = a_doubt()
    deciding.decide_doubt(doubt, by=two[0], verdict="same")
    deciding.decide_doubt(doubt, by=two[1], verdict="different")
    assert verdict_of(doubt) == "OPEN"
    assert queries.disagreed(doubt)

    deciding.decide_doubt(doubt, by=people.a_user("clerk"), verdict="different")

    assert verdict_of(doubt) == "DIFFERENT"
    assert Child.objects.on_file().count() == 2


def test_an_answered_question_leaves_the_queue_of_its_person_only(two):
    doubt = a_doubt()
    deciding.decide_doubt(doubt, by=two[0], verdict="same")

    own = queries.next_doubt(two[0], area_code=people.COUNTY)
    other = queries.next_doubt(two[1], area_code=people.COUNTY)

    assert own is None
    assert other == doubt
    assert queries.waiting_for_others(two[0], area_code=people.COUNTY) == 1


def test_ones_own_answer_is_taken_back_while_it_waits(two):
    doubt = a_doubt()
    deciding.decide_doubt(doubt, by=two[0], verdict="same")

    with pytest.raises(merging.CannotBeUndone):
        deciding.reopen_doubt(doubt, by=two[1])
    deciding.reopen_doubt(doubt, by=two[0])

    assert not Vote.objects.filter(taken_back_at=None).exists()
    assert queries.next_doubt(two[0], area_code=people.COUNTY) == doubt


def test_a_decision_that_is_reopened_needs_two_again(two):
    doubt = a_doubt()
    for person in two:
        deciding.decide_doubt(doubt, by=person, verdict="same")
    deciding.reopen_doubt(doubt, by=two[0])

    deciding.decide_doubt(doubt, by=two[0], verdict="different")

    assert verdict_of(doubt) == "OPEN"


def test_a_merge_undone_in_the_history_is_asked_again_and_its_answer_counts_no_more(worker):
    doubt = a_doubt()
    deciding.decide_doubt(doubt, by=worker, verdict="same")
    merging.undo_event(ChildEvent.objects.get(kind="MERGED"), by=worker)

    assert queries.next_doubt(worker, area_code=people.COUNTY) == doubt
    deciding.decide_doubt(doubt, by=people.a_user("clerk"), verdict="different")

    assert verdict_of(doubt) == "DIFFERENT"
    assert Child.objects.on_file().count() == 2


@pytest.mark.parametrize("role", ["clerk", "fed_town"])
def test_how_many_decide_is_set_by_the_county_alone(role):
    with pytest.raises(NotAllowed):
        voting.set_eyes(people.COUNTY, 2, by=people.a_user(role), reason=WHY)


def test_review_page_sets_it(client, worker):
    client.force_login(worker)

    posted = client.post(reverse("registry:review"), {"eyes": "2", "reason": WHY})

    assert posted.status_code == 302
    assert queries.eyes_of(people.COUNTY) == 2
    assert "registry.review.set" in Entry.objects.values_list("act", flat=True)


def test_a_question_that_a_room_above_holds_stays_open_and_says_why(client, worker, monkeypatch):
    doubt = a_doubt()
    client.force_login(worker)

    def refuse(**_ids: object) -> None:
        raise following.BothPaired("两份档案都有进行中的结对")

    monkeypatch.setattr(following, "follow_merge", refuse)
    address = reverse("registry:doubt", args=[doubt.pk])

    answer = client.post(address, {"verdict": "same"})

    assert answer["Location"] == address
    assert "两份档案都有进行中的结对" in client.get(address).content.decode()
    assert Doubt.objects.get().state == "OPEN"
    assert not Vote.objects.exists()


def test_doubt_page_tells_which_file_has_a_mother(client, worker, monkeypatch):
    doubt = a_doubt()
    client.force_login(worker)
    child = Child.objects.earliest("created_at")
    paired = extensions.Cell("已结对", kind="state")
    column = extensions.Column("pairing", "结对", lambda ids: {child.pk: paired} if child.pk in ids
                               else {})  # fmt: skip
    monkeypatch.setattr(extensions, "_columns", {"pairing": column})

    shown = client.get(reverse("registry:doubt", args=[doubt.pk])).content.decode()

    assert shown.count("已结对") == 1


def test_a_question_about_a_red_child_stands_before_all_others(monkeypatch):
    red = a_doubt()
    child = Child.objects.order_by("created_at").first()
    assert child is not None
    quiet = Doubt.objects.get(pk=red.pk).value
    monkeypatch.setattr(extensions, "_urgencies", [lambda ids: dict.fromkeys(ids, 40.0)])

    assert doubting.value_anew([child.pk]) == 1

    assert Doubt.objects.get(pk=red.pk).value > 40 > quiet


def test_a_question_is_worth_less_once_one_department_lists_both():
    doubt = a_doubt()
    children = [child.pk for child in Child.objects.on_file()]
    doubting.value_anew(children)
    before = Doubt.objects.get(pk=doubt.pk).value

    deliveries.deliver([deliveries.a_row(key="G2")], "education")
    doubting.value_anew(children)

    assert Child.objects.on_file().count() == 2
    assert Doubt.objects.get(pk=doubt.pk).value < before / 2


@pytest.mark.parametrize(("bits", "unsure"), [(-9.0, False), (-2.0, True)])
def test_a_changed_row_stays_for_how_it_looks_and_not_for_a_question_of_the_lists(bits, unsure):
    one, other = uuid4(), uuid4()
    asked = pl.DataFrame(
        {"row_a": [str(one)], "row_b": [str(other)], "reason": ["BAND"], "weight_bits": [bits]}
    )
    linked = dataclasses.replace(rows.link(rows.row("a"), rows.row("b")), doubtful=asked)

    assert doubting.asks_about(linked, one, [other]) is unsure
    assert doubting.asks_about(linked, other, [one]) is unsure


def test_who_lists_whom_says_nothing_where_one_department_is_connected():
    doubt = a_doubt()
    children = [child.pk for child in Child.objects.on_file()]
    doubting.value_anew(children)
    before = Doubt.objects.get(pk=doubt.pk).value
    Source.objects.update(department="civil_affairs")

    doubting.value_anew(children)

    # 0.3 by its weight alone, 0.5 where no department lists both.
    assert (before, Doubt.objects.get(pk=doubt.pk).value) == (0.7, 0.5)


def test_answers_move_the_weights_of_later_links_and_leave_nothing_when_taken_back(
    worker, monkeypatch
):
    monkeypatch.setattr(learning, "LEARN_EVERY", 1)
    doubt, before = a_doubt(), modelling.current()

    deciding.decide_doubt(doubt, by=worker, verdict="different")
    taught = modelling.current()
    deciding.reopen_doubt(doubt, by=worker)
    learning.learn_when_due()

    assert LinkModel.objects.order_by("version").values_list("labels", flat=True)[0] == 1
    assert taught.comparisons != before.comparisons
    assert modelling.current().comparisons == before.comparisons


def rate_of(doubt: Doubt, *, met: bool | None) -> float:
    """Return how likely the machine is wrong about such a question, by the model in force."""
    return review.likely_wrong(
        doubt.reason,
        doubt.weight_bits,
        together=False,
        met=met,
        rates=modelling.current().questions,
    )


def test_answers_order_later_questions_and_leave_nothing_when_taken_back(worker, monkeypatch):
    monkeypatch.setattr(learning, "LEARN_EVERY", 1)
    doubt = a_doubt()
    before = rate_of(doubt, met=False), rate_of(doubt, met=True)

    deciding.decide_doubt(doubt, by=worker, verdict="same")
    after = rate_of(doubt, met=False), rate_of(doubt, met=True)
    kept = Doubt.objects.get(pk=doubt.pk)
    deciding.reopen_doubt(doubt, by=worker)
    learning.learn_when_due()

    # No department lists both, and the machine had kept them apart.
    assert (kept.together, kept.met) == (False, False)
    assert after[0] > before[0]
    assert after[1] == before[1]
    assert (rate_of(doubt, met=False), rate_of(doubt, met=True)) == before


def test_open_questions_are_ordered_anew_by_what_was_learnt(monkeypatch):
    doubt = a_doubt()
    doubting.value_everywhere()
    before = Doubt.objects.get(pk=doubt.pk).value
    sure = [
        review.Answer(doubt.reason, doubt.weight_bits, together=False, same=False, met=False)
        for _ in range(200)
    ]
    monkeypatch.setattr(learning, "answers", lambda: sure)
    learning.learn(modelling.newest(), [])

    assert Doubt.objects.get(pk=doubt.pk).value == before
    assert doubting.value_everywhere() == 1
    assert Doubt.objects.get(pk=doubt.pk).value < before


ELSEWHERE = {
    "area_code": "500236103211", "father_name": "王秀英", "father_phone": "16487654321",
    "mother_name": None, "mother_phone": None, "carer_name": None, "carer_phone": None,
}  # fmt: skip


def test_two_pupils_of_one_roll_are_two_children_and_a_question():
    alike = {"id_number": None}
    deliveries.deliver(
        [
            deliveries.a_row(key="1", student_no="L500236201407170001", **alike),
            deliveries.a_row(key="2", student_no="L500236201407170093", **alike, **ELSEWHERE),
        ],
        "education",
    )

    assert Child.objects.on_file().count() == 2
    assert Doubt.objects.get().reason == "ROLL"


@pytest.mark.parametrize(("department", "other"), [
    ("education", "L500236201407170001"), ("civil_affairs", "L500236201407170093"),
])  # fmt: skip
def test_one_pupil_twice_in_the_roll_or_two_numbers_outside_it_are_one_child(department, other):
    """The control: one number, or lists that are no roll."""
    alike = {"id_number": None}
    deliveries.deliver(
        [
            deliveries.a_row(key="1", student_no="L500236201407170001", **alike),
            deliveries.a_row(key="2", student_no=other, **alike, **ELSEWHERE),
        ],
        department,
    )

    assert Child.objects.on_file().count() == 1
