"""Every link of the documentation leads somewhere in the repository."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "deploy" / "README.md"]
LINK = re.compile(r"\]\(([^)#\s]+)")


def broken(page: Path, text: str) -> Iterator[str]:
    """Yield the relative links of a page that lead nowhere."""
    for target in LINK.findall(text):
        if "://" not in target and not (page.parent / target).exists():
            yield target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_a_page_leads_somewhere(page):
    assert list(broken(page, page.read_text(encoding="utf-8"))) == []


def test_a_link_to_nowhere_would_be_found():
    assert list(broken(ROOT / "README.md", "[a](docs/tour.md) [b](docs/nowhere.md)")) == [
        "docs/nowhere.md"
    ]
