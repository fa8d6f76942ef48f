"""Which roles children still lack in their care teams, as rooms above know it.

Care models are kept above pairing, so that room registers here who lacks whom:

    needs.register(lacking)

A provider gets an area, and perhaps some children, and returns roles that the roster could fill.
"""

from collections.abc import Callable, Collection
from uuid import UUID

Lacking = dict[UUID, frozenset[str]]
Provider = Callable[[str, Collection[UUID] | None], Lacking]
_providers: list[Provider] = []


def register(provider: Provider) -> None:
    """Let a room above say which roles children lack."""
    if provider not in _providers:
        _providers.append(provider)


def lacking(area_code: str, children: Collection[UUID] | None = None) -> Lacking:
    """Return the roles that children of an area lack; a child that lacks none is left out."""
    found: Lacking = {}
    for provider in _providers:
        for child, roles in provider(area_code, children).items():
            if roles:
                found[child] = found.get(child, frozenset()) | roles
    return found
