"""Keeping files current: the rows of each child become one file, with its family and consents.

Everything here is derived from rows, so it can be computed again at any time; it is written in
bulk, a few thousand children at a time, because a city has a hundred thousand of them.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from django.utils import timezone

from qianshou.accounts.models import User
from qianshou.common import crypto, portions
from qianshou.common.copying import copy_rows
from qianshou.common.identity import new_ids
from qianshou.engines.linkage import normalise, sounds
from qianshou.registry.actions import (
    consents,
    families,
    noticing,
    sources,
    storing,
    upholding,
)
from qianshou.registry.models import Child, ChildEvent
from qianshou.registry.rules import fields, news, reading
from qianshou.registry.rules.golden import Golden, Row, golden
from qianshou.registry.rules.upholding import Upheld, uphold

CHUNK: Final = 4000
_PLAIN: Final = (
    "area_code", "name", "sex", "birth_on", "ethnicity", "hukou_code", "school", "stage",
    "class_name", "boarding",
)  # fmt: skip
_WIDTHS: Final = {
    "name": 80, "ethnicity": 2, "school": 100, "stage": 20, "class_name": 40, "hukou_code": 12,
}  # fmt: skip
_WRITTEN: Final = (
    *_PLAIN, "given_name", "search_name", "pinyin", "initials", "id_number", "id_token", "phone",
    "address", "facts", "provenance", "departments", "household_id", "updated_at",
)  # fmt: skip
# Columns whose change a person wants to hear about; the spelling of search keys follows the name.
_TOLD: Final = (*_PLAIN, "id_number", "phone", "address")

ROWS_OF: Final = """
SELECT l.child_id, r.id, r.source_id, r.as_of, r.area_code, r.state,
       CASE WHEN r.run_id = %s THEN NULL ELSE r.payload END
FROM registry_link l JOIN exchange_record r ON r.id = l.record_id
WHERE l.child_id = ANY(%s) AND l.state <> 'ENDED'
"""
FILES: Final = """
SELECT id, area_code, name, sex, birth_on, ethnicity, hukou_code, school, stage, class_name,
       boarding, id_number, id_token, phone, address, facts, departments, household_id, updated_at
