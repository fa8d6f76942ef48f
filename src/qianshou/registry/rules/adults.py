"""Who looks after a child, read from its rows: parents, guardians and carers, each once.

A grandparent who merely looks after a child is a carer, not its guardian; a parent who is dead
guards nobody (domain.md: consent is a guardian's).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from qianshou.registry.rules import reading

FATHER, MOTHER, GRANDPARENT, RELATIVE, OTHER = (
    "FATHER", "MOTHER", "GRANDPARENT", "RELATIVE", "OTHER",
)  # fmt: skip
_KINSHIP: Final[dict[str, str]] = {
    "FATHER": FATHER,
    "MOTHER": MOTHER,
    **dict.fromkeys(
        ("GRANDFATHER", "GRANDMOTHER", "MATERNAL_GRANDFATHER", "MATERNAL_GRANDMOTHER"),
        GRANDPARENT,
    ),
    **dict.fromkeys(("UNCLE_AUNT", "SIBLING", "RELATIVE"), RELATIVE),
}
# Whose word about the child counts as a guardian's, by the care that civil affairs has on file.
_IN_CHARGE: Final[dict[str, frozenset[str]]] = {
    "PARENTS": frozenset((FATHER, MOTHER)),
    "FATHER": frozenset((FATHER,)),
    "MOTHER": frozenset((MOTHER,)),
    "PATERNAL_GRANDPARENTS": frozenset((FATHER, MOTHER)),
    "MATERNAL_GRANDPARENTS": frozenset((FATHER, MOTHER)),
    "ENTRUSTED": frozenset((FATHER, MOTHER)),
    # The state guards the child: no adult of the family does (未成年人保护法 92-94).
    "CIVIL_AFFAIRS": frozenset(),
}
_CANNOT: Final = frozenset(("DEAD", "LOST"))


@dataclass(slots=True)
class Adult:
    """One adult in one child's life, as the rows describe it."""

    kinship: str
    name: str
    number: str = ""
    phone: str = ""
    status: str = ""
    is_guardian: bool = False
    is_carer: bool = False

    # Keyed indexes of number and telephone, filled in by whoever looks the adult up.
    number_token: bytes = b""
    phone_token: bytes = b""

    def key(self) -> tuple[str, str]:
        """Return what makes two mentions of an adult one adult within one child's rows."""
        return (self.kinship, self.name)


def adults_of(rows: Iterable[Mapping[str, Any]], guardianship: str = "") -> list[Adult]:
    """Return every adult that rows of one child name; the best row first."""
    found: dict[tuple[str, str], Adult] = {}
    for values in rows:
        for adult in _mentioned(values):
            _join(found, adult)
    adults = list(found.values())
    for adult in adults:
        adult.is_guardian = _guards(adult, guardianship)
    return adults


def _join(found: dict[tuple[str, str], Adult], adult: Adult) -> None:
    known = found.get(adult.key()) or _by_number(found, adult)
    if known is None:
        found[adult.key()] = adult
        return
    known.number = known.number or adult.number
    known.phone = known.phone or adult.phone
    known.status = known.status or adult.status
    known.is_carer |= adult.is_carer
    known.is_guardian |= adult.is_guardian


def _by_number(found: dict[tuple[str, str], Adult], adult: Adult) -> Adult | None:
    if not adult.number:
        return None
    return next((known for known in found.values() if known.number == adult.number), None)


def _guards(adult: Adult, guardianship: str) -> bool:
    if adult.status in _CANNOT:
        return False
    return adult.is_guardian or adult.kinship in _IN_CHARGE.get(
        guardianship, frozenset((FATHER, MOTHER))
    )


# kinship, name, number, telephone, status or relation: the keys of a row, spelled out once.
_PARENTS: Final = tuple(
    (kinship, *(f"{prefix}_{part}" for part in ("name", "id", "phone", "status")))
    for kinship, prefix in ((FATHER, "father"), (MOTHER, "mother"))
)
_OTHERS: Final = tuple(
    (prefix, *(f"{prefix}_{part}" for part in ("name", "id", "phone", "relation")))
    for prefix in ("carer", "parent", "guardian")
)


def _mentioned(values: Mapping[str, Any]) -> Iterable[Adult]:
    for kinship, name, number, phone, status in _PARENTS:
        if name in values and (known := reading.person_name(values[name])):
            yield Adult(
                kinship,
                known,
                reading.adult_number(values.get(number, "")),
                reading.phone(values.get(phone, "")),
                values.get(status, ""),
            )
    for prefix, name, number, phone, relation in _OTHERS:
        if name in values and (known := reading.person_name(values[name])):
            yield Adult(
                _KINSHIP.get(values.get(relation, ""), OTHER),
                known,
                reading.adult_number(values.get(number, "")),
                reading.phone(values.get(phone, "")),
                # The disabled persons' card names the legal guardian; a school's list the contact.
                is_guardian=prefix == "guardian",
                is_carer=prefix == "carer",
            )
