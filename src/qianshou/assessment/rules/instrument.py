"""An instrument read from its JSON: checked with exact messages, compiled, and applied to facts."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from qianshou.assessment.rules.conditions import Bits, Condition, Malformed, compiled
from qianshou.assessment.rules.facts import ASKED, AXES, CODE, FACTS, Fact
from qianshou.assessment.rules.grading import GREEN, ORANGE, ORDER, RED, YELLOW

GROUPS: Final = ("child", "guardianship", "environment")
LANGUAGES: Final = ("zh", "hant", "en")
CUTS: Final = (RED, ORANGE, YELLOW)
MOST_POINTS: Final = 100
# So many results are remembered at most, about 2 KiB each, however large the region is.
MOST_REMEMBERED: Final = 50_000
# What a version without these parts means, as those did that were written before there were any.
_OPTIONAL: Final = frozenset({"questions", "again"})
AGAIN: Final[Mapping[str, int]] = {RED: 6, ORANGE: 6, YELLOW: 6, GREEN: 6}
MOST_MONTHS: Final = 36
_PARTS: Final = frozenset(
    {"code", "version", "name", "about", "sources", "cuts", "triggers", "indicators", "needs"}
)


@dataclass(frozen=True)
class Indicator:
    """One weighted indicator, or a hard trigger (group "", no points)."""

    code: str
    when: Condition
    points: int = 0
    group: str = ""


@dataclass(frozen=True)
class Question:
    """What no department knows: asked of a person, who chooses one of the answers.

    `alarm` is the answer that is not kept but raises an alarm, whose grounds lie elsewhere.
    """

    code: str
    group: str
    answers: tuple[str, ...]
    alarm: str = ""


@dataclass(frozen=True)
class Result:
    """What the instrument says of one set of facts; `texts` are its lists as JSON.

    `evidence` lists `{"indicator", "points", "fact"}`: what counted, and the facts that say so.
    """

    score: int
    grade: str
    needs: list[int]
    evidence: list[dict[str, Any]]
    triggers: list[str]
    texts: tuple[str, str, str]


@dataclass
class Compiled:
    """An instrument ready to be applied; equal circumstances are computed once."""

    code: str
    version: int
    cuts: dict[str, int]
    triggers: list[Indicator]
    indicators: list[Indicator]
    needs: list[list[tuple[int, Condition]]]
    bits: Bits
    questions: tuple[Question, ...] = ()
    again: Mapping[str, int] = field(default_factory=lambda: AGAIN)
    _results: dict[int, Result] = field(default_factory=dict)

    def result(self, facts: Mapping[str, Any]) -> Result:
        """Assess one child's facts."""
        mask = self.bits.mask(facts)
        found = self._results.get(mask)
        if found is None:
            if len(self._results) >= MOST_REMEMBERED:
                self._results.clear()
            found = self._results[mask] = self._compute(mask)
        return found

    def _compute(self, mask: int) -> Result:
        met = [each for each in self.indicators if each.when.holds(mask)]
        fired = [each for each in self.triggers if each.when.holds(mask)]
        score = sum(each.points for each in met)
        needs = [
            min(100, sum([points for points, when in rules if when.holds(mask)]))
            for rules in self.needs
        ]
        evidence = [
            {"fact": each.when.facts_met(mask), "points": each.points, "indicator": each.code}
            for each in [*fired, *met]
        ]
        triggers = [each.code for each in fired]
        grade = RED if fired else self._grade(score)
        # PostgreSQL writes a JSON object's shorter keys first: in this order the stored text is
        # this text, and an assessment that has not changed is recognised without parsing.
        texts = (json.dumps(needs), json.dumps(evidence), json.dumps(triggers))
        return Result(score, grade, needs, evidence=evidence, triggers=triggers, texts=texts)

    def _grade(self, score: int) -> str:
        return next((grade for grade in CUTS if score >= self.cuts[grade]), GREEN)


def compile_instrument(body: Any) -> Compiled:
    """Check and compile an instrument; raises `Malformed` with the place and the remedy."""
    if not isinstance(body, dict):
        raise Malformed("An instrument is one JSON object.")
    _check_parts(body)
    questions = _questions(body.get("questions", []))
    asked = {f"{ASKED}{each.code}": Fact(CODE, each.code, each.answers) for each in questions}
    bits = Bits({**FACTS, **asked})
    indicators = _indicators(body["indicators"], bits)
    triggers = _triggers(body["triggers"], bits)
    _check_codes([*triggers, *indicators])
    return Compiled(
        code=body["code"],
        version=body["version"],
        cuts=_cuts(body["cuts"]),
        triggers=triggers,
        indicators=indicators,
        needs=_needs(body["needs"], bits),
        bits=bits,
        questions=questions,
        again=_again(body.get("again", AGAIN)),
    )


def _check_parts(body: Mapping[str, Any]) -> None:
    missing, unknown = _PARTS - set(body), set(body) - _PARTS - _OPTIONAL
    if missing:
        raise Malformed(f"The instrument lacks {', '.join(sorted(missing))}.")
    if unknown:
        raise Malformed(f"The instrument has unknown parts: {', '.join(sorted(unknown))}.")
    if not isinstance(body["code"], str) or not body["code"]:
        raise Malformed("code: a short name in Latin letters is needed.")
    version = body["version"]
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise Malformed(f"version: a whole number from 1 is needed, not {version!r}.")
    for part in ("name", "about"):
        _check_words(body[part], part)


def _check_words(raw: Any, where: str) -> None:
    """Every text is given in simplified and traditional Chinese and in English."""
    for language in LANGUAGES:
        text = raw.get(language) if isinstance(raw, dict) else None
        if not isinstance(text, str) or not text.strip():
            raise Malformed(f'{where}: the text in "{language}" is missing.')


