"""Small files, small functions: the hard stops of the house (docs/tour.md)."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src" / "qianshou"
FILE_LINES, FUNCTION_LINES, TEMPLATE_LINES = 500, 60, 250


def python_files() -> list[Path]:
    """Return our modules without generated migrations."""
    return [path for path in sorted(SOURCE.rglob("*.py")) if "migrations" not in path.parts]


def too_long(name: str, text: str) -> Iterator[str]:
    """Yield what exceeds the limits in one module."""
    if text.count("\n") > FILE_LINES:
        yield f"{name}: {text.count(chr(10))} lines"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_LINES:
                yield f"{name}:{node.lineno} {node.name}: {lines} lines"


def test_modules_and_functions_are_small():
    found = [
        problem
        for path in python_files()
        for problem in too_long(str(path.relative_to(SOURCE)), path.read_text(encoding="utf-8"))
    ]

    assert found == []


@pytest.mark.parametrize(
    "text", ["x = 1\n" * 501, "def long():\n" + "    x = 1\n" * 61], ids=["file", "function"]
)
def test_what_is_too_long_is_caught(text):
    assert list(too_long("example.py", text))


def test_templates_are_small():
    found = [
        str(path.relative_to(SOURCE))
        for path in SOURCE.rglob("*.html")
        if path.read_text(encoding="utf-8").count("\n") > TEMPLATE_LINES
    ]

    assert found == []


def test_every_module_says_what_lives_there():
    found = [
        str(path.relative_to(SOURCE))
        for path in python_files()
        if path.stat().st_size
        and not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]

    assert found == []


def only_hands_on(path: Path) -> bool:
    """Tell whether a package file names what its own modules hold, and does nothing else.

    An app's models and queries that outgrew one file keep their one name that way. The engines
    stay empty, since they load in workers that have no Django.
    """
    package = ".".join(("qianshou", *path.relative_to(SOURCE).parent.parts))
    _words, *statements = ast.parse(path.read_text(encoding="utf-8")).body
    return path.parent.name in ("models", "queries") and all(
        (isinstance(each, ast.ImportFrom) and (each.module or "").startswith(f"{package}."))
        or (isinstance(each, ast.Assign) and ast.unparse(each.targets[0]) == "__all__")
        for each in statements
    )


def test_every_package_file_is_empty_or_only_hands_on_its_own_names():
    found = [
        str(path.relative_to(SOURCE))
        for path in SOURCE.rglob("__init__.py")
        if path.stat().st_size and "migrations" not in path.parts and not only_hands_on(path)
    ]

    assert found == []


def test_a_package_file_that_does_more_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "SOURCE", tmp_path)
    file = tmp_path / "exchange" / "queries" / "__init__.py"
    file.parent.mkdir(parents=True)
    hands_on = '"""Words."""\n\nfrom qianshou.exchange.queries.rows import rows\n'

    for more, fine in (("", True), ("import os\n", False), ("rows()\n", False)):
        file.write_text(hands_on + more, encoding="utf-8")
        assert only_hands_on(file) is fine
