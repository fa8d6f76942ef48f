"""A provider of text messages in a process of its own, which fails, stalls and repeats.

`python provider_server.py FOLDER` appends what reaches a phone to `phones.jsonl`, once per
idempotency key, and prints its port. `faults.json` is used up one by one: a status, `no` to answer
200 with a refusal, `stall` to keep silent, `lost` to deliver and break the connection, `junk`.
"""

import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

FOLDER = Path(sys.argv[1])
LOCK, SEEN = threading.Lock(), set()


def next_fault():
    path = FOLDER / "faults.json"
    faults = json.loads(path.read_text("utf-8")) if path.exists() else []
    fault = str(faults.pop(0)) if faults else ""
    path.write_text(json.dumps(faults), encoding="utf-8")
    return fault


class Handler(BaseHTTPRequestHandler):
    """Takes messages in."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        """Say nothing."""

    def do_POST(self):
        """Take one message in, or do what the next fault says."""
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        with LOCK:
            fault, key = next_fault(), self.headers["Idempotency-Key"]
            if fault in ("", "lost") and key not in SEEN:
                SEEN.add(key)
                with (FOLDER / "phones.jsonl").open("a", encoding="utf-8") as log:
                    log.write(json.dumps({"key": self.headers["X-Key"], **body}) + "\n")
        if fault == "stall":
            time.sleep(2)
        if fault in ("stall", "lost"):
            self.close_connection = True
            return
        said = {"no": b'{"code": 5}', "junk": b"<html>"}.get(fault, b'{"code": 0, "id": "77"}')
        self.send_response(int(fault) if fault.isdecimal() else 200)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
