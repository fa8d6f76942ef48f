"""How well the registry agrees with the synthetic city's truth: pairs of rows of one child."""

import json
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from qianshou.registry.models import Link


@dataclass(frozen=True)
class Agreement:
    """Precision and recall over pairs of rows, and the number of files against the truth."""

    true_children: int
    files: int
    precision: float
    recall: float
    mixed_files: int

    @property
    def f1(self) -> float:
        """Return the harmonic mean of both."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def agreement(city: Path) -> Agreement:
    """Compare the links in force with `truth/rows.parquet` of the city's first delivery."""
    links = (
        Link.objects.exclude(state="ENDED")
        .values_list("record__source__code", "record__run__file_name", "record__row_no", "child_id")
        .iterator(chunk_size=20_000)
    )
    frame = pl.DataFrame(
        [(f"{source}/{name}", row, str(child)) for source, name, row, child in links],
        schema={"file": pl.String, "row": pl.Int64, "child": pl.String},
        orient="row",
    )
    manifest = json.loads((city / "manifest.json").read_text(encoding="utf-8"))
    delivered = {
        file["path"]: f"{file['profile']}/{Path(file['path']).name}"
        for file in manifest["files"]
        if file["delivery"] == "first"
    }
    truth = (
        pl.read_parquet(city / "truth" / "rows.parquet")
        .filter(pl.col("file").is_in(list(delivered)))
        .select(pl.col("file").replace_strict(delivered), pl.col("row").cast(pl.Int64), "truth_id")
    )
    both = frame.join(truth, on=["file", "row"])
    cells = both.group_by("child", "truth_id").len()
    together, in_files, in_truth = (
        _pairs(cells),
        _pairs(both.group_by("child").len()),
        _pairs(both.group_by("truth_id").len()),
    )
    per_file = cells.group_by("child").len()
    return Agreement(
        true_children=both["truth_id"].n_unique(),
        files=both["child"].n_unique(),
        precision=together / in_files if in_files else 1.0,
        recall=together / in_truth if in_truth else 1.0,
        mixed_files=per_file.filter(pl.col("len") > 1).height,
    )


def _pairs(groups: pl.DataFrame) -> int:
    return int((groups["len"].cast(pl.Int64) * (groups["len"].cast(pl.Int64) - 1) // 2).sum())
