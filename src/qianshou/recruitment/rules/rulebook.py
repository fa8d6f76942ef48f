"""The rulebook of recruitment as data: categories, questions, criteria, forms and commitments.

A federation edits a TOML file and puts it in force as a new version (docs/how-to); an application
keeps the version under which it was judged. Here the file is read and an applicant is judged.
"""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

LANGUAGES: Final = ("zh-hans", "zh-hant", "en")
MET, FAILED, UNKNOWN = "MET", "FAILED", "UNKNOWN"
REFUSE_UNLESS, REFUSE_IF, PREFER_IF = "refuse_unless", "refuse_if", "prefer_if"
EFFECTS: Final = (REFUSE_UNLESS, REFUSE_IF, PREFER_IF)
# Facts that the application itself gives, beside the answers to the questions.
FACTS: Final = frozenset(
    {"age", "lives_inside", "years_of_residence", "children_at_once", "categories", "sex_by_id"}
)
COMMITMENTS: Final = ("CONDUCT", "REPORTING", "CONFIDENTIAL", "ONE_YEAR")
INTERVIEW_KINDS: Final = ("scale", "yes_no", "text")
SCALE: Final = range(1, 6)
MOST_REFERENCES: Final = 5
# So many days a mother in service has to sign a newer text, where the file does not say.
SIGN_WITHIN: Final = 30


class Malformed(ValueError):  # noqa: N818 - named after the fact
    """The file is no rulebook; the message says where and how to mend it."""


@dataclass(frozen=True)
class Text:
    """One text in the three languages of the site."""

    by_language: Mapping[str, str]

    def in_language(self, language: str) -> str:
        """Return the text for a reader; an unknown language reads simplified Chinese."""
        return self.by_language.get(language.lower(), self.by_language[LANGUAGES[0]])


@dataclass(frozen=True)
class Entry:
    """A code with its words: a category, a kind of query, a module of training, a question."""

    code: str
    text: Text
    kind: str = ""
    required: bool = False
    authority: str = ""


@dataclass(frozen=True)
class Criterion:
    """One criterion: when it refuses (or counts for her), and the sentence that it then says."""

    code: str
    effect: str
    fact: str
    tests: Mapping[str, Any]
    sentence: Text
    basis: str


@dataclass(frozen=True)
class Commitment:
    """A text that she signs, in its version; the digest proves which words she had before her."""

    code: str
    version: int
    title: Text
    text: Text

    def digest(self, language: str) -> str:
        """Return the SHA-256 of what stood before her."""
        words = f"{self.code}/{self.version}/{self.text.in_language(language)}"
        return sha256(words.encode()).hexdigest()


@dataclass(frozen=True)
class Outcome:
    """What one criterion says of one applicant."""

    criterion: Criterion
    result: str


@dataclass(frozen=True)
class Rulebook:
    """One version of the rules, read and checked."""

    version: int
    name: Text
    categories: Sequence[Entry]
    questions: Sequence[Entry]
    criteria: Sequence[Criterion]
    queries: Sequence[Entry]
    references: int
    interview: Sequence[Entry]
    modules: Sequence[Entry]
    commitments: Sequence[Commitment]
    sign_within_days: int = SIGN_WITHIN

    @property
    def required_queries(self) -> list[str]:
        """Return the codes of the background queries without which nobody goes on."""
        return [each.code for each in self.queries if each.required]

    def commitment(self, code: str) -> Commitment:
        """Return the commitment of a code, in the version of this book."""
        return next(each for each in self.commitments if each.code == code)

    def criterion(self, code: str) -> Criterion | None:
        """Return the criterion of a code, if this version has it."""
        return next((each for each in self.criteria if each.code == code), None)

    def judge(self, facts: Mapping[str, Any]) -> list[Outcome]:
        """Return what every criterion says of these facts, in the order of the book.

        A fact that nobody knows gives UNKNOWN: a person looks, the rule does not guess.
        """
        return [Outcome(each, _result(each, facts.get(each.fact))) for each in self.criteria]


_TESTS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "at_least": lambda value, wanted: value >= wanted,
    "at_most": lambda value, wanted: value <= wanted,
    "is": lambda value, wanted: value == wanted,
    "any_of": lambda value, wanted: bool(set(value) & set(wanted)),
}


def _result(criterion: Criterion, value: Any) -> str:
    if value is None:
        return UNKNOWN
    holds = all(_TESTS[name](value, wanted) for name, wanted in criterion.tests.items())
    wrong = holds if criterion.effect == REFUSE_IF else not holds
    return FAILED if wrong else MET


