"""Writing the outbox: a fact goes in with the transaction that made it true, or not at all."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from qianshou.areas import rules as area_rules
from qianshou.common import queueing
from qianshou.outbound.models import Message, Receiver
from qianshou.registry.models import Child

AT_ONCE = 5000


def put_children(
    kind: str, child_ids: Sequence[UUID], *, body: Mapping[str, Any] | None = None
) -> None:
    """Write one message for each of these children, if anybody is to be told."""
    if not child_ids or not listening(kind).exists():
        return
    for start in range(0, len(child_ids), AT_ONCE):
        some = child_ids[start : start + AT_ONCE]
        places = dict(Child.objects.filter(pk__in=some).values_list("pk", "area_code"))
        put(kind, [(each, each, places[each]) for each in some if each in places], body=body)


def put(
    kind: str,
    facts: Iterable[tuple[UUID, UUID, str]],
    *,
    body: Mapping[str, Any] | None = None,
) -> None:
    """Write one message for each `(subject, child, area code)` that somebody is to be told of."""
    ranges = [
        area_rules.subtree(code) for code in listening(kind).values_list("area_code", flat=True)
    ]
    now = timezone.now()
    rows = [
        Message(
            kind=kind, subject=subject, child=child, area_code=place, at=now, body=dict(body or {})
        )
        for subject, child, place in facts
        if any(low <= place <= high for low, high in ranges)
    ]
    if rows:
        Message.objects.bulk_create(rows, batch_size=AT_ONCE)
        wake()


def listening(kind: str) -> QuerySet[Receiver]:
    """Return the receivers that are told this kind today."""
    return Receiver.objects.filter(
        is_active=True, valid_until__gte=timezone.localdate(), kinds__contains=[kind]
    )


def wake() -> None:
    """Call the sender once the present transaction is over, however many messages it wrote."""
    queueing.ask_after_commit("outbound.send")
