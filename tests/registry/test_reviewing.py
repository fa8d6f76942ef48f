"""Who decides a doubtful link: one person or two, the urgent ones first, and what is learnt."""

import pytest
from django.urls import reverse

from qianshou.audit.models import Entry
from qianshou.common.errors import NotAllowed
from qianshou.registry.actions import deciding, doubting, learning, merging, modelling, voting
from qianshou.registry.models import Child, Doubt, LinkModel, Vote
from qianshou.registry.queries import doubts as queries
from qianshou.registry.queries import extensions
from tests import make as people
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


def test_a_question_about_a_red_child_stands_before_all_others(monkeypatch):
    red = a_doubt()
    child = Child.objects.order_by("created_at").first()
    assert child is not None
    quiet = Doubt.objects.get(pk=red.pk).value
    monkeypatch.setattr(extensions, "_urgencies", [lambda ids: dict.fromkeys(ids, 40.0)])

    assert doubting.value_anew([child.pk]) == 1

    assert Doubt.objects.get(pk=red.pk).value > 40 > quiet


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
