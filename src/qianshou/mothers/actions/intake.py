"""Taking rows of the mothers' list into their files, in bulk, each person recognised once."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from qianshou.common import bus, crypto, rowsecurity
from qianshou.common.identity import new_ids
from qianshou.exchange.models import Record
from qianshou.mothers.events import MothersChanged
from qianshou.mothers.models import Mother
from qianshou.mothers.rules import applications, gates, skills

TABLE: Final = "mothers_mother"
CHUNK: Final = 5000
Arrived = tuple[UUID, str, dict[str, Any]]
Told = Callable[[int, str], None]
JSON_FIELDS: Final = frozenset(
    {
        "categories",
        "skills",
        "languages",
        "times",
        "slots",
        "interests",
        "dislikes",
        "wishes",
        "settled",
    }
)
FIELDS: Final = tuple(each.attname for each in Mother._meta.concrete_fields)
FRESH: Final[dict[str, Any]] = {
    **dict.fromkeys(("employer", "ethnicity", "education", "remark", "volunteer_number"), ""),
    **dict.fromkeys(("birth_on", "screened_on", "trained_on", "committed_on", "applied_on")),
    **dict.fromkeys(("name", "search_name", "pinyin", "initials"), ""),
    **dict.fromkeys(("id_number", "id_token", "phone", "phone_token"), b""),
    "travel_limit_m": 5000,
    "capacity": 1,
    "screening": "PENDING",
    "training_hours": 0.0,
    **dict.fromkeys(("reporting_signed", "confidentiality_signed", "year_signed"), False),
}


@dataclass(eq=False)
class File:
    """One mother's row while the rows of a run are laid over it; `moved` is a newer source row."""

    row: dict[str, Any]
    is_new: bool
    changed: bool = False
    moved: bool = False


@dataclass
class Known:
    """The files on hand, found by each of the ways in which a person is recognised."""

    by_id: dict[bytes, File] = field(default_factory=dict)
    by_record: dict[UUID, File] = field(default_factory=dict)
    by_phone: dict[tuple[bytes, str], File] = field(default_factory=dict)

    def add(self, file: File) -> None:
        """Let a file be found by what it holds now."""
        row = file.row
        if row["id_token"]:
            self.by_id[row["id_token"]] = file
        if row["record_id"]:
            self.by_record[row["record_id"]] = file
        if row["phone_token"]:
            self.by_phone.setdefault((row["phone_token"], row["search_name"]), file)


@dataclass(frozen=True)
class Tokens:
    """The numbers of one row and their blind indexes; an empty token proves nothing."""

    numbers: applications.Numbers
    id_token: bytes
    phone_token: bytes


@transaction.atomic
def take_in(
    arrived: Sequence[Arrived],
    *,
    superseded: dict[UUID, UUID] | None = None,
    withdrawn: Sequence[UUID] = (),
    tell: Told = lambda _share, _step: None,
) -> dict[str, int]:
    """Lay new and changed rows over the files and return the counts of what came of it.

    A person is recognised by a valid ID number, else as the sender's own earlier row, else by
    telephone and name together; two different valid ID numbers are two persons.
    """
    with rowsecurity.acting(rowsecurity.SYSTEM):
        tell(0, "mothers: recognise")
        tokens = [_tokens(payload) for _, _, payload in arrived]
        known = _known(tokens, (superseded or {}).values())
        files = _lay(arrived, tokens, known=known, superseded=superseded or {})
        tell(40, "mothers: store")
        store(file.row for file in files if file.is_new or file.changed or file.moved)
        touched = [file for file in files if file.is_new or file.changed]
        rested = rest(withdrawn)
        tell(100, "mothers: done")
    _announce(tuple(file.row["id"] for file in touched) + rested)
    new = sum(file.is_new for file in files)
    return {
        "mothers_new": new,
        "mothers_changed": len(touched) - new,
        "mothers_same": len(files) - len(touched),
        "mothers_paused": len(rested),
    }


def _announce(ids: tuple[UUID, ...]) -> None:
    if ids:
        bus.publish(MothersChanged(ids))


def _tokens(payload: dict[str, Any]) -> Tokens:
    found = applications.numbers(payload)
    return Tokens(
        found,
        crypto.blind(found.id_number, purpose="mother.id") if found.id_is_valid else b"",
        crypto.blind(found.phone, purpose="mother.phone") if found.phone else b"",
    )


