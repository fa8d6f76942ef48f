"""Sending allowed questions, keeping what was answered, and forgetting it when its time is over.

Nobody stands behind these acts but the worker. Answer, row and trail are one transaction; an
answer that was sent while we died comes again under the same id.
"""

import json
from contextlib import suppress
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from qianshou.common import bus, queueing, rowsecurity
from qianshou.common.identity import new_id
from qianshou.exchange.actions import asking, receiving, undoing
from qianshou.exchange.connectors import files, inquiry, progress, spool
from qianshou.exchange.connectors.failures import PullFailed
from qianshou.exchange.events import AnswerForgotten
from qianshou.exchange.models import Feed, ImportRun, Question, Record
from qianshou.exchange.rules import asking as rules
from qianshou.exchange.rules import profile as profiles

State = Question.State
MOST_TRIES: Final = 6
FIRST_PAUSE: Final = timedelta(minutes=2)
# A person has to look at these; asking again would bring the same.
FINAL: Final = ("LIE", "STATUS", "REDIRECT")
# A question that nobody decided, and one that failed, is not kept for ever either.
UNDECIDED: Final = timedelta(days=30)


def due() -> list[UUID]:
    """Return the allowed questions whose time to be sent has come."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        found = Question.objects.filter(state=State.APPROVED, next_at__lte=timezone.now())
        return list(found.order_by("next_at").values_list("pk", flat=True)[:200])


def hand_out() -> int:
    """Give the worker one job for each question that is due and has none waiting."""
    return sum(
        queueing.ask_alone("exchange.ask", f"ask-{question_id}", question_id=str(question_id))
        for question_id in due()
    )


def send(question_id: UUID) -> Question | None:
    """Send one allowed question and keep its answer; None if it is not its turn."""
    with progress.held(question_id) as alone:
        if alone is None:
            return None
        with rowsecurity.acting(rowsecurity.SYSTEM):
            question = Question.objects.select_related("source").get(pk=question_id)
            if question.state != State.APPROVED or not _takes_turn(question):
                return None
            secret = Feed.objects.get(source=question.source_id).secret.open()
            person = json.loads(question.person.open())
        said = {
            "id": str(question.pk), "question": question.code, "purpose": question.purpose,
            "basis": question.basis, "asked_at": question.asked_at.isoformat(timespec="seconds"),
            "person": {"name": person["name"], "id_number": person["id_number"]},
        }  # fmt: skip
        try:
            options = asking.options_of(question.source)
            answer = inquiry.put(question.source, options, secret=secret, said=said)
        except PullFailed as failure:
            return _failed(question, failure.problem, after=failure.after)
        except asking.NotAskable:
            return _failed(question, {"code": "STATUS", "value": "fetch"}, after=0)
        return _keep(question, answer, person=person, options=options)


def _takes_turn(question: Question) -> bool:
    """Count this attempt against the limit of the source; beyond it the question waits."""
    options = asking.options_of(question.source)
    now = timezone.now()
    source = type(question.source).objects.select_for_update().get(pk=question.source_id)
    recent = Question.objects.filter(source=source, sent_at__gte=now - timedelta(hours=1))
    if recent.exclude(pk=question.pk).count() >= options["per_hour"]:
        question.next_at = now + timedelta(minutes=10)
        question.save(update_fields=["next_at"])
        return False
    question.sent_at, question.tries = now, question.tries + 1
    question.save(update_fields=["sent_at", "tries"])
    asking.note("sent", question, by=None, attempt=question.tries)
    return True


def _failed(question: Question, problem: dict[str, Any], *, after: int) -> Question:
    """Note why there was no answer; it is tried again, unless that would bring the same."""
    question.problem = problem
    ended = problem["code"] in FINAL or question.tries >= MOST_TRIES
    pause = max(FIRST_PAUSE * 2 ** (question.tries - 1), timedelta(seconds=after))
    with rowsecurity.acting(rowsecurity.SYSTEM):
        if ended:
            question.state, question.next_at = State.FAILED, None
            question.person = ""
            asking.note("failed", question, by=None, problem=problem["code"])
        else:
            question.next_at = timezone.now() + pause
        question.save(update_fields=["problem", "state", "next_at", "person"])
    return question


def _keep(
    question: Question, answer: rules.Answer, *, person: dict[str, str], options: dict[str, Any]
) -> Question:
    now = timezone.now()
    with rowsecurity.acting(rowsecurity.SYSTEM), transaction.atomic():
        question.state, question.answered_at, question.next_at = State.ANSWERED, now, None
        question.answer = json.dumps(answer.as_data())
        question.problem = {}
        question.forget_at = now + timedelta(days=options["days"])
        question.run = _row(question, answer, person=person, options=options)
        question.save(
            update_fields=[
                "state", "answered_at", "next_at", "answer", "problem", "forget_at", "run",
            ]
        )  # fmt: skip
        asking.note("answered", question, by=None, kept=options["keep"])
    return question


def _row(
    question: Question, answer: rules.Answer, *, person: dict[str, str], options: dict[str, Any]
) -> ImportRun | None:
    """Hand an answer about a parent on as a row of its source, where the agreement says so."""
    field = rules.FIELDS.get(question.about)
    if options["keep"] != rules.FACTS or field is None or answer.word == "unknown":
        return None
    profile = profiles.parse(question.source.profile, question.source.code)
    told = {
        "key": f"{question.file_id.hex}-{question.about[0]}", "name": person["child_name"],
        "id_number": person["child_id"], "area_code": person["child_area"],
        field: options["status"] if answer.word == "yes" else "",
        "updated_on": timezone.localdate().isoformat(),
    }  # fmt: skip
    row = {
        column.headers[0]: told[column.name] for column in profile.columns if column.name in told
    }
    run_id = new_id()
    folder = spool.place(str(run_id))
    try:
        path = spool.write_table(folder / "table.csv", [row], headers=row, seen=row)
        with path.open("rb") as file:
            run = receiving.receive_file(
                question.source, by=None, file=file, name=f"{question.source.code}-answer.csv",
                area_code=question.area_code, run_id=run_id,
            )  # fmt: skip
    finally:
        spool.drop(str(run_id))
    receiving.start(run)
    return run


def forget() -> int:
    """Forget the answers whose time is over, and the persons of questions that came to nothing."""
    now = timezone.now()
    with rowsecurity.acting(rowsecurity.SYSTEM):
        over = Question.objects.filter(state=State.ANSWERED, forget_at__lte=now)
        stale = Question.objects.filter(state=State.ASKED, asked_at__lte=now - UNDECIDED)
        found = [*over.values_list("pk", flat=True), *stale.values_list("pk", flat=True)]
    return sum(_forgotten(each) for each in found)


def _forgotten(question_id: UUID) -> bool:
    with rowsecurity.acting(rowsecurity.SYSTEM), transaction.atomic():
        question = (
            Question.objects.select_for_update(of=("self",))
            .select_related("source", "run").get(pk=question_id)
        )  # fmt: skip
        if question.run is not None and not _take_back(question.run):
            return False
        question.state = State.FORGOTTEN
        question.person, question.answer = "", ""
        question.save(update_fields=["state", "person", "answer"])
        asking.note("forgotten", question, by=None)
    return True


def _take_back(run: ImportRun) -> bool:
    """Take the row of an answer out of the files and empty it; False while it is at work."""
    if run.is_open or run.state == ImportRun.State.WAITING:
        return False
    with suppress(undoing.NothingToUndo), transaction.atomic():
        undoing.roll_back_run(run, by=None, reason="forgotten")
    (files.folder() / run.file_path).unlink(missing_ok=True)
    for record in Record.objects.filter(run=run).exclude(state=Record.State.CURRENT):
        record.payload = "{}"
        record.save(update_fields=["payload"])
    for row in run.bad_rows.all():
        row.content = json.dumps({"cells": {}, "problems": []})
        row.save(update_fields=["content"])
    bus.publish(AnswerForgotten(run.pk))
    return True
