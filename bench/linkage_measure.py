"""What a linkage got right: pairs, mixed files, calibration, the review queue, kinds of error."""

from collections.abc import Iterable, Iterator

import polars as pl

from qianshou.engines.linkage.outcome import Linked

_BANDS = (0.001, 0.05, 0.2, 0.4, 0.6, 0.8, 0.95, 0.999)


def scores(labels: pl.Series, truth: pl.Series) -> dict[str, float]:
    """Give precision, recall and F1 over pairs, and how many clusters mix two persons."""
    table = pl.DataFrame({"found": labels, "truth": truth})

    def pairs(*by: str) -> int:
        sizes = table.group_by(by).len()["len"].cast(pl.Int64)
        return int((sizes * (sizes - 1) // 2).sum())

    both, found, true = pairs("found", "truth"), pairs("found"), pairs("truth")
    mixed = table.group_by("found").agg(pl.col("truth").n_unique())["truth"]
    return {
        "precision": both / max(found, 1),
        "recall": both / max(true, 1),
        "f1": 2 * both / max(found + true, 1),
        "mixed_per_5000": 5000 * float((mixed > 1).sum()) / table["truth"].n_unique(),
    }


def mixed_without_twins(labels: pl.Series, frame: pl.DataFrame) -> float:
    """Count clusters of two children, of 5,000, unless all are twins: one birthday, one surname."""
    rows = frame.select(
        "child",
        found=labels,
        born=pl.col("birth_on").str.replace_all(r"\D", ""),
        surname=pl.col("name").str.slice(0, 1),
    )
    usual = rows.group_by("child").agg(
        pl.col("born").drop_nulls().mode().sort().first(),
        pl.col("surname").drop_nulls().mode().sort().first(),
    )
    told = rows.select("child", "found").join(usual, on="child")
    mixed = told.group_by("found").agg(
        pl.col("child").n_unique(), pl.struct("born", "surname").n_unique().alias("kinds")
    )
    apart = mixed.filter((pl.col("child") > 1) & (pl.col("kinds") > 1))
    return 5000 * len(apart) / frame["child"].n_unique()


def reliability(linked: Linked, truth: dict[str, object]) -> list[dict[str, object]]:
    """Compare what pairs are said to be with what they are, by band of probability."""
    same = [truth[a] == truth[b] for a, b in linked.pairs.select("row_a", "row_b").iter_rows()]
    table = linked.pairs.with_columns(
        same=pl.Series(same, dtype=pl.Boolean),
        band=pl.sum_horizontal(pl.col("probability") > edge for edge in _BANDS),
    )
    found = (
        table.group_by("band")
        .agg(pl.len().alias("pairs"), said=pl.col("probability").mean(), true=pl.col("same").mean())
        .sort("said")
    )
    return found.drop("band").to_dicts()


def off(bands: Iterable[dict[str, object]]) -> tuple[float, float]:
    """Give by how much bands are said to be other than they are, on the average of their pairs.

    Of all pairs, and of those said to be between one and nineteen of twenty.
    """
    told = [(float(str(b["said"])), float(str(b["true"])), int(str(b["pairs"]))) for b in bands]
    unsure = [each for each in told if 0.05 <= each[0] <= 0.95]
    whole, middle = (
        sum(abs(said - true) * pairs for said, true, pairs in some)
        / max(sum(pairs for _said, _true, pairs in some), 1)
        for some in (told, unsure)
    )
    return whole, middle


def misfiled(linked: Linked, frame: pl.DataFrame) -> pl.DataFrame:
    """Give row_id, child and c (its cluster) of the rows that automatic linking filed wrongly."""
    table = frame.select("row_id", "child").with_columns(c=linked.clusters["cluster_id"])
    main = table.group_by("child", "c").len().sort("len", "c", descending=True)
    home = main.unique("child", keep="first", maintain_order=True).rename({"c": "home"})
    owner = main.unique("c", keep="first", maintain_order=True).rename({"child": "owner"})
    judged = table.join(home.select("child", "home"), on="child").join(
        owner.select("c", "owner"), on="c"
    )
    lost = (pl.col("c") != pl.col("home")) | (pl.col("child") != pl.col("owner"))
    return judged.filter(lost).select("row_id", "child", "c")


def review_holds(linked: Linked, frame: pl.DataFrame, questions: int) -> float:
    """Give the share of wrongly filed rows that the first so many questions would mend.

    A question mends if the automatic answer is wrong: then all rows of that child in that
    cluster find their way, for files are joined and parted as a whole.
    """
    wrong = misfiled(linked, frame)
    child = dict(frame.select("row_id", "child").iter_rows())
    cluster = dict(linked.clusters.iter_rows())
    mended: set[tuple[object, object]] = set()
    for a, b in linked.doubtful.head(questions).select("row_a", "row_b").iter_rows():
        if (child[a] == child[b]) != (cluster[a] == cluster[b]):
            mended |= {(child[a], cluster[a]), (child[b], cluster[b])}
    held = sum((one, c) in mended for one, c in wrong.select("child", "c").iter_rows())
    return held / max(len(wrong), 1)


def by_kind(labels: pl.Series, frame: pl.DataFrame) -> list[dict[str, object]]:
    """Give recall and precision of the pairs that touch a row with each kind of error.

    `frame` holds `child`, and `errors` as codes joined by semicolons.
    """
    rows = frame.select("child", "errors").with_columns(
        found=labels, row=pl.int_range(pl.len()), errors=pl.col("errors").fill_null("")
    )
    kinds = rows.select(pl.col("errors").str.split(";").explode().unique())["errors"].to_list()
    true, made = list(_pairs(rows, "child")), list(_pairs(rows, "found"))
    table = {row: (child, found, set(errors.split(";"))) for child, errors, found, row in
             rows.iter_rows()}  # fmt: skip
    return [
        {"kind": kind or "none"} | _kind(kind, table, true=true, made=made)
        for kind in sorted(kinds)
        if sum(kind in errors for _, _, errors in table.values()) >= _FEWEST
    ]


_FEWEST = 20


def _pairs(rows: pl.DataFrame, by: str) -> Iterator[tuple[int, int]]:
    for members in rows.group_by(by, maintain_order=True).agg("row")["row"].to_list():
        for at, one in enumerate(members):
            for other in members[at + 1 :]:
                yield one, other


def _kind(
    kind: str,
    table: dict[int, tuple[object, object, set[str]]],
    *,
    true: Iterable[tuple[int, int]],
    made: Iterable[tuple[int, int]],
) -> dict[str, float]:
    def touched(pairs: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
        if not kind:
            # The pairs without any error on either side.
            return [(a, b) for a, b in pairs if table[a][2] == table[b][2] == {""}]
        return [(a, b) for a, b in pairs if kind in table[a][2] or kind in table[b][2]]

    ours, theirs = touched(true), touched(made)
    kept = sum(table[a][1] == table[b][1] for a, b in ours)
    right = sum(table[a][0] == table[b][0] for a, b in theirs)
    return {
        "rows": sum(kind in errors for _, _, errors in table.values()),
        "pairs": len(ours),
        "recall": kept / max(len(ours), 1),
        "precision": right / max(len(theirs), 1),
    }
