"""The pages of visits: constant questions, a plan and a record through forms, and the demo."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from qianshou.config.commands import furnish_visits, furnish_wishes
from qianshou.visits.models import DayRoute, Visit, VisitTask
from qianshou.visits.queries import one
from qianshou.wishes.models import Wish
from qianshou.wishes.rules import states
from tests import make, make_care, make_pairing, make_visits
from tests.make_visits import a_visit

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", ["due", "planned", "to-write", "tasks"])
def test_a_list_asks_no_more_often_when_there_is_more(client, name):
    worker, counts = make.a_worker(), []
    client.force_login(worker)
    for more in (1, 3):
        for _ in range(more):
            make_pairing.a_child(tier=0)
            make_visits.write_up(a_visit(by=worker), by=worker, answers={"mood": "low"})
            a_visit(by=worker)
            late = a_visit(by=worker)
            Visit.objects.filter(pk=late.pk).update(planned_on=make.TODAY - timedelta(days=9))
        client.get(reverse(f"visits:{name}"))
        with CaptureQueriesContext(connection) as caught:
            assert client.get(reverse(f"visits:{name}")).status_code == 200
        counts.append(len(caught))

    assert counts[0] == counts[1]


def test_a_visit_is_planned_with_siblings_on_its_page(client):
    worker, other = make.a_worker(), make.a_worker()
    home, client_of = uuid4(), client
    children = [make_pairing.a_child(household_id=home) for _ in range(2)]
    client_of.force_login(worker)
    day = timezone.localdate()
    given = {
        "child": [str(each.pk) for each in children], "once": str(uuid4()), "purpose": "FIRST",
        "on": day.isoformat(), "opens": "09:00", "closes": "17:00", "lead": str(worker.pk),
        "staff": [str(worker.pk)], "anyway": "兄妹同住",
    }  # fmt: skip

    alone = client_of.post(reverse("visits:plan"), given)
    assert (alone.status_code, Visit.objects.count()) == (422, 0)
    given["staff"] = [str(worker.pk), str(other.pk)]
    for _ in range(2):
        assert client_of.post(reverse("visits:plan"), given).status_code == 302

    assert Visit.objects.filter(child__in=children, purpose="FIRST").count() == 2


def test_a_record_is_kept_as_a_draft_and_then_written_on_its_page(client):
    worker = make.a_worker()
    visit = a_visit(by=worker)
    client.force_login(worker)
    path = reverse("visits:write", args=[visit.pk])

    assert client.post(path, {"act": "draft", "note": "写了一半"}).status_code == 302
    assert "写了一半" in client.get(path).content.decode()
    assert client.post(path, {"act": "write", "note": "写了一半"}).status_code == 422
    answers = {f"q-{code}": said for code, said in make_visits.GOOD.items()}
    came = [str(each.pk) for each in visit.goers.all()]
    done = client.post(path, {**answers, "act": "write", "met": ["CHILD"], "came": came})

    assert done.status_code == 302
    visit.refresh_from_db()
    assert (visit.state, one.draft_of(visit)) == ("MADE", {})


def test_the_sheet_of_a_day_is_a_paper(client):
    worker = make.a_worker()
    a_visit(by=worker)
    client.force_login(worker)
    at = [make_pairing.VILLAGE[:9] + "000", make.TODAY, worker.pk]

    answer = client.get(reverse("visits:sheet", args=at))

    assert answer.content.startswith(b"%PDF")


def test_the_demo_fills_visits_and_wishes():
    from qianshou.accounts.models import User
    from qianshou.areas.models import Area

    Area.objects.create(
        code="500236103000", name="竹园镇", level="TOWN", parent_id=make.COUNTY,
        longitude=109.4, latitude=31.0,
    )  # fmt: skip
    for name, role, area in (
        ("county", "fed_county", make.COUNTY), ("town", "fed_town", "500236103000"),
    ):  # fmt: skip
        make.a_user(role, area=area, username=name)
    cast = {user.username: user for user in User.objects.all()}
    for _ in range(22):
        make_care.a_pairing(make_care.a_carer()[1])
    for _ in range(20):
        make_pairing.a_child()
    today = timezone.localdate()

    made = furnish_visits.furnish(make.COUNTY, seed=1, today=today, by=cast["county"])
    wished = furnish_wishes.furnish(make.COUNTY, seed=1, today=today, cast=cast)

    assert made > 22
    assert wished >= 19
    assert DayRoute.objects.exists()
    assert VisitTask.objects.open().exists()
    assert set(Wish.objects.values_list("state", flat=True)) == set(states.WISH.labels) - {
        states.LAPSED
    }
