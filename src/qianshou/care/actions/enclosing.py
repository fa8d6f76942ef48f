"""Voice notes and photos: announced with an entry, uploaded in parts, checked, kept sealed, gone.

They come with a contact; a photo also with a tick of the checklist, which it proves.

A phone seals the whole to the server before it sends the first part, so parts on their way can be
read by nobody, and nothing is looked at before all of it is here and its digest is right. Every
part may be sent again, by a phone or after the server was killed: bytes are written to their place.
"""

import os
import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import IO, Any, Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from qianshou.accounts.models import User
from qianshou.audit import actions as audit
from qianshou.care.connectors import pictures
from qianshou.care.models import Contact, Device, Enclosure
from qianshou.care.rules import enclosing as rules
from qianshou.care.rules import sounds
from qianshou.care.rules.payload import Announced
from qianshou.common import boxes, crypto
from qianshou.common.crypto import Unreadable
from qianshou.common.errors import NotFound, Refused
from qianshou.common.identity import new_id
from qianshou.consents.queries import photos
from qianshou.pairing.models import Pairing
from qianshou.plans.models import Tick

COLUMN: Final = "care.enclosure"
SETTLED_AFTER: Final = 3600


class PartOutOfPlace(Refused):
    """This part does not follow what is here; send on from where it ends."""


