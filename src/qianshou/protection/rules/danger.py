"""Danger words in a note: found with the words around them, so that plain talk raises nothing.

A word counts unless it stands in a harmless phrase, is denied, belongs to a story or a lesson, or
was asked about and answered with no. It is a hint for a person and no verdict.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

from qianshou.engines.linkage import text as characters


def _(message: str) -> str:
    """Mark a sentence for translation without translating it here."""
    return message


KINDS: Final = {
    "VIOLENCE": _("beating and injury"),
    "SEXUAL": _("sexual harm"),
    "SELF_HARM": _("wish to die, self-harm"),
    "NEGLECT": _("hunger, nobody there"),
    "RUNAWAY": _("running away, missing"),
    "BULLYING": _("bullying"),
    "FEAR": _("fear of somebody"),
    "DRUGS": _("drugs, drink, poison"),
}
LANGUAGES: Final = {"zh": _("Chinese"), "dialect": _("dialect of the region"), "en": _("English")}
HEAVIEST: Final = 5
# One light word alone raises nothing.
ENOUGH: Final = 2
AROUND: Final = 24
# A story or a lesson that is named just after the word: “a film about …”.
NEAR: Final = 6
LONGEST_EXCERPT: Final = 160


@dataclass(frozen=True)
class Word:
    """One word that may mean danger: its kind, how grave (1 to 5), and where it is harmless."""

    term: str
    kind: str
    weight: int
    language: str = "zh"
    harmless: tuple[str, ...] = ()

    def as_data(self) -> dict[str, Any]:
        """Return the word as it is stored."""
        return {
            "term": self.term, "kind": self.kind, "weight": self.weight,
            "language": self.language, "harmless": list(self.harmless),
        }  # fmt: skip

    def as_line(self, names: Mapping[str, str] = MappingProxyType({})) -> str:
        """Return the word as a person edits it; `names` says what codes are called there."""
        kind, language = (names.get(each, each) for each in (self.kind, self.language))
        return " | ".join((self.term, kind, str(self.weight), language, ", ".join(self.harmless)))


@dataclass(frozen=True)
class Hit:
    """One place of a text where a word counts."""

    word: Word
    start: int
    end: int


@dataclass(eq=False)
class BadLine(Exception):  # noqa: N818 - named after the fact
    """A line of an edited list cannot be read; `problem` says what is wrong with it."""

    line: int
    problem: str


def word_of(data: dict[str, Any]) -> Word:
    """Read a stored word."""
    return Word(
        data["term"], data["kind"], int(data["weight"]), data.get("language", "zh"),
        tuple(data.get("harmless", ())),
    )  # fmt: skip


def parse(text: str, called: Mapping[str, str] = MappingProxyType({})) -> list[Word]:
    """Read an edited list, one word a line; raises `BadLine` for the first line that is wrong.

    `called` gives the codes of kinds and languages by what they are called where it is edited.
    """
    found: dict[str, Word] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip() and not line.lstrip().startswith("#"):
            parts = [part.strip() for part in line.replace("｜", "|").split("|")]
            # A danger word may be spelt like the name of its kind.
            named = {at: called.get(part, part) for at, part in enumerate(parts) if at in (1, 3)}
            word = _parsed(number, [named.get(at, part) for at, part in enumerate(parts)])
            if word.term in found:
                raise BadLine(number, "twice")
            found[word.term] = word
    if not found:
        raise BadLine(0, "empty")
    return list(found.values())


def _parsed(number: int, parts: list[str]) -> Word:
    parts += [""] * (5 - len(parts))
    term, kind, weight, language, harmless = parts[:5]
    term = plain(term)
    problems = {
        "parts": len(parts) > 5,
        "term": not 1 < len(term) <= 30,
        "kind": kind not in KINDS,
        "weight": weight not in {str(each) for each in range(1, HEAVIEST + 1)},
        "language": language not in ("", *LANGUAGES),
    }
    for problem, is_so in problems.items():
        if is_so:
            raise BadLine(number, problem)
    phrases = tuple(plain(each) for each in re.split("[,，、]", harmless) if each.strip())
    return Word(term, kind, int(weight), language or "zh", phrases)


def plain(text: str) -> str:
    """Return a text as it is compared: one width, small letters, simplified, no stray blanks."""
    folded = characters.simplified(unicodedata.normalize("NFKC", text).lower().replace("’", "'"))
    return re.sub(r"(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])", "", folded).strip()


_SENTENCE: Final = re.compile(r"[^。!?；;\n]+[。!?；;\n]*|.", re.DOTALL)
_CLAUSE_END: Final = re.compile(r"[,，、:：。!?；;\n“”\"]")
# Before a word, with a few characters between, these deny it.
_DENIAL: Final = re.compile(
    r"(没有|没得|从没|从不|从来不|从未|并未|绝不|不会|不再|不许|不准|不是|不要|不用怕|没|不|未|别|"
    r"\b(?:not|never|no|nobody|without)\b|n't)([^,，。]{0,5}|(?: \w+){0,3} ?)$"
)
# What only looks like a denial.
_NO_DENIAL: Final = re.compile(
    r"有没有|是不是|会不会|要不要|不敢|不知道?|不晓得|忍不住|没想到|不得不|不小心|没办法|没忍住|"
    r"受不了|不肯|不愿|不让|不停|不只|不止|不光|不但|不断|没人|不管|不给|不见|不让|差点没|why not"
)
_QUESTION: Final = re.compile(
    r"有没有|是不是|会不会|有没得|问|吗|\bask(?:ed)?\b|\bwhether\b|\bif\b"
)
_ANSWER_NO: Final = re.compile(
    r"(说|回答|讲|答|摇头|said|says|answered)[^。!?]{0,4}(没有|没得|没|不|从来|摇头|\bno\b|never|not)|"
    r"[,，]\s*(没有|没得|都没)"
)
_STORY: Final = re.compile(
    r"电影|电视|动画|故事|小说|书里|书上|绘本|课文|游戏|新闻|话剧|剧本|表演|演习|演练|讲座|班会|"
    r"安全课|法治课|安全教育|宣传|学习了|作文|童话|歌词|\b(?:movie|film|story|book|game|news|lesson)\b"
)
_ADVICE: Final = re.compile(
    r"如果|要是|万一|假如|(?:遇到|碰到)(?:陌生|坏人|有人|危险|这)|教(?:他|她|孩子)|提醒(?:他|她|孩子)|怎么保护|怎样保护|"
    r"\b(?:in case|should anybody|taught)\b"
)


@lru_cache(maxsize=64)
def _pattern(terms: tuple[str, ...]) -> re.Pattern[str]:
    longest_first = sorted(terms, key=len, reverse=True)
    return re.compile("|".join(_bounded(each) for each in longest_first))


def _bounded(term: str) -> str:
    return rf"\b{re.escape(term)}\b" if term.isascii() else re.escape(term)


def find(text: str, words: Sequence[Word]) -> list[Hit]:
    """Return the places of a text where a word counts, in its order."""
    return Finder(words).find(text)


class Finder:
    """The words of a place, prepared for looking at many texts."""

    def __init__(self, words: Sequence[Word]) -> None:
        self.by_term = {each.term: each for each in words}
        self.pattern = _pattern(tuple(self.by_term)) if self.by_term else None

    def find(self, text: str) -> list[Hit]:
        """Return the places of a text where a word counts, in its order."""
        folded = plain(text)
        if self.pattern is None or not self.pattern.search(folded):
            return []
        return _found(folded, self.pattern, self.by_term)


def _found(folded: str, pattern: re.Pattern[str], by_term: Mapping[str, Word]) -> list[Hit]:
    found: list[Hit] = []
    for sentence in _SENTENCE.finditer(folded):
        for place in pattern.finditer(sentence.group()):
            word = by_term[place.group()]
            if _counts(sentence.group(), word, start=place.start(), end=place.end()):
                start = sentence.start()
                found.append(Hit(word, start + place.start(), start + place.end()))
    return found


def _counts(sentence: str, word: Word, *, start: int, end: int) -> bool:
    if _in_phrase(sentence, word.harmless, start=start, end=end):
        return False
    told_as_story = _STORY.search(sentence[:start]) or _STORY.search(sentence[end : end + NEAR])
    if told_as_story or _ADVICE.search(sentence[:start]):
        return False
    if _is_denied(sentence, start):
        return False
    asked = _QUESTION.search(sentence[:start]) or _QUESTION.match(sentence[end : end + 6])
    return not (asked and _ANSWER_NO.search(sentence[end:]))


def _in_phrase(sentence: str, phrases: Iterable[str], *, start: int, end: int) -> bool:
    for phrase in phrases:
        at = sentence.find(phrase)
        while at >= 0:
            if at <= start and end <= at + len(phrase):
                return True
            at = sentence.find(phrase, at + 1)
    return False


def _is_denied(sentence: str, start: int) -> bool:
    ends = [each.end() for each in _CLAUSE_END.finditer(sentence[:start])]
    clause = _NO_DENIAL.sub("　", sentence[max(ends, default=0) : start])
    return bool(_DENIAL.search(clause))


def weight_of(hits: Sequence[Hit]) -> int:
    """Return how grave what was found may be; further kinds add to the gravest."""
    if not hits:
        return 0
    kinds = {hit.word.kind for hit in hits}
    terms = {hit.word.term for hit in hits}
    heaviest = max(hit.word.weight for hit in hits)
    return min(heaviest + (len(kinds) - 1) + (len(terms) > 1), 9)


def excerpt(text: str, hits: Sequence[Hit]) -> str:
    """Return the words around what was found, and no more of the note than that."""
    folded = plain(text)
    pieces: list[str] = []
    until = -1
    for hit in hits:
        if hit.start < until:
            continue
        start, until = max(hit.start - AROUND, 0), min(hit.end + AROUND, len(folded))
        pieces.append(folded[start:until])
    joined = " … ".join(pieces)
    return joined if len(joined) <= LONGEST_EXCERPT else joined[: LONGEST_EXCERPT - 1] + "…"
