"""An assessment visit asks the scale's questions on the same form, and fills the re-assessment."""

import json

import pytest
from django.test import Client
from django.urls import reverse

from qianshou.assessment.models import Assessment, Inquiry
from qianshou.visits.models import Visit
from qianshou.visits.queries import books, one
from qianshou.visits.rules import book as rules
from tests import make, make_assessment, make_visits
from tests.make_visits import a_visit, partner, staff

pytestmark = pytest.mark.django_db
SEEN = "灶房电线老化"


@pytest.fixture
def worker():
    return make.a_worker()


@pytest.fixture
def child():
    found = make_assessment.a_child(area="500236001000")
    return make_assessment.an_assessment(found).child


def planned(child, worker, purpose="ASSESSMENT"):
    return a_visit(child, by=worker, purpose=purpose, goers=(staff(worker), partner()))


def written(visit, worker, **scale):
    """Write the visit up on its page, with answers to the scale."""
    client = Client(headers={"accept-language": "en"})
    client.force_login(worker)
    path = reverse("visits:write", args=[visit.pk])
    answers = {f"q-{code}": said for code, said in make_visits.GOOD.items()}
    scale = {f"s-{code}": said for code, said in scale.items()}
    came = [str(each.pk) for each in visit.goers.all()]
    client.post(path, {"act": "draft", "note": SEEN, **scale})
    kept = one.draft_of(Visit.objects.get(pk=visit.pk)).get("scale", {})
    answer = client.post(
        path, {**answers, **scale, "act": "write", "met": ["CHILD"], "came": came, "note": SEEN}
    )
    return kept, answer


def test_what_was_seen_on_the_visit_assesses_the_child_at_once(child, worker):
    before = Assessment.objects.current().get(child=child).score

    kept, answer = written(planned(child, worker), worker, HOME="MANY")

    assert kept["HOME"] == "MANY", "a draft keeps the scale's answers too"
    assert answer.status_code == 302
    inquiry = Inquiry.objects.get(child=child)
    assert json.loads(inquiry.answers.open()) == {"HOME": "MANY"}
    assert inquiry.grounds.open() == SEEN
    assert Assessment.objects.current().get(child=child).score == before + 9
    assert Visit.objects.get().state == "MADE"


def test_a_routine_visit_asks_and_answers_nothing_of_it(child, worker):
    """The negative control: the same words sent to another form leave the assessment alone."""
    _kept, answer = written(planned(child, worker, "ROUTINE"), worker, HOME="MANY")

    assert answer.status_code == 302
    assert not Inquiry.objects.exists()


def test_with_the_scale_left_open_the_visit_is_written_up_and_nothing_is_assessed(child, worker):
    _kept, answer = written(planned(child, worker), worker)

    assert answer.status_code == 302
    assert not Inquiry.objects.exists()


def test_an_answer_that_the_scale_does_not_know_is_shown_at_its_field(child, worker):
    _kept, answer = written(planned(child, worker), worker, HOME="WHATEVER")

    assert answer.status_code == 422
    assert Visit.objects.get().state == "PLANNED"


def test_a_mother_who_goes_along_is_not_asked_the_scale():
    worker = make.a_worker()
    user, mother, hers = make_visits.a_pair()
    goers = (staff(worker), make_visits.with_mother(mother))
    visit = a_visit(hers, by=worker, purpose="ASSESSMENT", goers=goers)
    purpose = books.read(visit.book).purposes["ASSESSMENT"]

    assert one.scale_of(worker, visit, purpose) == [], "no scale is in force yet"
    make_assessment.an_assessment(hers)
    assert one.scale_of(worker, visit, purpose) != []
    assert one.scale_of(user, visit, purpose) == []


def test_a_book_says_where_it_is_wrong():
    text = books.SHIPPED.read_text(encoding="utf-8")
    with pytest.raises(rules.BadBookError, match="purpose 5"):
        rules.book_from(books.tomllib.loads(text.replace("assesses = true", 'assesses = "ja"')))
