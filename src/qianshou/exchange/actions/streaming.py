"""Taking in what a broker sends: at least once on the line, exactly once in the files.

Messages, the delivery made of them and the worker's job are one transaction; the broker is told
only after it. A message that comes again, because we died in between, is known by its key.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from qianshou.common import rowsecurity
from qianshou.common.identity import new_id
from qianshou.exchange.actions import receiving
from qianshou.exchange.connectors import spool
from qianshou.exchange.connectors.egress import addresses_of
from qianshou.exchange.connectors.streams.jetstream import JetStream
from qianshou.exchange.connectors.streams.kafka import Kafka
from qianshou.exchange.connectors.streams.messages import Broker, Message
from qianshou.exchange.connectors.streams.rabbit import Rabbit
from qianshou.exchange.models import Feed, ImportRun, StreamMessage
from qianshou.exchange.rules import fetch as fetching
from qianshou.exchange.rules import profile as profiles
from qianshou.exchange.rules import streams as rules

BROKERS: Final[dict[str, Callable[[Feed, fetching.Fetch], Broker]]] = {
    rules.NATS: JetStream, rules.AMQP: Rabbit, rules.KAFKA: Kafka,
}  # fmt: skip
# One attempt of the worker: it must not hold up the other sources for long.
MOST_BATCHES: Final = 20
# Far longer than any broker keeps a message that it has delivered and not settled.
REMEMBERED: Final = timedelta(days=60)
KEPT_BYTES: Final = 64 << 10


@dataclass
class Batch:
    """Messages sorted into rows of a delivery, those known already, and those kept out."""

    rows: list[dict[str, str]] = field(default_factory=list)
    taken: dict[str, bytes] = field(default_factory=dict)
    kept_out: list[StreamMessage] = field(default_factory=list)
    done: list[Message] = field(default_factory=list)
    refused: list[Message] = field(default_factory=list)
    # messages that have to wait for the next delivery, since they speak of a row of this one
    later: list[Message] = field(default_factory=list)


def opened(feed: Feed) -> Broker:
    """Return a session with a source's broker; raises `PullFailed`."""
    fetch = _fetch_of(feed)
    return BROKERS[fetch.options["broker"]](feed, fetch)


def drain(feed: Feed) -> list[ImportRun]:
    """Take in what waits at the broker now, as one attempt of the worker; raises `PullFailed`."""
    broker, runs = opened(feed), []
    try:
        for _number in range(MOST_BATCHES):
            found = step(feed, broker, wait=0.2)
            if found is None:
                break
            runs += found
    finally:
        broker.close()
    return runs


def step(feed: Feed, broker: Broker, *, wait: float) -> list[ImportRun] | None:
    """Take in one batch; None if nothing came, or there is no room for a further delivery."""
    options = _fetch_of(feed).options
    # A way that was closed meanwhile ends a session that is open.
    addresses_of(feed.source, options["url"])
    if not has_room(feed, options["open_runs"]):
        return None
    found = broker.take(most=options["size"], wait=wait)
    if not found:
        return None
    runs: list[ImportRun] = []
    while found:
        batch, run = take_in(feed, found)
        broker.settle(batch.done, batch.refused)
        runs += [run] if run else []
        found = batch.later
    return runs


def room_of(feed: Feed) -> int:
    """Return how many deliveries of the source may be at work at once."""
    return int(_fetch_of(feed).options["open_runs"])


def has_room(feed: Feed, most: int) -> bool:
    """Tell whether a further delivery may be opened; until then messages stay with the broker."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        at_work = ImportRun.objects.filter(
            source=feed.source_id, state__in=(*ImportRun.OPEN_STATES, ImportRun.State.WAITING)
        ).count()
    return at_work < most


def take_in(feed: Feed, messages: Sequence[Message]) -> tuple[Batch, ImportRun | None]:
    """Keep a batch of messages and open a delivery of their rows, in one transaction."""
    profile = profiles.parse(feed.source.profile, feed.source.code)
    with rowsecurity.acting(rowsecurity.SYSTEM), transaction.atomic():
        # One session of a source after the other, should two have been opened.
        Feed.objects.select_for_update().only("pk").get(pk=feed.pk)
        batch = _sorted(feed, messages, profile)
        run = _deliver(feed, batch, profile) if batch.rows else None
        StreamMessage.objects.bulk_create(
            [
                *batch.kept_out,
                *(_entry(feed, key, digest, run=run) for key, digest in batch.taken.items()),
            ]
        )
        Feed.objects.filter(pk=feed.pk).update(looked_at=timezone.now())
    return batch, run


def take_again(message: StreamMessage, body: bytes) -> ImportRun | None:
    """Open a delivery of one message that was kept out; None if it still cannot be read."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        feed = Feed.objects.select_related("source").filter(source=message.source_id).first()
        if feed is None:
            return None
        profile = profiles.parse(feed.source.profile, feed.source.code)
        if profile.fetch is None or "broker" not in profile.fetch.options:
            return None
        # The mark of the broker is gone; where the body bears none, ours stands for it.
        key, rows, code = _read(Message(body, message.key, None), profile.fetch.options)
        if code:
            return None
        run = _deliver(feed, Batch(rows=rows), profile)
        if key != message.key and not _known(feed, [key]):
            _entry(feed, key, sha256(body).digest(), run=run).save()
    return run


