"""Keeping the roster of partners: a list taken in with its bad rows given back, or one person."""

from typing import BinaryIO

from django.db import transaction

from qianshou.accounts.models import User
from qianshou.areas import queries as areas
from qianshou.areas import rules as area_rules
from qianshou.audit import actions as audit
from qianshou.common.errors import NotAllowed, Refused
from qianshou.exchange.actions import tables
from qianshou.pairing import permissions
from qianshou.pairing.models import Partner, RosterLoad
from qianshou.pairing.queries import roster

KEYS = ("area_code", "role", "name", "unit")


class NotWithin(Refused):
    """A roster is kept for a county or a smaller area. Choose one."""


def take_list(area_code: str, *, by: User, file: BinaryIO, name: str) -> RosterLoad:
    """Take in a list of partners; the rows that cannot be taken are kept to be given back.

    A partner is recognised by place, role, name and unit; a later list keeps the entry current.
    """
    _check(by, area_code)
    rows = tables.read_rows(file, name=name, columns=roster.COLUMNS, optional=[roster.PHONE])
    known = set(areas.names_of({cells[roster.AREA] for _no, cells in rows}))
    entries = [roster.read(no, cells, area_code=area_code, known=known) for no, cells in rows]
    with transaction.atomic():
        counts = {"new": 0, "changed": 0, "same": 0, "bad": 0}
        for entry in entries:
            counts["bad" if entry.wrong else _keep(entry, by=by)] += 1
        load = RosterLoad.objects.create(
            area_code=area_code, file_name=name[:200], counts=counts, by=by,
            bad=[
                {"row": each.row_no, "cells": dict(each.cells), "wrong": dict(each.wrong)}
                for each in entries if each.wrong
            ],
        )  # fmt: skip
        audit.record(
            "pairing.roster.taken_in", by=by, subject_kind="roster", subject_id=load.pk,
            area_code=area_code, counts=counts,
        )  # fmt: skip
    return load


def _check(by: User, area_code: str) -> None:
    if not permissions.can_keep_roster(by, area_code):
        raise NotAllowed
    if area_rules.level_of(area_code) in (area_rules.CITY, area_rules.PROVINCE):
        raise NotWithin


def _keep(entry: roster.Entry, *, by: User) -> str:
    keys = {name: entry.values[name] for name in KEYS}
    rest = {name: value for name, value in entry.values.items() if name not in KEYS}
    rest |= {"is_active": True}
    # A list without the number does not take away the one on file.
    phone = rest.pop("phone")
    found = Partner.objects.filter(**keys).first()
    if found is None:
        Partner.objects.create(**keys, **rest, phone=phone, by=by)
        return "new"
    same_phone = not phone or (bool(found.phone) and found.phone.open() == phone)
    if same_phone and all(getattr(found, name) == value for name, value in rest.items()):
        return "same"
    for name, value in rest.items():
        setattr(found, name, value)
    found.phone, found.by = phone or found.phone, by
    found.save()
    return "changed"


@transaction.atomic
def enter(area_code: str, *, by: User, cells: dict[str, str]) -> roster.Entry:
    """Enter one partner by hand; returns the entry with what is wrong, if anything is."""
    _check(by, area_code)
    known = set(areas.names_of({cells[roster.AREA]}))
    entry = roster.read(0, cells, area_code=area_code, known=known)
    if not entry.wrong:
        _keep(entry, by=by)
        partner = Partner.objects.get(**{name: entry.values[name] for name in KEYS})
        audit.record(
            "pairing.partner.entered", by=by, subject_kind="partner", subject_id=partner.pk,
            area_code=partner.area_code, role=partner.role,
        )  # fmt: skip
    return entry


@transaction.atomic
def rest(partner: Partner, *, by: User) -> None:
    """Let a partner rest, or come back: the next team run follows, teams so far stay."""
    if not permissions.can_keep_roster(by, partner.area_code):
        raise NotAllowed
    held = Partner.objects.select_for_update().get(pk=partner.pk)
    held.is_active = not held.is_active
    held.save(update_fields=["is_active", "updated_at"])
    audit.record(
        "pairing.partner.rested", by=by, subject_kind="partner", subject_id=held.pk,
        area_code=held.area_code, active=held.is_active,
    )  # fmt: skip
