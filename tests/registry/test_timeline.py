"""The child's timeline: what happened to the file, and what the rooms above did for the child."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from qianshou.pairing.rules import life
from qianshou.registry.models import Child
from tests import make, make_bonds, make_cases, make_visits
from tests import make_registry as registry

pytestmark = pytest.mark.django_db


@pytest.fixture
def worker():
    return make.a_worker()


@pytest.fixture
def told(client):
    """Return what the timeline of a child tells somebody."""

    def read(child: Child, user: object, **chosen: str) -> str:
        client.force_login(user)
        client.cookies["django_language"] = "en"
        answer = client.get(reverse("registry:history", args=[child.pk]), chosen)
        assert answer.status_code == 200
        return str(answer.content.decode())

    return read


def test_timeline_tells_of_grade_and_task_team_and_never_of_their_grounds(told, worker):
    child = make_cases.a_red_child()

    text = told(child, worker).partition("timeline")[2]

    assert "Grade: red" in text
    assert "Task team opened" in text
    assert "violence" not in text


def test_timeline_tells_of_the_pair_with_the_mother_s_name_covered(told, worker):
    pairing = make_bonds.a_pair(life.OFFERED_GUARDIAN, by=worker)

    text = told(pairing.child, worker)

    assert text.count("pair with") >= 2
    assert pairing.mother.name not in text
    assert f"{pairing.mother.name[0]}*" in text


def test_timeline_tells_of_a_visit_that_was_made(told, worker):
    visit = make_visits.a_visit(by=worker)
    before = told(visit.child, worker)
    make_visits.write_up(visit, by=worker)

    assert "Home visit" not in before.partition("timeline")[2]
    assert "Home visit" in told(visit.child, worker).partition("timeline")[2]


def test_timeline_is_narrowed_to_the_file_or_to_care(told, worker):
    child = make_cases.a_red_child()

    file, care = told(child, worker, about="FILE"), told(child, worker, about="CARE")

    assert ("File opened" in file, "Grade: red" in file) == (True, False)
    assert ("File opened" in care, "Grade: red" in care) == (False, True)


def test_timeline_asks_the_database_no_more_often_when_more_has_happened(told, worker):
    child = registry.a_child()
    told(child, worker)
    counts = []
    for level in ("FATHER", "MOTHER", "NONE"):
        registry.deliver([registry.a_row(guardianship=level)])
        with CaptureQueriesContext(connection) as asked:
            told(child, worker)
        counts.append(len(asked))

    assert counts[0] == counts[2]
