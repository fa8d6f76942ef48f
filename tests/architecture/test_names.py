"""Whole names stand where one person's file is; everywhere else a name is masked (ADR 0157)."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2] / "src" / "qianshou"
PERSON = re.compile(
    r"(?<![\w|])[\w.]*\b(?:child|mother|guardian|line|line\.row)\.name\b(?!\|mask_name|\|slice:\":1\")"
)
BARE = re.compile(r"^\{\{ [\w.]*\.(?:child|mother|guardian) \}\}$")
TAGS = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
# Where the whole name stands, and why.
WHOLE = {
    "registry/children.html": "the register: files are looked up by name",
    "registry/ask.html": "opened from the file",
    "registry/merge.html": "opened from the file: two files are compared",
    "registry/place.html": "opened from the file",
    "registry/revealed.html": "opened from the file",
    "registry/value.html": "opened from the file",
    "consents/_giver.html": "a part of the file: who has said yes",
    "consents/_past.html": "a part of the file",
    "consents/_who_not.html": "a part of the file",
    "consents/ask.html": "a part of the file",
    "consents/asked.html": "a part of the file",
    "consents/assent.html": "a part of the file",
    "consents/authority.html": "a part of the file",
    "consents/child.html": "a part of the file",
    "consents/note.html": "a part of the file",
    "consents/withdraw.html": "a part of the file",
    "consents/words.html": "a part of the file",
    "mothers/mothers.html": "the register: files are looked up by name",
    "mothers/mother.html": "her file",
    "mothers/calendar.html": "a part of her file",
    "mothers/record.html": "a part of her file",
    "mothers/mine.html": "her own page",
    "recruitment/take_over.html": "a part of her file",
    "bonds/ceremony.html": "the names are read aloud and stand on papers",
    "pairing/steer.html": "the number of her file, in a hidden field",
    "protection/_said.html": "a report that was opened: it has to be known whom it is about",
    "protection/signal.html": "a signal that was opened: it has to be known whom it is about",
    "web/components/lists.html": "examples of components, nobody's names",
}


def printed_whole(text: str) -> list[str]:
    """Return the places of a template that print the whole name of a person."""
    tags = [each for each in TAGS.findall(text) if not each.startswith(("{% if", "{% elif"))]
    return [found for tag in tags for found in (*PERSON.findall(tag), *BARE.findall(tag))]


def templates() -> dict[str, str]:
    """Return the text of every template by its name."""
    return {
        file.as_posix().split("/templates/")[1]: file.read_text(encoding="utf-8")
        for file in ROOT.glob("*/templates/**/*.html")
    }


def test_no_list_prints_a_whole_name():
    found = {name for name, text in templates().items() if printed_whole(text)}

    assert found == set(WHOLE)


def test_the_search_finds_a_whole_name_however_it_is_printed():
    """Negative control: what a new template could say."""
    for text in (
        "{{ row.clock.pairing.child.name }}", "{{ each.mother.name|upper }}",
        "{% card line.asked.mother.name tone='quiet' %}", "{{ guardian.name }}",
        "{{ line.child }}",
    ):  # fmt: skip
        assert printed_whole(text)
    masked = "{{ child.name|mask_name }}{% if child.name %}{{ area.name }}{% endif %}"
    assert printed_whole(masked) == []
