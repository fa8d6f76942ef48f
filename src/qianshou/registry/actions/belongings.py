"""What hangs on a file besides its rows: it goes along when files join, and back when they part.

Consents, held warnings, set values and news move with the file; what a row brought follows that
row. A hidden place stays hidden, and households that a merge threw together part again.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from django.db.models import Q

from qianshou.registry.actions import storing
from qianshou.registry.models import Child, Consent, Hold, Notice, Pin
from qianshou.registry.rules import placing

# Each kind of belonging with the column that names the row it came with.
_KINDS: Final[tuple[tuple[Any, str], ...]] = (
    (Consent, "record"),
    (Hold, "row"),
    (Pin, ""),
    (Notice, ""),
)
# Where the version in force of each of these rows stands.
_HOMES: Final = """
SELECT o.id, l.child_id FROM exchange_record o
JOIN exchange_record n ON n.source_id = o.source_id AND n.key_token = o.key_token
JOIN registry_link l ON l.record_id = n.id AND l.state <> 'ENDED'
WHERE o.id = ANY(%s)
"""


def move_all(origin: UUID, target: UUID) -> list[UUID]:
    """Move what hangs on a file to the one that takes it in, and return what moved.

    Where a person has set the same field in both files, the file that stays keeps its own value;
    the other one waits with its file.
    """
    taken = Pin.objects.filter(child=target, ended_at=None).values("field")
    due = Notice.objects.filter(child=target, visit=Notice.Visit.DUE).values("kind")
    moved: list[UUID] = []
    for model, _row in _KINDS:
        mine = model.objects.filter(child=origin)
        if model is Pin:
            mine = mine.exclude(ended_at=None, field__in=taken)
        elif model is Notice:
            # One visit is enough for one piece of news about one child.
            mine = mine.exclude(visit=Notice.Visit.DUE, kind__in=due)
        ids = list(mine.values_list("pk", flat=True))
        model.objects.filter(pk__in=ids).update(child=target)
        moved += ids
    return moved


def move_with_row(origin: UUID, record: UUID, target: UUID) -> list[UUID]:
    """Move what came with one row to the file that the row goes to, and return what moved."""
    moved: list[UUID] = []
    versions = versions_of(record)
    for model, row in _KINDS:
        if row:
            ids = [
                each.pk
                for each in model.objects.filter(child=origin)
                if getattr(each, f"{row}_id") in versions
            ]
            model.objects.filter(pk__in=ids).update(child=target)
            moved += ids
    return moved


def versions_of(record: UUID) -> frozenset[UUID]:
    """Return every version of a row, the earlier and the later ones."""
    return frozenset(
        version
        for (version,) in storing.fetch(
            "SELECT o.id FROM exchange_record n JOIN exchange_record o"
            " ON o.source_id = n.source_id AND o.key_token = n.key_token WHERE n.id = %s",
            [record],
        )
    )


def follow(
    rows: Sequence[UUID], touched: Iterable[UUID], decisions: Sequence[placing.Decision]
) -> None:
    """After an undoing, put everything where its row stands, or where the decisions want it.

    What a row brought after the merge was never moved by it, and follows the row all the same.
    """
    files = set(touched)
    for model, row in _KINDS:
        wanted = Q(pk__in=rows)
        if row:
            wanted |= Q(**{f"{row}__in": rows}, child__in=files)
        found = list(model.objects.filter(wanted))
        homes = _row_homes([getattr(each, f"{row}_id") for each in found]) if row else {}
        for each in found:
            home = homes.get(getattr(each, f"{row}_id")) if row else None
            if home not in files:
                home = placing.place(each.pk, decisions, each.child_id)
            if home != each.child_id:
                model.objects.filter(pk=each.pk).update(child_id=home)


def _row_homes(records: Sequence[UUID | None]) -> dict[UUID, UUID]:
    return dict(storing.fetch(_HOMES, [[each for each in records if each]]))


# -- the place ------------------------------------------------------------------------------------


def hide_as(absorbed: Child, kept: Child) -> dict[str, Any]:
    """Let a hidden place stay hidden in the joined file; return what to give back at an undo."""
    if not absorbed.hidden_location:
        return {}
    readers = set(absorbed.location_readers)
    if kept.hidden_location:
        readers = (readers & set(kept.location_readers)) or set(kept.location_readers)
    made = sorted(readers)
    was = [kept.hidden_location, kept.location_readers]
    Child.objects.filter(pk=kept.pk).update(hidden_location=True, location_readers=made)
    return {"was": was, "made": made}


def show_as_before(kept: UUID, place: Mapping[str, Any]) -> None:
    """Give a file its own hiding back, unless a person has changed it since the merge."""
    if place:
        hidden, readers = place["was"]
        Child.objects.filter(pk=kept, hidden_location=True, location_readers=place["made"]).update(
            hidden_location=hidden, location_readers=readers
        )


# -- the household --------------------------------------------------------------------------------


def households_of(*children: Child) -> dict[str, str]:
    """Return the household of everybody in the households of some files, if there are several."""
    homes = {child.household_id for child in children} - {None}
    if len(homes) < 2:
        return {}
    everybody = Child.objects.filter(household_id__in=homes).values_list("pk", "household_id")
    return {str(child): str(home) for child, home in everybody}


def part_households(kept: UUID, before: Mapping[str, str]) -> None:
    """Give back the households that a merge made one."""
    joined = Child.objects.filter(pk=kept).values_list("household_id", flat=True).first()
    for child, home in before.items():
        Child.objects.filter(pk=child, household_id=joined).update(household_id=home)