def _known(tokens: Sequence[Tokens], records: Iterable[UUID]) -> Known:
    """Fetch every file that one of the rows could belong to, by telephone only where needed."""
    known, seen = Known(), set[UUID]()
    _fetch(known, seen, "record_id", keys=set(records))
    by_id = {each.id_token for each in tokens} - {b""} - set(known.by_id)
    _fetch(known, seen, "id_token", keys=by_id)
    unmet = {each.phone_token for each in tokens if each.id_token not in known.by_id}
    _fetch(known, seen, "phone_token", keys=unmet - {b""})
    return known


def _fetch(known: Known, seen: set[UUID], column: str, *, keys: set[Any]) -> None:
    for row in _rows_with(column, keys):
        if row["id"] not in seen:
            seen.add(row["id"])
            known.add(File(row, is_new=False))


def _rows_with(column: str, keys: Iterable[Any]) -> Iterator[dict[str, Any]]:
    ordered = list(keys)
    for start in range(0, len(ordered), CHUNK):
        chunk = ordered[start : start + CHUNK]
        for row in Mother.objects.filter(**{f"{column}__in": chunk}).values(*FIELDS):
            for name in ("id_token", "phone_token", "id_number", "phone"):
                row[name] = bytes(row[name])
            yield row


def _lay(
    arrived: Sequence[Arrived],
    tokens: Sequence[Tokens],
    *,
    known: Known,
    superseded: dict[UUID, UUID],
) -> list[File]:
    """Lay each row over its file, in the order of the list; return every file once."""
    files: dict[File, None] = {}
    ids = iter(new_ids(len(arrived)))
    now = timezone.now()
    for (record_id, area_code, payload), token in zip(arrived, tokens, strict=True):
        name = applications.names(payload.get("name", ""))["search_name"]
        file = _find(known, token, before=superseded.get(record_id), name=name)
        if file is None:
            file = File(_fresh(next(ids), now), is_new=True)
        _apply(file, {"area_code": area_code, **payload}, token=token)
        # The newest row is where the values come from, even where it says the same.
        file.moved = file.moved or file.row["record_id"] != record_id
        file.row["record_id"] = record_id
        if file.changed:
            file.row["updated_at"] = now
        known.add(file)
        files[file] = None
    return list(files)


def _find(known: Known, token: Tokens, *, before: UUID | None, name: str) -> File | None:
    file = known.by_id.get(token.id_token) if token.id_token else None
    if file is None and before is not None:
        file = known.by_record.get(before)
    if file is None and token.phone_token:
        file = known.by_phone.get((token.phone_token, name))
        if file and token.id_token and file.row["id_token"]:
            # The by-ID look-up has failed, so these two valid numbers differ.
            file = None
    return file


def _fresh(file_id: UUID, now: Any) -> dict[str, Any]:
    return {
        **FRESH,
        **{name: [] for name in JSON_FIELDS - {"settled"}},
        "settled": {},
        "id": file_id,
        "area_code": "",
        "state": None,
        "record_id": None,
        "created_at": now,
        "updated_at": now,
    }


def _apply(file: File, payload: dict[str, Any], *, token: Tokens) -> None:
    """Lay what the row states over the file, sparing what a person has settled."""
    row = file.row
    stated = applications.values(payload)
    stated["area_code"] = payload["area_code"]
    if not stated.get("skills") and not row["skills"]:
        stated["skills"] = skills.levels([], payload.get("categories", []))
    decided = applications.state(payload, row["state"])
    if decided is not None and "state" not in row["settled"]:
        stated["state"], stated["remark"] = decided
    settled = _unlocked(stated, row)
    for name, value in stated.items():
        if name not in settled and row[name] != value:
            row[name] = value
            file.changed = True
    numbers = token.numbers
    _seal(file, "id_number", text=numbers.id_number, token=("id_token", token.id_token))
    _seal(file, "phone", text=numbers.phone, token=("phone_token", token.phone_token))


def _unlocked(stated: dict[str, Any], row: dict[str, Any]) -> set[str]:
    """Return what a person has settled, save a background query that says a graver or newer thing.

    Who was suspended stays so until a query holds again, whatever state the list gives her.
    """
    locked, query = set(row["settled"]), {"screening", "screened_on"}
    newer = (stated.get("screened_on") or date.min) > (row["screened_on"] or date.min)
    if stated.get("screening") == "HIT" or newer:
        locked -= query
    after = {name: stated.get(name, row[name]) for name in query}
    holds = after["screening"] == "CLEAR" and gates.is_fresh(
        after["screened_on"], timezone.localdate()
    )
    unsigned = row["remark"] == applications.TEXT_UNSIGNED
    if unsigned or (row["remark"] in applications.HELD_REMARKS and not holds):
        locked |= {"state", "remark"}
    return locked


