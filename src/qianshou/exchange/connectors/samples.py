"""Sample files: a person looks at one, and tries a mapping on it before a source exists."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO, Final

from django.core import signing
from django.utils.translation import gettext as _

from qianshou.accounts.models import User
from qianshou.areas import queries as areas
from qianshou.common.errors import Refused
from qianshou.common.identity import new_id
from qianshou.exchange import queries
from qianshou.exchange.connectors import files, intake, profile_files, trying
from qianshou.exchange.models import Source
from qianshou.exchange.queries import connections
from qianshou.exchange.rules import catalogue, headings, rows
from qianshou.exchange.rules import profile as profiles
from qianshou.exchange.rules.rows import BadRow, GoodRow

SALT: Final = "exchange.sample"
SECONDS: Final = 86_400
# Below this likeness a foreign header is left for a person to map.
LIKELY: Final = 0.6
# An ID number of 18 or 15 characters after region and year, a telephone after its first digits.
_NUMBERS: Final = re.compile(
    r"(?<!\d)(?:(?=\d{17}[\dXx](?!\d)|\d{15}(?!\d))(\d{10})([\dXx]{5,8})|(1\d\d)(\d{8})(?!\d))"
)


class SampleGone(Refused):
    """The sample file is no longer here; choose it again."""


def keep(file: BinaryIO, *, by: User, name: str) -> str:
    """Put a sample file aside for a day; returns the word by which only this person finds it."""
    path = files.folder() / f"{files.SAMPLE_MARK}{new_id()}{Path(name).suffix.lower()[:8]}"
    files.write(file, path)
    return signing.dumps([path.name, Path(name).name, str(by.pk)], salt=SALT)


def _find(word: str, by: User) -> tuple[Path, str]:
    try:
        stored, name, owner = signing.loads(word, salt=SALT, max_age=SECONDS)
    except signing.BadSignature as problem:
        raise SampleGone from problem
    path = files.folder() / stored
    if owner != str(by.pk) or not path.is_file():
        raise SampleGone
    return path, name


def look(word: str, *, by: User, target: str) -> tuple[intake.Look, dict[str, str]]:
    """Return what a sample looks like and the field each of its headers most likely means."""
    path, name = _find(word, by)
    known = profile_files.known_headers(target)
    seen = intake.look_at(path, name=name, known=known)
    guesses = _guesses(filter(None, seen.names), target)
    return seen, {header: field for field, header in guesses.items()}


def sample_of(word: str, *, by: User, target: str) -> trying.Sample:
    """Return the heading and the first rows of a sample file as a look at a live source does."""
    seen, _guesses = look(word, by=by, target=target)
    named = [(at, name) for at, name in enumerate(seen.names) if name]
    rows = [{name: row[at] if at < len(row) else "" for at, name in named} for row in seen.samples]
    return trying.Sample([name for _at, name in named], rows)


def drop(word: str, *, by: User) -> None:
    """Delete a sample file that is no longer needed."""
    if word:
        path, _name = _find(word, by)
        path.unlink(missing_ok=True)


def live_columns(
    sample: trying.Sample,
    source: Source,
    *,
    mapping: Mapping[str, str],
    required: Collection[str],
) -> list[dict[str, Any]]:
    """Return the columns of a look at a source, each with the field it means or likely means.

    Cells are shown only of fields that the agreement names.
    """
    chosen = dict(mapping) or _guesses(sample.names, source.target)
    shown = connections.may_show(source)
    fields = {name: field for field, name in chosen.items()}
    columns = columns_to_map(
        sample.names, sample.cells(intake.SAMPLES), mapping=chosen, target=source.target
    )
    for column in columns:
        field = fields.get(column["name"], "")
        column["required"] = field in required or field in ("key", "name")
        if source.agreements.exists() and field not in shown:
            column["samples"] = []
        column["choices"] = [each for each in column["choices"] if each[0] in shown]
    return columns


def _guesses(names: Iterable[str], target: str) -> dict[str, str]:
    known = profile_files.known_headers(target)
    best: dict[str, tuple[float, str]] = {}
    for name in names:
        field, share = headings.guess(name, known)
        if share >= LIKELY:
            best[field] = max(best.get(field, (0.0, "")), (share, name))
    return {field: name for field, (_share, name) in best.items()}


def try_out(
    word: str, data: dict[str, Any], *, by: User, area_code: str, today: date
) -> list[rows.GoodRow | rows.BadRow]:
    """Map and check the first rows of a sample with profile data; nothing is stored."""
    path, name = _find(word, by)
    where = str(data.get("code", ""))
    profile = profiles.parse(profile_files.checked(data, where), where)
    return intake.try_out(path, profile, name=name, area_code=area_code, today=today)


def covered(cell: str) -> str:
    """Cover what is not needed to tell what a column holds: the end of ID and telephone numbers.

    Region and birthday stay, so that a child's number can be told from its father's.
    """
    return _NUMBERS.sub(_cover, cell)


def _cover(found: re.Match[str]) -> str:
    shown, hidden = (found[1], found[2]) if found[1] else (found[3], found[4])
    return shown + "*" * len(hidden)


def columns_to_map(
    names: Sequence[str],
    samples: Sequence[Sequence[str]],
    *,
    mapping: Mapping[str, str],
    target: str,
) -> list[dict[str, Any]]:
    """Return a sample's columns with a few of their cells and the field each is mapped to."""
    chosen = {header: field for field, header in mapping.items()}
    choices = queries.field_choices(target)
    return [
        {
            "position": position,
            "name": name,
            "samples": [
                covered(row[position]) for row in samples if position < len(row) and row[position]
            ],
            "choices": [(value, label, value == chosen.get(name)) for value, label in choices],
        }
        for position, name in enumerate(names)
        if name
    ]


