"""Asking a department about one person: never alone, never without end, never for ever."""

import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone

from qianshou.audit.models import Entry
from qianshou.common import rowsecurity
from qianshou.common.errors import NotAllowed, NotFound, Refused
from qianshou.exchange import queries
from qianshou.exchange.actions import answering, asking, processing
from qianshou.exchange.actions import egress as ways
from qianshou.exchange.connectors import egress, files
from qianshou.exchange.models import ImportRun, Question, Record, Source
from qianshou.exchange.rules import profile as profiles
from tests import make
from tests import make_exchange as making

pytestmark = pytest.mark.usefixtures("committed")
SECRET = "shared-by-the-prison-and-us"
FATHER = "500236198501010017"
FILE = UUID("01970000-0000-7000-8000-000000000001")


class Service:
    """The service in its own process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self.says()
        program = Path(__file__).parent / "asking_server.py"
        self.process = subprocess.Popen(
            [sys.executable, str(program), str(folder), SECRET], stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.url = f"http://prison.example:{int(self.process.stdout.readline())}/ask"

    def says(self, **plan: Any) -> None:
        """Answer like this from now on."""
        (self.folder / "script.json").write_text(json.dumps(plan), encoding="utf-8")

    @property
    def asked(self) -> list[dict[str, Any]]:
        """What it was asked since the start."""
        log = self.folder / "asked.jsonl"
        return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []

    def stop(self) -> None:
        """End the process."""
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.fixture
def service(tmp_path: Path, settings: Any) -> Iterator[Service]:
    settings.EGRESS_LOOPBACK = True
    found = Service(tmp_path / "service")
    yield found
    found.stop()


@pytest.fixture
def people() -> Any:
    """One who asks, one who may allow, and one who has nothing to do with it."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        return make.a_user("fed_town"), make.a_user("fed_county"), make.a_user("fed_county")


def an_asked_source(service: Service, *, opened: bool = True, **fetch: Any) -> Source:
    given = {"kind": "ask", "url": service.url, "question": "IN_CUSTODY", "key_id": "hub", **fetch}
    with rowsecurity.acting(rowsecurity.SYSTEM):
        source = making.a_source(
            make.COUNTY, fetch=given, delivery="changes", columns={"father_status": "父亲情况"}
        )
        if opened:
            making.an_open_way(source, service.url)
        ways.set_secret(source, by=make.a_user("fed_city", area=make.CITY), secret=SECRET)
    return source


def ask(source: Source, by: Any, *, reason: str = "核对父亲情况", **changes: Any) -> Question:
    person = {
        "name": "张大山", "id_number": FATHER, "child_name": "张雨桐",
        "child_id": making.an_id(), "child_area": making.TOWN, **changes,
    }  # fmt: skip
    why = asking.Why("RECOGNITION", "民发〔2019〕62号", reason)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        return asking.ask(
            source, by=by, file_id=FILE, about="FATHER", person=asking.Person(**person), why=why
        )


def allowed(source: Source, people: Any, **given: Any) -> Question:
    question = ask(source, people[0], **given)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        return asking.approve(question, by=people[1])


def fresh(question: Question) -> Question:
    with rowsecurity.acting(rowsecurity.SYSTEM):
        return Question.objects.select_related("source", "run").get(pk=question.pk)


def answer_of(question: Question) -> dict[str, str]:
    return dict(json.loads(fresh(question).answer.open()))


def acts() -> list[str]:
    with rowsecurity.acting(rowsecurity.SYSTEM):
        found = Entry.objects.filter(act__startswith="exchange.question").order_by("at", "seq")
        return [each.act.removeprefix("exchange.question.") for each in found]


def test_a_question_that_another_allowed_is_asked_and_answered(service, people):
    told = {"answer": "yes", "since": "2025-03-01", "until": "2027-02-28", "offence": "secret"}
    service.says(answers={FATHER: told})
    question = allowed(an_asked_source(service), people)

    answering.send(question.pk)

    assert fresh(question).state == "ANSWERED"
    assert answer_of(question) == {"word": "yes", "since": "2025-03-01", "until": "2027-02-28"}
    assert acts() == ["asked", "approved", "sent", "answered"]
    said = service.asked[0]
    assert said["path"] == "/ask"
    assert json.loads(said["body"])["person"] == {"name": "张大山", "id_number": FATHER}