def lay(file: File, payload: dict[str, Any]) -> None:
    """Lay one row over a file that is known to be its own."""
    _apply(file, payload, token=_tokens(payload))


def _seal(file: File, name: str, *, text: str, token: tuple[str, bytes]) -> None:
    """Seal a stated number anew only if it differs from the one on file."""
    row, (token_name, index) = file.row, token
    if not text or (index and row[token_name] == index):
        return
    column = f"{TABLE}.{name}"
    if index or crypto.unseal(row[name], column=column, row=row["id"]) != text:
        row[name] = crypto.seal(text, column=column, row=row["id"])
        # A valid number that was on file is not forgotten for one that fails its check.
        row[token_name] = index or row[token_name]
        file.changed = True


def rest(records: Sequence[UUID]) -> tuple[UUID, ...]:
    """Pause the mothers whose row a full list no longer holds; a person decides what it means."""
    now, rested = timezone.now(), []
    for start in range(0, len(records), CHUNK):
        gone = Mother.objects.filter(record_id__in=records[start : start + CHUNK])
        resting = gone.filter(state__in=["ACTIVE", "APPLIED"]).exclude(settled__has_key="state")
        rested += list(resting.values_list("pk", flat=True))
        resting.update(state="PAUSED", remark=applications.ROW_WITHDRAWN, updated_at=now)
    return tuple(rested)


@transaction.atomic
def roll_back(removed: Sequence[UUID], restored: Sequence[UUID]) -> None:
    """Undo a run: the rows before its own speak again.

    A file that only this run had filled is paused, not deleted: pairings may refer to it.
    """
    with rowsecurity.acting(rowsecurity.SYSTEM):
        before = Record.objects.filter(pk__in=restored).only("pk", "key_token", "source_id")
        keys = {(each.source_id, bytes(each.key_token)): each for each in before}
        gone = Record.objects.filter(pk__in=removed).only("pk", "key_token", "source_id")
        pairs = {
            each.pk: keys[each.source_id, bytes(each.key_token)].pk
            for each in gone
            if (each.source_id, bytes(each.key_token)) in keys
        }
        _point_back(pairs)
        alone = [each for each in removed if each not in pairs]
        rested = rest(alone)
        for start in range(0, len(alone), CHUNK):
            Mother.objects.filter(record_id__in=alone[start : start + CHUNK]).update(record=None)
        again = Record.objects.filter(pk__in=pairs.values())
        rows = [(each.pk, each.area_code, json.loads(each.payload.open())) for each in again]
        take_in(rows, superseded={row[0]: row[0] for row in rows})
    _announce(rested)


def _point_back(pairs: dict[UUID, UUID]) -> None:
    """Let files point to the row before, so that they are recognised as its own."""
    files = list(Mother.objects.filter(record_id__in=pairs).only("pk", "record_id"))
    for file in files:
        file.record_id = pairs[file.record_id]  # type: ignore[index]
    Mother.objects.bulk_update(files, ["record"], batch_size=CHUNK)


def store(rows: Iterable[dict[str, Any]]) -> None:
    """Write files by COPY, new ones and changed ones alike, checked by row security."""
    names = ", ".join(f'"{name}"' for name in FIELDS)
    settings = ", ".join(f'"{name}" = excluded."{name}"' for name in FIELDS if name != "id")
    with connection.cursor() as cursor:
        cursor.execute(
            f'CREATE TEMPORARY TABLE mothers_arriving ON COMMIT DROP AS SELECT {names} FROM "{TABLE}"'  # noqa: S608, E501
            " WITH NO DATA"
        )
        with cursor.copy(f"COPY mothers_arriving ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row([_stored(name, row[name]) for name in FIELDS])
        cursor.execute(
            f'INSERT INTO "{TABLE}" ({names}) SELECT {names} FROM mothers_arriving'  # noqa: S608
            f" ON CONFLICT (id) DO UPDATE SET {settings}"
        )
        cursor.execute("DROP TABLE mothers_arriving")


def _stored(name: str, value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if name in JSON_FIELDS else value
