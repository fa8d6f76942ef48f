"""Small files, small functions: the hard stops of the house (docs/tour.md)."""

import ast
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


def test_every_package_file_is_empty():
    found = [
        str(path.relative_to(SOURCE))
        for path in SOURCE.rglob("__init__.py")
        if path.stat().st_size and "migrations" not in path.parts
    ]

    assert found == []