def refusing(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Return the outcomes that speak against her; a preference never does."""
    return [
        each for each in outcomes if each.result == FAILED and each.criterion.effect != PREFER_IF
    ]


# -- reading the file ------------------------------------------------------------------------------


def read(text: str) -> Rulebook:
    """Read a rulebook from TOML; raises `Malformed` with the place and what to write there."""
    try:
        body = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise Malformed(f"This is not TOML: {problem}.") from problem
    questions = _entries(body, "questions")
    book = Rulebook(
        version=_number(body, "version", 1, 1_000_000),
        name=_text(body.get("name"), "name"),
        categories=_entries(body, "categories"),
        questions=questions,
        criteria=_criteria(body, known=FACTS | {each.code for each in questions}),
        queries=_entries(body, "queries"),
        references=_number(body, "references", 0, MOST_REFERENCES),
        interview=_entries(body, "interview", kinds=INTERVIEW_KINDS),
        modules=_entries(body, "modules"),
        commitments=_commitments(body),
        sign_within_days=_number(
            {"sign_within_days": SIGN_WITHIN, **body}, "sign_within_days", 7, 365
        ),
    )
    if not book.required_queries:
        raise Malformed("queries: at least one needs required = true (未成年人保护法 62).")
    return book


def _list(body: Mapping[str, Any], name: str) -> list[tuple[str, Mapping[str, Any]]]:
    rows = body.get(name)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Malformed(f"{name}: write one [[{name}]] table for each.")
    codes = [row.get("code") for row in rows]
    for at, code in enumerate(codes):
        if not isinstance(code, str) or not 0 < len(code) <= 30:
            raise Malformed(f"{name}, number {at + 1}: code is missing or longer than 30 letters.")
    twice = next((code for code in codes if codes.count(code) > 1), None)
    if twice:
        raise Malformed(f"{name}: the code {twice} stands twice.")
    return [(f"{name} {row['code']}", row) for row in rows]


def _entries(body: Mapping[str, Any], name: str, *, kinds: Sequence[str] = ()) -> tuple[Entry, ...]:
    found = []
    for place, row in _list(body, name):
        kind = row.get("kind", "")
        if kinds and kind not in kinds:
            raise Malformed(f"{place}: kind is one of {', '.join(kinds)}.")
        found.append(
            Entry(
                row["code"], _text(row.get("text"), place), str(kind),
                row.get("required") is True, str(row.get("authority", "")),
            )
        )  # fmt: skip
    return tuple(found)


def _criteria(body: Mapping[str, Any], *, known: frozenset[str]) -> tuple[Criterion, ...]:
    found = []
    for place, row in _list(body, "criteria"):
        named = [effect for effect in EFFECTS if effect in row]
        if len(named) != 1 or not isinstance(row[named[0]], dict):
            raise Malformed(f"{place}: write exactly one of {', '.join(EFFECTS)} = {{ … }}.")
        tests = dict(row[named[0]])
        fact = tests.pop("fact", "")
        if fact not in known:
            raise Malformed(
                f"{place}: fact {fact!r} is unknown; it is a question's code or one of"
                f" {', '.join(sorted(FACTS))}."
            )
        if not tests or set(tests) - set(_TESTS):
            raise Malformed(f"{place}: the tests are {', '.join(_TESTS)}.")
        sentence = _text(row.get("sentence"), f"{place}, sentence")
        found.append(
            Criterion(row["code"], named[0], fact, tests, sentence, str(row.get("basis", "")))
        )
    return tuple(found)


def _commitments(body: Mapping[str, Any]) -> tuple[Commitment, ...]:
    found = [
        Commitment(
            row["code"], _number(row, "version", 1, 10_000),
            _text(row.get("title"), f"{place}, title"), _text(row.get("text"), f"{place}, text"),
        )
        for place, row in _list(body, "commitments")
    ]  # fmt: skip
    codes = tuple(each.code for each in found)
    if set(codes) != set(COMMITMENTS):
        raise Malformed(f"commitments: exactly {', '.join(COMMITMENTS)} are signed.")
    return tuple(sorted(found, key=lambda each: COMMITMENTS.index(each.code)))


def _text(value: Any, place: str) -> Text:
    if isinstance(value, dict) and all(
        isinstance(value.get(language), str) and value[language].strip() for language in LANGUAGES
    ):
        return Text({language: value[language].strip() for language in LANGUAGES})
    raise Malformed(f"{place}: give the text in each of {', '.join(LANGUAGES)}.")


def _number(body: Mapping[str, Any], name: str, least: int, most: int) -> int:  # noqa: PLR0917
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise Malformed(f"{name}: write a whole number from {least} to {most}.")
    return value
