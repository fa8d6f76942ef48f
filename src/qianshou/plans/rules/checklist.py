"""A checklist of care as a federation writes it: items with cadence, amount, proof and owner.

The body of a version is plain data (TOML or the page's form); what is wrong with it is told by
item and field, all at once.
"""

import dataclasses
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final


def _(message: str) -> str:
    """Mark a sentence for translation without translating it here."""
    return message


WEEK, HALF_MONTH, MONTH, QUARTER = "WEEK", "HALF_MONTH", "MONTH", "QUARTER"
TERM, HALF_YEAR, YEAR, OCCASION = "TERM", "HALF_YEAR", "YEAR", "OCCASION"
CADENCES: Final = {
    WEEK: _("every week"),
    HALF_MONTH: _("every half month"),
    MONTH: _("every month"),
    QUARTER: _("every quarter"),
    TERM: _("every school term"),
    HALF_YEAR: _("every half year"),
    YEAR: _("every year"),
    OCCASION: _("on occasions"),
}
BIRTHDAY, SPRING_FESTIVAL, CHILDRENS_DAY = "BIRTHDAY", "SPRING_FESTIVAL", "CHILDRENS_DAY"
MID_AUTUMN, TERM_START = "MID_AUTUMN", "TERM_START"
WINTER_HOLIDAY, SUMMER_HOLIDAY = "WINTER_HOLIDAY", "SUMMER_HOLIDAY"
OCCASIONS: Final = {
    BIRTHDAY: _("birthday"),
    SPRING_FESTIVAL: _("Spring Festival"),
    CHILDRENS_DAY: _("Children's Day"),
    MID_AUTUMN: _("Mid-Autumn Festival"),
    TERM_START: _("start of a school term"),
    WINTER_HOLIDAY: _("winter holidays"),
    SUMMER_HOLIDAY: _("summer holidays"),
}
EVIDENCE: Final = {
    "CONTACT": _("a logged contact"),
    "NOTE": _("a note"),
    "PHOTO": _("a photo, only with consent"),
    "DOCUMENT": _("a document"),
}
OWNERS: Final = {
    "MOTHER": _("loving mother"),
    "STAFF": _("staff"),
    "TEACHER": _("class teacher"),
    "GUARDIAN": _("guardian"),
    "CHILD_DIRECTOR": _("child director of the village"),
    "SOCIAL_WORKER": _("social worker"),
}
TICKERS: Final = {"MOTHER": _("loving mother"), "STAFF": _("staff")}
CONTACTS: Final = {
    "CALL": _("call"),
    "VIDEO": _("video call"),
    "MESSAGE": _("message"),
    "VISIT": _("visit"),
    "ACTIVITY": _("activity together"),
}
REMINDERS: Final = {
    "WEEK": _("every week"),
    "MONTH": _("every month"),
    "OFF": _("never"),
}
LANGUAGES: Final = ("zh", "zh_hant", "en")
MOST_ITEMS: Final = 30
MOST_TIMES: Final = 60
LONGEST_NAME: Final = 60
USUAL_TERMS: Final = {"autumn": ("09-01", "01-31"), "spring": ("02-01", "07-31")}
_CODE: Final = re.compile(r"[a-z][a-z0-9_]{1,29}\Z")
_SET_CODE: Final = re.compile(r"[A-Z][A-Z0-9_]{1,29}\Z")
_DAY: Final = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])\Z")

Words = Mapping[str, str]


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: at which item (None: the list itself), in which field, and how."""

    place: int | None
    field: str
    words: str
    item: str = ""
    params: Mapping[str, Any] = dataclasses.field(default_factory=dict)


class BadChecklistError(Exception):
    """A checklist cannot be used; `problems` says all that is wrong."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = tuple(problems)