FROM registry_child WHERE id = ANY(%s)
"""


@dataclass(slots=True)
class Before:
    """A file as it stands, with its sealed values as bytes."""

    plain: dict[str, Any]
    id_number: bytes
    id_token: bytes
    phone: bytes
    address: bytes
    facts: dict[str, Any]
    departments: list[str]
    household_id: UUID | None
    updated_at: datetime


@dataclass(slots=True)
class Made:
    """A file as its rows make it."""

    id: UUID
    golden: Golden
    rows: list[Row]
    plain: dict[str, Any]
    departments: list[str]
    before: Before | None = None
    household_id: UUID | None = None
    # field -> (old, new), for people to read
    changes: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)


@dataclass
class Filing:
    """What one refresh works with, and what it did."""

    run_id: UUID | None = None
    by: User | None = None
    payloads: Mapping[UUID, Mapping[str, Any]] = field(default_factory=dict)
    born: frozenset[UUID] = frozenset()
    now: datetime = field(default_factory=timezone.now)
    progress: Callable[[int, int], None] | None = None
    # True when a person's act is the news, so that its consequences are not told again.
    quiet: bool = False
    # True when so much is new that nothing of it is news.
    filling: bool = False
    # True when rows left because a person said so: then what they stated leaves with them.
    lowers: bool = False
    created: list[UUID] = field(default_factory=list)
    changed: list[UUID] = field(default_factory=list)
    same: list[UUID] = field(default_factory=list)
    fields: Counter[str] = field(default_factory=Counter)
    # rows that their list dropped and that no longer hold up their file
    dropped: list[UUID] = field(default_factory=list)


def refresh(children: Sequence[UUID], filing: Filing) -> Filing:
    """Compute and store the files of these children from their rows; files without rows stay."""
    feeds, kin = sources.feeds(), families.Kin(fresh=filing.born.issuperset(children))
    done = 0
    for chunk in portions.of(children, CHUNK):
        _refresh_chunk(chunk, filing, (feeds, kin))
        done += len(chunk)
        if filing.progress:
            filing.progress(done, len(children))
    kin.join_households()
    return filing


def _refresh_chunk(
    chunk: Sequence[UUID], filing: Filing, known: tuple[dict[UUID, sources.Feed], families.Kin]
) -> None:
    feeds, kin = known
    befores = _befores([child for child in chunk if child not in filing.born])
    upheld = upholding.standing(chunk)
    made = [
        _made(child, rows, befores.get(child))
        for child, rows in _rows_of(chunk, filing, feeds).items()
    ]
    if not filing.lowers:
        upholding.hold_lowered(made, upheld, filing)
    for each in made:
        _let_stand(each, upheld.get(each.id))
        _compare(each, filing)
    # A guardianship points to its file, so the new files come first; the household that the
    # family gives them is known before either.
    for each in made:
        each.household_id = each.before.household_id if each.before else None
    kin.gather(
        families.Mention(
            each.id, each.plain, each.rows, each.golden.facts.get("guardianship", ""),
            each.household_id,
        )
        for each in made
    )  # fmt: skip
    for each in made:
        each.household_id = kin.household_of(each.id) or each.household_id
    _store(made, filing)
    kin.store([each.id for each in made if each.before is None])
    consents.note([(each.id, each.plain["area_code"], each.rows) for each in made], filing.now)
    _store_events(made, filing)
    if not (filing.quiet or filing.filling):
        noticing.tell(_news(made), run_id=filing.run_id, now=filing.now)


def _news(made: Iterable[Made]) -> Iterator[noticing.News]:
    for each in made:
        area_code = each.plain["area_code"]
        if each.before is None:
            yield each.id, area_code, news.NEW_CHILD, ()
        for kind, names in news.news_of(each.changes).items():
            yield each.id, area_code, kind, names


def _rows_of(
    chunk: Sequence[UUID], filing: Filing, feeds: Mapping[UUID, sources.Feed]
) -> dict[UUID, list[Row]]:
    """Read the standing rows of each child; rows that a list dropped count only while alone."""
    found: dict[UUID, list[tuple[Row, bool]]] = {}
    for child, record, source, as_of, area_code, state, payload in storing.fetch(
        ROWS_OF, [filing.run_id, list(chunk)]
    ):
        values = filing.payloads.get(record) or opened(payload, record)
        feed = feeds[source]
        row = Row(str(record), feed.department, as_of.isoformat(), feed.trust, values, area_code)
        found.setdefault(child, []).append((row, state == "WITHDRAWN"))
    return {child: _listed(rows, filing) for child, rows in found.items()}


def opened(payload: bytes | memoryview, record: UUID) -> dict[str, Any]:
    """Unseal a stored row."""
    text = crypto.unseal(payload, column="exchange_record.payload", row=record)
    values: dict[str, Any] = json.loads(text)
    return values


def _listed(rows: list[tuple[Row, bool]], filing: Filing) -> list[Row]:
    rows.sort(key=lambda each: each[0].record)
    current = [row for row, withdrawn in rows if not withdrawn]
    if current:
        gone = [UUID(row.record) for row, withdrawn in rows if withdrawn]
        if gone:
            storing.run(
                "UPDATE registry_link SET state = 'ENDED', ended_at = now()"
                " WHERE record_id = ANY(%s) AND state <> 'ENDED'",
                [gone],
            )
            filing.dropped += gone
        return current
    return [
        Row(row.record, row.department, row.as_of, row.trust, {**row.values, "unlisted": True},
            row.area_code)
        for row, _ in rows
    ]  # fmt: skip


def _befores(children: Sequence[UUID]) -> dict[UUID, Before]:
    found = {}
    for row in storing.fetch(FILES, [list(children)]) if children else ():
        values = dict(zip(_PLAIN, row[1:11], strict=True))
        if isinstance(values["birth_on"], date):
            values["birth_on"] = values["birth_on"].isoformat()
        number, token, phone, address = (bytes(value) for value in row[11:15])
        found[row[0]] = Before(
            values, number, token, phone, address, json.loads(row[15]), json.loads(row[16]),
            row[17], row[18],
        )  # fmt: skip
    return found


def _made(child: UUID, rows: list[Row], before: Before | None) -> Made:
    result = golden(rows)
    if any("unlisted" in row.values for row in rows):
        standing = before.facts.get("unlisted") if before else None
        result.facts["unlisted"] = standing or timezone.localdate().isoformat()
    departments = sorted({row.department for row in rows})
    return Made(child, result, rows, plain_of(result.columns), departments, before)


def plain_of(columns: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of a file that lie in the clear, cut to their widths."""
    plain = {name: columns.get(name, "") for name in _PLAIN}
    plain["birth_on"] = columns.get("birth_on")
    plain["boarding"] = columns.get("boarding")
    for name, width in _WIDTHS.items():
        plain[name] = plain[name][:width]
    return plain


def _let_stand(made: Made, upheld: Upheld | None) -> None:
    """Let what people set, and the grave facts that no person has lifted, stand in the file."""
    if upheld is not None:
        uphold(made.golden, made.rows, upheld)
        made.plain = plain_of(made.golden.columns)


