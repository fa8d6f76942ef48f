"""T25 through the whole hub: damaged files, batches and messages end in a list, a wait or a word.

The reader meets ten thousand damaged files in test_malformed. Here fewer of them go on: they are
checked, compared, stored and linked to children. After each, every row that was read is accounted
for, and nothing on file has gone but what the delivery says. `DAMAGED_DELIVERIES=10000` sends as
many through each door.
"""

import json
import os
import random
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from django.test import Client

from qianshou.exchange import queries
from qianshou.exchange.actions import processing, streaming
from qianshou.exchange.connectors import files
from qianshou.exchange.connectors.streams.messages import Message
from qianshou.exchange.models import (
    Feed,
    ImportRun,
    QuarantinedRow,
    Record,
    Source,
    StreamMessage,
)
from qianshou.exchange.rules import answers
from qianshou.registry.models import Link
from tests import make
from tests import make_exchange as making
from tests.exchange.test_malformed import mutated, mutated_inside
from tests.exchange.test_push import a_key, a_pushed_source
from tests.exchange.test_undoing import a_child, reacting

__all__ = ["reacting"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("reacting")]
DELIVERIES = int(os.environ.get("DAMAGED_DELIVERIES", "32"))
KEPT = 24
# What departments' programs and their enemies put into a cell.
WORDS: tuple[Any, ...] = (
    "", " ", "张" * 500, "\0", "\ud800", "\u202e反", "=1+1", "#REF!", "1e309", "-1", "NaN",
    "0000-00-00", "9999-12-31", "二〇一四年七月十七日", "50023620140717313Ⅹ", "💥" * 90, "a\nb",
    "K1", None, True, 10**40, -0.0, [], {}, ["农村留守儿童", None], {"a": {"b": {"c": {"d": "e"}}}},
)  # fmt: skip
DEEP = "[" * 900 + "]" * 900


def undone(each: Callable[[], Any]) -> Any:
    """Do something and take it back, so that each damage meets the same files."""
    with transaction.atomic():
        found = each()
        transaction.set_rollback(True)
    return found


def has_ended_well(run: ImportRun, before: int, *, rows: int = 0) -> str:
    """Tell how a delivery ended; fails unless rows are accounted for and a clerk is told.

    `rows` is how many there are, where the damage leaves their number as it was.
    """
    counts, on_file = run.counts, Record.objects.current().filter(source=run.source).count()
    if run.state == "REFUSED":
        assert queries.notes_of(run) or run.message
        assert (on_file, (files.folder() / run.file_path).exists()) == (before, True)
        return str(run.notes[0]["why"])
    assert counts["read"] == (rows or counts["read"])
    assert counts["read"] == counts["bad"] + counts["repeated"] + sum(
        counts[name] for name in ("new", "changed", "same")
    )
    if run.state == "WAITING":
        assert queries.notes_of(run)
        assert on_file == before
        return "WAITING"
    assert run.state == "DONE"
    assert on_file == before + counts["new"] - counts["removed"]
    assert QuarantinedRow.objects.filter(run=run).count() == counts["bad"]
    for row in QuarantinedRow.objects.filter(run=run):
        told = queries.problems_in(queries.opened(row))
        assert told
        assert all(each["says"] and each["mend"] for each in told)
    standing = Record.objects.current().filter(source=run.source)
    assert Link.objects.exclude(state="ENDED").filter(record_id__in=standing).count() == on_file
    return "DONE"


def rows_on_file(source: Source) -> list[dict[str, str]]:
    """Let a good list come in first."""
    rows = [a_child(number) for number in range(KEPT)]
    run = making.a_run(source, making.a_csv(rows))
    assert run.counts["new"] == KEPT
    return rows


def damaged_files(
    rows: list[dict[str, str]], chance: random.Random
) -> Iterator[tuple[str, bytes, int]]:
    """Damage the next list of the department in all the ways of test_malformed, again and again."""
    changed = [row | {"住址": "新址"} for row in rows] + [making.a_row()]
    text, table = making.a_csv(changed), making.a_workbook({"表": making.table_of(changed)})
    while True:
        yield "list.csv", mutated(text, chance), 0
        yield "list.csv", mutated(making.a_csv(changed, encoding="gb18030"), chance), 0
        yield "list.xlsx", mutated_inside(table, chance), 0
        spoilt = [row | {chance.choice(making.HEADERS): _cell(chance)} for row in changed]
        yield "list.csv", making.a_csv(spoilt), len(spoilt)


