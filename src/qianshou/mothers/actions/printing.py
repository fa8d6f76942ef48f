"""Taking a file or a certificate as paper: who may, the entry in the trail, and the bytes."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from qianshou.accounts.models import User
from qianshou.common import papers
from qianshou.common.errors import NotAllowed
from qianshou.mothers import permissions
from qianshou.mothers.actions import trail
from qianshou.mothers.models import Mother, ServiceCertificate
from qianshou.mothers.queries import efile

SHOWN_FIRST, SHOWN_LAST = 6, 4


@transaction.atomic
def print_file(mother: Mother, *, by: User, now: datetime) -> bytes:
    """Return her electronic file as a paper, with the reader's mark on every page."""
    _require(mother, by)
    data = efile.paper_of(mother, user=by, now=now, number=number_for(by, mother))
    trail.note("mothers.file.printed", mother, by=by)
    return papers.render("mothers/file", data, title=data["heading"], language=_language(), at=now)


@transaction.atomic
def print_certificate(
    made: ServiceCertificate, *, by: User, verify_url: str, now: datetime
) -> bytes:
    """Return a certificate as a paper; equal every time, however often it is printed."""
    mother = made.mother
    _require(mother, by)
    data = efile.certificate_of(
        made, number=masked(mother), verify_url=verify_url, qr=papers.qr(verify_url)
    )
    trail.note("mothers.certificate.printed", mother, by=by, stem=made.stem)
    day = datetime(made.issued_on.year, made.issued_on.month, made.issued_on.day, tzinfo=now.tzinfo)
    return papers.render(
        "mothers/certificate", data, title=data["heading"], language=_language(), at=day
    )


def number_for(user: User, mother: Mother) -> str:
    """Return her ID number as a reader of her paper sees it: masked, or only that it is known."""
    if permissions.is_herself(user, mother) or permissions.can_reveal(user, mother):
        return masked(mother)
    return _("on file") if mother.id_number else _("not known")


def masked(mother: Mother) -> str:
    """Return the number with its middle hidden; printing it is an act that stands in the trail."""
    number: str = mother.id_number.open()
    hidden = len(number) - SHOWN_FIRST - SHOWN_LAST
    if hidden <= 0:
        return _("not known") if not number else "*" * len(number)
    return number[:SHOWN_FIRST] + "*" * hidden + number[-SHOWN_LAST:]


def _require(mother: Mother, by: User) -> None:
    if not (permissions.can_see(by, mother) or permissions.is_herself(by, mother)):
        raise NotAllowed


def _language() -> str:
    return (get_language() or "zh-hans").lower()
