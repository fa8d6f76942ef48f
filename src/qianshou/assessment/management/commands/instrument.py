"""`manage.py instrument check|try|adopt FILE`: an instrument from the console."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from qianshou.assessment.actions import assessing, instruments, trying
from qianshou.common import rowsecurity
from qianshou.common.errors import Refused


class Command(BaseCommand):
    """Check an instrument, try it on all children, or put it in force."""

    help = "Check an instrument (JSON), try it on all children, or put it in force."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Ask for the act and the file."""
        parser.add_argument("act", choices=("check", "try", "adopt"))
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Do it, and say what came of it or what is wrong."""
        try:
            text = options["file"].read_text(encoding="utf-8")
            lines = ACTS[options["act"]](text)
        except (OSError, UnicodeDecodeError, Refused) as problem:
            raise CommandError(f"{options['file']}: {problem}") from problem
        for line in lines:
            self.stdout.write(line)


def check(text: str) -> list[str]:
    """Say what the instrument holds."""
    read = instruments.read_instrument(text)
    parts = f"{len(read.indicators)} indicators, {len(read.triggers)} red triggers"
    return [f"{read.code}, version {read.version}: {parts}. It is well formed."]


def try_out(text: str) -> list[str]:
    """Say how the grades would change, without changing anything."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        moves = trying.try_instrument(text, today=timezone.localdate())
    lines = [f"{before:>6} -> {after:<6} {count:>9,}" for (before, after), count in moves.items()]
    return [*check(text), "Grades of the instrument in force -> of this one:", *lines]


def adopt(text: str) -> list[str]:
    """Put the instrument in force and assess every child with it."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        instruments.adopt_instrument(text, by=None)
        counts = assessing.assess_everybody(today=timezone.localdate())
    return [
        *check(text),
        f"{counts.assessed:,} children assessed, {counts.raised:,} grades raised.",
    ]


ACTS = {"check": check, "try": try_out, "adopt": adopt}
