"""Reports while the database does not answer: sealed into files, and taken in once it does."""

import json
import logging
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone

from qianshou.accounts.models import User
from qianshou.common import boxes, portions, rowsecurity
from qianshou.common.crypto import Unreadable
from qianshou.protection.actions import taking
from qianshou.protection.connectors import spool
from qianshou.protection.rules import codes, reading

log = logging.getLogger("qianshou.protection")


def keep(
    raw: Mapping[str, Any], *, client_id: UUID, session: str, place: str, now: datetime
) -> str:
    """Seal a report into the spool and return its number; raises `OSError` if the disk refuses.

    Whose session it was is found out when the database is back: it lies there.
    """
    body = {
        "raw": {name: raw.get(name, "") for name in reading.FIELDS},
        "session": session, "place": place, "at": now.isoformat(),
    }  # fmt: skip
    plain = json.dumps(body).encode("utf-8", "surrogatepass")
    spool.write(client_id, boxes.close(plain, bound=spool.bound_to(client_id)))
    log.warning("The database does not answer; one sealed entry was kept in the spool.")
    return reading.number_of(client_id)


def take_in() -> int:
    """Take in what waits in the spool, each once; returns how many files are done.

    A file goes only after its report is committed. A worker that dies in between finds the report
    again by its key, and only removes the file.
    """
    done: list[UUID] = []

    def take(entry: tuple[UUID, Path]) -> bool:
        taken = _take_one(*entry)
        if taken:
            done.append(entry[0])
        return taken

    try:
        return portions.each(list(spool.waiting()), take)
    finally:
        if done:
            log.warning(
                "The database answers again; %d entries of the spool were taken in.", len(done)
            )


def _take_one(client_id: UUID, path: Path) -> bool:
    try:
        box = path.read_bytes()
    except FileNotFoundError:
        return False
    try:
        plain = boxes.open_box(box, bound=spool.bound_to(client_id))
        body = json.loads(plain.decode("utf-8", "surrogatepass"))
    except (Unreadable, ValueError):
        spool.set_aside(path)
        log.exception("One entry of the spool cannot be opened; it is kept as %s.", path.stem)
        return False
    told = reading.told(body["raw"], zone=timezone.get_default_timezone())
    now, made = timezone.now(), datetime.fromisoformat(body["at"])
    noticed = min(told.noticed, made) if told.noticed else None
    with rowsecurity.acting(rowsecurity.SYSTEM):
        maker = taking.Maker(_user_of(body["session"]), codes.SPOOL, place=body["place"])
        times = taking.Times(now, made, made, noticed, told.noticed)
        taking.take(told, client_id=client_id, maker=maker, times=times)
    spool.done(path)
    return True


def _user_of(session: str) -> User | None:
    """Return whose session it was, if it still stands; without it the report has no account."""
    if not session:
        return None
    kept = SessionStore(session_key=session)
    user_id = kept.get("_auth_user_id")
    user = User.objects.filter(pk=user_id, is_active=True).first() if user_id else None
    return user if user and _is_its_own(kept, user) else None


def _is_its_own(kept: SessionStore, user: User) -> bool:
    """Tell whether the session was made under the user's present password."""
    return bool(kept.get("_auth_user_hash") == user.get_session_auth_hash())


def standing() -> tuple[int, int]:
    """Return how many entries wait in the spool, and how many cannot be opened."""
    return sum(1 for _ in spool.waiting()), spool.unreadable()
