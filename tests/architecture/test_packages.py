"""What the source imports is what a running installation gets.

A plug-in `backends/NAME.py` may need more: what requirements/NAME.in lists, if there is one.
"""

import ast
import functools
import re
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LISTS = ROOT / "requirements"


def listed(name: str = "core") -> set[str]:
    """Return the distributions of a list, by their normal names."""
    file = LISTS / f"{name}.in"
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    names = (re.match(r"[A-Za-z0-9._-]+", line) for line in lines)
    return {re.sub(r"[._-]+", "-", found[0]).lower() for found in names if found}


def imported(text: str) -> Iterator[str]:
    """Yield the top-level packages that a module imports for more than type checking."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (each.name.split(".")[0] for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.split(".")[0]


@functools.cache
def homes() -> Mapping[str, list[str]]:
    """Return the distributions of every installed package, asked once: it takes a second."""
    return packages_distributions()


def unlisted(packages: set[str], plug_in: str = "core") -> list[str]:
    """Return the packages that no distribution of core.in, or of the plug-in's list, brings."""
    known = listed() | listed(plug_in)
    foreign = packages - set(sys.stdlib_module_names) - {"qianshou"}
    return [
        name
        for name in sorted(foreign)
        if not {re.sub(r"[._-]+", "-", each).lower() for each in homes().get(name, [])} & known
    ]


def test_every_package_that_the_source_imports_is_listed():
    found = {}
    for module in (ROOT / "src").rglob("*.py"):
        plug_in = module.stem if module.parent.name == "backends" else "core"
        packages = {*imported(module.read_text("utf-8"))}
        found[module.name] = unlisted(packages, plug_in)

    assert {name: more for name, more in found.items() if more} == {}


def test_a_package_of_the_tests_would_be_found():
    assert unlisted({"playwright", "django"}) == ["playwright"]


def test_a_package_of_a_plug_in_would_be_found_elsewhere():
    assert unlisted({"pyspark"}) == ["pyspark"]
    assert unlisted({"pyspark"}, "spark") == []
