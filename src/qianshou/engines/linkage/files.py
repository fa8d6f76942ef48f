"""Reading a SPEC file, and saying exactly what is wrong with it."""

import codecs
import dataclasses
import fnmatch
import pathlib
import tomllib
from collections.abc import Iterable, Mapping
from typing import Any

from qianshou.engines.linkage import meanings
from qianshou.engines.linkage.spec import Mode, Spec

_MODES: tuple[Mode, ...] = ("both", "link", "dedupe")
# Each option of a file with the words it may be written under.
_OPTIONS = {
    "row_id": ("row_id", "id"),
    "encoding": ("encoding",),
    "delimiter": ("delimiter", "separator", "sep"),
    "sheet": ("sheet",),
}
_OPTION_WORDS = frozenset(word for words in _OPTIONS.values() for word in words)
_FILE_KEYS = _OPTION_WORDS | {"header_row", "name", "glob", "path", "columns"}
_TOP_KEYS = _OPTION_WORDS | {"header_row", "mode", "file", "files", "columns"}


class UnusableError(ValueError):
    """The input cannot be used; the message says where and how to mend it."""


@dataclasses.dataclass(frozen=True)
class Layout:
    """How one file is laid out: which column means what and which identifies the row."""

    pattern: str
    columns: Mapping[str, str]
    row_id: str | None
    encoding: str | None
    delimiter: str | None
    sheet: str | None
    header_rows: tuple[int, ...] = (1,)


@dataclasses.dataclass(frozen=True)
class Job:
    """A read SPEC: the layouts of the files, the mode of linking, and what was not understood."""

    mode: Mode
    layouts: tuple[Layout, ...]
    notes: tuple[str, ...] = ()

    def layout_for(self, path: pathlib.Path) -> Layout:
        """Give the first layout whose name or pattern fits; raises UnusableError if none does."""
        for layout in self.layouts:
            pattern = layout.pattern
            named = pattern in (path.name, str(path))
            if named or fnmatch.fnmatch(path.name, pattern) or fnmatch.fnmatch(str(path), pattern):
                return layout
        patterns = ", ".join(layout.pattern for layout in self.layouts)
        raise UnusableError(
            f"{path}: the SPEC describes no file of this name (it has: {patterns}). "
            'Add a [[file]] with name = "' + path.name + '", or top-level [columns] for all files.'
        )


