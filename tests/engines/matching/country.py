"""Small invented countries: counties whose mothers near the border may serve the next county."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import polars as pl

Tables = dict[str, pl.DataFrame]


def a_country(
    rng: np.random.Generator, *, largest: int = 5, groups: bool = False, children: int = 24
) -> Tables:
    """Return children, mothers and pairs of a few counties with few or many ways across."""
    counties = int(rng.integers(1, largest + 1))
    n, m = int(rng.integers(1, children)), int(rng.integers(1, children))
    of_child, of_mother = rng.integers(0, counties, n), rng.integers(0, counties, m)
    away = np.abs(of_child[:, None] - of_mother[None, :])
    chance = np.where(away == 0, 0.4, np.where(away == 1, rng.choice([0.0, 0.05, 0.3]), 0))
    i, j = np.nonzero(rng.random((n, m)) < chance)
    names = np.array([f"5001{k:02d}/县" for k in range(counties)])
    kids: dict[str, Any] = {
        "child_id": [f"c{k:03d}" for k in range(n)],
        "tier": rng.integers(0, 3, n),
        "county": names[of_child],
    }
    if groups:
        # Mostly of one county, as families are; now and then of two.
        family = np.where(rng.random(n) < 0.9, of_child * 10 + rng.integers(0, 3, n), 99)
        kids["group_id"] = [f"g{k}" if rng.random() < 0.5 else "" for k in family]
    mums = {
        "mother_id": [f"m{k:03d}" for k in range(m)],
        "capacity": rng.integers(0, 4, m),
        "county": names[of_mother],
    }
    pairs = {
        "child_id": [kids["child_id"][k] for k in i],
        "mother_id": [mums["mother_id"][k] for k in j],
        "score": rng.integers(-20, 20, len(i)),
    }
    text = {"child_id": pl.String, "mother_id": pl.String}
    return {
        "children": pl.DataFrame(kids),
        "mothers": pl.DataFrame(mums),
        "pairs": pl.DataFrame(pairs, schema_overrides=text),
    }


def in_files(tables: Tables, folder: Path) -> list[str]:
    """Write the tables as three Parquet files and return the options that name them."""
    options = []
    for name, table in tables.items():
        table.write_parquet(folder / f"{name}.parquet")
        options += [f"--{name}", str(folder / f"{name}.parquet")]
    return options


def in_folders(tables: Tables, folder: Path, *, suffix: str = "parquet") -> list[str]:
    """Write the tables with a part for each county and return the options that name them."""
    home = tables["children"].select("child_id", "county")
    parted = {**tables, "pairs": tables["pairs"].join(home, on="child_id", how="left")}
    options = []
    for name, table in parted.items():
        for (county,), part in table.group_by("county"):
            inside = folder / name / f"county={quote(str(county), safe='')}"
            inside.mkdir(parents=True)
            path = inside / f"part.{suffix}"
            rows = part.drop("county")
            rows.write_parquet(path) if suffix == "parquet" else rows.write_csv(path)
        options += [f"--{name}", str(folder / name)]
    return options


def shuffled(tables: Tables, *, seed: int) -> Tables:
    """Return the same rows in another order."""
    return {
        name: table.sample(fraction=1, shuffle=True, seed=seed) for name, table in tables.items()
    }


def renamed(tables: Tables, rng: np.random.Generator) -> Tables:
    """Return the same counties under other names, which sort otherwise."""
    names = tables["children"]["county"].append(tables["mothers"]["county"]).unique().sort()
    others = [f"x{k}" for k in rng.permutation(len(names)).tolist()]
    county = pl.col("county").replace_strict(dict(zip(names, others, strict=True)))
    return {
        name: table.with_columns(county) if "county" in table.columns else table
        for name, table in tables.items()
    }


def without_counties(tables: Tables) -> Tables:
    """Return the same people as one problem."""
    return {name: table.drop("county", strict=False) for name, table in tables.items()}
