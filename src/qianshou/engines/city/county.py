"""One county's share of the city: truth, lists of all departments, next month, and trouble."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from qianshou.engines.city import (
    changes,
    children,
    civil_affairs,
    disabled_persons,
    education,
    geography,
    health,
    messy,
    mother_forms,
    mothers,
)
from qianshou.engines.city.geography import Places
from qianshou.engines.city.mixes import CIVIL, DISABLED, EDUCATION, HEALTH, TIDY, ErrorMix
from qianshou.engines.city.rows import Clerk, Rows

Flags = NDArray[np.bool_]
MESSY_FRESH, MESSY_KNOWN, MESSY_DOUBTFUL = 30, 10, 4


@dataclass(frozen=True)
class Order:
    """What to make of a county; `town` narrows it to one town (12 digits)."""

    seed: int
    county: str
    children: int
    mothers: int
    as_of: date
    next_month_end: date
    mix: ErrorMix
    town: str = ""


@dataclass(frozen=True)
class County:
    """Everything that a county delivers, and the truth behind it."""

    places: Places
    children: pl.DataFrame
    mothers: pl.DataFrame
    civil: Rows
    education: Rows
    disabled: Rows
    health: Rows
    mother_forms: Rows
    update: Rows
    changes: list[tuple[str, str, str, str, str, str]]


def make_county(order: Order) -> County:
    """Draw a county and write all its lists; the same order always gives the same county."""
    places = geography.places_of(order.county)
    rng = np.random.default_rng([order.seed, int(order.county)])
    wanted = children.Wanted(order.children, order.as_of, order.mix.outside_share, order.town)
    truth = children.draw_children(rng, places, wanted)
    known = _coverage(rng, truth, order.mix)
    truth = truth.with_columns(
        sources=pl.Series(_sources(known)), delivery=pl.Series(_first_seen(known))
    )
    recruits = mothers.Recruits(order.mothers, order.as_of, order.town)
    women = mothers.draw_mothers(rng, places, recruits)

    def clerk(department: str, number: int) -> Clerk:
        return Clerk((order.seed, int(order.county), number), order.mix, department=department)

    civil_clerk = clerk(CIVIL, 1)
    civil = civil_affairs.write_rows(truth.filter(known[CIVIL]), places, clerk=civil_clerk)
    story = changes.Story(
        rows=civil.take(_once(civil)),
        children=truth,
        places=places,
        clerk=clerk(CIVIL, 5),
        month_end=order.next_month_end,
    )
    newcomers = civil_affairs.write_rows(
        truth.filter(known["new"]), places, clerk=clerk(CIVIL, 6), start=len(truth) + 1
    )
    update = changes.next_month(story, newcomers.take(_once(newcomers)))
    of = {EDUCATION: clerk(EDUCATION, 2), DISABLED: clerk(DISABLED, 3), HEALTH: clerk(HEALTH, 4)}
    return County(
        places=places,
        children=truth,
        mothers=women,
        civil=civil,
        education=education.write_rows(
            truth.filter(known[EDUCATION]), places, clerk=of[EDUCATION], as_of=order.as_of
        ),
        disabled=disabled_persons.write_rows(
            truth.filter(known[DISABLED]), clerk=of[DISABLED], as_of=order.as_of
        ),
        health=health.write_rows(
            truth.filter(known[HEALTH]), places, clerk=of[HEALTH], as_of=order.as_of
        ),
        mother_forms=mother_forms.write_rows(women, places, clerk=clerk(CIVIL, 7)),
        update=update,
        changes=story.log,
    )


def _coverage(rng: np.random.Generator, truth: pl.DataFrame, mix: ErrorMix) -> dict[str, Flags]:
    """Decide who is known where; nobody is known nowhere, except those new next month."""
    count = len(truth)
    luck = rng.random((5, count))
    preschool = (truth["stage"] == "学前").to_numpy()
    pupil = (truth["stage"] != "").to_numpy() & ~truth["dropped_out"].to_numpy()
    new = luck[4] < 0.012
    covered: dict[str, Flags] = {
        EDUCATION: pupil & (luck[1] < mix.coverage[EDUCATION] * np.where(preschool, 0.65, 1)),
        DISABLED: (truth["disability"] != "").to_numpy() & (luck[2] < mix.coverage[DISABLED]),
        HEALTH: luck[3] < mix.coverage[HEALTH],
    }
    anywhere = covered[EDUCATION] | covered[DISABLED] | covered[HEALTH]
    covered[CIVIL] = ((luck[0] < mix.coverage[CIVIL]) | ~anywhere) & ~new
    return {**covered, "new": new}


def _once(rows: Rows) -> list[int]:
    """Leave out exact copies: nobody knows which of two equal keys an office would correct."""
    copies = {"DUPLICATE_KEY"}
    flaws = rows.flaws
    return [i for i in range(len(rows)) if not copies & {flaw.reason for flaw in flaws[i]}]


def _sources(known: dict[str, Flags]) -> list[str]:
    names = (CIVIL, EDUCATION, DISABLED, HEALTH)
    table = np.column_stack([known[name] for name in names]).tolist()
    return ["、".join(n for n, has in zip(names, row, strict=True) if has) for row in table]


def _first_seen(known: dict[str, Flags]) -> list[str]:
    return ["first" if sources else "update" for sources in _sources(known)]


def make_messy(order: Order, county: County) -> tuple[pl.DataFrame, Rows]:
    """Write a small sheet for trying out: fresh children, known ones, doubtful ones, bad rows.

    Returns the fresh children (truth) and the rows.
    """
    rng = np.random.default_rng([order.seed, int(order.county), 99])
    wanted = children.Wanted(MESSY_FRESH * 2, order.as_of, 0.0, order.town)
    drawn = children.draw_children(rng, county.places, wanted)
    at_home = drawn.filter(pl.col("county_code") == county.places.county_code).head(MESSY_FRESH)
    fresh = at_home.with_columns(
        truth_id=pl.col("truth_id").str.replace(r"(C\d{6})\d", "${1}9"),
        household_id=pl.col("household_id").str.replace(r"(H\d{6})\d", "${1}9"),
        sources=pl.lit(""),
        delivery=pl.lit("messy"),
    )
    elsewhere = county.children.filter(
        ~pl.col("sources").str.contains(CIVIL)
        & pl.col("sources").str.contains(EDUCATION)
        & (pl.col("county_code") == county.places.county_code)
    ).head(MESSY_KNOWN)
    clerk = Clerk((order.seed, int(order.county), 98), TIDY, department=CIVIL)
    both = pl.concat([elsewhere, fresh], how="vertical_relaxed")
    rows = civil_affairs.write_rows(both, county.places, clerk=clerk, start=800_001)
    known = set(elsewhere["truth_id"].to_list())
    # Known children first, so that trouble strikes only the fresh ones.
    rows = rows.take(sorted(range(len(rows)), key=lambda i: rows.truth[i] not in known))
    messy.make_doubtful(rows, clerk, count=min(MESSY_DOUBTFUL, len(known)))
    messy.make_trouble(rows, county.places, clerk, spared=len(known))
    return fresh, civil_affairs.in_order(rows)
