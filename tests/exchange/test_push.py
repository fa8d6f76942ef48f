"""Pushed batches: signed, in order, once, however often and late they come (T11, T51)."""

import json
import random
import threading
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connections
from django.test import Client

from qianshou.accounts import actions as accounts
from qianshou.accounts import permissions
from qianshou.common import rowsecurity
from qianshou.exchange.actions import egress as ways
from qianshou.exchange.actions import processing, pushing, receiving
from qianshou.exchange.connectors import signing
from qianshou.exchange.models import Feed, ImportRun, PushBatch, Record, Source
from tests import make
from tests import make_exchange as making

pytestmark = pytest.mark.usefixtures("committed")


def a_pushed_source(code: str = "list", **fetch: Any) -> Source:
    with rowsecurity.acting(rowsecurity.SYSTEM):
        source = making.a_source(
            make.CITY, code=code, delivery="changes", fetch={"kind": "push", **fetch}
        )
        editor = make.a_user("fed_city", area=make.CITY)
        ways.set_secret(source, by=editor, secret=making.PUSH_SECRET)
    return source


def a_key(*roles: str, area: str = make.COUNTY) -> str:
    with rowsecurity.acting(rowsecurity.SYSTEM):
        user = make.a_user(*(roles or ("clerk",)), area=area)
        return accounts.create_token(
            user, by=user, name="push", powers=sorted(permissions.powers_of(user)),
            today=datetime.now(UTC).date(),
        )  # fmt: skip


def a_body(*rows: dict[str, Any]) -> bytes:
    return json.dumps({"rows": list(rows)}, ensure_ascii=False).encode()


def push(
    token: str, body: bytes, *, path: str = "/api/v1/push/list", changed: Any = None, **signed: Any
) -> Any:
    headers = making.push_headers(path, body, **signed) | (changed or {})
    return Client().post(
        path, body, content_type="application/json",
        headers={"Authorization": f"Bearer {token}", **headers},
    )  # fmt: skip


