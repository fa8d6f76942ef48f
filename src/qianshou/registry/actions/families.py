"""Parents, guardians and carers recognised across children, and the households they make.

An adult is recognised by ID number, else by telephone and name. Children are one household when
they share a parent, or a telephone, a village and a surname: siblings whose rows name different
adults. The teacher's telephone alone makes no household.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from qianshou.common import crypto
from qianshou.common.copying import copy_rows
from qianshou.common.identity import new_id, new_ids
from qianshou.engines.linkage import sounds
from qianshou.registry.actions import storing
from qianshou.registry.models import Guardian, Guardianship
from qianshou.registry.rules import adults
from qianshou.registry.rules.adults import Adult
from qianshou.registry.rules.golden import Row

Key = tuple[Any, ...]
Read = tuple[UUID, dict[str, Any], list[Adult]]
KNOWN: Final = """
SELECT id, id_token, phone_token, name FROM registry_guardian WHERE id_token = ANY(%s)
UNION ALL
SELECT id, id_token, phone_token, name FROM registry_guardian
WHERE phone_token = ANY(%s) AND NOT id_token = ANY(%s)
"""
HOMES: Final = """
SELECT s.guardian_id, s.kinship, NULL::bytea, c.household_id, c.area_code, c.search_name
FROM registry_guardianship s JOIN registry_child c ON c.id = s.child_id
WHERE s.guardian_id = ANY(%s) AND c.household_id IS NOT NULL AND c.merged_into_id IS NULL
UNION ALL
SELECT g.id, s.kinship, g.phone_token, c.household_id, c.area_code, c.search_name
FROM registry_guardian g JOIN registry_guardianship s ON s.guardian_id = g.id
JOIN registry_child c ON c.id = s.child_id
WHERE g.phone_token = ANY(%s) AND c.household_id IS NOT NULL AND c.merged_into_id IS NULL
"""
STANDING: Final = """
SELECT s.id, s.child_id, s.guardian_id, s.kinship, g.name, s.is_guardian, s.is_carer, s.status,
       g.id_token, g.phone_token
FROM registry_guardianship s JOIN registry_guardian g ON g.id = s.guardian_id
WHERE s.child_id = ANY(%s)
"""
_PARENTS: Final = frozenset((adults.FATHER, adults.MOTHER))


@dataclass(slots=True)
class Mention:
    """What a child's file says about its family, and the household it has so far."""

    child: UUID
    plain: dict[str, Any]
    rows: Sequence[Row]
    guardianship: str
    household_id: UUID | None


