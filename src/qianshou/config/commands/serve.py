"""Serving: the web server, the worker and who follows brokers side by side, stopped together."""

import argparse
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from types import FrameType

from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor

from qianshou.config import database
from qianshou.config.postgres import launcher
from qianshou.exchange.actions import listening

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
    if is_taken(args.host, args.port):
        print(
            f"Port {args.port} of {args.host} is taken by another program."
            " End that one, or choose another --port.",
            file=sys.stderr,
        )  # fmt: skip
        return 1
    if count := waiting_migrations():
        print(
            f"The database is not up to date: {count} changes wait. Run `qianshou setup` first.",
            file=sys.stderr,
        )
        return 1
    os.environ.setdefault("SITE_URL", site_at(args.port, args.host))
    wanted = [web_command(args.host, args.port, args.workers)]
    if not args.no_worker:
        wanted.append(worker_command())
        if listening.followed():
            wanted.append(listen_command())
    connections.close_all()
    return run_until_stopped(*wanted, keep_database=args.keep_database)


def worker(argv: Sequence[str]) -> int:
    """Run the background jobs until interrupted."""
    argparse.ArgumentParser(prog="qianshou worker", description=worker.__doc__).parse_args(argv)
    return run_until_stopped(worker_command(), keep_database=True)


def listen(argv: Sequence[str]) -> int:
    """Follow the message brokers of all sources until interrupted."""
    argparse.ArgumentParser(prog="qianshou listen", description=listen.__doc__).parse_args(argv)
    listener = listening.Listener()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: listener.stop())
    listener.run()
    return 0


def stop(argv: Sequence[str]) -> int:
    """Stop the private database."""
    argparse.ArgumentParser(prog="qianshou stop", description=stop.__doc__).parse_args(argv)
    if database.is_private():
        launcher.stop(database.data_dir())
    return 0


def waiting_migrations() -> int:
    """Return how many changes of the database this program brings that it does not have yet."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def is_taken(host: str, port: int) -> bool:
    """Tell whether another program listens there.

    The web server's processes share their port, and would share it with another installation, too:
    each request would go to either of them, as it happens.
    """
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False


def site_at(port: int, host: str = "127.0.0.1") -> str:
    """Return what links begin with on a machine that nobody has named yet."""
    return f"http://{host}:{port}"


def web_command(host: str, port: int, workers: int) -> list[str]:
    """Return the command line of the web server."""
    return [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port),
        "--workers", str(workers), "--blocking-threads", str(THREADS), "--log-level", "error",
        "--no-ws", "qianshou.config.wsgi:application",
    ]  # fmt: skip


def worker_command() -> list[str]:
    """Return the command line of the worker; it looks each second for jobs that had to wait."""
    return [
        sys.executable, "-m", "django", "procrastinate", "worker", "--concurrency", "1",
        "--fetch-job-polling-interval", "1",
    ]  # fmt: skip


def listen_command() -> list[str]:
    """Return the command line of the program that follows brokers."""
    return [sys.executable, "-m", "qianshou.config.console", "listen"]


def run_until_stopped(*commands: Sequence[str], keep_database: bool) -> int:
    """Run programs; when one ends or a signal comes, end all of them and return the code."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "qianshou.config.settings"}
    running = [
        subprocess.Popen(command, env=environment)  # noqa: S603 - our own command lines
        for command in commands
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
