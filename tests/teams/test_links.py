"""A task's link: opened once, answered once; afterwards it says why it ended and what to do."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from qianshou.audit.models import Entry
from qianshou.common import rowsecurity
from qianshou.notices.models import Notice
from qianshou.registry.models import Child
from qianshou.teams.actions import answering, asking, filling
from qianshou.teams.models import TaskLink, TeamTask
from qianshou.teams.queries import links
from tests import make, make_pairing, make_teams

pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}
ANSWER = {"act": "answer", "outcome": "DONE", "words": "已核对，都打过了", "evidence": "接种本"}


@pytest.fixture
def seat():
    child = make_pairing.a_child(
        name="欧阳星辰", given_name="星辰", school="竹园小学", facts={"serious_illness": True}
    )
    slots = [make_teams.a_mother_slot(), make_teams.a_slot("DOCTOR", parts=["NAME", "HEALTH"])]
    make_teams.a_team(child, make_teams.a_model(slots))
    return make_teams.a_seat(child, make_teams.a_partner("DOCTOR", name="李医生"))


def ask(seat, **more):
    given = {
        "asked": "请核对孩子的预防接种", "due_on": make_teams.soon(), "parts": ["HEALTH"],
        "by_link": True,
    }  # fmt: skip
    by = more.pop("by", None) or make.a_worker()
    return asking.ask(seat, by=by, today=timezone.localdate(), **(given | more))


def opened(path):
    client = Client(headers=ENGLISH)
    assert client.post(path, {"act": "open"}).status_code == 302
    return client


def test_link_goes_to_the_phone_and_names_no_child(seat):
    asked = ask(seat)

    notice = Notice.objects.get(kind="teams.task")
    assert (notice.address.open(), notice.private_link.open()) == ("13800000001", asked.path)
    said = f"{notice.subject}{notice.text}{notice.short}{notice.params}"
    assert "星辰" not in said
    assert bytes(TaskLink.objects.get().digest) not in asked.path.encode()


def test_looking_at_a_link_opens_nothing_and_shows_nothing_of_the_child(seat):
    path = ask(seat).path

    html = Client(headers=ENGLISH).get(path).content.decode()

    assert "星辰" not in html
    assert TeamTask.objects.get().link_opened_at is None


def test_link_opens_one_task_with_its_parts_and_takes_the_answer(seat):
    asked = ask(seat)
    client = opened(asked.path)

    html = client.get(asked.path).content.decode()
    done = client.post(asked.path, ANSWER)

    assert "Serious illness" in html
    assert "欧阳星辰" not in html
    assert "竹园小学" not in html
    assert done.status_code == 200
    task = TeamTask.objects.get()
    assert (task.state, task.outcome, task.answer.open()) == ("ANSWERED", "DONE", ANSWER["words"])
    acts = set(Entry.objects.values_list("act", flat=True))
    assert {"teams.task.opened", "teams.task.read", "teams.task.answered"} <= acts


def test_second_device_is_told_that_the_link_was_opened_elsewhere(seat):
    asked = ask(seat)
    opened(asked.path)

    other = Client(headers=ENGLISH)
    answer = other.post(asked.path, {"act": "open"})

    assert answer.status_code == 410
    assert "opened on another device" in answer.content.decode()
    assert "星辰" not in answer.content.decode()


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda made: answering.answer(made.task, by=None, outcome="DONE", words="好"),
         "answered already"),
        (lambda made: asking.withdraw(made.task, by=make.a_worker(), reason="不需要了"),
         "taken back"),
        (lambda made: asking.send_link(made.task, by=make.a_worker()), "A newer link was sent"),
        (lambda _made: TeamTask.objects.update(link_until=make.now() - timedelta(hours=1)),
         "has run out"),
        (lambda made: type(made.task.seat).objects.update(
            ended_at=make.now(), end_reason="调离"), "taken back"),
        (lambda made: Child.objects.filter(pk=made.task.child_id).update(state="CLOSED"),
         "taken back"),
    ],
    ids=["answered", "withdrawn", "replaced", "run out", "place ended", "file closed"],
)  # fmt: skip
@pytest.mark.parametrize("already_open", [False, True])
def test_ended_link_says_so_and_shows_nothing(seat, spoil, says, already_open):
    asked = ask(seat)
    client = opened(asked.path) if already_open else Client(headers=ENGLISH)
    asked.task.refresh_from_db()
    spoil(asked)

    for answer in (client.get(asked.path), client.post(asked.path, ANSWER)):
        assert answer.status_code == 410
        assert says in answer.content.decode()
        assert "星辰" not in answer.content.decode()


def test_unknown_link_says_what_to_do(client):
    assert client.get(reverse("teams:open", args=["nothing"])).status_code == 404


def test_scope_of_a_task_shows_its_child_alone_and_nothing_once_it_is_over(seat):
    asked = ask(seat)
    make_pairing.a_child()

    with rowsecurity.acting(links.scope_of(asked.task.pk)):
        assert list(Child.objects.values_list("pk", flat=True)) == [seat.child_id]
        assert TeamTask.objects.count() == 1
    asking.withdraw(asked.task, by=make.a_worker(), reason="不需要了")
    with rowsecurity.acting(links.scope_of(asked.task.pk)):
        assert not Child.objects.exists()


def test_task_opens_no_more_than_the_slot_allows(seat):
    with pytest.raises(asking.OutsideTheSlot):
        ask(seat, parts=["HEALTH", "ADDRESS"])
    assert not TeamTask.objects.exists()


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"asked": " "}, asking.WordsMissing),
        ({"due_on": timezone.localdate() - timedelta(days=1)}, asking.DayPast),
        ({"by_link": False}, asking.NoWayToTell),
    ],
)
def test_what_cannot_be_asked_is_refused(seat, given, refusal):
    with pytest.raises(refusal):
        ask(seat, **given)
    assert not TeamTask.objects.exists()


def test_answer_without_words_is_asked_for_and_nothing_is_lost(seat):
    asked = ask(seat)
    client = opened(asked.path)

    answer = client.post(asked.path, ANSWER | {"words": ""})

    assert answer.status_code == 422
    assert "接种本" in answer.content.decode()
    assert TeamTask.objects.get().state == "OPEN"


def test_account_answers_what_it_is_asked_and_staff_read_it(seat, client):
    user = make_teams.an_account(seat.partner)
    worker = make.a_worker()
    task = ask(seat, by_link=False, by=worker).task
    client.force_login(user)

    client.post(reverse("teams:answer", args=[task.pk]), ANSWER)
    client.force_login(worker)
    html = client.get(reverse("teams:task", args=[task.pk])).content.decode()

    assert ANSWER["words"] in html
    task.refresh_from_db()
    assert (task.answered_by, task.read_at is not None) == (user, True)


def test_end_of_a_place_takes_back_what_was_asked(seat):
    asked = ask(seat)

    filling.end(seat, by=make.a_worker(), reason="调离")

    asked.task.refresh_from_db()
    assert (asked.task.state, links.find(asked.path.split("/")[-2]).state) == (
        "WITHDRAWN", links.LinkState.WITHDRAWN,
    )  # fmt: skip


def test_reminders_go_once_before_the_day_and_once_after_it(seat):
    due = timezone.localdate() + timedelta(days=3)
    ask(seat, due_on=due)

    days = [due - timedelta(days=n) for n in (2, 1, 1, 0, -1, -1, -5)]
    sent = [asking.remind(day) for day in days]

    assert sent == [0, 1, 0, 0, 1, 0, 0]
    assert Notice.objects.filter(kind="teams.task.late").count() == 1