class Kin:
    """The adults and households met during one refresh, so that each is made once."""

    def __init__(self, *, fresh: bool) -> None:
        """`fresh` tells that no child of this refresh is on file yet."""
        self._fresh = fresh
        self._adults: dict[Key, UUID] = {}
        self._tokens: dict[str, bytes] = {}
        self._homes: dict[Key, UUID] = {}
        self._alias: dict[UUID, UUID] = {}
        self._of_child: dict[UUID, UUID] = {}
        self._new_adults: list[tuple[UUID, str, Adult]] = []
        self._wanted: list[tuple[UUID, UUID, str, Adult]] = []
        self._standing: dict[UUID, list[tuple[Any, ...]]] = {}

    def gather(self, mentions: Iterable[Mention]) -> None:
        """Read who looks after each child and find or make the adults and the household."""
        given = list(mentions)
        read = [
            (
                each.child,
                each.plain,
                adults.adults_of((row.values for row in each.rows), each.guardianship),
            )
            for each in given
        ]
        self._look_up(read, {each.child: each.household_id for each in given})
        for child, plain, found in read:
            self._settle(child, plain, found)

    def household_of(self, child: UUID) -> UUID | None:
        """Return the household that the child's adults gave it."""
        found = self._of_child.get(child)
        return self._alias.get(found, found) if found else None

    # -- finding ----------------------------------------------------------------------------------

    def _look_up(self, read: Sequence[Read], homes: Mapping[UUID, UUID | None]) -> None:
        everyone = [adult for _, _, found in read for adult in found]
        for adult in everyone:
            self._index(adult)
        if not self._fresh:
            self._look_up_standing(homes)
        # A relation that stands has its household already; only adults new to a child are asked.
        new = [adult for adult in everyone if not any(key in self._adults for key in _keys(adult))]
        numbers = [adult.number_token for adult in new if adult.number]
        phones = [adult.phone_token for adult in new if adult.phone]
        if not numbers and not phones:
            return
        for guardian, number, phone, name in storing.fetch(KNOWN, [numbers, phones, numbers]):
            self._know(guardian, name, number=bytes(number), phone=bytes(phone))
        self._look_up_homes(new, phones)

    def _look_up_standing(self, homes: Mapping[UUID, UUID | None]) -> None:
        for row in storing.fetch(STANDING, [list(homes)]):
            self._standing.setdefault(row[1], []).append(row)
            guardian, kinship, home = row[2], row[3], homes[row[1]]
            self._know(guardian, row[4], number=bytes(row[8]), phone=bytes(row[9]))
            if kinship in _PARENTS and home:
                self._homes.setdefault(("parent", guardian), home)

    def _know(self, guardian: UUID, name: str, *, number: bytes, phone: bytes) -> None:
        if number:
            self._adults.setdefault(("id", number), guardian)
        if phone:
            self._adults.setdefault(("phone", phone, name), guardian)

    def _index(self, adult: Adult) -> None:
        if adult.number:
            adult.number_token = self._token(adult.number, "guardian.id")
        if adult.phone:
            adult.phone_token = self._token(adult.phone, "guardian.phone")

    def _token(self, value: str, purpose: str) -> bytes:
        found = self._tokens.get(value)
        if found is None:
            found = self._tokens[value] = crypto.blind(value, purpose=purpose)
        return found

    def _look_up_homes(self, everyone: Sequence[Adult], phones: Sequence[bytes]) -> None:
        keys = {key for adult in everyone for key in _keys(adult)}
        known = list({self._adults[key] for key in keys if key in self._adults})
        rows = storing.fetch(HOMES, [known, list(phones)]) if known else ()
        for guardian, kinship, phone, home, area_code, name in rows:
            if kinship in _PARENTS:
                self._homes.setdefault(("parent", guardian), home)
            if phone:
                self._homes.setdefault(_phone_home(bytes(phone), area_code, name), home)

    def _settle(self, child: UUID, plain: dict[str, Any], found: list[Adult]) -> None:
        taken: set[UUID] = set()
        homes: list[Key] = []
        for adult in found:
            guardian = self._recognise(child, plain["area_code"], adult)
            if guardian in taken:
                continue
            taken.add(guardian)
            self._wanted.append((child, guardian, plain["area_code"], adult))
            if adult.kinship in _PARENTS:
                homes.append(("parent", guardian))
            if adult.phone and not plain["area_code"].endswith("000"):
                homes.append(_phone_home(adult.phone_token, plain["area_code"], plain["name"]))
        self._move_in(child, homes)

    def _recognise(self, child: UUID, area_code: str, adult: Adult) -> UUID:
        keys = _keys(adult) or [("own", child, adult.kinship, adult.name)]
        found = next((self._adults[key] for key in keys if key in self._adults), None)
        if found is None and not adult.number and not adult.phone:
            found = self._standing_adult(child, adult)
        if found is None:
            found = new_id()
            self._new_adults.append((found, area_code, adult))
        for key in keys:
            self._adults.setdefault(key, found)
        return found

    def _standing_adult(self, child: UUID, adult: Adult) -> UUID | None:
        return next(
            (
                row[2]
                for row in self._standing.get(child, ())
                if row[3] == adult.kinship and row[4] == adult.name
            ),
            None,
        )

    def _move_in(self, child: UUID, keys: list[Key]) -> None:
        if not keys:
            return
        met = {home for key in keys if (home := self._homes.get(key))}
        homes = sorted({self._alias.get(home, home) for home in met})
        home = homes[0] if homes else new_id()
        for other in homes[1:]:
            # Two households turn out to be one; what pointed to the second follows the first.
            self._alias = {old: home if new == other else new for old, new in self._alias.items()}
            self._alias[other] = home
        for key in keys:
            self._homes[key] = home
        self._of_child[child] = home

    # -- writing ----------------------------------------------------------------------------------

    def store(self, born: Iterable[UUID]) -> None:
        """Write the adults and how they stand to the children gathered since the last time."""
        copy_rows(
            Guardian,
            ("id", "area_code", "name", "id_number", "id_token", "phone", "phone_token"),
            (_guardian_row(*each) for each in self._new_adults),
        )
        new = set(born)
        rows, stale = [], []
        standing = {(row[1], row[2]): row for rows_ in self._standing.values() for row in rows_}
        for child, guardian, area_code, adult in self._wanted:
            wanted = (adult.kinship, adult.is_guardian, adult.is_carer, adult.status)
            row = None if child in new else standing.pop((child, guardian), None)
            if row is not None:
                if (row[3], *row[5:8]) == wanted:
                    continue
                stale.append(row[0])
            rows.append((child, guardian, area_code, *wanted))
        stale += [row[0] for row in standing.values()]
        if stale:
            storing.run("DELETE FROM registry_guardianship WHERE id = ANY(%s)", [stale])
        copy_rows(
            Guardianship,
            ("id", "child_id", "guardian_id", "area_code", "kinship", "is_guardian", "is_carer",
             "status"),
            ((each, *row) for each, row in zip(new_ids(len(rows)), rows, strict=True)),
        )  # fmt: skip
        self._new_adults, self._wanted, self._standing = [], [], {}

    def join_households(self) -> None:
        """Let files already written follow a household that turned out to be another's."""
        if self._alias:
            storing.run(
                "UPDATE registry_child c SET household_id = m.home FROM"
                " unnest(%s::uuid[], %s::uuid[]) AS m(old, home) WHERE c.household_id = m.old",
                [list(self._alias), list(self._alias.values())],
            )


def _keys(adult: Adult) -> list[Key]:
    keys: list[Key] = []
    if adult.number:
        keys.append(("id", adult.number_token))
    if adult.phone:
        keys.append(("phone", adult.phone_token, adult.name))
    return keys


def _phone_home(phone: bytes, area_code: str, child_name: str) -> Key:
    return ("phone", phone, area_code, sounds.surname_of(child_name) if child_name else "")


def _guardian_row(guardian: UUID, area_code: str, adult: Adult) -> tuple[Any, ...]:
    number = crypto.seal(adult.number, column="registry_guardian.id_number", row=guardian)
    phone = crypto.seal(adult.phone, column="registry_guardian.phone", row=guardian)
    name, token = adult.name[:80], adult.phone_token
    return guardian, area_code, name, number, adult.number_token, phone, token
