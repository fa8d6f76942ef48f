"""Every page speaks simplified and traditional Chinese completely; English is the source."""

import ast
import re

import pytest
from django.utils import translation
from django.utils.translation import gettext_lazy

from qianshou.common.errors import Refused
from tests.architecture import catalog

HAN = re.compile(r"[\u4e00-\u9fff]")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w*\}|%[sd]")


@pytest.mark.parametrize("locale", catalog.LOCALES)
def test_catalog_translates_every_string(locale):
    assert catalog.untranslated(locale) == []


@pytest.mark.parametrize("locale", catalog.LOCALES)
def test_compiled_catalog_is_fresh(locale):
    entries = catalog.read(locale)

    assert catalog.catalog_path(locale).with_suffix(".mo").read_bytes() == catalog.compiled(entries)


@pytest.mark.parametrize("locale", catalog.LOCALES)
def test_translations_keep_their_placeholders(locale):
    wrong = []
    for entry in catalog.read(locale):
        ids = entry.id if isinstance(entry.id, tuple) else (entry.id,)
        texts = entry.string if isinstance(entry.string, tuple) else (entry.string,)
        allowed = set().union(*(PLACEHOLDER.findall(each) for each in ids))
        wrong += [text for text in texts if entry.id and set(PLACEHOLDER.findall(text)) - allowed]

    assert wrong == []


@pytest.mark.parametrize("language", ["zh-hans", "zh-hant"])
def test_every_refusal_speaks_the_readers_language(language):
    catalog.strings()  # imports every module
    kinds = [each for each in catalog.kinds_of(Refused) if each.__module__.startswith("qianshou.")]

    with translation.override(language):
        silent = [each.__qualname__ for each in kinds if not HAN.search(str(_of(each)))]

    assert len(kinds) > 300
    assert silent == []


def _of(kind: type[Refused]) -> Refused:
    """Return a refusal without a message of its own, whatever its kind asks for."""
    made = kind.__new__(kind)
    made.message = None
    return made


class _Unknown(Refused):
    """No catalog knows
    this sentence.
    """


def test_a_refusal_that_no_catalog_knows_would_be_found():
    with translation.override("zh-hans"):
        assert str(_of(_Unknown)) == "No catalog knows\nthis sentence."
        assert not HAN.search(str(_of(_Unknown)))


def test_a_refusal_is_read_in_the_language_of_the_moment():
    held = Refused()
    lazy = Refused(gettext_lazy("There is nothing here that you may see."))

    with translation.override("en"):
        assert str(held) == "This is not possible at the moment."
        assert str(lazy) == "There is nothing here that you may see."
    with translation.override("zh-hans"):
        assert HAN.search(str(held))
        assert HAN.search(str(lazy))


def unknown_names(source: str) -> set[str]:
    """Return the names under which a module translates and that the catalog does not look for."""
    return {
        name.asname or name.name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for name in node.names
        if "gettext" in name.name
    } - set(catalog.KEYWORDS)


def test_every_name_that_translates_is_looked_for():
    texts = {path: path.read_text(encoding="utf-8") for path in catalog.SOURCE.rglob("*.py")}
    translating = {path: text for path, text in texts.items() if "utils.translation" in text}
    found = {str(path): unknown_names(text) for path, text in translating.items()}

    assert len(found) > 100
    assert {name: each for name, each in found.items() if each} == {}
    assert unknown_names("from django.utils.translation import gettext as later") == {"later"}


def bare_sentences(source: str, refusals: set[str]) -> list[int]:
    """Return the lines where a refusal is given a sentence that no catalog can hold."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and getattr(node.func, "attr", getattr(node.func, "id", "")) in refusals
        and any(isinstance(each, (ast.JoinedStr, ast.Constant)) for each in node.args)
    ]


def test_no_refusal_is_given_a_sentence_that_cannot_be_translated():
    catalog.strings()
    names = {each.__name__ for each in catalog.kinds_of(Refused)}

    found = [
        f"{path.relative_to(catalog.SOURCE)}:{line}"
        for path in sorted(catalog.SOURCE.rglob("*.py"))
        for line in bare_sentences(path.read_text(encoding="utf-8"), names)
    ]

    assert found == []


def test_a_bare_sentence_would_be_found():
    source = (
        'raise a.Closed(f"{x} is closed")\nraise Closed("Closed.")\nraise Closed(_("Closed."))\n'
    )

    assert bare_sentences(source, {"Closed"}) == [1, 2]
