"""Every page speaks simplified and traditional Chinese completely; English is the source."""

import re

import pytest

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
