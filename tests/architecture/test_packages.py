"""What the source imports is what a running installation gets."""

import ast
import re
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LISTED = ROOT / "requirements" / "core.in"


def listed() -> set[str]:
    """Return the distributions of core.in, by their normal names."""
    lines = LISTED.read_text(encoding="utf-8").splitlines()
    names = (re.match(r"[A-Za-z0-9._-]+", line) for line in lines)
    return {re.sub(r"[._-]+", "-", found[0]).lower() for found in names if found}


def imported(text: str) -> Iterator[str]:
    """Yield the top-level packages that a module imports for more than type checking."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (each.name.split(".")[0] for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.split(".")[0]


def unlisted(packages: set[str]) -> list[str]:
    """Return the packages that no distribution of core.in brings."""
    known, homes = listed(), packages_distributions()
    foreign = packages - set(sys.stdlib_module_names) - {"qianshou"}
    return [
        name
        for name in sorted(foreign)
        if not {re.sub(r"[._-]+", "-", each).lower() for each in homes.get(name, [])} & known
    ]


def test_every_package_that_the_source_imports_is_listed():
    modules = (ROOT / "src").rglob("*.py")
    packages = {name for each in modules for name in imported(each.read_text("utf-8"))}

    assert unlisted(packages) == []


def test_a_package_of_the_tests_would_be_found():
    assert unlisted({"playwright", "django"}) == ["playwright"]
