"""A department's REST interface in a process of its own that fails, stalls, repeats and lies.

`python rest_server.py FOLDER` reads `script.json` there anew at each request, and appends what it
was asked to `asked.jsonl`. It prints its port. `faults` are used up one by one, in order.
"""

import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

FOLDER = Path(sys.argv[1])
LOCK = threading.Lock()


def script() -> dict[str, Any]:
    return json.loads((FOLDER / "script.json").read_text(encoding="utf-8"))


def next_fault() -> str:
    with LOCK:
        path = FOLDER / "faults.json"
        faults = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
        if not faults:
            return ""
        path.write_text(json.dumps(faults[1:]), encoding="utf-8")
        return str(faults[0])


class Handler(BaseHTTPRequestHandler):
    """Answers as the script and the next fault say."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def date_time_string(self, timestamp: float | None = None) -> str:
        """Tell the time by a clock that is as wrong as the script says."""
        return super().date_time_string((timestamp or time.time()) + script().get("clock", 0))

    def note(self) -> None:
        """Write down what was asked."""
        with LOCK, (FOLDER / "asked.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps({"path": self.path, **dict(self.headers.items())}) + "\n")

    def say(self, status: int, body: bytes, **headers: str) -> None:
        """Send an answer."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        """Hand out a token."""
        self.note()
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        right = script().get("basic", "")
        if self.headers.get("Authorization") != f"Basic {right}":
            self.say(401, b"{}")
            return
        self.say(200, json.dumps({"access_token": script()["token"], "expires_in": 1}).encode())

    def do_GET(self) -> None:
        """Answer a page, or do what the next fault says."""
        self.note()
        plan, fault = script(), next_fault()
        token = plan.get("token")
        if token and self.headers.get("Authorization") != f"Bearer {token}":
            self.say(401, b"{}")
            return
        if fault and self.misbehave(fault):
            return
        answer = self.page(plan, fault)
        etag = plan.get("etag")
        if etag and self.headers.get("If-None-Match") == etag:
            self.say(304, b"")
            return
        headers = {"ETag": etag} if etag else {}
        self.say(200, json.dumps(answer, ensure_ascii=False).encode(), **headers)

    def page(self, plan: dict[str, Any], fault: str) -> dict[str, Any]:
        """Return one page of the rows, true or not."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        rows, size = plan["rows"], min(int(asked.get("size", 1 << 30)), plan.get("most", 1 << 30))
        begin = int(asked.get("cursor", 0)) or (int(asked.get("page", 1)) - 1) * size
        if fault == "first again":
            begin = 0
        following: Any = begin + size if begin + size < len(rows) else None
        if fault == "same cursor":
            following = asked.get("cursor", following)
        total = len(rows) + (5 if fault == "total" else 0)
        shown = [] if fault == "nothing" else rows[begin : begin + size]
        next_one = None if following is None else str(following)
        return {"data": {"items": shown, "next": next_one, "total": str(total)}}

    def misbehave(self, fault: str) -> bool:
        """Do what a fault says; tells whether the request is answered by it."""
        word, _, more = fault.partition(" ")
        if word.isdecimal():
            self.say(int(word), b"{}", **({"Retry_After": more} if more else {}))
        elif word == "redirect":
            self.say(302, b"", Location=more)
        elif word == "cut":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b'{"data":')
            self.close_connection = True
        elif word == "stall":
            time.sleep(float(more))
            self.close_connection = True
        elif word == "trickle":
            self.send_response(200)
            self.send_header("Content-Length", "100000")
            self.end_headers()
            for _byte in range(int(more)):
                self.wfile.write(b" ")
                self.wfile.flush()
                time.sleep(0.05)
            self.close_connection = True
        elif word == "body":
            self.say(200, more.encode())
        elif word == "zip":
            self.say(200, b"\x1f\x8b", Content_Encoding="gzip")
        elif word == "huge":
            self.say(200, b"[" + b" " * int(more) + b"]")
        else:
            return False
        return True


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
if len(sys.argv) > 2:
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[2])
    server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_port, flush=True)
server.serve_forever()
