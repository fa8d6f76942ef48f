"""Serving: the web server and the worker side by side, stopped together."""

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from types import FrameType

from qianshou.config import database
from qianshou.config.postgres import launcher

# Each holds a database connection while it works; the rest of the requests wait their turn.
THREADS = 8


def serve(argv: Sequence[str]) -> int:
    """Serve until interrupted; the private database stops with it unless told otherwise."""
    parser = argparse.ArgumentParser(prog="qianshou serve", description=serve.__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--workers", type=int, default=2, help="web server processes")
    parser.add_argument("--no-worker", action="store_true", help="without background jobs")
    parser.add_argument("--keep-database", action="store_true", help="leave it running at the end")
    args = parser.parse_args(argv)
    return run_until_stopped(
        web_command(args.host, args.port, args.workers),
        None if args.no_worker else worker_command(),
        keep_database=args.keep_database,
    )


def worker(argv: Sequence[str]) -> int:
    """Run the background jobs until interrupted."""
    argparse.ArgumentParser(prog="qianshou worker", description=worker.__doc__).parse_args(argv)
    return run_until_stopped(worker_command(), None, keep_database=True)


def stop(argv: Sequence[str]) -> int:
    """Stop the private database."""
    argparse.ArgumentParser(prog="qianshou stop", description=stop.__doc__).parse_args(argv)
    if database.is_private():
        launcher.stop(database.data_dir())
    return 0


def web_command(host: str, port: int, workers: int) -> list[str]:
    """Return the command line of the web server."""
    return [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port),
        "--workers", str(workers), "--blocking-threads", str(THREADS), "--log-level", "error",
        "--no-ws", "qianshou.config.wsgi:application",
    ]  # fmt: skip


def worker_command() -> list[str]:
    """Return the command line of the worker."""
    return [sys.executable, "-m", "django", "procrastinate", "worker", "--concurrency", "1"]


def run_until_stopped(
    first: Sequence[str], second: Sequence[str] | None, *, keep_database: bool
) -> int:
    """Run one or two programs; when one ends or a signal comes, end both and return the code."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "qianshou.config.settings"}
    running = [
        subprocess.Popen(command, env=environment)  # noqa: S603 - our own command lines
        for command in (first, second)
        if command
    ]
    stopped = False

    def ask(_number: int, _frame: FrameType | None) -> None:
        nonlocal stopped
        stopped = True

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, ask)
    while not stopped and all(each.poll() is None for each in running):
        time.sleep(0.2)
    codes = [end(each) for each in running]
    if not keep_database and database.is_private():
        launcher.stop(database.data_dir())
    return 0 if stopped else max(abs(code) for code in codes)


def end(program: "subprocess.Popen[bytes]") -> int:
    """Ask a program to end, and insist after ten seconds."""
    if program.poll() is None:
        program.terminate()
        try:
            program.wait(10)
        except subprocess.TimeoutExpired:
            program.kill()
    return program.wait()
