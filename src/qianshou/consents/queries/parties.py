"""With whom data of a child would be shared: rooms above say so; guardians are asked by name."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from django.db.models import QuerySet

from qianshou.registry.actions.consents import newest_of
from qianshou.registry.models import Child, Consent

SHARING: Final = Consent.Purpose.SHARING
Parties = Callable[[Child], Sequence[str]]
Lacking = Callable[[Mapping[str, Any], date], QuerySet[Any]]
_parties: list[Parties] = []
_lacking: list[Lacking] = []


def register(parties: Parties, lacking: Lacking) -> None:
    """Let a room above name parties of a child, and the children of whom a consent is lacking."""
    if parties not in _parties:
        _parties.append(parties)
        _lacking.append(lacking)


def parties_to_ask(child: Child) -> list[str]:
    """Return whom a guardian is asked about, with those to whom she has agreed before.

    A new answer takes the place of the earlier one, so a party left out would lose its yes.
    """
    newest = newest_of(child.pk, SHARING)
    before = list(newest.parties) if newest is not None and newest.given else []
    wanted = [party for provider in _parties for party in provider(child)]
    return list(dict.fromkeys([*before, *wanted]))


def children_lacking(inside: Mapping[str, Any], today: date) -> list[QuerySet[Any]]:
    """Return the children about whom no guardian was asked, one question for each room above."""
    return [provider(inside, today) for provider in _lacking]
