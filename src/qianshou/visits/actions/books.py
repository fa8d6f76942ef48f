"""Books of visits: the shipped one, and a version of an area's own, which holds at once."""

import hashlib
import tomllib
from pathlib import Path
from typing import Any, Final

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from qianshou.accounts.models import User
from qianshou.audit import actions as audit
from qianshou.common.errors import NotAllowed, Refused
from qianshou.visits import permissions
from qianshou.visits.models import BookVersion
from qianshou.visits.queries.books import EVERYWHERE, SHIPPED
from qianshou.visits.rules import book as rules

LARGEST: Final = 128 * 1024


class BadBook(Refused):
    """This is not a book of visits that can be used."""


class NoteMissing(Refused):
    """Please say what is new and why."""


def load_books(file: Path = SHIPPED) -> BookVersion:
    """Store the shipped book, as a new version when it has changed; safe to run again."""
    text = file.read_text(encoding="utf-8")
    current = BookVersion.objects.filter(area_code=EVERYWHERE, is_current=True).first()
    if current is not None and current.sha256 == _digest(text):
        return current
    return _store(EVERYWHERE, text, by=None, note="")


@transaction.atomic
def take_in(area_code: str, *, by: User, content: bytes, note: str) -> BookVersion:
    """Put a version from a file in force for an area; visits that are planned keep theirs."""
    if not permissions.can_edit_book(by, area_code):
        raise NotAllowed
    if not note.strip():
        raise NoteMissing
    if len(content) > LARGEST:
        raise BadBook(_("The file is too large for a book of visits (more than 128 KB)."))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise BadBook(_("The file is not UTF-8; save it as UTF-8.")) from problem
    made = _store(area_code, text, by=by, note=note)
    audit.record(
        "visits.book.taken_in", by=by, subject_kind="visit_book", subject_id=made.pk,
        area_code=area_code, reason=note, sha256=made.sha256, version=made.version,
    )  # fmt: skip
    return made


def _store(area_code: str, text: str, *, by: User | None, note: str) -> BookVersion:
    body = _checked(text)
    mine = BookVersion.objects.filter(area_code=area_code)
    newest = mine.aggregate(Max("version"))["version__max"] or 0
    mine.filter(is_current=True).update(is_current=False)
    return BookVersion.objects.create(
        area_code=area_code, version=newest + 1, text=text, body=body, by=by,
        sha256=_digest(text), note=note.strip()[:200], is_current=True,
    )  # fmt: skip


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _checked(text: str) -> dict[str, Any]:
    try:
        body = tomllib.loads(text)
        rules.book_from(body)
    except (tomllib.TOMLDecodeError, rules.BadBookError, AttributeError, TypeError) as problem:
        words = _("This is not a book of visits that can be used: %(problem)s")
        raise BadBook(words % {"problem": problem}) from problem
    return body