def profile_from(
    given: Mapping[str, Any],
    mapping: Mapping[str, str],
    *,
    target: str,
    header_rows: Sequence[int],
) -> dict[str, Any]:
    """Return profile data from what a person filled in."""
    dated = "updated_on" if "updated_on" in mapping else ""
    return {
        "code": given["code"],
        "name": given["name"],
        "department": given["department"],
        "target": target,
        "delivery": given["delivery"],
        "header_rows": list(header_rows),
        "as_of": dated,
        "trust": {"default": given["trust"]},
        "columns": {field: {"header": header} for field, header in mapping.items()},
    }


def preview_of(rows: Sequence[GoodRow | BadRow], data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the first rows of a sample as they would be taken in, with their problems."""
    labels = dict(queries.field_choices(str(data.get("target", catalogue.CHILD))))
    columns = [name for name in labels if name in data["columns"]]
    words = _words_in(rows, data)
    return {
        "labels": [labels[name] for name in columns],
        "good": sum(isinstance(row, GoodRow) for row in rows),
        "bad": sum(isinstance(row, BadRow) for row in rows),
        "rows": [_preview_row(row, columns, words) for row in rows],
    }


def _words_in(
    rows: Sequence[GoodRow | BadRow], data: Mapping[str, Any]
) -> dict[str, dict[str, str]]:
    """Return, for each field with codes or places, what a code of these rows is called.

    The source's own word comes first, so that a clerk reads what the department wrote.
    """
    known = catalogue.FIELDS[str(data.get("target", catalogue.CHILD))]
    found: dict[str, dict[str, str]] = {}
    for name, said in data["columns"].items():
        own = said.get("codes", {}) if isinstance(said, Mapping) else {}
        for word, code in {**own, **known[name].codes}.items():
            found.setdefault(name, {}).setdefault(str(code), word)
    places = [name for name in data["columns"] if known[name].kind == "area"]
    codes = {row.payload[name] for row in rows if isinstance(row, GoodRow) for name in places
             if row.payload.get(name)}  # fmt: skip
    named = {code: name for code, name in areas.full_names_of(codes).items() if name}
    return {**found, **dict.fromkeys(places, named)}


def _preview_row(
    row: GoodRow | BadRow, columns: Sequence[str], words: Mapping[str, Mapping[str, str]]
) -> dict[str, Any]:
    is_good = isinstance(row, GoodRow)
    problems = row.remarks if isinstance(row, GoodRow) else row.problems
    payload = row.payload if isinstance(row, GoodRow) else {}
    return {
        "row_no": row.row_no,
        "good": is_good,
        "cells": [_cell_words(payload.get(name), words.get(name, {})) for name in columns],
        "problems": [queries.problem_words(problem) for problem in problems],
    }


def _cell_words(value: object, words: Mapping[str, str]) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return _(", ").join(words.get(str(each), str(each)) for each in value)
    return "" if value is None else words.get(str(value), covered(str(value)))
