"""The `qianshou` command: one word per thing an operator does, each in its own module."""

import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module

# word -> (module, function, needs Django, what it does)
COMMANDS: dict[str, tuple[str, str, bool, str]] = {
    "demo": ("commands.demo", "demo", True, "run the main job on a synthetic city and serve it"),
    "setup": ("commands.operate", "setup", True, "bring the database up to date"),
    "serve": ("commands.serve", "serve", True, "serve the pages and run the worker"),
    "worker": ("commands.serve", "worker", True, "run the background jobs only"),
    "listen": ("commands.serve", "listen", True, "follow the message brokers of all sources"),
    "stop": ("commands.serve", "stop", True, "stop the private database"),
    "doctor": ("commands.doctor", "doctor", True, "say in plain words what is wrong here"),
    "import": ("commands.operate", "import_file", True, "take in one department file"),
    "run-matching": ("commands.operate", "run_matching", True, "compute a plan for an area"),
    "learn-weights": ("commands.operate", "learn_weights", True, "study outcomes, propose weights"),
    "check-linkage": ("commands.operate", "check_linkage", True, "link all anew and compare"),
    "areas": ("commands.operate", "areas", True, "load a list of areas"),
    "account": ("commands.operate", "account", True, "open an account with a role"),
    "audit": ("commands.operate", "audit", True, "prove or anchor the trail"),
    "match": ("qianshou.engines.matching.command", "match", False, "pair from three tables"),
    "verify": ("qianshou.engines.matching.command", "verify", False, "re-check a plan's proof"),
    "verify-part": (
        "qianshou.engines.matching.command",
        "verify_part",
        False,
        "re-check a county's part of it",
    ),
    "link": ("qianshou.engines.linkage.command", "link", False, "link or de-duplicate tables"),
    "demo-data": ("qianshou.engines.city.command", "demo_data", False, "write a synthetic city"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    if not words or words[0] in ("-h", "--help", "help"):
        sys.stdout.write(overview())
        return 0
    if words[0] not in COMMANDS:
        sys.stderr.write(f"qianshou: there is no command {words[0]!r}.\n\n{overview()}")
        return 2
    module, name, needs_django, _ = COMMANDS[words[0]]
    if needs_django:
        start_django()
    where = module if module.startswith("qianshou.") else f"qianshou.config.{module}"
    run: Callable[[Sequence[str]], int] = getattr(import_module(where), name)
    return run(words[1:])


def overview() -> str:
    """Return the list of commands."""
    lines = [f"  {word:<13} {text}" for word, (_, _, _, text) in COMMANDS.items()]
    return (
        "qianshou COMMAND [options]; `qianshou COMMAND --help` tells more.\n"
        + "\n".join(lines)
        + "\n"
    )


def start_django() -> None:
    """Load settings and apps, and speak the operator's language."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qianshou.config.settings")
    import django
    from django.utils import translation

    django.setup()
    spoken = os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    translation.activate("zh-hans" if spoken.lower().startswith("zh") else "en")


if __name__ == "__main__":
    sys.exit(main())