def figures() -> tuple[int, int, int]:
    """Batches, runs and the last number taken."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        last = Feed.objects.get().position.get("sequence", 0)
        return PushBatch.objects.count(), ImportRun.objects.count(), last


def test_a_batch_becomes_a_delivery_of_the_columns_that_the_profile_names():
    source, token = a_pushed_source(), a_key()
    answer = push(token, a_body(making.a_row(宗教="不应存储"), making.a_row()))

    assert answer.status_code == 202, answer.content
    run = processing.process_run(UUID(answer.json()["id"]))
    assert (run.state, run.counts["new"], run.area_code) == ("DONE", 2, make.COUNTY)
    assert run.by is not None
    kept = (receiving.files.folder() / run.file_path).read_text(encoding="utf-8-sig")
    assert "宗教" not in kept
    asked = Client().get(
        f"/api/v1/push/{source.code}", headers={"Authorization": f"Bearer {token}"}
    )
    assert asked.json() == {"next_sequence": 2, "room": 20, "waits_for": None}


def test_the_same_batch_again_is_answered_with_its_first_delivery():
    a_pushed_source()
    token, body = a_key(), a_body(making.a_row())
    first = push(token, body)
    again = push(token, body)
    by_another = push(a_key(), body)

    assert [each.status_code for each in (first, again, by_another)] == [202, 200, 200]
    assert len({each.json()["id"] for each in (first, again, by_another)}) == 1
    assert figures() == (1, 1, 1)


@pytest.mark.parametrize("change", ["body", "area", "sequence"])
def test_the_same_key_with_another_content_is_refused(change):
    a_pushed_source()
    token = a_key("clerk", area=make.COUNTY)
    row = making.a_row()
    push(token, a_body(row))
    if change == "body":
        answer = push(token, a_body(row, making.a_row()))
    elif change == "area":
        answer = push(token, a_body(row), path=f"/api/v1/push/list?area={making.TOWN}")
    else:
        answer = push(token, a_body(row), sequence=2, key="batch-00000001")

    assert answer.status_code == 409
    assert figures() == (1, 1, 1)


@pytest.mark.parametrize("sequence", [1, 3, 4, 1000])
def test_a_gap_or_a_step_back_is_refused_and_the_right_number_goes_on(sequence):
    a_pushed_source()
    token = a_key()
    push(token, a_body(making.a_row()))

    wrong = push(token, a_body(making.a_row()), sequence=sequence, key="another-key")
    right = push(token, a_body(making.a_row()), sequence=2)

    assert (wrong.status_code, right.status_code) == (409, 202)
    assert figures() == (2, 2, 2)


BAD = [
    {"secret": "somebody-elses-secret"},
    {"at": datetime.now(UTC) - timedelta(minutes=30)},
    {"at": datetime.now(UTC) + timedelta(minutes=30)},
    {"changed": {"X-Signature": "hmac-sha256="}},
    {"changed": {"X-Signature": "none="}},
    {"changed": {"X-Signature": "hmac-md5=00"}},
    {"changed": {"X-Timestamp": "2026-11-24"}},
    {"changed": {"X-Sequence": "2"}},
    {"changed": {"Idempotency-Key": "batch-00000009"}},
]


@pytest.mark.parametrize("wrong", BAD, ids=range(len(BAD)))
def test_what_the_department_did_not_sign_just_now_is_refused(wrong):
    a_pushed_source()

    assert push(a_key(), a_body(making.a_row()), **wrong).status_code == 403
    assert figures() == (0, 0, 0)


def test_a_signature_holds_for_its_body_and_its_source_alone():
    a_pushed_source()
    a_pushed_source("other")
    token, body, path = a_key(), a_body(making.a_row()), "/api/v1/push/list"
    headers = making.push_headers(path, body)
    for where, what in ((path, a_body(making.a_row())), ("/api/v1/push/other", body)):
        answer = Client().post(
            where, what, content_type="application/json",
            headers={"Authorization": f"Bearer {token}", **headers},
        )  # fmt: skip
        assert answer.status_code == 403


def test_without_the_check_anybody_with_a_key_pushes(monkeypatch):
    """Negative control for the signature."""
    a_pushed_source()
    monkeypatch.setattr(signing, "is_right", lambda *_args, **_values: True)

    assert push(a_key(), a_body(making.a_row()), secret="wrong").status_code == 202


def test_a_source_without_a_secret_takes_nothing():
    source = a_pushed_source()
    with rowsecurity.acting(rowsecurity.SYSTEM):
        Feed.objects.filter(source=source).update(secret=b"")

    assert push(a_key(), a_body(making.a_row()), secret="").status_code == 403


def test_sm3_signs_too():
    a_pushed_source()

    assert push(a_key(), a_body(making.a_row()), algorithm="sm3").status_code == 202


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{}", 422), (b'{"rows": []}', 422), (b'{"rows": [1]}', 422), (b"<html>", 400),
        (b'{"rows": [{"a": 1, "a": 2}]}', 409), (b'{"rows": [{"a": NaN}]}', 409),
        (b'{"rows": [{"a": "\\u0000"}]}', 400),
    ],
    ids=["empty", "no rows", "no objects", "no JSON", "a name twice", "no number", "a null sign"],
)  # fmt: skip
def test_a_batch_that_cannot_be_read_is_refused_and_the_number_stays_free(body, status):
    a_pushed_source()
    token = a_key()

    answer = push(token, body)

    assert answer.status_code in (status, 422)
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["title"]
    assert figures() == (0, 0, 0)
    assert push(token, a_body(making.a_row())).status_code == 202


def test_a_sender_waits_when_too_many_batches_are_at_work():
    a_pushed_source(open_runs=2)
    token = a_key()
    answers = [push(token, a_body(making.a_row()), sequence=number) for number in (1, 2, 3)]

    assert [each.status_code for each in answers] == [202, 202, 429]
    assert answers[2]["Retry-After"] == "30"
    processing.process_run(UUID(answers[0].json()["id"]))
    assert push(token, a_body(making.a_row()), sequence=3).status_code == 202


def test_only_a_source_that_is_pushed_takes_batches():
    with rowsecurity.acting(rowsecurity.SYSTEM):
        making.a_source()

    assert push(a_key(), a_body(making.a_row())).status_code == 404
    assert push(a_key("grid"), a_body(making.a_row())).status_code == 403


def in_parallel(works: list[Any]) -> list[Any]:
    gate, found = threading.Barrier(len(works)), []

    def run(work: Any) -> None:
        try:
            gate.wait(30)
            found.append(work())
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for each in threads:
        each.start()
    for each in threads:
        each.join(120)
    return found


def test_fifty_of_the_same_at_once_are_one():
    a_pushed_source()
    token, body = a_key(), a_body(making.a_row())

    pairs = in_parallel([lambda: [push(token, body) for _time in range(2)]] * 25)
    answers = [answer for pair in pairs for answer in pair]

    assert sorted(each.status_code for each in answers) == [200] * 49 + [202]
    assert len({each.json()["id"] for each in answers}) == 1
    assert figures() == (1, 1, 1)


def test_late_doubled_and_shuffled_batches_end_in_the_same_state():
    """T51: a sender that repeats whatever was refused, in any order, ends where it should."""
    a_pushed_source()
    token, source_rows = a_key(), [making.a_row() for _row in range(4)]
    bodies = {
        number: a_body(source_rows[number % 4] | {"住址": f"{number}组", "更新日期": "2026-09-12"})
        for number in range(1, 9)
    }
    dice = random.Random(7)
    taken: set[int] = set()
    for _turn in range(400):
        number = dice.randint(1, 8)
        status = push(token, bodies[number], sequence=number).status_code
        assert status in (200, 202, 409)
        assert (status != 409) == (number in taken or number == len(taken) + 1)
        taken |= {number} if status != 409 else set()
        if len(taken) == 8:
            break
    with rowsecurity.acting(rowsecurity.SYSTEM):
        runs = list(ImportRun.objects.order_by("batch__sequence"))
    for run in runs:
        processing.process_run(run.pk)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        payloads = [json.loads(each.payload.open()) for each in Record.objects.current()]

    assert figures() == (8, 8, 8)
    assert sorted(each["address"] for each in payloads) == ["5组", "6组", "7组", "8组"]


class Killed(BaseException):
    """The web process dies here."""


@pytest.mark.parametrize("name", ["receive_file", "start"])
def test_a_process_that_dies_in_between_leaves_no_half_batch(monkeypatch, name):
    a_pushed_source()
    token, body = a_key(), a_body(making.a_row())
    step = getattr(receiving, name)

    def dies(*args: Any, **values: Any) -> Any:
        step(*args, **values)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(pushing.receiving, name, dies)
        with pytest.raises(Killed):
            push(token, body)
    assert figures() == (0, 0, 0)

    assert push(token, body).status_code == 202
    assert figures() == (1, 1, 1)
