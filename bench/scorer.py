"""The live scorer measured: one new row against its candidates in PostgreSQL, beside the batch.

    python -m bench.scorer --rows 100000
    python -m bench.scorer --rows 1000000

Synthetic rows of children lie in a private PostgreSQL with the tokens of their blocking keys, as
the registry keeps them. A sample of them arrives anew: candidates are found by token, read, and
weighed, once row by row and once in deliveries. Every weight is compared with the weight of the
batch over all rows, and every pair that the batch blocks must be among the candidates. The floor
is the look-up of one primary key. Writes bench/out/scorer.json and bench/out/scorer.md.
"""

import argparse
import gc
import json
import os
import platform
import shutil
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import psycopg

from bench import linkage_rows, spending
from qianshou.config.postgres import launcher
from qianshou.engines.linkage import engine, prepare
from qianshou.engines.linkage.model import Model
from qianshou.engines.linkage.spec import children_spec

OUT = Path(__file__).parent / "out"
Pair = tuple[int, int]
MOST_MS, TOLERANCE = 1.0, 1e-6
TO_REACH = f"To reach: {MOST_MS:.0f} ms a row, no pair missed"
# As the registry: a key that more rows hold says nothing, and a batch sees a window of it.
COMMON = 240
DELIVERY = 50
# The rows that share a key with one new row: found and read in one question. Of a key that many
# hold no more is read than shows that they are too many.
NEAR = f"""
SELECT id, content FROM rows WHERE id = ANY(ARRAY(
  SELECT DISTINCT unnest(k.ids) FROM unnest(%s::bigint[]) AS w(token), LATERAL (
    SELECT array_agg(id) AS ids FROM (
      SELECT id FROM keys WHERE keys.token = w.token AND id <> %s LIMIT {COMMON + 1}) held
    HAVING count(*) <= {COMMON}) k))
"""
CANDIDATES = """
WITH hits AS MATERIALIZED (
  SELECT w.row, k.token, k.id FROM unnest(%s::int[], %s::bigint[]) AS w(row, token)
  JOIN keys k ON k.token = w.token WHERE k.id <> w.row),
common AS (SELECT row, token FROM hits GROUP BY row, token HAVING count(*) > %s)
SELECT DISTINCT h.row, h.id FROM hits h
WHERE (h.row, h.token) NOT IN (SELECT row, token FROM common)
"""
CONTENT = "SELECT id, content FROM rows WHERE id = ANY(%s)"


