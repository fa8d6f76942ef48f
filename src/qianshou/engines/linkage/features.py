"""Named views on prepared columns that blocking rules are made of."""

from collections.abc import Callable

from qianshou.engines.linkage.coded import Coded
from qianshou.engines.linkage.prepare import Prepared

_HEAD = 4
_MEETING_POINTS = ("number", "reference", "contact", "birth")
_NAME_VIEWS = ("sorted", "first", "last", "first_sound", "last_sound")
_SKIPPED = frozenset(("sex", "school", "ignore"))


def options(data: Prepared, part: str) -> list[Coded]:
    """Give the alternatives of a feature; "column:view" derives one from a column once."""
    if ":" in part and part not in data.columns:
        column, _, view = part.partition(":")
        data.columns[part] = _view(data.get(column), view)
    return data.options(part)


def known(data: Prepared, part: str) -> bool:
    """Tell whether any row has this feature."""
    return any((option.codes >= 0).any() for option in options(data, part))


def column_of(part: str) -> str:
    """Name the column that a feature looks at."""
    return part.partition(":")[0]


def blocking(data: Prepared) -> list[str]:
    """List the features of a general table that could bring two rows of a person together."""
    found = [part for part in _MEETING_POINTS if known(data, part)]
    if data.han and known(data, "name"):
        found += ["name", "fold"]
    # These two are there already as the number and the birthday.
    named = {data.spec.first("date"), data.spec.first("id")}
    for name, meaning in data.spec.fields.items():
        if name in data.columns and meaning not in _SKIPPED:
            found += [p for p in _views(data, name, meaning) if p != name or name not in named]
    return list(dict.fromkeys(found))


def _views(data: Prepared, name: str, meaning: str) -> list[str]:
    match meaning:
        case "name" if not data.han:
            return [f"{name}:{view}" for view in _NAME_VIEWS] + [name]
        case "given_name" | "surname":
            return [name, f"{name}:head", f"{name}:skeleton"]
        case "date":
            return [name, f"{name}:year", f"{name}:day"]
        case "address" | "text" | "area":
            return [name, f"{name}:longest", f"{name}:head"]
        case "phone" | "guardian_phone" | "name":
            return []
        case _:
            return [name]


def _view(column: Coded, view: str) -> Coded:
    return column.mapped(_VIEWS[view])


def _word(
    at: int, change: Callable[[str], str | None] = lambda word: word
) -> Callable[[str], str | None]:
    return lambda value: change(words[at]) if (words := value.split()) else None


_CLASSES = str.maketrans("bfpvcgjkqsxzdtlmnr", "bbbbccccccccddlmmr")


def skeleton(word: str) -> str | None:
    """Give the first letter and the sound classes of the consonants after it, at most five."""
    letters = [char for char in word if "a" <= char <= "z"]
    if not letters:
        return word[:_HEAD] or None
    kept = letters[0]
    last = letters[0].translate(_CLASSES)
    for char in letters[1:]:
        group = char.translate(_CLASSES)
        if char not in "aeiouyhw" and group != last:
            kept += group
        last = group
    return kept[:5]


_VIEWS: dict[str, Callable[[str], str | None]] = {
    "head": lambda value: value[:_HEAD],
    "sorted": lambda value: " ".join(sorted(value.split())),
    "first": _word(0),
    "last": _word(-1),
    "first_sound": _word(0, skeleton),
    "last_sound": _word(-1, skeleton),
    "longest": lambda value: max(value.split(), key=len, default=None),
    "skeleton": skeleton,
    "year": lambda value: value[:4],
    "day": lambda value: None if value[4:] == "0000" else value[4:],
}
