"""Small builders of person rows for the linkage tests, and a seeded Latin table with slips."""

import random
from collections.abc import Iterator

import polars as pl

from qianshou.engines.linkage import engine, identity, spec
from qianshou.engines.linkage.outcome import Linked

CHILD = {
    "source": "civil",
    "name": "冉小雨",
    "sex": "女",
    "birth_on": "2014-07-17",
    "id_number": None,
    "guardian_name": "冉建国",
    "guardian_phone": "16412345678",
    "area_code": "500236103205",
}
# fmt: off
GIVEN = (
    "oliver", "amelia", "jack", "isla", "harry", "emily", "jacob", "poppy", "charlie", "jessica",
    "thomas", "lily", "oscar", "ava",
)
FAMILY = (
    "whitfield", "okonkwo", "marchetti", "lindqvist", "abernathy", "kowalski", "ferreira",
    "tanaka", "osullivan",
)
STREETS = (
    "orchard", "kestrel", "bramble", "quarry", "mallow", "harbour", "juniper", "saddler",
    "willow", "foundry",
)
# fmt: on


def number(front: str, order: int) -> str:
    """Give a valid identity number for region + birthday (14 digits) and an order number."""
    body = f"{front}{order:03d}"
    return body + identity.check_digit(body)


def row(row_id: str, **changes: object) -> dict[str, object]:
    """Give one child's row, harmless but for the changes."""
    return CHILD | {"row_id": row_id} | changes


def frame(*rows: dict[str, object]) -> pl.DataFrame:
    """Put rows into the frame that the engine takes."""
    columns = dict.fromkeys(name for one in rows for name in one)
    return pl.DataFrame(
        {
            name: [None if one.get(name) is None else str(one[name]) for one in rows]
            for name in columns
        },
        schema=dict.fromkeys(columns, pl.String),
    )


def link(*rows: dict[str, object], **options: object) -> Linked:
    """Link a few children's rows with the shipped model."""
    return engine.link(frame(*rows), options.pop("spec", spec.children_spec()), **options)


def together(linked: Linked) -> set[frozenset[str]]:
    """Give the clusters as sets of row ids."""
    groups = linked.clusters.group_by("cluster_id").agg("row_id")["row_id"].to_list()
    return {frozenset(group) for group in groups}


def latin(persons: int, *, seed: int) -> tuple[pl.DataFrame, list[int]]:
    """Give Latin persons, about half of them twice with typing slips, and who is who."""
    rng = random.Random(seed)
    rows: list[dict[str, object]] = []
    truth: list[int] = []
    for person in range(persons):
        clean = _latin_person(rng)
        for copy in range(1 + (rng.random() < 0.5)):
            rows.append(clean if copy == 0 else dict(_slips(clean, rng)))
            truth.append(person)
    order = list(range(len(rows)))
    rng.shuffle(order)
    table = frame(*({"row_id": str(i)} | rows[at] for i, at in enumerate(order)))
    return table, [truth[at] for at in order]


def _latin_person(rng: random.Random) -> dict[str, object]:
    return {
        "given_name": rng.choice(GIVEN) + rng.choice(("", "", "a", "e", "son")),
        "surname": rng.choice(FAMILY) + rng.choice(("", "", "s", "ova", "man")),
        "date": f"{rng.randrange(1930, 2012)}{rng.randrange(1, 13):02d}{rng.randrange(1, 29):02d}",
        "address": f"{rng.randrange(1, 200)} {rng.choice(STREETS)} {rng.choice(('road', 'lane'))}",
        "code": f"{rng.randrange(1000, 9999)}",
    }


def _slips(clean: dict[str, object], rng: random.Random) -> Iterator[tuple[str, object]]:
    for name, value in clean.items():
        if rng.random() < 0.25:
            value = _slip(str(value), rng)
        elif rng.random() < 0.05:
            value = None
        yield name, value


def _slip(value: str, rng: random.Random) -> str:
    at = rng.randrange(len(value) - 1)
    match rng.randrange(3):
        case 0:
            return value[:at] + value[at + 1 :]
        case 1:
            return value[:at] + value[at + 1] + value[at] + value[at + 2 :]
        case _:
            return value[:at] + ("7" if value[at].isdigit() else "x") + value[at + 1 :]


def pair_f1(labels: list[str], truth: list[int]) -> float:
    """Give the F1 over pairs of rows."""
    table = pl.DataFrame({"found": labels, "truth": truth})

    def pairs(*by: str) -> int:
        sizes = table.group_by(by).len()["len"].cast(pl.Int64)
        return int((sizes * (sizes - 1) // 2).sum())

    return 2 * pairs("found", "truth") / (pairs("found") + pairs("truth"))