def _sorted(feed: Feed, messages: Sequence[Message], profile: profiles.Profile) -> Batch:
    assert profile.fetch is not None
    options, batch, rows_seen = profile.fetch.options, Batch(), set[str]()
    read = [_read(each, options) for each in messages]
    known = _known(feed, (key for key, _rows, _code in read if key))
    for at, (message, (key, rows, code)) in enumerate(zip(messages, read, strict=True)):
        digest = sha256(message.body).digest()
        before = known.get(key) or batch.taken.get(key)
        if before == digest:
            batch.done.append(message)
            continue
        if code or before is not None:
            _keep_out(feed, batch, message, code=code or "OTHER_CONTENT", known=known)
            continue
        names = {name for row in rows if (name := row.get(profile.key_header, ""))}
        if names & rows_seen:
            # The delivery is a table in which each row stands once, so what is later comes later.
            batch.later = list(messages[at:])
            break
        rows_seen |= names
        batch.rows += rows
        batch.taken[key] = digest
        batch.done.append(message)
    return batch


def _read(message: Message, options: Any) -> tuple[str, list[dict[str, str]], str]:
    """Return a message's key and rows, or why it cannot be taken in."""
    try:
        said, rows = rules.rows_of(message.body, options["rows"])
        return rules.key_of(said, options["id_at"], given=message.given), rows, ""
    except rules.Unusable as problem:
        return "", [], problem.code


def _known(feed: Feed, keys: Iterable[str]) -> dict[str, bytes]:
    found = StreamMessage.objects.filter(source=feed.source_id, key__in=list(keys))
    return {key: bytes(digest) for key, digest in found.values_list("key", "digest")}


def _keep_out(
    feed: Feed, batch: Batch, message: Message, *, code: str, known: dict[str, bytes]
) -> None:
    """Keep a message that cannot be taken in, once, and let the broker return it."""
    digest = sha256(message.body).digest()
    key = f"!{digest.hex()}"
    batch.refused.append(message)
    if key in known or _known(feed, [key]):
        return
    known[key] = digest
    entry = _entry(feed, key, digest, run=None)
    entry.state, entry.problem = StreamMessage.State.KEPT_OUT, code
    entry.content = message.body[:KEPT_BYTES].decode("utf-8", "replace").replace("\0", "\1")
    batch.kept_out.append(entry)


def _entry(feed: Feed, key: str, digest: bytes, *, run: ImportRun | None) -> StreamMessage:
    return StreamMessage(
        source_id=feed.source_id, run=run, area_code=feed.source.area_code, key=key,
        digest=digest, received_at=timezone.now(),
    )  # fmt: skip


def _deliver(feed: Feed, batch: Batch, profile: profiles.Profile) -> ImportRun:
    headers = dict.fromkeys(name for column in profile.columns for name in column.headers)
    run_id = new_id()
    folder = spool.place(str(run_id))
    try:
        seen = {name for row in batch.rows for name in row}
        path = spool.write_table(folder / "table.csv", batch.rows, headers=headers, seen=seen)
        with path.open("rb") as file:
            run = receiving.receive_file(
                feed.source, by=None, file=file, run_id=run_id, area_code=feed.source.area_code,
                name=f"{profile.code}-{timezone.localtime():%Y%m%d-%H%M%S}.csv",
            )  # fmt: skip
    finally:
        spool.drop(str(run_id))
    receiving.start(run)
    return run


def _fetch_of(feed: Feed) -> fetching.Fetch:
    found = profiles.parse(feed.source.profile, feed.source.code).fetch
    assert found is not None
    return found


def forget() -> int:
    """Delete the marks of messages that no broker delivers again; what was kept out stays."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        count, _kinds = (
            StreamMessage.objects.filter(received_at__lt=timezone.now() - REMEMBERED)
            .exclude(state=StreamMessage.State.KEPT_OUT)
            .delete()
        )
    return count