def read_spec(path: pathlib.Path) -> Job:
    """Read a SPEC (TOML); raises UnusableError with file, line and remedy."""
    try:
        text = path.read_text("utf-8-sig")
        stored = tomllib.loads(text)
    except OSError as error:
        raise UnusableError(
            f"{path}: cannot be read ({error.strerror}). Check the path."
        ) from error
    except UnicodeDecodeError as error:
        raise UnusableError(f"{path}: is not UTF-8 text. Save the SPEC as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise UnusableError(f"{path}: is not TOML: {error}. Mend that line.") from error
    return _job(stored, _Place(path, text))


@dataclasses.dataclass(frozen=True)
class _Place:
    """Where a SPEC's words stand, for messages."""

    path: pathlib.Path
    text: str

    def wrong(self, word: str, message: str) -> UnusableError:
        for number, line in enumerate(self.text.splitlines(), 1):
            if word and word in line:
                return UnusableError(f"{self.path}: line {number}: {message}")
        return UnusableError(f"{self.path}: {message}")


def _job(stored: Mapping[str, Any], place: _Place) -> Job:
    mode = str(stored.get("mode", "both")).lower()
    mode = {"deduplicate": "dedupe", "dedup": "dedupe"}.get(mode, mode)
    if mode not in _MODES:
        raise place.wrong("mode", f'mode is "{mode}"; write "link", "dedupe" or "both".')
    entries = stored.get("file", stored.get("files", []))
    if isinstance(entries, Mapping) and all(isinstance(e, Mapping) for e in entries.values()):
        entries = [{"name": name} | dict(entry) for name, entry in entries.items()]
    if not isinstance(entries, list) or not all(isinstance(e, Mapping) for e in entries):
        raise place.wrong("file", "write each file as a table [[file]].")
    layouts = [_layout(entry, stored, place) for entry in entries]
    if "columns" in stored:
        layouts.append(_layout({"name": "*"}, stored, place))
    if not layouts:
        raise place.wrong("", 'names no columns. Add [columns] with lines column = "meaning".')
    return Job(mode, tuple(layouts), tuple(_unknown_keys(stored, entries, place)))


def _unknown_keys(
    stored: Mapping[str, Any], entries: Iterable[Mapping[str, Any]], place: _Place
) -> Iterable[str]:
    """Say which words of the SPEC are not understood and therefore have no effect."""
    for table, keys in ((stored, _TOP_KEYS), *((entry, _FILE_KEYS) for entry in entries)):
        for key in table:
            if key not in keys:
                known = ", ".join(sorted(keys))
                yield str(place.wrong(key, f'"{key}" is not a key of a SPEC ({known}); ignored.'))


def _layout(entry: Mapping[str, Any], stored: Mapping[str, Any], place: _Place) -> Layout:
    name = str(entry.get("name", entry.get("glob", entry.get("path", "*"))))
    columns = entry.get("columns", stored.get("columns"))
    if not isinstance(columns, Mapping) or not columns:
        raise place.wrong("columns", f"{name}: has no columns. Add [file.columns].")
    meant: dict[str, str] = {}
    for column, value in columns.items():
        meant.update(_columns(column, value, place))
    _labels_differ(meant, place)
    options = {key: _option(key, entry, stored, place=place) for key in _OPTIONS}
    marked = [column for column, meaning in meant.items() if meaning == "row_id"]
    return Layout(
        pattern=name,
        columns=meant,
        row_id=options["row_id"] or next(iter(marked), None),
        encoding=_known_encoding(options["encoding"], place),
        delimiter=_one_sign(options["delimiter"], place),
        sheet=options["sheet"],
        header_rows=_header_rows(entry.get("header_row", stored.get("header_row", 1)), place),
    )


def _header_rows(value: Any, place: _Place) -> tuple[int, ...]:
    """Read `header_row = 3`, or `[3, 4]` where a merged row of groups stands above the names."""
    rows = value if isinstance(value, list) else [value]
    if (
        not rows
        or not all(isinstance(row, int) and row > 0 for row in rows)
        or rows != sorted(rows)
    ):
        raise place.wrong(
            "header_row", f"header_row: {value!r} is not a row number, or a list such as [3, 4]."
        )
    return tuple(rows)


def _labels_differ(meant: Mapping[str, str], place: _Place) -> None:
    """Refuse two columns of one file under one label."""
    seen: dict[str, str] = {}
    for column, word in meant.items():
        if ":" in word and word in seen:
            raise place.wrong(
                f'"{word}"', f'columns "{seen[word]}" and "{column}" are both "{word}". '
                "Give each its own label.",
            )  # fmt: skip
        seen[word] = column


def _option(
    key: str, entry: Mapping[str, Any], stored: Mapping[str, Any], *, place: _Place
) -> str | None:
    """Give an option of a file under any of its words; what holds for all files stands on top."""
    for table in (entry, stored):
        for word in _OPTIONS[key]:
            value = table.get(word)
            if value is None:
                continue
            if not isinstance(value, str):
                raise place.wrong(word, f"{word}: {value!r} is not text; put it between quotes.")
            return value.strip(" ") or None
    return None


def _known_encoding(name: str | None, place: _Place) -> str | None:
    if name is not None:
        try:
            codecs.lookup(name)
        except LookupError as error:
            raise place.wrong(
                "encoding", f'encoding "{name}" is not known; write "utf-8" or "gb18030".'
            ) from error
    return name


def _one_sign(delimiter: str | None, place: _Place) -> str | None:
    if delimiter is not None:
        delimiter = {"tab": "\t", "\\t": "\t"}.get(delimiter, delimiter)
        if len(delimiter) != 1 or not delimiter.isascii():
            raise place.wrong(
                "delimiter", f"delimiter {delimiter!r}: write one sign, or leave it out."
            )
    return delimiter


def _columns(column: str, value: Any, place: _Place) -> Iterable[tuple[str, str]]:
    """Read `column = "meaning"`; the other way round, `meaning = "column"`, is understood too."""
    column = column.strip()
    if isinstance(value, Mapping):
        value = value.get("meaning", "")
    if isinstance(value, str):
        meant = meanings.meaning_of(value)
        if meant:
            return [(column, ":".join(part for part in meant if part))]
    reverse = meanings.meaning_of(column)
    names = [value] if isinstance(value, str) else value
    if reverse and isinstance(names, list) and all(isinstance(name, str) for name in names):
        return [(name.strip(), reverse[0]) for name in names]
    raise place.wrong(
        column,
        f'column "{column}": meaning {value!r} is not known. Use one of: {meanings.known()}.',
    )


def field_names(layout: Layout) -> dict[str, str]:
    """Give for each compared column of a file the engine's field name, alike in all files.

    The second column of one meaning is meaning_2; a label in the SPEC settles which is which.
    """
    found: dict[str, str] = {}
    seen: dict[str, int] = {}
    for column, word in layout.columns.items():
        meaning, _, label = word.partition(":")
        meaning = meanings.ENGINE_MEANING.get(meaning, meaning)
        if meaning == "ignore" or column == layout.row_id:
            continue
        seen[meaning] = seen.get(meaning, 0) + 1
        ordinal = f"_{seen[meaning]}" if seen[meaning] > 1 else ""
        found[column] = f"{meaning}_{label}" if label else meaning + ordinal
    return found


def engine_spec(job: Job, layouts: Iterable[Layout]) -> Spec:
    """Give the engine's spec for the layouts in use."""
    fields: dict[str, str] = {}
    for layout in layouts:
        for column, name in field_names(layout).items():
            meaning = layout.columns[column].partition(":")[0]
            fields[name] = meanings.ENGINE_MEANING.get(meaning, meaning)
    return Spec(fields=fields, mode=job.mode)
