"""A department's service that answers about one person, in a process of its own; it also lies.

`python asking_server.py FOLDER SECRET` reads `script.json` there at each request: `answers` by ID
number, and `fault`. It appends what it was asked to `asked.jsonl`, and prints its port.
"""

import hashlib
import hmac
import json
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

FOLDER, SECRET = Path(sys.argv[1]), sys.argv[2].encode()
LOCK = threading.Lock()


def signed(lines: list[str], body: bytes) -> str:
    said = "\n".join([*lines, hashlib.sha256(body).hexdigest()])
    return "hmac-sha256=" + hmac.new(SECRET, said.encode(), hashlib.sha256).hexdigest()


class Handler(BaseHTTPRequestHandler):
    """Answers as the script says."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        """Check the signature and answer."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with LOCK, (FOLDER / "asked.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps({"path": self.path, **dict(self.headers.items()),
                                  "body": body.decode()}) + "\n")  # fmt: skip
        plan = json.loads((FOLDER / "script.json").read_text(encoding="utf-8"))
        fault = plan.get("fault", "")
        lines = ["POST", self.path, self.headers["X-Timestamp"], self.headers["X-Nonce"]]
        if self.headers["X-Signature"] != signed(lines, body):
            self.say(403, b"{}")
        elif fault.isdecimal():
            self.say(int(fault), b"{}")
        elif fault == "redirect":
            self.say(302, b"", Location="http://169.254.169.254/")
        elif fault == "stall":
            time.sleep(3)
            self.close_connection = True
        else:
            self.answer(json.loads(body), plan, fault)

    def answer(self, asked: dict[str, Any], plan: dict[str, Any], fault: str) -> None:
        """Say what the script says about the person, or something untrue."""
        told = plan.get("answers", {}).get(asked["person"]["id_number"], {"answer": "unknown"})
        said: Any = {"id": asked["id"], **told}
        said = {**said, **plan.get("instead", {})}
        body = b"<html>" if fault == "html" else json.dumps(said).encode()
        late = timedelta(hours=1) if fault == "old" else timedelta()
        stamp = f"{datetime.now(UTC) - late:%Y-%m-%dT%H:%M:%SZ}"
        once = "0" * 32 if fault == "replay" else self.headers["X-Nonce"]
        signature = signed(["ANSWER", once, stamp], body)
        if fault == "unsigned":
            signature = "hmac-sha256=" + "0" * 64
        if fault == "changed":
            body = body.replace(b'"no"', b'"yes"')
        self.say(200, body, X_Timestamp=stamp, X_Signature=signature)

    def say(self, status: int, body: bytes, **headers: str) -> None:
        """Send an answer."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
