"""What people do with messages that were kept out: read them, take them in again, put aside."""

from hashlib import sha256

from django.db import transaction

from qianshou.accounts import permissions as powers
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.audit import actions as audit
from qianshou.common.errors import Refused
from qianshou.exchange.actions import streaming
from qianshou.exchange.models import ImportRun, StreamMessage

State = StreamMessage.State


class MessageClosed(Refused):
    """This message is no longer kept out; nothing was changed."""


class MessageCut(Refused):
    """The message was too long, or no text, and is not kept whole. Ask its sender for it anew."""


class StillUnusable(Refused):
    """It cannot be read yet. Mend the source first, or ask its sender for it anew."""


@transaction.atomic
def reveal(message: StreamMessage, *, by: User, reason: str) -> str:
    """Return what stands in a message; the reading goes into the trail."""
    powers.require(by, Power.RUN_IMPORTS, message.area_code)
    _record("exchange.message.read", message, by=by, reason=reason)
    return str(message.content.open())


@transaction.atomic
def dismiss(message: StreamMessage, *, by: User, reason: str) -> StreamMessage:
    """Decide that a message is not going to be taken in, with the reason."""
    powers.require(by, Power.RUN_IMPORTS, message.area_code)
    message = _locked(message)
    _record("exchange.message.dismissed", message, by=by, reason=reason)
    message.state, message.closed_by = State.DISMISSED, by
    message.save(update_fields=["state", "closed_by"])
    return message


@transaction.atomic
def retry(message: StreamMessage, *, by: User) -> ImportRun:
    """Take a message in as the source is set up now, as a delivery of its own.

    A message whose mark another one had used is taken as well: a person says that it holds.
    """
    powers.require(by, Power.RUN_IMPORTS, message.area_code)
    message = _locked(message)
    body = message.content.open().encode()
    if sha256(body).digest() != bytes(message.digest):
        raise MessageCut
    _record("exchange.message.retried", message, by=by, reason="")
    run = streaming.take_again(message, body)
    if run is None:
        raise StillUnusable
    message.state, message.closed_by, message.run = State.TAKEN, by, run
    message.save(update_fields=["state", "closed_by", "run"])
    return run


def _locked(message: StreamMessage) -> StreamMessage:
    found = StreamMessage.objects.select_for_update().get(pk=message.pk)
    if found.state != State.KEPT_OUT:
        raise MessageClosed
    return found


def _record(act: str, message: StreamMessage, *, by: User, reason: str) -> None:
    audit.record(
        act, by=by, subject_kind="stream_message", subject_id=message.pk,
        area_code=message.area_code, reason=reason, source=str(message.source_id),
    )  # fmt: skip
