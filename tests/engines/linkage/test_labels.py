"""Labels move the weights as far as they say, and no further."""

from qianshou.engines.linkage import estimate
from qianshou.engines.linkage.labels import RULED, Label, learned, read_levels, surprise, weigh
from qianshou.engines.linkage.model import Model

MODEL, ROWS = Model.default(), 10_000
LEVELS = read_levels("name=exact;birth=year;household=place;id_number=missing;sex=equal")


def known(levels: dict[str, str]) -> dict[str, str]:
    """Keep the levels that the model has, so that the test speaks of what is weighed."""
    return {
        name: level
        for name, level in levels.items()
        if name in MODEL.comparisons and level in MODEL.comparisons[name].levels
    }


def labels(same: int, different: int) -> list[Label]:
    levels = known(LEVELS)
    assert len(levels) >= 2
    answers = [True] * same + [False] * different
    return [Label(levels, answer) for answer in answers]


def test_no_labels_leave_the_model_as_it_is():
    assert learned(MODEL, [], population=ROWS) is MODEL


def test_answers_draw_the_weight_of_such_pairs_towards_them():
    pair = labels(1, 0)[0]
    before = weigh(MODEL, pair, population=ROWS)

    yes = weigh(learned(MODEL, labels(30, 0), population=ROWS), pair, population=ROWS)
    no = weigh(learned(MODEL, labels(0, 30), population=ROWS), pair, population=ROWS)

    assert no < before
    assert no < yes


def test_more_answers_say_more():
    pair = labels(1, 0)[0]
    weights = [
        weigh(learned(MODEL, labels(0, many), population=ROWS), pair, population=ROWS)
        for many in (1, 10, 100)
    ]

    assert weights == sorted(weights, reverse=True)


def test_the_learned_model_is_less_surprised_by_what_it_heard():
    heard = labels(6, 14)

    taught = learned(MODEL, heard, population=ROWS)

    assert surprise(taught, heard, population=ROWS) < surprise(MODEL, heard, population=ROWS)


def test_levels_weighed_by_rule_stay_and_twins_teach_nothing():
    conflict = Label({"id_number": "conflict", "name": "exact"}, same=True)
    twin = Label({"name": "twin", "birth": "equal"}, same=True)

    taught = learned(MODEL, [conflict] * 50, population=ROWS)

    part, before = taught.comparisons["id_number"], MODEL.comparisons["id_number"]
    place = part.levels.index("conflict")
    assert part.bits[place] == before.bits[place]
    assert learned(MODEL, [twin] * 50, population=ROWS) is MODEL


def test_levels_weighed_by_rule_are_those_of_the_estimate():
    assert frozenset(estimate._FIXED_BITS) == RULED
