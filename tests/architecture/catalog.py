"""Extract every translatable string of the source and keep the catalogs of both scripts whole.

`python -m tests.architecture.catalog [TSV…]` adds new strings to the catalogs (translations may
come from tab-separated files: English, simplified, traditional), drops strings that are gone,
and compiles. The test beside it fails when a catalog is incomplete or its compiled form is stale.
"""

import csv
import functools
import importlib
import io
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from qianshou.common.errors import Refused

SOURCE = Path(__file__).resolve().parents[2] / "src" / "qianshou"
LOCALES = {"zh_Hans": 1, "zh_Hant": 2}
KEYWORDS = {
    "gettext": None, "gettext_lazy": None, "gettext_noop": None, "_": None, "N_": None,
    "_lazy": None, "_now": None,
    "ngettext": (1, 2), "ngettext_lazy": (1, 2), "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2), "npgettext": ((1, "c"), 2, 3), "ngettext_noop": (1, 2),
}  # fmt: skip

Key = tuple[str | None, str | tuple[str, str]]


@functools.cache
def strings() -> dict[Key, list[str]]:
    """Return every string of modules and templates with the files it occurs in.

    To read them all takes seconds, and the source stays as it is while one program runs.
    """
    found: dict[Key, list[str]] = {}
    for path in sorted(SOURCE.rglob("*")):
        if path.suffix not in (".py", ".html", ".txt") or {"migrations", "data"} & set(path.parts):
            continue
        for key in _in_file(path):
            found.setdefault(key, []).append(str(path.relative_to(SOURCE)))
    for sentence, where in _refusals():
        found.setdefault((None, sentence), []).append(where)
    return found


def _in_file(path: Path) -> Iterator[Key]:
    from django.utils.translation.template import templatize

    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        # What templatize leaves between the calls is filler, but its line starts are no Python.
        text = " ".join(templatize(text, origin=str(path)).split())
    source = io.BytesIO(text.encode())
    for _, message, _, context in extract(
        "python", source, KEYWORDS, options={"encoding": "utf-8"}
    ):
        yield context, message if isinstance(message, str) else (message[-2], message[-1])


def _refusals() -> Iterator[tuple[str, str]]:
    """Yield the docstrings of refusals: they are what the user reads."""
    import qianshou

    for module in pkgutil.walk_packages(qianshou.__path__, "qianshou."):
        if ".migrations" not in module.name and not module.name.endswith("wsgi"):
            importlib.import_module(module.name)
    for kind in kinds_of(Refused):
        if kind.__module__.startswith("qianshou."):
            yield kind.sentence(), kind.__module__


def kinds_of(root: type[Refused]) -> Iterator[type[Refused]]:
    """Yield a kind of refusal and all kinds made of it."""
    yield root
    for kind in root.__subclasses__():
        yield from kinds_of(kind)


def catalog_path(locale: str) -> Path:
    """Return the catalog's file."""
    return SOURCE / "locale" / locale / "LC_MESSAGES" / "django.po"


def read(locale: str) -> Catalog:
    """Return a catalog, empty if there is none yet."""
    path = catalog_path(locale)
    if not path.exists():
        return Catalog(locale=locale)
    with path.open("rb") as handle:
        return read_po(handle, locale=locale)


def compiled(catalog: Catalog) -> bytes:
    """Return the compiled form of a catalog."""
    out = io.BytesIO()
    write_mo(out, catalog)
    return out.getvalue()


def untranslated(locale: str) -> list[str]:
    """Return the strings of the source that a catalog lacks."""
    catalog = read(locale)
    missing = []
    for (context, message), files in strings().items():
        entry = catalog.get(message if isinstance(message, str) else message[0], context)
        texts = (
            entry.string if entry and isinstance(entry.string, tuple) else (entry and entry.string,)
        )
        if not entry or not all(texts):
            missing.append(f"{message!r} ({files[0]})")
    return missing


def renew(tables: list[Path]) -> None:
    """Rewrite both catalogs from the source, the old catalogs and tables of translations."""
    given: dict[str, list[str]] = {}
    for table in tables:
        with table.open(encoding="utf-8", newline="") as handle:
            for row in csv.reader(handle, delimiter="\t", quoting=csv.QUOTE_NONE):
                if len(row) >= 3:
                    given[row[0]] = [cell.replace("\\n", "\n") for cell in row]
    for locale, column in LOCALES.items():
        old, new = (
            read(locale),
            Catalog(locale=locale, project="qianshou", charset="utf-8", fuzzy=False),
        )
        for (context, message), files in sorted(strings().items(), key=str):
            first = message if isinstance(message, str) else message[0]
            known = old.get(first, context)
            text = known.string if known and known.string and any(known.string) else None
            if first in given:
                text = given[first][column]
            elif first.replace("\n", " ") in given:
                text = given[first.replace("\n", " ")][column]
            if isinstance(message, tuple) and isinstance(text, str):
                text = (text,) * new.num_plurals
            new.add(
                message, text or "", locations=[(name, 0) for name in files[:1]], context=context
            )
        path = catalog_path(locale)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as handle:
            write_po(
                handle, new, sort_output=True, omit_header=False, include_lineno=False, width=100
            )
        path.with_suffix(".mo").write_bytes(compiled(read(locale)))
        sys.stdout.write(
            f"{locale}: {len(new)} strings, {len(untranslated(locale))} without translation\n"
        )


if __name__ == "__main__":
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qianshou.config.settings")
    django.setup()
    renew([Path(name) for name in sys.argv[1:]])
