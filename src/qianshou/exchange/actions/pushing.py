"""Taking in a batch that a department pushes: signed, in order, once.

Batch, run, place in the order and the worker's job are one transaction. Batches of one source
come one after the other, so the order holds whoever sends at the same moment.
"""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from qianshou.accounts import permissions as powers
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import rules as area_rules
from qianshou.common import rowsecurity
from qianshou.common.errors import NotAllowed, NotFound, Refused
from qianshou.common.identity import new_id
from qianshou.exchange.actions import queueing, receiving, tracing
from qianshou.exchange.connectors import signing, spool
from qianshou.exchange.models import Feed, ImportRun, PushBatch, Source
from qianshou.exchange.queries import contracts
from qianshou.exchange.rules import answers
from qianshou.exchange.rules import fetch as rules
from qianshou.exchange.rules import profile as profiles

SKEW: Final = timedelta(minutes=5)
MOST_ROWS: Final = 20_000
# How many batches may queue behind one that waits for a person.
QUEUE: Final = 1000
LAST: Final = "sequence"


class BadSignature(NotAllowed):
    """The signature does not fit: check the secret, the order of the lines and the clock."""


class OtherContent(Refused):
    """This key was used before with another content; a new batch needs a new key."""


class OutOfOrder(Refused):
    """The sequence does not follow the last batch; ask for the state and go on from there."""


class BadBatch(Refused):
    """The batch cannot be read: it is JSON with a list of objects under “rows”, at most 20,000."""


class TooBusy(Exception):  # noqa: N818 - named after the fact
    """So many batches of the source are at work that a further one has to wait."""


class Batch(NamedTuple):
    """What a request says: the area, and what its signature covers in this order."""

    method: str
    path: str
    area_code: str
    timestamp: str
    key: str
    sequence: int
    signature: str
    body: bytes

    @property
    def parts(self) -> list[str]:
        """Return the lines that are signed before the hash of the body."""
        return [self.method, self.path, self.timestamp, self.key, str(self.sequence)]


def take_in(source: Source, batch: Batch, *, by: User) -> tuple[ImportRun, bool]:
    """Open a run for a batch; returns it, and whether the very same batch came before.

    Raises `NotFound` for a source that is not pushed, `BadSignature`, `OtherContent`,
    `OutOfOrder`, `BadBatch`, and `TooBusy` when the sender has to wait.
    """
    powers.require(by, Power.RUN_IMPORTS, batch.area_code)
    fetch = _pushed(source)
    with rowsecurity.acting(rowsecurity.SYSTEM), transaction.atomic():
        # The lock on the feed puts the batches of a source one after the other.
        feed = Feed.objects.select_for_update().get(source=source)
        _check_signature(feed, batch)
        digest = sha256(batch.area_code.encode() + b"\n" + batch.body).digest()
        earlier = PushBatch.objects.filter(source=source, key=batch.key).first()
        if earlier is not None:
            if bytes(earlier.digest) != digest or earlier.sequence != batch.sequence:
                raise OtherContent
            return ImportRun.objects.select_related("source").get(pk=earlier.run_id), True
        if batch.sequence != feed.position.get(LAST, 0) + 1:
            raise OutOfOrder
        _check_room(source, fetch)
        run = _receive(source, batch, by=by)
        blocker = queueing.blocker_of(run)
        if blocker is not None:
            queueing.note(run, blocker)
        PushBatch.objects.create(
            source=source, run=run, area_code=batch.area_code, sequence=batch.sequence,
            key=batch.key, digest=digest,
        )  # fmt: skip
        feed.position = {**feed.position, LAST: batch.sequence}
        feed.looked_at = timezone.now()
        feed.save(update_fields=["position", "looked_at"])
        receiving.start(run)
    return run, False


def state_of(source: Source, *, by: User, area_code: str) -> dict[str, Any]:
    """Return where a sender stands: the number its next batch bears, and whether there is room."""
    powers.require(by, Power.RUN_IMPORTS, area_code)
    fetch = _pushed(source)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        position = Feed.objects.values_list("position", flat=True).get(source=source)
        held = _held(source)
        room = max(0, (QUEUE if held else fetch.options["open_runs"]) - _at_work(source))
    return {"next_sequence": position.get(LAST, 0) + 1, "room": room, "waits_for": held}


def _pushed(source: Source) -> rules.Fetch:
    found = profiles.parse(source.profile, source.code).fetch
    if found is None or found.kind != rules.PUSH or not source.is_active:
        raise NotFound
    return found


def _check_signature(feed: Feed, batch: Batch) -> None:
    """Refuse a batch that the secret's holder did not sign just now, for this very request."""
    secret = feed.secret.open()
    right = signing.is_right(secret, batch.signature, parts=batch.parts, body=batch.body)
    try:
        signed_at = datetime.strptime(batch.timestamp, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError as problem:
        raise BadSignature from problem
    if not right or abs(timezone.now() - signed_at) > SKEW:
        raise BadSignature


def _at_work(source: Source) -> int:
    return ImportRun.objects.filter(source=source, state__in=ImportRun.OPEN_STATES).count()


def _held(source: Source) -> UUID | None:
    """Return the delivery that waits for a person, behind which the others queue."""
    runs = ImportRun.objects.filter(source=source, state__in=queueing.HELD, mends=None)
    return runs.order_by("created_at").values_list("pk", flat=True).first()


def _check_room(source: Source, fetch: rules.Fetch) -> None:
    """Refuse for now when too much is at work; what queues behind a person has its own bound."""
    if _at_work(source) >= (QUEUE if _held(source) else fetch.options["open_runs"]):
        raise TooBusy


def _receive(source: Source, batch: Batch, *, by: User) -> ImportRun:
    low, high = area_rules.subtree(source.area_code)
    if not low <= batch.area_code <= high:
        raise receiving.OutsideSource
    try:
        rows = answers.rows_at(answers.read(batch.body), "rows")
    except answers.BadAnswer as problem:
        raise BadBatch from problem
    if not 0 < len(rows) <= MOST_ROWS:
        raise BadBatch
    profile = contracts.profile_of(source)
    headers = dict.fromkeys(name for column in profile.columns for name in column.headers)
    run_id = new_id()
    folder = spool.place(str(run_id))
    try:
        seen = {name for row in rows for name in row}
        path = spool.write_table(folder / "table.csv", rows, headers=headers, seen=seen)
        with path.open("rb") as file:
            run = receiving.receive_file(
                source, by=by, file=file, name=f"{source.code}-{batch.sequence:09d}.csv",
                area_code=batch.area_code, run_id=run_id, own=True,
            )  # fmt: skip
        tracing.note_columns(run, seen)
        return run
    finally:
        spool.drop(str(run_id))
