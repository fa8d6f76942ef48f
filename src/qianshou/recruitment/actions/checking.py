"""Background queries: asked, answered, proven by a certificate, and what follows from a record."""

import io
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Final

from django.conf import settings
from django.db import transaction

from qianshou.accounts import permissions as powers
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.common import crypto
from qianshou.common.errors import NotFound, Refused
from qianshou.mothers.actions import standing
from qianshou.recruitment.actions import moving
from qianshou.recruitment.models import MotherApplication, ScreeningCheck
from qianshou.recruitment.queries import books, progress
from qianshou.recruitment.rules import evidence, life, reading

COLUMN: Final = "recruitment_screeningcheck.evidence"
BLOCK: Final = 1 << 16
ASKED_FROM: Final = (*life.ENDED_BY_A_HIT, *life.SERVING)


class EvidenceTooBig(Refused):
    """The certificate is larger than 10 MB. Scan it in black and white, or photograph it."""


class EvidenceUnknown(Refused):
    """This file is neither a PDF nor a picture (JPEG, PNG, WebP), whatever its name says."""


class DayWrong(Refused):
    """The days do not fit: an answer comes on or after the day of the request, and not later than today."""  # noqa: E501


class AnsweredAlready(Refused):
    """This query has been answered. Ask a new one; the old answer stays on record."""


class NotYet(Refused):
    """Background queries are asked once the criteria are met."""


@transaction.atomic
def request(
    application: MotherApplication,
    kind: str,
    *,
    by: User,
    authority: str,
    requested_on: date,
    today: date,
) -> ScreeningCheck:
    """Note that a query was asked of an authority."""
    powers.require(by, Power.SEE_SCREENING, application.area_code)
    held = moving.locked(application)
    book = books.book_of(held.rulebook)
    if held.state not in ASKED_FROM:
        raise NotYet
    if kind not in {each.code for each in book.queries}:
        raise NotFound
    if reading.day_problem(requested_on, today):
        raise DayWrong
    check = ScreeningCheck.objects.create(
        application=held, area_code=held.area_code, kind=kind, authority=authority.strip()[:80],
        requested_on=requested_on, requested_by=by,
    )  # fmt: skip
    moving.note("recruitment.check.requested", held, by=by, kind=kind)
    return check


@transaction.atomic
def answer(
    check: ScreeningCheck,
    *,
    by: User,
    result: str,
    received_on: date,
    today: date,
    certificate: BinaryIO | None = None,
) -> ScreeningCheck:
    """Record what came back. A record that was found ends the application, or her service."""
    powers.require(by, Power.SEE_SCREENING, check.area_code)
    application = moving.locked(check.application)
    row = ScreeningCheck.objects.select_for_update(of=("self",)).get(pk=check.pk)
    if row.result != ScreeningCheck.Result.PENDING:
        raise AnsweredAlready
    if result not in (progress.CLEAR, progress.HIT):
        raise NotFound
    if not row.requested_on <= received_on <= today:
        raise DayWrong
    row.result, row.received_on, row.recorded_by = result, received_on, by
    if certificate is not None:
        _keep(row, certificate)
    row.save()
    # Neither the code of the result nor the name of the file goes into the trail.
    moving.note(
        "recruitment.check.answered", application, by=by, kind=row.kind, sha256=row.evidence_sha256
    )
    _follow(application, by=by, today=today)
    return row


def _keep(row: ScreeningCheck, certificate: BinaryIO) -> None:
    """Read a certificate block by block, see what it truly is, and lay it down sealed."""
    content = io.BytesIO()
    while block := certificate.read(BLOCK):
        if content.tell() == 0 and evidence.kind_of(block[: evidence.HEAD]) is None:
            raise EvidenceUnknown
        content.write(block)
        if content.tell() > evidence.MOST_BYTES:
            raise EvidenceTooBig
    raw = content.getvalue()
    kind = evidence.kind_of(raw[: evidence.HEAD])
    if kind is None or not evidence.is_whole(kind, [raw]):
        raise EvidenceUnknown
    row.evidence_sha256, row.evidence_type = sha256(raw).hexdigest(), kind
    row.evidence_size = len(raw)
    path = path_of(row)
    path.write_bytes(crypto.seal_bytes(raw, column=COLUMN, row=row.pk))
    path.chmod(0o600)


def path_of(row: ScreeningCheck) -> Path:
    """Return where the sealed certificate of a query lies."""
    folder = Path(settings.MEDIA_ROOT) / "screening"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder / str(row.pk)


@transaction.atomic
def open_certificate(check: ScreeningCheck, *, by: User) -> tuple[bytes, str]:
    """Return a certificate with its type; the reading stands in the trail."""
    powers.require(by, Power.SEE_SCREENING, check.area_code)
    path = path_of(check)
    if not check.evidence_sha256 or not path.exists():
        raise NotFound
    moving.note("recruitment.certificate.read", check.application, by=by, kind=check.kind)
    return crypto.unseal_bytes(path.read_bytes(), column=COLUMN, row=check.pk), check.evidence_type


def _follow(application: MotherApplication, *, by: User, today: date) -> None:
    """Let what was found have its effect on the application and on her file."""
    passed = progress.passed_of(application)
    mother = application.mother
    if passed.screening == progress.HIT and application.state in life.ENDED_BY_A_HIT:
        moving.move(
            application, "find_record", by=by, actor=moving.SYSTEM, reason=RECORD_FOUND
        )  # fmt: skip
    if mother is not None:
        standing.keep_gates(mother, passed, by=by, today=today)


RECORD_FOUND: Final = "RECORD_FOUND"


def keep_file(application: MotherApplication, *, by: User | None, today: date) -> None:
    """Write what she has passed into her file, if she has one."""
    if application.mother is not None:
        standing.keep_gates(application.mother, progress.passed_of(application), by=by, today=today)