def test_nothing_is_sent_before_a_second_person_has_allowed_it(service, people):
    source = an_asked_source(service)
    question = ask(source, people[0])

    assert answering.send(question.pk) is None
    assert answering.due() == []
    assert service.asked == []


def test_who_asks_never_allows_it_also_not_in_the_database(service, people):
    source = an_asked_source(service)
    question = ask(source, people[1])

    with rowsecurity.acting(rowsecurity.SYSTEM), pytest.raises(NotAllowed):
        asking.approve(question, by=people[1])
    with pytest.raises(IntegrityError, match="question_decided_by_another"):
        with rowsecurity.acting(rowsecurity.SYSTEM), transaction.atomic():
            Question.objects.filter(pk=question.pk).update(decided_by=people[1])
    with pytest.raises(IntegrityError, match="question_never_sent_undecided"):
        with rowsecurity.acting(rowsecurity.SYSTEM), transaction.atomic():
            Question.objects.filter(pk=question.pk).update(state="APPROVED")


def test_without_the_power_nobody_asks_or_allows(service, people):
    source = an_asked_source(service)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        village, far = make.a_user("grid"), make.a_user("fed_county", area=make.OTHER_COUNTY)
    question = ask(source, people[0])

    for somebody in (village, far):
        with pytest.raises(NotAllowed):
            ask(source, somebody)
        with pytest.raises(NotAllowed), rowsecurity.acting(rowsecurity.SYSTEM):
            asking.approve(question, by=somebody)
        with pytest.raises(NotFound), rowsecurity.acting(rowsecurity.SYSTEM):
            queries.question_for(somebody, question.pk)


def test_a_refused_question_is_not_sent_and_its_person_is_forgotten(service, people):
    question = ask(an_asked_source(service), people[0])
    with rowsecurity.acting(rowsecurity.SYSTEM):
        asking.refuse(question, by=people[1], reason="没有依据")

    assert answering.send(question.pk) is None
    assert service.asked == []
    assert not fresh(question).person
    with pytest.raises(asking.NotOpenQuestion), rowsecurity.acting(rowsecurity.SYSTEM):
        asking.approve(question, by=people[1])


def test_the_same_person_again_needs_a_new_reason_and_has_an_end(service, people):
    source = an_asked_source(service, per_person=3)
    ask(source, people[0])
    for again in ("核对父亲情况", " 核对 父亲情况。"):
        with pytest.raises(asking.NewReasonNeeded):
            ask(source, people[1], reason=again)
    ask(source, people[1], reason="父亲据说已出狱")
    ask(source, people[0], reason="村里来信")
    with pytest.raises(asking.TooOftenAboutOne):
        ask(source, people[0], reason="再问一次")
    # Negative control: about another person the very same reason will do.
    ask(source, people[0], id_number=making.an_id("19860101"))


def test_one_person_asks_only_so_often_a_day(service, people):
    source = an_asked_source(service, per_asker=2)
    for order in (11, 13):
        ask(source, people[0], id_number=making.an_id("19860101", order=order))
    with pytest.raises(asking.TooManyQuestions):
        ask(source, people[0], id_number=making.an_id("19860101", order=15))
    ask(source, people[1], id_number=making.an_id("19860101", order=15))


def test_a_source_is_asked_only_so_often_an_hour(service, people):
    source = an_asked_source(service, per_hour=1)
    first, second = (
        allowed(source, people, id_number=making.an_id("19860101", order=order))
        for order in (11, 13)
    )
    answering.send(first.pk)
    assert answering.send(second.pk) is None
    assert len(service.asked) == 1
    assert fresh(second).state == "APPROVED"
    with time_machine.travel(timezone.now() + timedelta(hours=2), tick=True):
        assert answering.due() == [second.pk]


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [({"id_number": ""}, asking.NoNumber), ({"child_area": making.STRANGE_TOWN}, NotAllowed)],
)
def test_what_cannot_be_asked_is_said(service, people, changes, refusal):
    with pytest.raises(refusal):
        ask(an_asked_source(service), people[0], **changes)


