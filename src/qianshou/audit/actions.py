"""Writing the trail. Every act calls `record` once, in its own transaction."""

from contextvars import ContextVar

from django.db import connection
from django.utils import timezone

from qianshou.accounts.models import User
from qianshou.audit import rules

request_id: ContextVar[str] = ContextVar("request_id", default="")
# Where an act without a place stands: row security shows it to the system and to its actor.
NOWHERE = "000000000000"


def record(
    act: str,
    *,
    by: User | None,
    subject_kind: str = "",
    subject_id: object = "",
    area_code: str = "",
    reason: str = "",
    refused: bool = False,
    **details: object,
) -> None:
    """Write one entry; it stands or falls with the caller's transaction.

    `act` is a name from the code, never from the client. `details` must hold no personal data:
    names of fields, counts, codes and identifiers only.
    """
    place = area_code or NOWHERE
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_entry (chain, seq, at, actor_id, actor_name, act, subject_kind,"
            " subject_id, area_code, reason, details, request_id, result, prev_hash, hash)"
            " VALUES (%s, 0, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, '', '')",
            [
                place[:6],
                timezone.now(),
                by.pk if by else None,
                by.display_name if by else "",
                act,
                subject_kind,
                str(subject_id),
                place,
                reason[:200],
                rules.canonical(details),
                request_id.get(),
                "REFUSED" if refused else "DONE",
            ],
        )
