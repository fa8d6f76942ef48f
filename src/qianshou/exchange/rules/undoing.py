"""What a row's history would be had one delivery never come: arithmetic over what later ones said.

A later delivery says one of three things of a row: another version, the same again, or that it has
left the list. The first of them after the undone delivery decides; from there on the history with
and without that delivery is one and the same.
"""

from typing import Final, NamedTuple, TypeVar

Id = TypeVar("Id")
CURRENT: Final = "CURRENT"
SUPERSEDED: Final = "SUPERSEDED"
WITHDRAWN: Final = "WITHDRAWN"


class Word(NamedTuple):
    """What the first later delivery that spoke of a row said: SAME, or how it ended the row."""

    says: str
    run: object


SAME: Final = "SAME"


ECHO: Final = "ECHO"


class Fate(NamedTuple):
    """What becomes of the version an undone delivery brought, and of the one before it.

    `goes`: its version goes. `kept_by`: a later delivery brought the same, so it stays as that
    delivery's. `before` is the state of the version before, ended by `before_by` if not current.
    ECHO: the later version only says again what the one before said, which goes on in its place.
    """

    goes: bool
    kept_by: object
    before: str
    before_by: object


def fate(word: Word | None, *, brought: bool, echoes: bool = False) -> Fate:
    """Return the fate of one row, from what the first later delivery said of it.

    `brought` is False for a row that the delivery only took off the list; `echoes`: the later
    version has the content of the one before the undone delivery.
    """
    if word is None:
        return Fate(brought, None, CURRENT, None)
    if word.says == SAME:
        # Without the undone delivery this one would have brought the version as its own.
        return Fate(goes=False, kept_by=word.run, before=SUPERSEDED, before_by=word.run)
    return Fate(brought, None, ECHO if echoes else word.says, word.run)