@pytest.mark.parametrize(("purpose", "basis", "reason"), [
    ("CURIOSITY", "民发〔2019〕62号", "核对情况"), ("SAFETY", " ", "核对情况"),
    ("SAFETY", "依据某号", "x"),
])  # fmt: skip
def test_purpose_basis_and_reason_are_demanded(service, people, purpose, basis, reason):
    person = asking.Person("张大山", FATHER, "张雨桐", making.an_id(), making.TOWN)
    with pytest.raises(asking.SayWhy), rowsecurity.acting(rowsecurity.SYSTEM):
        asking.ask(
            an_asked_source(service), by=people[0], file_id=FILE, about="FATHER", person=person,
            why=asking.Why(purpose, basis, reason),
        )  # fmt: skip


UNTRUE = [
    {"fault": "html"}, {"fault": "unsigned"}, {"fault": "replay"}, {"fault": "old"},
    {"fault": "changed"}, {"instead": {"id": "another"}}, {"instead": {"answer": "maybe"}},
    {"instead": {"answer": True}}, {"instead": {"answer": ["yes"]}},
    {"instead": {"answer": "yes", "since": "2099-01-01"}},
    {"instead": {"answer": "yes", "since": "2025-02-30"}},
    {"instead": {"answer": "yes", "since": "last year"}},
    {"instead": {"answer": "yes", "since": "2025-02-01", "until": "2024-02-01"}},
    {"instead": {"answer": "no", "since": "2025-02-01"}},
]  # fmt: skip


@pytest.mark.parametrize("plan", UNTRUE, ids=range(len(UNTRUE)))
def test_an_answer_that_cannot_be_true_is_not_kept(service, people, plan):
    service.says(answers={FATHER: {"answer": "no"}}, **plan)
    question = allowed(an_asked_source(service), people)

    answering.send(question.pk)

    found = fresh(question)
    assert (found.state, found.problem["code"]) == ("FAILED", "LIE")
    assert not found.answer
    assert not found.person
    assert acts()[-1] == "failed"


@pytest.mark.parametrize(
    ("fault", "code", "state"),
    [("500", "BUSY", "APPROVED"), ("401", "KEY", "APPROVED"), ("404", "STATUS", "FAILED"),
     ("redirect", "REDIRECT", "FAILED"), ("stall", "STALLED", "APPROVED")],
)  # fmt: skip
def test_a_fault_is_told_and_tried_again_later(service, people, fault, code, state, monkeypatch):
    monkeypatch.setattr(egress, "TIMES", egress.httpx.Timeout(1.0, read=0.5))
    service.says(fault=fault)
    question = allowed(an_asked_source(service), people)

    answering.send(question.pk)

    found = fresh(question)
    assert (found.problem["code"], found.state, found.tries) == (code, state, 1)
    service.says(answers={FATHER: {"answer": "no"}})
    if state == "APPROVED":
        assert found.next_at > timezone.now()
        answering.send(question.pk)
        assert fresh(question).state == "ANSWERED"
        asked = [json.loads(each["body"])["id"] for each in service.asked]
        assert asked == [str(question.pk)] * 2


def test_a_service_that_never_answers_is_given_up(service, people):
    service.says(fault="503")
    question = allowed(an_asked_source(service), people)
    for _try in range(answering.MOST_TRIES + 1):
        answering.send(question.pk)

    assert fresh(question).state == "FAILED"
    assert len(service.asked) == answering.MOST_TRIES


def test_a_service_that_is_not_approved_is_not_asked(service, people):
    question = allowed(an_asked_source(service, opened=False), people)

    answering.send(question.pk)

    assert fresh(question).problem["code"] == "NOT_APPROVED"
    assert service.asked == []


