"""Instruments: stored, read with exact refusals, written as a next version, put in force."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from qianshou.accounts import permissions as powers
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.assessment.models import Instrument
from qianshou.assessment.rules.conditions import Malformed
from qianshou.assessment.rules.instrument import Compiled, compile_instrument
from qianshou.audit import actions as audit
from qianshou.common.errors import Refused

SHIPPED: Final = Path(__file__).parents[1] / "instruments"
CODE: Final = "risk-and-needs"


class NotAnInstrument(Refused):
    """The file is not an instrument."""


class VersionTaken(Refused):
    """Such a version, or a later one, exists already. Give the change a higher version."""


def load_instruments() -> None:
    """Store the shipped instruments that are not there yet; the newest is put in force if none is.

    Where one is in force already, a newer shipped version waits until a person adopts it.
    """
    in_force = Instrument.objects.filter(code=CODE, is_current=True).exists()
    for file in sorted(SHIPPED.glob("*.json"), reverse=True):
        body = json.loads(file.read_text(encoding="utf-8"))
        compile_instrument(body)
        if not Instrument.objects.filter(code=body["code"], version=body["version"]).exists():
            _store_instrument(body, is_current=not in_force)
        in_force = True


def _store_instrument(body: dict[str, Any], *, is_current: bool) -> Instrument:
    return Instrument.objects.create(
        code=body["code"],
        version=body["version"],
        name=body["name"]["zh"],
        body=body,
        is_current=is_current,
    )


def read_instrument(text: str) -> Compiled:
    """Check an instrument given as JSON text; the refusal says what is wrong and where."""
    try:
        read = compile_instrument(json.loads(text))
    except json.JSONDecodeError as problem:
        words = _("This is not JSON (line %(line)d, column %(column)d): %(problem)s.")
        raise NotAnInstrument(
            words % {"line": problem.lineno, "column": problem.colno, "problem": problem.msg}
        ) from problem
    except Malformed as problem:
        raise NotAnInstrument(str(problem)) from problem
    if read.code != CODE:
        words = _("code: the instrument in use is “%(ours)s”, not “%(given)s”.")
        raise NotAnInstrument(words % {"ours": CODE, "given": read.code})
    return read


@transaction.atomic
def adopt_instrument(text: str, *, by: User | None) -> Instrument:
    """Put a new version of an instrument in force; `by` is None only from the console.

    Children are assessed with it by `assess_area`, which the caller runs or defers.
    """
    if by is not None:
        powers.require(by, Power.EDIT_POLICY)
    read = read_instrument(text)
    known = Instrument.objects.select_for_update().filter(code=read.code)
    if any(each.version >= read.version for each in known):
        raise VersionTaken
    known.filter(is_current=True).update(is_current=False)
    instrument = _store_instrument(json.loads(text), is_current=True)
    audit.record(
        "assessment.instrument.adopted",
        by=by,
        subject_kind="instrument",
        subject_id=instrument.pk,
        code=read.code,
        version=read.version,
    )
    return instrument


def instrument_in_force() -> Instrument:
    """Return the instrument of new assessments; the shipped one is loaded if none is stored."""
    in_force = Instrument.objects.filter(code=CODE, is_current=True)
    found = in_force.first()
    if found is None:
        load_instruments()
        found = in_force.get()
    return found


@lru_cache(maxsize=8)
def compiled(instrument_id: UUID) -> Compiled:
    """Compile a stored instrument once per process; a version never changes."""
    return compile_instrument(Instrument.objects.get(pk=instrument_id).body)