def _cuts(raw: Any) -> dict[str, int]:
    if not isinstance(raw, dict) or set(raw) != set(CUTS):
        raise Malformed(f"cuts: give the lowest score for each of {', '.join(CUTS)}.")
    for grade, score in raw.items():
        if isinstance(score, bool) or not isinstance(score, int) or score < 1:
            raise Malformed(f"cuts.{grade}: a whole number from 1 is needed, not {score!r}.")
    if not raw[RED] > raw[ORANGE] > raw[YELLOW]:
        raise Malformed("cuts: RED must be higher than ORANGE, and ORANGE higher than YELLOW.")
    return dict(raw)


def _list(raw: Any, where: str) -> list[Any]:
    if not isinstance(raw, list) or not raw:
        raise Malformed(f"{where}: a list of at least one entry is needed.")
    return raw


def _entry(raw: Any, where: str, wanted: set[str]) -> str:
    """Check the parts of one entry and return its place with its code, for messages."""
    if not isinstance(raw, dict) or set(raw) != wanted:
        raise Malformed(f"{where}: an entry has exactly {', '.join(sorted(wanted))}.")
    if "code" in wanted and (not isinstance(raw["code"], str) or not raw["code"]):
        raise Malformed(f"{where}: the code is missing.")
    named = f"{where} {raw['code']}" if "code" in wanted else where
    if "zh" in wanted:
        _check_words(raw, named)
    return named


def _points(raw: Any, where: str) -> int:
    if isinstance(raw, bool) or not isinstance(raw, int) or not 1 <= raw <= MOST_POINTS:
        raise Malformed(f"{where}: points are a whole number from 1 to 100, not {raw!r}.")
    return raw


def _triggers(raw: Any, bits: Bits) -> list[Indicator]:
    found = []
    for place, each in enumerate(_list(raw, "triggers")):
        where = _entry(each, f"triggers[{place}]", {"code", "when", "source", *LANGUAGES})
        found.append(Indicator(each["code"], compiled(each["when"], bits, f"{where}.when")))
    return found


def _indicators(raw: Any, bits: Bits) -> list[Indicator]:
    found = []
    wanted = {"code", "group", "points", "when", "source", *LANGUAGES}
    for place, each in enumerate(_list(raw, "indicators")):
        where = _entry(each, f"indicators[{place}]", wanted)
        if each["group"] not in GROUPS:
            raise Malformed(f'{where}: the group is {" or ".join(GROUPS)}, not "{each["group"]}".')
        when = compiled(each["when"], bits, f"{where}.when")
        found.append(Indicator(each["code"], when, _points(each["points"], where), each["group"]))
    return found


def _check_codes(entries: list[Indicator]) -> None:
    seen: set[str] = set()
    for each in entries:
        if each.code in seen:
            raise Malformed(f'The code "{each.code}" is given twice.')
        seen.add(each.code)


def _questions(raw: Any) -> tuple[Question, ...]:
    if not isinstance(raw, list):
        raise Malformed("questions: a list is needed.")
    found: list[Question] = []
    for place, each in enumerate(raw):
        extra = {"alarm"} if isinstance(each, dict) and "alarm" in each else set()
        wanted = {"code", "group", "answers", "source", *LANGUAGES} | extra
        where = _entry(each, f"questions[{place}]", wanted)
        if each["group"] not in GROUPS:
            raise Malformed(f'{where}: the group is {" or ".join(GROUPS)}, not "{each["group"]}".')
        answers = _answers(each["answers"], f"{where}.answers")
        alarm = each.get("alarm", "")
        if alarm and alarm not in answers:
            raise Malformed(f'{where}.alarm: "{alarm}" is none of its answers.')
        if any(known.code == each["code"] for known in found):
            raise Malformed(f"{where}: the code is given twice.")
        found.append(Question(each["code"], each["group"], answers, alarm))
    return tuple(found)


def _answers(raw: Any, where: str) -> tuple[str, ...]:
    codes = []
    for place, each in enumerate(_list(raw, where)):
        _entry(each, f"{where}[{place}]", {"code", *LANGUAGES})
        if each["code"] in codes:
            raise Malformed(f'{where}[{place}]: the code "{each["code"]}" is given twice.')
        codes.append(each["code"])
    return tuple(codes)


def _again(raw: Any) -> dict[str, int]:
    """Return after how many months a child of each grade is looked at again."""
    if not isinstance(raw, Mapping) or set(raw) != set(ORDER):
        raise Malformed(f"again: give the months for each of {', '.join(ORDER)}.")
    for grade, months in raw.items():
        whole = isinstance(months, int) and not isinstance(months, bool)
        if not whole or not 1 <= months <= MOST_MONTHS:
            raise Malformed(
                f"again.{grade}: a whole number of months from 1 to {MOST_MONTHS}, not {months!r}."
            )
    return dict(raw)


def _needs(raw: Any, bits: Bits) -> list[list[tuple[int, Condition]]]:
    if not isinstance(raw, dict) or set(raw) != set(AXES):
        raise Malformed(f"needs: give rules for exactly {', '.join(AXES)}.")
    return [
        [
            _need(each, bits, f"needs.{axis}[{place}]")
            for place, each in enumerate(_list(raw[axis], f"needs.{axis}"))
        ]
        for axis in AXES
    ]


def _need(raw: Any, bits: Bits, where: str) -> tuple[int, Condition]:
    _entry(raw, where, {"points", "when"})
    return _points(raw["points"], where), compiled(raw["when"], bits, f"{where}.when")