@dataclass(frozen=True)
class Item:
    """One thing to do again and again. `parts` are several of it each time, told apart by name."""

    code: str
    name: Words
    cadence: str
    minimum: int
    maximum: int
    evidence: str
    owner: str
    may_tick: tuple[str, ...]
    counts: tuple[str, ...] = ()
    occasions: tuple[str, ...] = ()
    parts: tuple[tuple[str, Words], ...] = ()
    personal: bool = False
    points: int = 0
    help: Words = dataclasses.field(default_factory=dict)

    @property
    def part_codes(self) -> tuple[str, ...]:
        """Return the parts that each period asks for; one without a name if there are none."""
        return tuple(code for code, _words in self.parts) or ("",)


@dataclass(frozen=True)
class Checklist:
    """What a pairing is to do, from one version; `terms` are the school terms as month-days."""

    code: str
    name: Words
    items: tuple[Item, ...]
    terms: Mapping[str, tuple[str, str]]
    remind: str
    source: str = ""

    def item(self, code: str) -> Item | None:
        """Return the item of a code, None if there is none."""
        return next((each for each in self.items if each.code == code), None)


def checklist_from(body: Mapping[str, Any]) -> Checklist:
    """Return the checklist that a body says; raises `BadChecklistError` with all that is wrong."""
    problems = list(_whole(body))
    rows = body.get("item")
    rows = rows if isinstance(rows, list) else []
    seen: set[str] = set()
    for place, row in enumerate(rows):
        if not isinstance(row, Mapping):
            problems.append(Problem(place, "code", _("This is no item.")))
            continue
        label = _label(row, place)
        for name, words, params in _faults(row, seen):
            problems.append(Problem(place, name, words, label, params))
        seen.add(str(row.get("code", "")))
    if problems:
        raise BadChecklistError(problems)
    return _read(body, rows)


def _label(row: Mapping[str, Any], place: int) -> str:
    name = row.get("name")
    found = name.get("zh") if isinstance(name, Mapping) else ""
    return str(found or row.get("code") or place + 1)


Fault = tuple[str, str, Mapping[str, Any]]


def _whole(body: Mapping[str, Any]) -> Iterator[Problem]:
    """Tell what is wrong with the list itself."""
    if not _SET_CODE.match(str(body.get("code", ""))):
        yield Problem(None, "code", _("Write a code in capitals, such as CARE_6P1."))
    if not _is_named(body.get("name")):
        yield Problem(None, "name", _("Write the name in Chinese; other languages may follow."))
    rows = body.get("item")
    if not isinstance(rows, list) or not rows:
        yield Problem(None, "item", _("A checklist needs at least one item."))
    elif len(rows) > MOST_ITEMS:
        yield Problem(
            None, "item", _("At most %(most)d items fit on a checklist."),
            params={"most": MOST_ITEMS},
        )  # fmt: skip
    if body.get("remind", "MONTH") not in REMINDERS:
        yield Problem(None, "remind", _("Choose how often parents are reminded."))
    for name, ends in _terms(body).items():
        if len(ends) != 2 or not all(_DAY.match(str(each)) for each in ends):
            yield Problem(None, name, _("Write month and day of both ends, such as 09-01."))


def _terms(body: Mapping[str, Any]) -> dict[str, Sequence[Any]]:
    given = body.get("terms")
    given = given if isinstance(given, Mapping) else {}
    return {name: tuple(given.get(name, ends)) for name, ends in USUAL_TERMS.items()}


def _is_named(words: Any) -> bool:
    return (
        isinstance(words, Mapping)
        and isinstance(words.get("zh"), str)
        and 0 < len(words["zh"].strip()) <= LONGEST_NAME
    )


def _faults(row: Mapping[str, Any], seen: set[str]) -> Iterator[Fault]:
    """Tell what is wrong with one item."""
    code = str(row.get("code", ""))
    if not _CODE.match(code):
        yield "code", _("Write a short code in small letters, such as weekly_contact."), {}
    elif code in seen:
        yield "code", _("Another item has this code already."), {}
    if not _is_named(row.get("name")):
        yield "name", _("Write the item's name in Chinese, at most sixty characters."), {}
    yield from _chosen(row)
    yield from _amounts(row)
    yield from _occasions(row)
    yield from _parts(row)


