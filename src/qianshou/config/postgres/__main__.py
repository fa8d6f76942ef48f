"""The private database, and the SQL for a server of your own, from the command line."""

import argparse
import sys
from pathlib import Path

from qianshou.config.postgres import launcher, roles


def main(arguments: list[str] | None = None) -> int:
    """Carry out one command and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m qianshou.config.postgres", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("start", "stop", "status", "remove"):
        commands.add_parser(name).add_argument("data_dir", type=Path)
    commands.choices["start"].add_argument(
        "--fast", action="store_true", help="for tests only: a power cut would ruin it"
    )
    commands.add_parser("sql")
    commands.add_parser("prepare").add_argument("url")
    commands.choices["prepare"].add_argument(
        "--createdb", action="store_true", help="for a server that tests run on"
    )
    chosen = parser.parse_args(arguments)
    try:
        sys.stdout.write(f"{_carry_out(chosen)}\n")
    except launcher.LaunchError as trouble:
        sys.stderr.write(f"{trouble}\n")
        return 1
    return 0


def _carry_out(chosen: argparse.Namespace) -> str:
    match chosen.command:
        case "start":
            server = launcher.start(chosen.data_dir, durable=not chosen.fast)
            return f"{server.url('app')}\n{server.url('owner')}"
        case "stop":
            return "stopped" if launcher.stop(chosen.data_dir) else "was not running"
        case "remove":
            launcher.remove(chosen.data_dir)
            return "removed"
        case "sql":
            return roles.bootstrap_sql()
        case "prepare":
            roles.prepare(chosen.url, createdb=chosen.createdb)
            return "prepared"
    found = launcher.status(chosen.data_dir)
    state = f"running as process {found.pid}" if found.running else "down"
    return f"PostgreSQL {found.version} in {found.home}: {state}; log {found.log}"


if __name__ == "__main__":
    sys.exit(main())
