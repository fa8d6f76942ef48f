"""Finding the heading of a list: one to three rows, groups merged across, titles above it."""

import difflib
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from qianshou.exchange.rules.problems import FileRefused
from qianshou.exchange.rules.profile import Column, Profile

SEARCHED: Final = 40
DEEPEST: Final = 3
Merge = tuple[int, int, int, int]


@dataclass(frozen=True)
class Heading:
    """Where the heading stands: its rows, counted from 1, and each column's name."""

    rows: tuple[int, ...]
    names: tuple[str, ...]
    # canonical field -> positions of the columns that fill it
    places: Mapping[str, tuple[int, ...]]
    missing: tuple[str, ...] = ()

    @property
    def first_row(self) -> int:
        """Return the first row of the list proper."""
        return self.rows[-1] + 1


def plain(name: str) -> str:
    """Return a column's name without what clerks add: spaces, line breaks, stars, other widths."""
    folded = unicodedata.normalize("NFKC", name)
    return "".join(char for char in folded if char.isprintable() and char not in " *:").lower()


def find(rows: Sequence[Sequence[str]], merges: Iterable[Merge], profile: Profile) -> Heading:
    """Return the heading that serves the most columns of the profile.

    `rows` are the first rows of a sheet; `merges` are (top, left, bottom, right) from 0. Raises
    `FileRefused` if the best candidate lacks a required column or has one twice.
    """
    spans = list(merges)
    best = max(_candidates(rows, spans, profile), default=None, key=lambda found: found[0])
    if best is None or best[0][0] == 0:
        raise FileRefused("NO_HEADING", missing="、".join(_required(profile)))
    heading = _place(best[1], best[2], profile)
    lacking = [name for name in _required(profile) if name in heading.missing]
    if lacking:
        raise FileRefused("NO_HEADING", missing="、".join(lacking))
    return heading


def _required(profile: Profile) -> list[str]:
    return [column.headers[0] for column in profile.columns if column.required]


Candidate = tuple[tuple[int, int, int], tuple[int, ...], tuple[str, ...]]


def _candidates(
    rows: Sequence[Sequence[str]], merges: list[Merge], profile: Profile
) -> Iterable[Candidate]:
    wanted = {plain(name) for name in profile.headers}
    for first in range(min(SEARCHED, len(rows))):
        for depth in range(1, DEEPEST + 1):
            chosen = tuple(range(first + 1, first + depth + 1))
            if chosen[-1] > len(rows) or (profile.header_rows and chosen != profile.header_rows):
                continue
            names = qualified(rows, chosen, merges)
            score = len(wanted & {plain(name) for name in names})
            yield (score, -depth, -first), chosen, names
            if score == len(wanted) and first == 0 and depth == 1:
                return


def qualified(
    rows: Sequence[Sequence[str]], chosen: Sequence[int], merges: Iterable[Merge]
) -> tuple[str, ...]:
    """Return `group/name` for each column under the heading rows `chosen` (from 1)."""
    spans = list(merges)
    width = max(len(row) for row in rows)
    levels = [_spread(rows, row - 1, spans, width=width, last=row == chosen[-1]) for row in chosen]
    return tuple(
        "/".join(dict.fromkeys(_tidy(level[column]) for level in levels if level[column].strip()))
        for column in range(width)
    )


def _tidy(name: str) -> str:
    return "".join(name.split())


def _spread(
    rows: Sequence[Sequence[str]], index: int, merges: list[Merge], *, width: int, last: bool
) -> list[str]:
    """Return one heading row with every group's name written over all of its columns."""
    names = [*rows[index], *[""] * (width - len(rows[index]))]
    here = [span for span in merges if span[0] <= index <= span[2]]
    for top, left, _bottom, right in here:
        for column in range(left, min(right, width - 1) + 1):
            names[column] = rows[top][left] if left < len(rows[top]) else ""
    if not last and not here:
        # Text files cannot merge cells: an empty place continues the group on its left.
        for column in range(1, width):
            names[column] = names[column] or names[column - 1]
    return names


def _place(chosen: tuple[int, ...], names: tuple[str, ...], profile: Profile) -> Heading:
    positions: dict[str, list[int]] = {}
    for position, name in enumerate(names):
        if name:
            positions.setdefault(plain(name), []).append(position)
    places: dict[str, tuple[int, ...]] = {}
    missing: list[str] = []
    for column in profile.columns:
        found = _positions_of(column, positions)
        if found:
            places[column.name] = found
        else:
            missing.append(column.headers[0])
    return Heading(chosen, names, places, tuple(missing))


def _positions_of(column: Column, positions: Mapping[str, list[int]]) -> tuple[int, ...]:
    """Return where a column's headers stand; alternatives give one place, joined ones several."""
    found = []
    for header in column.headers:
        places = positions.get(plain(header), [])
        if len(places) > 1:
            raise FileRefused("DUPLICATE_HEADING", name=header)
        found += places
    return tuple(found) if column.joined else tuple(found[:1])


def likeliest(
    rows: Sequence[Sequence[str]], merges: Iterable[Merge], known: Iterable[str]
) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """Return heading rows and names of a sheet without a profile: the most known, fullest row.

    For a first look at a sample file; a person confirms what it finds.
    """
    spans, wanted = list(merges), {plain(name) for name in known}
    best: tuple[tuple[float, int, int], tuple[int, ...], tuple[str, ...]] | None = None
    for first in range(min(SEARCHED, len(rows))):
        for depth in range(1, DEEPEST):
            chosen = tuple(range(first + 1, first + depth + 1))
            if chosen[-1] > len(rows):
                continue
            names = qualified(rows, chosen, spans)
            filled = Counter(name for name in names if name)
            score = 3 * sum(_known(plain(name), wanted) for name in filled) + len(filled)
            candidate = ((float(score), -depth, -first), chosen, names)
            best = max(best, candidate) if best else candidate
    if best is None:
        raise FileRefused("NO_ROWS")
    return best[1], best[2]


def _known(name: str, wanted: set[str]) -> bool:
    return name in wanted or name.rsplit("/", 1)[-1] in {each.rsplit("/", 1)[-1] for each in wanted}


# Whose a column is. The child's own number under a plain heading is not proposed as its father's.
_PERSONS: Final = ("父", "母", "照料", "监护", "家长", "班主任")


def _whose(heading: str) -> set[str]:
    return {each for each in _PERSONS if each in heading}


def guess(name: str, known: Mapping[str, str]) -> tuple[str, float]:
    """Return the field whose known headers resemble a foreign header most, and how much (0..1)."""
    best, near = "", 0.0
    ours, tail = plain(name), plain(name).rsplit("/", 1)[-1]
    for header, field in known.items():
        theirs = plain(header)
        if ours == theirs:
            return field, 1.0
        if _whose(ours) != _whose(theirs):
            continue
        last = theirs.rsplit("/", 1)[-1]
        share = max(
            difflib.SequenceMatcher(None, ours, theirs).ratio(),
            0.95 * difflib.SequenceMatcher(None, tail, last).ratio(),
        )
        if share > near:
            best, near = field, share
    return best, near
