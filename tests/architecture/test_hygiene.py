"""What no committed file may hold: addresses of registries, paths of one machine, loose ends."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HOSTS = re.compile(
    r"\b(?:files|registry|deb|index|pypi)\.(?:[a-z-]+\.)?(?:org|com)\b|--(?:extra-)?index-url"
)
HOME_PATHS = re.compile(r"(?<![\w.])/(?:work|home|root|Users)/[\w.-]+")
LOOSE_ENDS = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b|NotImplementedError")
INLINE = re.compile(
    r"\sstyle=|\son(?:click|load|change|submit|input)=|<script(?![^>]*\bsrc=)|<style", re.IGNORECASE
)
TEXT = {
    ".py",
    ".md",
    ".toml",
    ".in",
    ".txt",
    ".html",
    ".css",
    ".js",
    ".sh",
    ".yml",
    ".yaml",
    ".po",
    ".sql",
    ".cfg",
    "",
}


def tracked() -> list[Path]:
    """Return the files that git knows or would add."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    paths = [ROOT / name for name in listed]
    return [path for path in paths if path.is_file() and path.suffix in TEXT]


def hits(pattern: re.Pattern[str], text: str) -> Iterator[str]:
    """Yield the lines in which a pattern occurs."""
    for number, line in enumerate(text.splitlines(), 1):
        if pattern.search(line):
            yield f"{number}: {line.strip()[:120]}"


def found_in(pattern: re.Pattern[str], *suffixes: str, under: str = "") -> list[str]:
    """Return every place where a pattern occurs in the files of some kinds."""
    return [
        f"{path.relative_to(ROOT)}:{hit}"
        for path in tracked()
        if (not suffixes or path.suffix in suffixes)
        and str(path.relative_to(ROOT)).startswith(under)
        and path != Path(__file__)
        for hit in hits(pattern, path.read_text(encoding="utf-8", errors="replace"))
    ]


@pytest.mark.parametrize("pattern", [HOSTS, HOME_PATHS], ids=["registry", "path"])
def test_no_file_names_a_registry_or_a_path_of_one_machine(pattern):
    assert found_in(pattern) == []


def test_source_has_no_loose_ends():
    assert found_in(LOOSE_ENDS, ".py", ".html", ".js", under="src/") == []


def test_templates_hold_no_inline_script_or_style():
    assert found_in(INLINE, ".html", under="src/") == []


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        (HOSTS, "see https://files." + "pythonhosted.org/x"),
        (HOME_PATHS, "data in /wo" + "rk/main/var"),
        (LOOSE_ENDS, "# TO" + "DO later"),
        (INLINE, '<p style="color: red">'),
    ],
)
def test_what_is_forbidden_is_caught(pattern, line):
    assert list(hits(pattern, line))
