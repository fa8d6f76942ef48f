"""Another system in a process of its own that is told things, and fails, stalls and refuses.

`python receiver_server.py FOLDER` appends what it is told to `told.jsonl` and prints its port.
`faults.json` is used up one by one: a status to answer with, `lost` to take the message in and
break the connection, `redirect`. `refuses.json` names subjects that are always refused.
"""

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

FOLDER = Path(sys.argv[1])
LOCK = threading.Lock()


def kept(name: str) -> list[Any]:
    path = FOLDER / name
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else []


class Handler(BaseHTTPRequestHandler):
    """Takes messages in."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        """Take one message in, or do what the next fault says."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        with LOCK:
            faults = kept("faults.json")
            fault = str(faults.pop(0)) if faults else ""
            (FOLDER / "faults.json").write_text(json.dumps(faults), encoding="utf-8")
            if not fault and json.loads(body)["subject"] in kept("refuses.json"):
                fault = "422"
            if fault in ("", "lost"):
                with (FOLDER / "told.jsonl").open("a", encoding="utf-8") as log:
                    log.write(json.dumps({"headers": dict(self.headers), "body": body}) + "\n")
        if fault == "lost":
            self.close_connection = True
            return
        self.send_response(302 if fault == "redirect" else int(fault or 204))
        if fault == "redirect":
            self.send_header("Location", "http://127.0.0.1:1/")
        if fault == "429":
            self.send_header("Retry-After", "90")
        self.send_header("Content-Length", "0")
        self.end_headers()


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
