"""Reading one row of the mothers' list into the values of a file, and recognising the person."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Final

from qianshou.engines.linkage import normalise
from qianshou.mothers.rules import skills

NEW, CHANGED, SAME = "NEW", "CHANGED", "SAME"
# Why a file rests although nobody paused it: codes that pages turn into sentences.
ROW_WITHDRAWN: Final = "ROW_WITHDRAWN"
FEED_SAYS_LEFT: Final = "FEED_SAYS_LEFT"
# Why the calendar or a check let her rest: no list brings her back while it is so.
SCREENING_EXPIRED: Final = "SCREENING_EXPIRED"
SCREENING_HIT: Final = "SCREENING_HIT"
# A newer text of a commitment was not signed by its last day; this is no secret.
TEXT_UNSIGNED: Final = "TEXT_UNSIGNED"
# What a suspension is called where its reason is not to be told.
SCREENING: Final = "SCREENING"
SECRET_REMARKS: Final = frozenset({SCREENING_EXPIRED, SCREENING_HIT})
HELD_REMARKS: Final = SECRET_REMARKS | {TEXT_UNSIGNED}
CODED_REMARKS: Final = HELD_REMARKS | {ROW_WITHDRAWN, FEED_SAYS_LEFT}

_AS_STATED: Final = (
    *("screening", "training_hours", "reporting_signed", "confidentiality_signed", "year_signed"),
    *("categories", "languages", "times", "interests", "wishes"),
)
DATES: Final = ("birth_on", "screened_on", "trained_on", "committed_on", "applied_on")
LENGTHS: Final = {"education": 20, "employer": 100, "ethnicity": 2}


@dataclass(frozen=True)
class Numbers:
    """The two numbers by which a person is recognised, as the row gives them."""

    id_number: str
    id_is_valid: bool
    phone: str


def numbers(payload: Mapping[str, Any]) -> Numbers:
    """Read ID number and telephone; a number that fails its check is kept but proves nothing."""
    raw = payload.get("id_number", "")
    canonical, valid, _ = normalise.id_number(raw) if raw else (None, False, "")
    phone = normalise.phone(payload.get("phone", "")) or ""
    return Numbers(canonical or raw, valid, phone)


@lru_cache(maxsize=65_536)
def names(raw: str) -> Mapping[str, str]:
    """Return the name as shown and the three columns by which it is searched."""
    words = unicodedata.normalize("NFKC", raw).split()
    shown = (" " if all(word.isascii() for word in words) else "").join(words)[:80]
    searched = (normalise.person_name(shown) or shown)[:80]
    pinyin, initials = normalise.pinyin(searched)
    return {
        "name": shown,
        "search_name": searched,
        "pinyin": pinyin[:160],
        "initials": initials[:40],
    }


def values(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return the file's fields that a row states; what it leaves blank is absent, not emptied."""
    found = {field: payload[field] for field in _AS_STATED if field in payload}
    found |= {field: payload[field][:size] for field, size in LENGTHS.items() if field in payload}
    found |= {field: date.fromisoformat(payload[field]) for field in DATES if field in payload}
    if "committed_on" in payload:
        # The federation's commitment paper holds conduct, confidentiality and the year in one.
        found = {"confidentiality_signed": True, "year_signed": True, **found}
    if "name" in payload:
        found |= names(payload["name"])
    if "travel_km" in payload:
        found["travel_limit_m"] = round(float(payload["travel_km"]) * 1000)
    if "capacity" in payload:
        found["capacity"] = min(max(int(payload["capacity"]), 0), 10)
    if "skills" in payload:
        found["skills"] = skills.levels(payload["skills"], payload.get("categories", []))
    return found


def state(payload: Mapping[str, Any], before: str | None) -> tuple[str, str] | None:
    """Return state and remark that a row states, or None if it states none.

    That a mother who is on file has left is decided by a person, since children may depend on
    her: a list that says so only pauses her.
    """
    said = payload.get("state")
    if said is None:
        return None if before else ("APPLIED", "")
    if said != "LEFT" or before is None:
        return said, ""
    return ("LEFT", "") if before == "LEFT" else ("PAUSED", FEED_SAYS_LEFT)
