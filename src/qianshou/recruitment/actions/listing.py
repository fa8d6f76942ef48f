"""Taking in an office's list of applicants; the rows that cannot enter go back with reasons."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any, BinaryIO, Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from qianshou.accounts import permissions as powers
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import queries as areas
from qianshou.areas import rules as area_rules
from qianshou.audit import actions as audit
from qianshou.common import crypto
from qianshou.common.identity import new_id
from qianshou.exchange.actions import tables
from qianshou.recruitment.actions import applying, moving, resembling, rulebooks
from qianshou.recruitment.actions.campaigns import NotWithin
from qianshou.recruitment.models import ListLoad, MotherApplication, StoredRulebook
from qianshou.recruitment.rules import life, sheet

COLUMN: Final = "recruitment_listload.bad"
Bad = tuple[int, Mapping[str, str], Mapping[str, str]]


def take_list(area_code: str, *, by: User, file: BinaryIO, name: str, today: date) -> ListLoad:
    """Open an application for each row; what is wrong with the others is kept to be given back."""
    powers.require(by, Power.RUN_RECRUITS, area_code)
    if area_rules.level_of(area_code) in (area_rules.CITY, area_rules.PROVINCE):
        raise NotWithin
    rows = tables.read_rows(file, name=name, columns=sheet.COLUMNS)
    low, high = area_rules.subtree(area_code)
    known = set(areas.names_of({cells[sheet.AREA] for _no, cells in rows}))
    inside = {code for code in known if low <= code <= high}
    with transaction.atomic():
        bad, count = _take_rows(rows, by=by, inside=inside, today=today)
        load = ListLoad(
            id=new_id(), area_code=area_code, file_name=name[:200], by=by,
            counts={"new": count, "bad": len(bad)},
        )  # fmt: skip
        if bad:
            text = json.dumps(bad, ensure_ascii=False).encode()
            load.bad = crypto.seal_bytes(text, column=COLUMN, row=load.pk)
        load.save(force_insert=True)
        audit.record(
            "recruitment.list.taken_in", by=by, subject_kind="list", subject_id=load.pk,
            area_code=area_code, counts=load.counts,
        )  # fmt: skip
    return load


def _take_rows(
    rows: list[tuple[int, dict[str, str]]], *, by: User, inside: set[str], today: date
) -> tuple[list[Bad], int]:
    book = rulebooks.in_force()
    bad: list[Bad] = []
    seen: set[bytes] = set()
    count = 0
    for number, cells in rows:
        row = sheet.read(cells, inside=inside, today=today)
        made = None if row.wrong else _draft(row, book, today=today)
        wrong = dict(row.wrong)
        if made is not None and made.id_token:
            wrong |= _double(made, seen)
        if made is None or wrong:
            bad.append((number, cells, wrong))
            continue
        seen.add(bytes(made.id_token))
        _hand_in(made, by=by)
        count += 1
    return bad, count


def _draft(row: sheet.Row, book: StoredRulebook, *, today: date) -> MotherApplication:
    """Build an application from a row, not written yet."""
    made = MotherApplication(
        id=new_id(), area_code=row.answers["town"], origin=MotherApplication.Origin.LIST,
        rulebook=book, state=life.SUBMITTED, submitted_at=timezone.now(),
    )  # fmt: skip
    made.answers = json.dumps(dict(row.answers), ensure_ascii=False)
    applying.fill_columns(made, row.answers, today=today)
    return made


def _double(made: MotherApplication, seen: set[bytes]) -> dict[str, str]:
    """Return what is wrong if the person stands in this list, or has applied, already."""
    if made.id_token in seen:
        return {sheet.NUMBER: sheet.TWICE}
    open_ones = MotherApplication.objects.on_the_way().filter(id_token=made.id_token)
    return {sheet.NUMBER: sheet.UNDER_WAY} if open_ones.exists() else {}


def _hand_in(made: MotherApplication, *, by: User) -> None:
    made.save(force_insert=True)
    moving.note("recruitment.application.entered", made, by=by)
    resembling.look_around(made)


@transaction.atomic
def given_back(load: ListLoad, *, by: User) -> bytes:
    """Return the rows that could not enter as a workbook to mend; the reading is recorded."""
    powers.require(by, Power.RUN_RECRUITS, load.area_code)
    audit.record(
        "recruitment.list.bad_rows_read", by=by, subject_kind="list", subject_id=load.pk,
        area_code=load.area_code,
    )  # fmt: skip
    rows: list[Any] = []
    if load.bad:
        rows = json.loads(crypto.unseal_bytes(bytes(load.bad), column=COLUMN, row=load.pk))
    return tables.given_back(
        (number, cells, {column: _(text) for column, text in wrong.items()})
        for number, cells, wrong in rows
    )