class Base:
    """All rows and their tokens in a database of their own."""

    def __init__(self, folder: Path, frame: pl.DataFrame) -> None:
        self.frame = frame
        self.tokens: dict[int, list[int]] = {}
        keys = engine.block_keys(frame, children_spec()).select("row_id", "key")
        numbers = keys["key"].hash(seed=7).cast(pl.UInt64).reinterpret(signed=True)
        ids = {row_id: at for at, row_id in enumerate(frame["row_id"].to_list())}
        for row_id, token in zip(keys["row_id"].to_list(), numbers.to_list(), strict=True):
            self.tokens.setdefault(ids[row_id], []).append(token)
        server = launcher.start(folder, durable=False)
        self.own = psycopg.connect(server.url("owner"), autocommit=True)
        self._fill()

    def _fill(self) -> None:
        run = self.own.execute
        run("CREATE TABLE keys (token bigint, id int); CREATE TABLE rows (id int, content jsonb)")
        cursor = self.own.cursor()
        with cursor.copy("COPY keys FROM STDIN") as copy:
            for at, tokens in self.tokens.items():
                for token in set(tokens):
                    copy.write_row((token, at))
        with cursor.copy("COPY rows FROM STDIN") as copy:
            for at, row in enumerate(self.frame.iter_rows(named=True)):
                copy.write_row((at, json.dumps(row, ensure_ascii=False, default=str)))
        run("ALTER TABLE keys ADD PRIMARY KEY (token, id); ALTER TABLE rows ADD PRIMARY KEY (id)")
        run("VACUUM ANALYZE")

    def candidates(self, rows: Sequence[int]) -> dict[int, list[int]]:
        """Return for each row those that share a key with it."""
        pairs = [(at, token) for at in rows for token in self.tokens.get(at, ())]
        found: dict[int, list[int]] = {at: [] for at in rows}
        given = [[at for at, _ in pairs], [token for _, token in pairs], COMMON]
        for at, other in self.own.execute(CANDIDATES, given).fetchall():
            found[at].append(other)
        return found

    def near(self, row: int) -> list[tuple[int, dict[str, Any]]]:
        """Return the rows that share a key with one row, as they are kept."""
        wanted = f"{{{','.join(map(str, self.tokens.get(row, ())))}}}"
        return self.own.execute(NEAR, [wanted, row], prepare=True).fetchall()

    def spent(self) -> float:
        """Return the processor seconds of this program and of its process in the database."""
        return time.process_time() + spending.of_process(self.own.info.backend_pid)

    def content(self, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
        """Return rows as they are kept."""
        return dict(self.own.execute(CONTENT, [list(ids)]).fetchall())


def row_by_row(base: Base, sample: Sequence[int], scorer: engine.Scorer) -> dict[str, Any]:
    """Find and weigh the candidates of one row after another; the weights are kept."""
    weights: dict[Pair, float] = {}
    look, score, floor = [], [], []
    arriving = base.content(sample)
    spent = base.spent()
    for at in sample:
        begun = time.perf_counter()
        near = base.near(at)
        look.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        scored = scorer.score(arriving[at], [row for _other, row in near])
        score.append(time.perf_counter() - begun)
        for (other, _row), one in zip(near, scored, strict=True):
            weights[min(at, other), max(at, other)] = one.weight_bits
    spent = base.spent() - spent
    for at in sample:
        begun = time.perf_counter()
        base.content([at])
        floor.append(time.perf_counter() - begun)
    whole = [a + b for a, b in zip(look, score, strict=True)]
    return {
        "weights": weights, "look_ms": ms(look), "score_ms": ms(score), "row_ms": ms(whole),
        "floor_ms": ms(floor), "spent_ms": round(1000 * spent / len(sample), 3),
    }  # fmt: skip


def by_delivery(base: Base, sample: Sequence[int], model: Model) -> list[float]:
    """Do the same for deliveries of rows, as the worker does; returns the seconds for each row."""
    taken = []
    for start in range(0, len(sample), DELIVERY):
        rows = sample[start : start + DELIVERY]
        begun = time.perf_counter()
        near = base.candidates(rows)
        wanted = sorted({*rows, *(other for found in near.values() for other in found)})
        held = base.content(wanted)
        frame = pl.DataFrame([held[at] for at in wanted], schema=base.frame.schema)
        engine.link(frame, children_spec(), model=model, population=len(base.frame))
        taken += [(time.perf_counter() - begun) / len(rows)] * len(rows)
    return taken


def batch_weights(frame: pl.DataFrame, model: Model, sample: set[int]) -> dict[Pair, float]:
    """Return the weight of every pair that the batch blocks and that a sampled row is part of."""
    found = engine.blocked(frame, children_spec(), model, population=len(frame))
    places = {row_id: at for at, row_id in enumerate(frame["row_id"].to_list())}
    rows = ((places[a], places[b], bits) for a, b, bits in found.iter_rows())
    return {(a, b): bits for a, b, bits in rows if a in sample or b in sample}


def common_phones(frame: pl.DataFrame) -> tuple[str, ...]:
    """Return the telephones that say nothing, as the registry counts them."""
    return prepare.prepare(frame.to_dict(), len(frame), children_spec()).common_phones


def measure(rows: int, sampled: int, seed: int) -> dict[str, Any]:
    """Return the figures at one size."""
    frame = linkage_rows.rows(rows * 10 // 28, seed=seed)
    frame = frame.select(name for name in ("row_id", "source", *children_spec().fields)
                         if name in frame.columns)  # fmt: skip
    frame = frame.with_columns(pl.all().cast(pl.String))
    chance = np.random.default_rng(seed)
    sample = chance.choice(len(frame), min(sampled, len(frame)), replace=False).tolist()
    model = Model.default()
    batch = batch_weights(frame, model, set(sample))
    scorer = engine.Scorer(
        children_spec(), model, population=len(frame), common_phones=common_phones(frame)
    )
    folder = Path(tempfile.mkdtemp(prefix="scorer-"))
    folder.chmod(0o755)
    try:
        base = Base(folder / "postgres", frame)
        # A worker holds no million lists of tokens; collecting garbage would walk through them.
        gc.freeze()
        row_by_row(base, sample[:50], scorer)
        found = row_by_row(base, sample, scorer)
        delivered = by_delivery(base, sample, model)
        base.own.close()
    finally:
        gc.unfreeze()
        launcher.stop(folder / "postgres")
        shutil.rmtree(folder, ignore_errors=True)
    live = found.pop("weights")
    differ = [abs(live[pair] - bits) for pair, bits in batch.items() if pair in live]
    return {
        "rows": len(frame), "sampled": len(sample), **found, "delivery_ms": ms(delivered),
        "pairs": len(batch), "missed": len(batch.keys() - live.keys()),
        "worst": max(differ, default=0.0), "differ": sum(each > TOLERANCE for each in differ),
    }  # fmt: skip


def ms(seconds: Sequence[float]) -> float:
    """Return the median in milliseconds."""
    return round(statistics.median(seconds) * 1000, 3)


def report(results: Sequence[dict[str, Any]]) -> str:
    """Return the table in Markdown."""
    heads = (
        "rows", "sampled", "look-up", "weighing", "one row", "processor time a row",
        f"a row in deliveries of {DELIVERY}",
        "one primary key", "pairs of the batch", "missed", "differ", "worst",
    )  # fmt: skip
    lines = [
        f"{os.cpu_count()} processors ({platform.machine()}), Python {platform.python_version()}.",
        "", f"|{'|'.join(heads)}|", f"|{'-|' * len(heads)}",
    ]  # fmt: skip
    lines += [
        f"|{one['rows']:,}|{one['sampled']:,}|{one['look_ms']} ms|{one['score_ms']} ms"
        f"|{one['row_ms']} ms|{one['spent_ms']} ms|{one['delivery_ms']} ms|{one['floor_ms']} ms"
        f"|{one['pairs']:,}|{one['missed']}|{one['differ']}|{one['worst']:.1e}|"
        for one in results
    ]
    bound = f"none that differs by more than {TOLERANCE:.0e} bits"
    lines += [
        "",
        f"Medians; processor time is a mean, of program and database. {TO_REACH}, {bound}.",
    ]
    return "\n".join(lines) + "\n"


def main(argv: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """Measure what the arguments ask for, print the table and return its rows."""
    parser = argparse.ArgumentParser(prog="bench.scorer", description=__doc__)
    parser.add_argument("--rows", default="100000", help="sizes, separated by commas")
    parser.add_argument("--sampled", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=7)
    wanted = parser.parse_args(argv)
    results = [measure(int(size), wanted.sampled, wanted.seed) for size in wanted.rows.split(",")]
    text = report(results)
    print(text)
    OUT.mkdir(exist_ok=True)
    (OUT / "scorer.json").write_text(json.dumps(results, indent=1), encoding="utf-8")
    (OUT / "scorer.md").write_text(text, encoding="utf-8")
    return results


if __name__ == "__main__":
    main()
