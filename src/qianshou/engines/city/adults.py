"""The adults around the children: fathers, mothers and those who really look after them."""

import numpy as np

from qianshou.engines.city import households, names, numbers, scenarios
from qianshou.engines.city.geography import Places
from qianshou.engines.city.households import Adults, Households, Ints
from qianshou.engines.city.scenarios import SCENARIOS

_YEAR = 365.25


def draw_parents(
    rng: np.random.Generator, homes: Households, *, places: Places, today: int
) -> tuple[Adults, Adults]:
    """Draw fathers and mothers with the state their family's situation gives them."""
    father = _draw_side(rng, homes, places=places, born=today - homes.father_age, sex=1)
    mother = _draw_side(rng, homes, places=places, born=today - homes.mother_age, sex=2)
    return father, mother


def _draw_side(
    rng: np.random.Generator, homes: Households, *, places: Places, born: Ints, sex: int
) -> Adults:
    count = len(homes.village)
    sexes = np.full(count, sex)
    surname = homes.surname if sex == 1 else homes.mother_surname
    full = np.char.add(surname, names.draw_given(rng, sexes, "parents")).tolist()
    situation = [SCENARIOS[i] for i in homes.scenario.tolist()]
    status = [s.father if sex == 1 else s.mother for s in situation]
    regions = households.region_codes(
        rng, places, hukou=[home[3] for home in homes.hukou], born=born
    )
    ids = numbers.resident_ids(
        regions,
        born,
        sex=sexes,
        sequence=households.sequences(rng, places, homes.hukou_outside),
    )
    return Adults(
        name=_minority_names(rng, homes, full=full, sexes=sexes),
        status=status,
        id_no=ids,
        phone=households.draw_phones(rng, status),
    )


def _minority_names(
    rng: np.random.Generator, homes: Households, *, full: list[str], sexes: Ints
) -> list[str]:
    out = list(full)
    for i in np.flatnonzero(np.isin(homes.ethnicity, ["彝族", "藏族"])).tolist():
        out[i] = names.minority_name(rng, str(homes.ethnicity[i]), int(sexes[i]))
    return out


def draw_carers(
    rng: np.random.Generator,
    homes: Households,
    *,
    places: Places,
    parents: tuple[Adults, Adults],
    today: int,
) -> Adults:
    """Draw who really looks after the children; a parent at home is the carer herself."""
    picks = rng.random(len(homes.village)).tolist()
    relation = [
        SCENARIOS[s].carers[int(pick * len(SCENARIOS[s].carers))]
        for s, pick in zip(homes.scenario.tolist(), picks, strict=True)
    ]
    others = _draw_elders(rng, homes, places=places, relation=relation, today=today)
    sides = {"父亲": parents[0], "母亲": parents[1]}
    chosen = [sides.get(word, others) for word in relation]
    return Adults(
        name=[side.name[i] for i, side in enumerate(chosen)],
        status=relation,
        id_no=[side.id_no[i] for i, side in enumerate(chosen)],
        phone=[side.phone[i] for i, side in enumerate(chosen)],
    )


def _draw_elders(
    rng: np.random.Generator, homes: Households, *, places: Places, relation: list[str], today: int
) -> Adults:
    count = len(relation)
    sexes = np.array([1 if word in scenarios.MALE_RELATIONS else 2 for word in relation])
    elder = np.array(["祖" in word for word in relation])
    older = np.where(elder, rng.uniform(20, 30, count), rng.uniform(-8, 10, count)) * _YEAR
    # Carers are adults of at most 85 years.
    age = np.clip(homes.father_age + older.astype(np.int64), int(22 * _YEAR), int(85 * _YEAR))
    given = np.where(
        elder, names.draw_given(rng, sexes, "elders"), names.draw_given(rng, sexes, "parents")
    )
    full = np.char.add(_elder_surnames(rng, homes, relation), given).tolist()
    regions = households.region_codes(
        rng, places, hukou=[home[3] for home in homes.hukou], born=today - age
    )
    ids = numbers.resident_ids(
        regions,
        today - age,
        sex=sexes,
        sequence=households.sequences(rng, places, homes.hukou_outside),
    )
    reachable = ["" if luck < 0.06 else "在家" for luck in rng.random(count).tolist()]
    return Adults(
        name=_minority_names(rng, homes, full=full, sexes=sexes),
        status=relation,
        id_no=ids,
        phone=households.draw_phones(rng, reachable),
    )


def _elder_surnames(
    rng: np.random.Generator, homes: Households, relation: list[str]
) -> names.Texts:
    """Grandfathers and uncles carry the family's surname; wives and neighbours their own."""
    words = np.array(relation)
    own = names.draw_surnames(rng, len(relation))
    paternal = np.isin(words, ["祖父", "叔伯", "姑姑"])
    maternal = np.isin(words, ["外祖父", "舅舅", "姨妈"])
    return np.where(paternal, homes.surname, np.where(maternal, homes.mother_surname, own))
