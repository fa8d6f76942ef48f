"""The texts that guardians sign: those shipped with the program, and later versions."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qianshou.accounts.models import User
from qianshou.audit import actions as audit
from qianshou.common.errors import NotAllowed, Refused
from qianshou.consents import permissions
from qianshou.consents.models import ConsentText
from qianshou.consents.queries import texts as queries
from qianshou.consents.rules import texts as rules

SHIPPED: Final = Path(__file__).parents[1] / "data"
BEGINNING: Final = date(2026, 1, 1)


class SameText(Refused):
    """The text is the same as before; there is nothing to put in force."""


class InThePast(Refused):
    """A text comes into force today or later."""


class Scheduled(Refused):
    """A later version waits to come into force already."""

    def __init__(self) -> None:
        super().__init__(
            _("A later version waits to come into force already. Change the text after that day.")
        )


def load_texts() -> None:
    """Load the shipped texts; a version that is here already is never changed."""
    now = timezone.now()
    rows = []
    for file in sorted(SHIPPED.glob("*.md")):
        purpose, version, language = file.stem.split(".")
        title, body = rules.parse(file.read_text(encoding="utf-8"))
        rows.append(
            ConsentText(
                purpose=purpose.upper(), version=int(version), language=language, title=title,
                body=body, sha256=rules.digest(title, body), in_force_on=BEGINNING, made_at=now,
            )
        )  # fmt: skip
    ConsentText.objects.bulk_create(rows, ignore_conflicts=True)


@transaction.atomic
def publish(
    purpose: str, drafts: Mapping[str, tuple[str, str]], *,
    by: User, today: date, in_force_on: date, asks_again: bool, note: str,
) -> int:  # fmt: skip
    """Write the next version in all languages; earlier versions stay for who signed them."""
    if not permissions.can_edit_texts(by):
        raise NotAllowed
    if in_force_on < today:
        raise InThePast
    before = queries.newest_version(purpose)
    if any(each.in_force_on > today for each in before.values()):
        raise Scheduled
    cleaned = {
        language: (title.strip(), rules.clean(body)) for language, (title, body) in drafts.items()
    }
    old = {language: (each.title, each.body) for language, each in before.items()}
    if rules.says_the_same(old, cleaned) and not asks_again:
        raise SameText
    version = max((each.version for each in before.values()), default=0) + 1
    ConsentText.objects.bulk_create(
        ConsentText(
            purpose=purpose, version=version, language=language, title=title, body=body,
            sha256=rules.digest(title, body), asks_again=asks_again, in_force_on=in_force_on,
            note=note, made_by=by, made_at=timezone.now(),
        )
        for language, (title, body) in cleaned.items()
    )  # fmt: skip
    audit.record(
        "consents.text.published", by=by, subject_kind="consent_text", reason=note,
        purpose=purpose, version=version, asks_again=asks_again,
        in_force_on=in_force_on.isoformat(),
    )  # fmt: skip
    return version