_ONE_OF: Final = (
    ("cadence", CADENCES, _("Choose how often.")),
    ("evidence", EVIDENCE, _("Choose what proves it.")),
    ("owner", OWNERS, _("Choose whose task it is.")),
)


def _chosen(row: Mapping[str, Any]) -> Iterator[Fault]:
    for name, known, words in _ONE_OF:
        if row.get(name) not in known:
            yield name, words, {}
    tickers = _listed(row, "may_tick")
    if tickers is None or not tickers or not set(tickers) <= set(TICKERS):
        yield "may_tick", _("Choose at least one who may tick it."), {}
    counts = _listed(row, "counts")
    if counts is None or not set(counts) <= set(CONTACTS):
        yield "counts", _("Contacts that count are call, video, message, visit or activity."), {}
    elif counts and row.get("evidence") != "CONTACT":
        yield "counts", _("Contacts count by themselves only where a contact is the proof."), {}


def _listed(row: Mapping[str, Any], name: str) -> list[str] | None:
    found = row.get(name, [])
    if not isinstance(found, list | tuple) or not all(isinstance(each, str) for each in found):
        return None
    return list(found)


def _amounts(row: Mapping[str, Any]) -> Iterator[Fault]:
    least, most = row.get("minimum"), row.get("maximum")
    if not _is_count(least):
        yield "minimum", _("Write how often at least: a number from 1 to %(most)d."), _MOST
    if not _is_count(most):
        yield "maximum", _("Write how often at most: a number from 1 to %(most)d."), _MOST
    elif _is_count(least) and isinstance(least, int) and most is not None and most < least:
        yield "maximum", _("The most cannot be less than the least (%(least)d)."), {"least": least}
    points = row.get("points", 0)
    if isinstance(points, bool) or not isinstance(points, int) or not 0 <= points <= 100:
        yield "points", _("Points are a number from 0 to 100."), {}


_MOST: Final = {"most": MOST_TIMES}


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MOST_TIMES


def _occasions(row: Mapping[str, Any]) -> Iterator[Fault]:
    found = _listed(row, "occasions")
    if found is None or not set(found) <= set(OCCASIONS):
        yield "occasions", _("One of these occasions is not known."), {}
    elif (row.get("cadence") == OCCASION) != bool(found):
        yield "occasions", _("Name the occasions if, and only if, the item comes on occasions."), {}


def _parts(row: Mapping[str, Any]) -> Iterator[Fault]:
    parts = row.get("part", [])
    if not isinstance(parts, list) or not all(isinstance(each, Mapping) for each in parts):
        yield "part", _("Each part needs a code and a name."), {}
        return
    codes = [str(each.get("code", "")) for each in parts]
    if not all(map(_CODE.match, codes)) or not all(_is_named(each.get("name")) for each in parts):
        yield "part", _("Each part needs a code and a name."), {}
    elif len(set(codes)) != len(codes) or len(codes) == 1:
        yield "part", _("Parts are at least two, each with a code of its own."), {}
    elif parts and (row.get("cadence") == OCCASION or row.get("counts")):
        yield "part", _("Items on occasions, or that contacts fulfil, have no parts."), {}


def _read(body: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> Checklist:
    terms = {name: (str(ends[0]), str(ends[1])) for name, ends in _terms(body).items()}
    return Checklist(
        code=body["code"],
        name=dict(body["name"]),
        items=tuple(_item(row) for row in rows),
        terms=terms,
        remind=body.get("remind", "MONTH"),
        source=str(body.get("source", "")),
    )


def _item(row: Mapping[str, Any]) -> Item:
    return Item(
        code=row["code"],
        name=dict(row["name"]),
        cadence=row["cadence"],
        minimum=row["minimum"],
        maximum=row["maximum"],
        evidence=row["evidence"],
        owner=row["owner"],
        may_tick=tuple(row["may_tick"]),
        counts=tuple(row.get("counts", ())),
        occasions=tuple(row.get("occasions", ())),
        parts=tuple((each["code"], dict(each["name"])) for each in row.get("part", ())),
        personal=bool(row.get("personal")),
        points=row.get("points", 0),
        help=dict(row.get("help", {})),
    )
