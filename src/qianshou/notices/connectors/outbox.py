"""Messages as files of a folder: for trying out, and for an office with a gateway of its own."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

from qianshou.notices.connectors.channel import Receipt, Undelivered


class FileOutbox:
    """Writes one file per message, named by its key: sent twice, it is one file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, address: str, text: str, *, key: str) -> Receipt:
        """Put the file in its place in one step, readable by this account alone."""
        body = {"to": address, "text": text, "at": datetime.now(UTC).isoformat()}
        target, part = self._folder / f"{key}.json", self._folder / f".{key}.part"
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as opened:
                json.dump(body, opened, ensure_ascii=False, indent=1)
            part.replace(target)
        except OSError as problem:
            raise Undelivered("DISK", problem.strerror or "") from problem
        return Receipt(target.name)