def _cell(chance: random.Random) -> str:
    word = str(chance.choice(WORDS))
    return word.encode("utf-8", "replace").decode().replace("\0", "\1")


def delivered(source: Source, name: str, content: bytes, rows: int) -> str:
    """Deliver a file, and tell how it ended."""
    return has_ended_well(making.a_run(source, content, name=name), KEPT, rows=rows)


def test_damaged_files_are_taken_in_or_told_of_and_nothing_is_lost():
    """One source has its bounds, the other none, so that the damage comes as far as it can."""
    open_wide = dict.fromkeys(("max_bad_share", "max_changed_share", "max_removed_share"), 1)
    open_one = making.a_source(code="open", limits=open_wide)
    places = [making.a_source(), open_one]
    rows, _same = [rows_on_file(source) for source in places]
    chance, ends = random.Random(25), []
    coming = damaged_files(rows, chance)

    for _number in range(DELIVERIES):
        file, source = next(coming), chance.choice(places)
        ends.append(undone(partial(delivered, source, *file)))

    assert {"DONE", "WAITING"} < set(ends)


def damaged_batches(chance: random.Random) -> Iterator[bytes]:
    """Write batches with strange values, doubled names, depths, and flipped bytes."""
    while True:
        rows: list[dict[str, Any]] = [dict(a_child(number)) for number in range(6)]
        for row in rows:
            row[chance.choice(making.HEADERS)] = chance.choice(WORDS)
        body = json.dumps({"rows": rows}).encode()
        yield body
        yield mutated(body, chance)
        yield body.replace(b'"\\u5973"', b"NaN").replace(b'"\\u7537"', DEEP.encode())
        yield b'{"rows": [{"a": 1, "a": 2}, ' + body[10:]


def test_damaged_batches_are_taken_in_or_refused_with_a_word():
    source, token, chance = a_pushed_source(), a_key(), random.Random(26)
    batches, ends, path = damaged_batches(chance), [], "/api/v1/push/list"

    for _number in range(DELIVERIES):
        body = next(batches)

        def send(body: bytes = body) -> str:
            answer = Client().post(
                path, body, content_type="application/json",
                headers={"Authorization": f"Bearer {token}", **making.push_headers(path, body)},
            )  # fmt: skip
            if answer.status_code != 202:
                assert answer.json().get("title"), answer.content
                return str(answer.status_code)
            run = processing.process_run(UUID(answer.json()["id"]))
            return has_ended_well(run, 0)

        ends.append(undone(send))

    assert source.runs.count() == 0
    assert {"DONE", "400", "409"} <= set(ends) <= {"DONE", "WAITING", "400", "409", "422"}


def test_damaged_messages_are_taken_in_or_kept_with_their_reason():
    source = making.a_source(
        make.COUNTY, delivery="changes", fetch=making.STREAM | {"rows": "rows"}
    )
    feed = Feed.objects.select_related("source").get_or_create(source=source)[0]
    chance = random.Random(27)
    batches, ends = damaged_batches(chance), []

    for number in range(DELIVERIES):
        body = next(batches)

        def take(body: bytes = body, number: int = number) -> list[str]:
            streaming.take_in(feed, [Message(body, f"m{number}", None)])
            kept = StreamMessage.objects.get(source=source)
            if kept.state == "KEPT_OUT":
                return [str(kept.problem)]
            return [has_ended_well(processing.process_run(kept.run_id), 0)]

        ends += undone(take)

    assert {"DONE", "NOT_JSON"} <= set(ends)


@pytest.mark.parametrize("text", [DEEP, '{"b":' * 900 + "1" + "}" * 900])
def test_depths_end_in_a_mark_and_not_in_an_error(text):
    (row,) = answers.rows_at(answers.read(f'[{{"a": {text}}}]'.encode()), "")

    assert all(len(value) <= answers.LONGEST for value in row.values())
    assert answers.text_of([["一", ["二"]], None]) == "一、二、"


def test_the_account_notices_a_row_that_is_lost(monkeypatch):
    """The control: were a row dropped between reading and storing, the tests above would fail."""
    from qianshou.exchange.connectors import intake

    take_in = intake.take_in

    def forgetful(*given: Any, **named: Any) -> Any:
        delivery = take_in(*given, **named)
        delivery.good.pop()
        return delivery

    source = making.a_source()
    rows = rows_on_file(source)
    monkeypatch.setattr(intake, "take_in", forgetful)
    run = making.a_run(source, making.a_csv([*rows, making.a_row()]))

    with pytest.raises(AssertionError):
        has_ended_well(run, KEPT, rows=KEPT + 1)
