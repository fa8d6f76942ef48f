"""Asking a department about one person: what may be asked, and what its answer may say."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from qianshou.exchange.rules import answers

if TYPE_CHECKING:
    from qianshou.exchange.rules.profile import _Reader


def _(message: str) -> str:
    """Mark a word for translation without translating it here."""
    return message


QUESTIONS: Final = {
    "IN_CUSTODY": _("Is the person in custody or serving a sentence?"),
    "IN_REHABILITATION": _("Is the person in compulsory drug rehabilitation?"),
    "LIBERTY_RESTRICTED": _("Is the person's liberty restricted in another way?"),
    "HAS_DIED": _("Has the person died?"),
}
PURPOSES: Final = {
    "RECOGNITION": _("recognise a child as without actual care"),
    "GUARDIANSHIP": _("find out who can look after the child"),
    "SAFETY": _("keep the child safe"),
    "CARE_PLAN": _("plan the child's care"),
}
SUBJECTS: Final = {
    "FATHER": _("the child's father"),
    "MOTHER": _("the child's mother"),
    "OTHER": _("another adult who looks after the child"),
    "CHILD": _("the child"),
}
ANSWERS: Final = {"yes": _("yes"), "no": _("no"), "unknown": _("not known")}
# Where an answer about a parent stands in the row of the child; about others none becomes a fact.
FIELDS: Final = {"FATHER": "father_status", "MOTHER": "mother_status"}
FACTS, SEALED = "facts", "sealed"
KEEPS: Final = (SEALED, FACTS)
KEYS: Final = (
    "url", "question", "key_id", "algorithm", "keep", "status", "days", "per_hour", "per_asker",
    "per_person",
)  # fmt: skip
DAY: Final = re.compile(r"[12][0-9]{3}-[01][0-9]-[0-3][0-9]")
# Earlier questions about the same person count for so many days.
REMEMBERED_DAYS: Final = 180


class Lie(Exception):  # noqa: N818 - named after the fact
    """An answer that cannot be true, or is not an answer to this question."""


@dataclass(frozen=True)
class Answer:
    """What a department says about one person, and nothing else that its service may send."""

    word: str
    since: date | None = None
    until: date | None = None

    def as_data(self) -> dict[str, str]:
        """Return it as it is sealed."""
        return {
            "word": self.word,
            "since": self.since.isoformat() if self.since else "",
            "until": self.until.isoformat() if self.until else "",
        }


def answer_of(body: bytes, *, question_id: str, today: date) -> Answer:
    """Read an answer; raises `Lie`. Whatever else stands in it is left out for good."""
    try:
        said = answers.read(body)
    except answers.BadAnswer as problem:
        raise Lie from problem
    if not isinstance(said, Mapping) or said.get("id") != question_id:
        raise Lie
    word = said.get("answer")
    if not isinstance(word, str) or word not in ANSWERS:
        raise Lie
    since, until = _day(said.get("since")), _day(said.get("until"))
    if word != "yes" and (since or until):
        raise Lie
    if (since and since > today) or (since and until and until < since):
        raise Lie
    return Answer(word, since, until)


def _day(value: Any) -> date | None:
    if value is None or value == "":
        return None
    if not isinstance(value, str) or not DAY.fullmatch(value):
        raise Lie
    try:
        return date.fromisoformat(value)
    except ValueError as problem:
        raise Lie from problem


def parse(reader: "_Reader", data: Mapping[str, Any]) -> dict[str, Any]:
    """Check the keys of `fetch` for a source that is asked about one person."""
    from qianshou.exchange.rules import fetch  # noqa: PLC0415 - fetch hands its table on to us

    for name in ("url", "question", "key_id"):
        if name not in data:
            raise reader.bad(f"fetch.{name}", _("is missing."))
    url = reader.text(data, "url")
    fetch.address(reader, "url", url, schemes=("https", "http"))
    keep = reader.choice(data, "keep", KEEPS, default=SEALED, where="fetch.")
    status = reader.text(data, "status", default="")
    if keep == FACTS and not status:
        raise reader.bad("fetch.status", _("is missing: which word stands in the row for yes?"))
    numbers = {
        name: fetch.whole(reader, data, name, default=default, most=most)
        for name, default, most in (
            ("days", 180, 1100), ("per_hour", 30, 1000), ("per_asker", 10, 200),
            ("per_person", 3, 20),
        )
    }  # fmt: skip
    return {
        "url": url, "key_id": reader.text(data, "key_id"), "keep": keep, "status": status,
        "question": reader.choice(data, "question", QUESTIONS, default="", where="fetch."),
        "algorithm": reader.choice(
            data, "algorithm", fetch.ALGORITHMS, default=fetch.ALGORITHMS[0], where="fetch."
        ),
        **numbers,
    }  # fmt: skip