def test_an_answer_becomes_a_fact_by_the_way_of_all_rows_and_is_taken_back(service, people):
    service.says(answers={FATHER: {"answer": "yes"}})
    source = an_asked_source(service, keep="facts", status="服刑", days=30)
    question = allowed(source, people)
    answering.send(question.pk)
    run = fresh(question).run
    assert run is not None

    with rowsecurity.acting(rowsecurity.SYSTEM):
        done = processing.process_run(run.pk)
        record = Record.objects.get()
        payload = json.loads(record.payload.open())
    assert (done.state, done.counts["new"]) == ("DONE", 1)
    assert payload["father_status"] == "PRISON"
    assert payload["name"] == "张雨桐"

    with time_machine.travel(timezone.now() + timedelta(days=29), tick=True):
        assert answering.forget() == 0
    with time_machine.travel(timezone.now() + timedelta(days=31), tick=True):
        assert answering.forget() == 1
        assert answering.forget() == 0
    found = fresh(question)
    assert (found.state, bool(found.person), bool(found.answer)) == ("FORGOTTEN", False, False)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        assert Record.objects.current().count() == 0
        assert Record.objects.get().payload.open() == "{}"
        assert ImportRun.objects.get().state == "ROLLED_BACK"
    assert not (files.folder() / run.file_path).exists()
    assert acts()[-1] == "forgotten"


def test_a_later_no_takes_the_place_of_an_earlier_yes(service, people):
    source = an_asked_source(service, keep="facts", status="服刑")
    for word, reason in (("yes", "第一次核对"), ("no", "听说已出狱")):
        service.says(answers={FATHER: {"answer": word}})
        question = allowed(source, people, reason=reason)
        answering.send(question.pk)
        run = fresh(question).run
        assert run is not None
        processing.process_run(run.pk)

    with rowsecurity.acting(rowsecurity.SYSTEM):
        payload = json.loads(Record.objects.current().get().payload.open())
    assert not payload.get("father_status")


@pytest.mark.parametrize(("fetch", "told"), [
    ({}, {"answer": "yes"}), ({"keep": "facts", "status": "服刑"}, {"answer": "unknown"}),
])  # fmt: skip
def test_a_sealed_or_unknown_answer_makes_no_row(service, people, fetch, told):
    service.says(answers={FATHER: told})
    question = allowed(an_asked_source(service, **fetch), people)
    answering.send(question.pk)

    assert (fresh(question).state, fresh(question).run) == ("ANSWERED", None)


def test_only_who_asked_and_who_allowed_it_reads_the_answer_and_it_is_on_record(service, people):
    service.says(answers={FATHER: {"answer": "no"}})
    question = allowed(an_asked_source(service), people)
    answering.send(question.pk)
    found = fresh(question)

    with rowsecurity.acting(rowsecurity.SYSTEM):
        with pytest.raises(NotAllowed):
            asking.read_answer(found, by=people[2], reason="我也想看")
        with pytest.raises(Refused):
            asking.read_answer(found, by=people[0], reason=" ")
        for reader in people[:2]:
            assert asking.read_answer(found, by=reader, reason="办理认定")["word"] == "no"
        read = Entry.objects.filter(act="exchange.answer.read")
        assert [each.subject_id for each in read] == [str(FILE)] * 2


def test_no_log_address_or_trail_holds_the_person_or_the_answer(service, people, caplog):
    caplog.set_level(logging.DEBUG)
    service.says(answers={FATHER: {"answer": "yes", "since": "2025-03-01"}})
    question = allowed(an_asked_source(service), people)
    answering.send(question.pk)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        trail = json.dumps(list(Entry.objects.values("details", "reason")), ensure_ascii=False)
        row = str(Question.objects.filter(pk=question.pk).values().get())

    said = caplog.text + trail + service.asked[0]["path"]
    assert FATHER not in said + row
    assert "张大山" not in said + row
    assert "2025-03-01" not in said + row
    # Negative control: the body of the question holds the number, so that the search finds it.
    assert FATHER in service.asked[0]["body"]


@pytest.mark.parametrize(("changes", "key"), [
    ({"question": "WHAT"}, "fetch.question"), ({"keep": "facts"}, "fetch.status"),
    ({"url": "ftp://x"}, "fetch.url"), ({"per_hour": 0}, "fetch.per_hour"),
])  # fmt: skip
def test_a_mistake_in_the_profile_is_named(changes, key):
    fetch = {"kind": "ask", "url": "https://prison.example/ask", "question": "IN_CUSTODY",
             "key_id": "hub", **changes}  # fmt: skip
    with pytest.raises(profiles.BadProfile) as problem:
        profiles.parse(making.a_profile(fetch=fetch, delivery="changes"), "list")
    assert problem.value.key == key