class NotTaken(Exception):  # noqa: N818 - named after the fact
    """The content cannot be kept; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def announce(
    pairing: Pairing, announced: Iterable[Announced], *, key: UUID, device: Device, now: datetime,
    tick: Tick | None = None,
) -> list[Enclosure]:  # fmt: skip
    """Return the rows of what a contact or a tick announces, not yet written."""
    return [
        Enclosure(
            id=new_id(), device=device, mother_id=pairing.mother_id, pairing=pairing,
            area_code=pairing.area_code, client_id=each.key, contact_key=key, kind=each.kind,
            total=each.total, digest=each.digest, announced_at=now, tick=tick,
        )
        for each in announced
    ]  # fmt: skip


def write_announced(rows: list[Enclosure]) -> None:
    """Write what was announced, and bind it to its contacts once these are there."""
    if not rows:
        return
    Enclosure.objects.bulk_create(rows, ignore_conflicts=True)
    bind({each.contact_key for each in rows if not each.tick_id}, mother_id=rows[0].mother_id)


def bind(keys: set[UUID], *, mother_id: UUID) -> None:
    """Bind what was announced to contacts that are in the log by now."""
    waiting = Enclosure.objects.filter(contact=None, contact_key__in=keys, mother_id=mother_id)
    found = dict(
        Contact.objects.filter(client_id__in=keys, mother_id=mother_id)
        .values_list("client_id", "pk")
    )  # fmt: skip
    for each in waiting.only("pk", "contact_key"):
        if each.contact_key in found:
            Enclosure.objects.filter(pk=each.pk).update(contact_id=found[each.contact_key])


# -- parts -----------------------------------------------------------------------------------------


def standing(device: Device, key: UUID) -> Enclosure:
    """Return what a phone announced, and how far it is; raises `NotFound`."""
    found = Enclosure.objects.filter(device=device, client_id=key).first()
    if found is None:
        raise NotFound
    return found


@transaction.atomic
def take_part(device: Device, key: UUID, part: bytes, *, at: int, now: datetime) -> Enclosure:
    """Write a part to its place; the last one has the whole checked and kept, or refused."""
    row = Enclosure.objects.select_for_update().filter(device=device, client_id=key).first()
    if row is None:
        raise NotFound
    if row.state != rules.COMING:
        return row
    if not rules.fits(row.kind, row.total):
        return _refuse(row, rules.TOO_LARGE, now=now)
    if at > row.received or at + len(part) > row.total:
        raise PartOutOfPlace
    _lay_down(place("coming", row.pk), part, at=at)
    row.received = max(row.received, at + len(part))
    row.save(update_fields=["received"])
    return _finish(row, now=now) if row.received == row.total else row


def _lay_down(path: Path, part: bytes, *, at: int) -> None:
    """Write bytes to their place, on the disk before the row says that they are there."""
    opened = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        os.pwrite(opened, part, at)
        os.fsync(opened)
    finally:
        os.close(opened)


def _finish(row: Enclosure, *, now: datetime) -> Enclosure:
    try:
        return keep(row, _opened(row), now=now)
    except NotTaken as trouble:
        return _refuse(row, trouble.code, now=now)


def _opened(row: Enclosure) -> bytes:
    """Return what a phone sealed, if it is what it announced; raises `NotTaken`."""
    bound = f"{row.device_id}|{row.client_id}|{COLUMN}"
    try:
        sealed = place("coming", row.pk).read_bytes()
        if sha256(sealed).digest() == bytes(row.digest):
            return boxes.open_box(sealed, bound=bound)
    except (Unreadable, FileNotFoundError) as trouble:
        raise NotTaken(rules.CHANGED) from trouble
    raise NotTaken(rules.CHANGED)


def keep(row: Enclosure, raw: bytes, *, now: datetime) -> Enclosure:
    """Check a content by its bytes and lay it down sealed; raises `NotTaken`."""
    kept, row.type, row.seconds = _checked(row, raw)
    path = place("kept", row.pk)
    path.write_bytes(crypto.seal_bytes(kept, column=COLUMN, row=row.pk))
    path.chmod(0o600)
    row.size, row.state, row.settled_at = len(kept), rules.KEPT, now
    row.save()
    _drop(("coming", row.pk))
    return row


def _checked(row: Enclosure, raw: bytes) -> tuple[bytes, str, int]:
    """Return what is to be kept, its type, and its seconds; raises `NotTaken`."""
    if len(raw) > rules.MOST_BYTES[row.kind]:
        raise NotTaken(rules.TOO_LARGE)
    if row.kind == rules.PHOTO:
        if not photos.agreed({row.pairing.child_id}, on=timezone.localdate()):
            raise NotTaken(rules.NO_CONSENT)
        try:
            return pictures.redrawn(raw), "image/jpeg", 0
        except pictures.NoPicture as trouble:
            raise NotTaken(rules.NO_PHOTO) from trouble
    try:
        found = sounds.read(raw)
    except sounds.NoSound as trouble:
        raise NotTaken(rules.NO_VOICE) from trouble
    # A phone stops the recording itself, some moments after its time.
    if found.seconds > rules.MOST_SECONDS + 5:
        raise NotTaken(rules.TOO_LONG)
    return raw, found.type, round(found.seconds)


def _refuse(row: Enclosure, reason: str, *, now: datetime) -> Enclosure:
    row.state, row.reason, row.settled_at = rules.REFUSED, reason, now
    row.save()
    _drop(("coming", row.pk), ("kept", row.pk))
    return row


def place(folder: str, row_id: UUID) -> Path:
    """Return where the sealed content of a recording lies."""
    found = Path(settings.MEDIA_ROOT) / "care" / folder
    found.mkdir(parents=True, exist_ok=True, mode=0o700)
    return found / str(row_id)


def _drop(*named: tuple[str, UUID]) -> None:
    """Remove files once the row says that they are not needed; `sweep` finds what was missed."""
    paths = [place(folder, row_id) for folder, row_id in named]

    def remove() -> None:
        for path in paths:
            path.unlink(missing_ok=True)

    transaction.on_commit(remove)


# -- on a page -------------------------------------------------------------------------------------


@transaction.atomic
def enclose_all(
    contact: Contact, handed_in: list[tuple[str, bytes]], *, now: datetime
) -> list[str]:
    """Keep what was handed in with a contact, once; returns why what could not be kept was not."""
    if not handed_in or contact.enclosures.exists():
        return []
    rows = [enclose(contact, kind, raw, now=now) for kind, raw in handed_in]
    return [row.reason for row in rows if row.reason]


@transaction.atomic
def prove(tick: Tick, photo: IO[bytes], *, now: datetime) -> str:
    """Keep the photo that proves a tick, once; returns in words why it was not kept."""
    if Enclosure.objects.filter(tick=tick).exists():
        return ""
    # No more than one byte too many.
    raw = photo.read(rules.MOST_BYTES[rules.PHOTO] + 1)
    return enclose(tick, rules.PHOTO, raw, now=now).why


def enclose(entry: Contact | Tick, kind: str, raw: bytes, *, now: datetime) -> Enclosure:
    """Keep what was handed in on a page with an entry; the row says why if it is refused."""
    row = Enclosure(
        id=new_id(), mother_id=entry.mother_id, pairing_id=entry.pairing_id,
        area_code=entry.area_code, client_id=new_id(), contact_key=entry.client_id, kind=kind,
        total=len(raw), received=len(raw), digest=sha256(raw).digest(), announced_at=now,
    )  # fmt: skip
    if isinstance(entry, Tick):
        row.tick = entry
    else:
        row.contact = entry
    row.save(force_insert=True)
    try:
        return keep(row, raw, now=now)
    except NotTaken as trouble:
        return _refuse(row, trouble.code, now=now)


@transaction.atomic
def open_content(enclosure: Enclosure, *, by: User) -> bytes:
    """Return what was recorded; who opened it stands in the trail."""
    path = place("kept", enclosure.pk)
    if enclosure.state != rules.KEPT or not path.exists():
        raise NotFound
    audit.record(
        "care.enclosure.opened", by=by, area_code=enclosure.area_code, kind=enclosure.kind,
        **_subject(enclosure),
    )  # fmt: skip
    return crypto.unseal_bytes(path.read_bytes(), column=COLUMN, row=enclosure.pk)


def _subject(row: Enclosure) -> dict[str, Any]:
    if row.tick_id:
        return {"subject_kind": "pairing", "subject_id": row.pairing_id}
    return {"subject_kind": "contact", "subject_id": row.contact_id}


# -- forgetting ------------------------------------------------------------------------------------


@transaction.atomic
def forget_photos_of(child_id: UUID, *, now: datetime) -> int:
    """Delete the photos of a child whose guardian no longer agrees; how many."""
    rows = Enclosure.objects.kept().filter(kind=rules.PHOTO, pairing__child_id=child_id)
    return _forget(list(rows.select_for_update(of=["self"])), rules.WITHDRAWN, now=now)


@transaction.atomic
def forget_proofs_of(tick_id: UUID, *, now: datetime) -> None:
    """Delete the photos of a tick that was wrong, also those that are still on their way."""
    _forget(list(Enclosure.objects.kept().filter(tick=tick_id).select_for_update(of=["self"])),
            rules.TICK_WRONG, now=now)  # fmt: skip
    for row in Enclosure.objects.coming().filter(tick=tick_id).select_for_update(of=["self"]):
        _refuse(row, rules.TICK_WRONG, now=now)


@transaction.atomic
def forget_old(*, now: datetime) -> int:
    """Delete what was kept as long as it may be, and end what never arrived; how many."""
    kept_until = now - timedelta(days=settings.KEEP_RECORDINGS_DAYS)
    rows = Enclosure.objects.kept().filter(settled_at__lt=kept_until)
    done = _forget(list(rows.select_for_update(of=["self"])), rules.OLD, now=now)
    late = now - timedelta(days=rules.WAITED_FOR_DAYS)
    for row in Enclosure.objects.coming().filter(announced_at__lt=late).select_for_update():
        _refuse(row, rules.NEVER_CAME, now=now)
    return done


def _forget(rows: list[Enclosure], reason: str, *, now: datetime) -> int:
    for row in rows:
        row.state, row.reason, row.settled_at = rules.GONE, reason, now
        row.save()
        _drop(("kept", row.pk))
        audit.record(
            "care.enclosure.deleted", by=None, area_code=row.area_code, kind=row.kind,
            because=reason, **_subject(row),
        )  # fmt: skip
    return len(rows)


def sweep() -> int:
    """Remove files that no row needs: the server was killed between a commit and their removal."""
    needed = {"coming": Q(state=rules.COMING), "kept": Q(state__in=(rules.COMING, rules.KEPT))}
    removed = 0
    for folder, condition in needed.items():
        paths = {path.name: path for path in place(folder, new_id()).parent.iterdir()}
        rows = Enclosure.objects.filter(condition, pk__in=list(paths)).values_list("pk", flat=True)
        there = {str(each) for each in rows}
        # What is being written just now is on no row yet.
        late = time.time() - SETTLED_AFTER
        for name, path in paths.items():
            if name not in there and path.stat().st_mtime < late:
                path.unlink(missing_ok=True)
                removed += 1
    return removed
