"""An instrument read from its JSON: checked with exact messages, compiled, and applied to facts."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from qianshou.assessment.rules.conditions import Bits, Condition, Malformed, compiled
from qianshou.assessment.rules.facts import AXES
from qianshou.assessment.rules.grading import GREEN, ORANGE, RED, YELLOW

GROUPS: Final = ("child", "guardianship", "environment")
LANGUAGES: Final = ("zh", "hant", "en")
CUTS: Final = (RED, ORANGE, YELLOW)
MOST_POINTS: Final = 100
# So many results are remembered at most, about 2 KiB each, however large the region is.
MOST_REMEMBERED: Final = 50_000
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
    bits = Bits()
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
    )


def _check_parts(body: Mapping[str, Any]) -> None:
    missing, unknown = _PARTS - set(body), set(body) - _PARTS
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
