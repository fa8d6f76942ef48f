"""`manage.py recruitment_rules check|adopt FILE`: a rulebook of recruitment from the console."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from qianshou.common import rowsecurity
from qianshou.common.errors import Refused
from qianshou.recruitment.actions import rulebooks
from qianshou.recruitment.rules import rulebook


class Command(BaseCommand):
    """Check a rulebook, or put it in force."""

    help = "Check a rulebook of recruitment (TOML), or put it in force."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Ask for the act and the file."""
        parser.add_argument("act", choices=("check", "adopt"))
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Do it, and say what came of it or what is wrong."""
        try:
            text = options["file"].read_text(encoding="utf-8")
            read = rulebook.read(text)
            if options["act"] == "adopt":
                with rowsecurity.acting(rowsecurity.SYSTEM):
                    rulebooks.adopt(text, by=None)
        except (OSError, UnicodeDecodeError, rulebook.Malformed, Refused) as problem:
            raise CommandError(f"{options['file']}: {problem}") from problem
        said = "It is in force." if options["act"] == "adopt" else "It is well formed."
        parts = f"{len(read.criteria)} criteria, {len(read.questions)} questions"
        self.stdout.write(f"version {read.version}: {parts}. {said}")