def _compare(made: Made, filing: Filing) -> None:
    """Find what changed, count it, and decide what people are told."""
    before = made.before
    if before is None:
        filing.created.append(made.id)
        return
    after = {**made.plain, **{name: made.golden.columns.get(name, "") for name in fields.SECRET}}
    old = {**before.plain, **_opened_secrets(made.id, before)}
    changes = {name: (old[name], after[name]) for name in _TOLD if old[name] != after[name]}
    facts = made.golden.facts
    for name in facts.keys() | before.facts.keys():
        if before.facts.get(name) != facts.get(name):
            changes[name] = (before.facts.get(name), facts.get(name))
    made.changes = changes
    joins = made.departments != before.departments
    made.told = [name for name, change in changes.items() if _matters(name, change, joins=joins)]
    filing.fields.update(changes.keys())
    moved = changes or made.departments != before.departments
    (filing.changed if moved else filing.same).append(made.id)


def _matters(name: str, change: tuple[Any, Any], *, joins: bool) -> bool:
    """Tell whether a change is news.

    When a further department joins a file, its values complete what was known: only something
    grave is news then. Later, a known value that becomes another is, unless the place merely
    became more exact.
    """
    old, new = change
    if name == "unlisted" or (name in fields.GRAVE and new):
        return True
    if joins or old in (None, "", [], False):
        return False
    return not (name in ("area_code", "hukou_code") and new.startswith(old.rstrip("0")))


def _opened_secrets(child: UUID, before: Before) -> dict[str, str]:
    return {
        name: crypto.unseal(getattr(before, name), column=f"registry_child.{name}", row=child)
        for name in fields.SECRET
    }


# -- writing --------------------------------------------------------------------------------------


def _store(made: Sequence[Made], filing: Filing) -> None:
    born = [each for each in made if each.before is None]
    columns = ("id", *_WRITTEN, "state", "hidden_location", "location_readers", "created_at")
    copy_rows(
        Child,
        columns,
        ((each.id, *_written(each, filing), "VERIFIED", False, "[]", filing.now) for each in born),
    )
    known = [each for each in made if each.before is not None]
    if known:
        storing.update_rows(Child, _WRITTEN, ((each.id, *_written(each, filing)) for each in known))


def _written(made: Made, filing: Filing) -> Iterator[Any]:
    """Yield the values of `_WRITTEN` in its order."""
    plain, columns, before = made.plain, made.golden.columns, made.before
    yield from (plain[name] for name in _PLAIN)
    yield from name_keys(plain["name"])
    number = columns.get("id_number", "")
    token = crypto.blind(number, purpose="child.id") if number else b""
    for name in fields.SECRET:
        value = columns.get(name, "")
        if before is None or name in made.changes:
            yield crypto.seal(value, column=f"registry_child.{name}", row=made.id)
        else:
            yield getattr(before, name)
        if name == "id_number":
            yield token
    yield _text(made.golden.facts)
    yield _text(made.golden.provenance())
    yield _text(made.departments)
    yield made.household_id
    still = before is not None and not made.changes and made.departments == before.departments
    yield before.updated_at if before is not None and still else filing.now


@lru_cache(maxsize=1 << 16)
def name_keys(name: str) -> tuple[str, str, str, str]:
    """Return given name, search name, pinyin and initials of a name, as searches compare them."""
    canonical = reading.person_name(name)
    if not canonical:
        return "", "", "", ""
    pinyin, initials = normalise.pinyin(canonical)
    given = canonical.removeprefix(sounds.surname_of(canonical))
    return given[:60], canonical[:80], pinyin[:160], initials[:40]


_text = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _store_events(made: Sequence[Made], filing: Filing) -> None:
    told = [each for each in made if each.told and not filing.quiet]
    ids = new_ids(len(told))
    copy_rows(
        ChildEvent,
        ("id", "child_id", "area_code", "kind", "at", "by_id", "run_id", "fields",
         "before_after", "moves"),
        (_event(each, event, filing) for each, event in zip(told, ids, strict=True)),
    )  # fmt: skip


def _event(made: Made, event: UUID, filing: Filing) -> tuple[Any, ...]:
    values = {name: made.changes[name] for name in made.told}
    sealed = crypto.seal(_text(values), column="registry_childevent.before_after", row=event)
    return (
        event, made.id, made.plain["area_code"], "CHANGED", filing.now,
        filing.by.pk if filing.by else None, filing.run_id, _text(made.told), sealed, "{}",
    )  # fmt: skip
