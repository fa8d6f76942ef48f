"""What an instrument would change, before anybody puts it in force."""

from datetime import date

from qianshou.areas import rules as area_rules
from qianshou.assessment.actions import assessing, instruments
from qianshou.assessment.rules.instrument import Compiled
from qianshou.registry.models import Child

Moves = dict[tuple[str, str], int]


def try_instrument(text: str, *, today: date) -> Moves:
    """Count how an instrument would move every child from its present computed grade.

    Nothing is written. Keys are `(grade by the instrument in force, grade by this one)`.
    """
    return try_compiled(instruments.read_instrument(text), today=today)


def try_compiled(theirs: Compiled, *, today: date, area_code: str = "") -> Moves:
    """Count the same for an instrument that is read already, perhaps for one area only."""
    ours = instruments.compiled(instruments.instrument_in_force().pk)
    rows = Child.objects.on_file()
    if area_code:
        rows = rows.filter(area_code__range=area_rules.subtree(area_code))
    everybody = list(rows.values_list("pk", flat=True))
    moves: Moves = {}
    for start in range(0, len(everybody), assessing.CHUNK):
        chunk = everybody[start : start + assessing.CHUNK]
        for _child, _area, facts in assessing.facts_of(chunk, today):
            move = (ours.result(facts).grade, theirs.result(facts).grade)
            moves[move] = moves.get(move, 0) + 1
    return dict(sorted(moves.items()))
