"""The generated county: as documented, consistent with its truth, with plausible errors."""

import csv
import filecmp
import json
from datetime import date

import polars as pl
import pytest
import python_calamine

from qianshou.engines.city import civil_affairs, education, generate, health, mother_forms, numbers
from qianshou.engines.city import disabled_persons as disabled
from qianshou.engines.city.mixes import DEPARTMENTS, MIXES


def _sheet(path):
    return python_calamine.load_workbook(path).get_sheet_by_index(0).to_python()


def _lines(path, encoding):
    return list(csv.reader(path.read_bytes().decode(encoding).splitlines()))


def _truth(out, name):
    return pl.read_parquet(out / "truth" / f"{name}.parquet")


def _bad(out):
    return pl.read_csv(out / "truth" / "bad_rows.csv", infer_schema=False)


def _all_rows(out):
    """Read every file as the manifest says: path -> (names of columns, rows by number)."""
    read = {}
    for listed in json.loads((out / "manifest.json").read_text(encoding="utf-8"))["files"]:
        path = out / listed["path"]
        lines = _sheet(path) if listed["format"] == "xlsx" else _lines(path, listed["encoding"])
        body = dict(enumerate(lines[listed["first_row"] - 1 :], listed["first_row"]))
        read[listed["path"]] = (listed, body)
    return read


def test_generate_gives_the_same_bytes_for_the_same_seed(town, tmp_path):
    generate.generate("town", 11, tmp_path / "again")
    generate.generate("town", 12, tmp_path / "other")

    names = [p.relative_to(town) for p in sorted(town.rglob("*")) if p.is_file()]
    same, differing, missing = filecmp.cmpfiles(town, tmp_path / "again", names, shallow=False)
    assert (len(same), differing, missing) == (len(names), [], [])
    assert filecmp.cmpfiles(town, tmp_path / "other", ["education.csv"], shallow=False)[1]


def test_manifest_counts_what_the_files_hold(county):
    for listed, body in _all_rows(county).values():
        assert len(body) == listed["rows"] > 0


def test_headers_are_as_documented(county):
    sheet = _sheet(county / "civil-affairs.xlsx")
    upper, lower = sheet[2], sheet[3]

    assert [a or b for a, b in zip(lower, upper, strict=True)] == [
        name for _, name in civil_affairs.HEADER
    ]
    assert _sheet(county / "mothers.xlsx")[1] == list(mother_forms.COLUMNS)
    for name, encoding, columns in (
        ("education", "gb18030", education.COLUMNS),
        ("disabled-persons-federation", "utf-8-sig", disabled.COLUMNS),
        ("health", "utf-8", health.COLUMNS),
    ):
        assert _lines(county / f"{name}.csv", encoding)[0] == list(columns)


def test_truth_rows_point_at_real_rows(county):
    files = _all_rows(county)
    known = set(_truth(county, "children")["truth_id"]) | set(_truth(county, "mothers")["truth_id"])

    for row in _truth(county, "rows").iter_rows(named=True):
        listed, body = files[row["file"]]
        key = 0 if listed["format"] == "csv" else 1
        assert body[row["row"]][key] == row["record_key"]
        assert row["truth_id"] in known


def test_bad_rows_point_at_the_very_cell(county):
    files = _all_rows(county)
    names = {
        "civil-affairs": list(civil_affairs.COLUMNS),
        "mothers": list(mother_forms.COLUMNS),
        "education": list(education.COLUMNS),
        "health": list(health.COLUMNS),
        "disabled-persons-federation": list(disabled.COLUMNS),
    }

    for bad in _bad(county).iter_rows(named=True):
        listed, body = files[bad["file"]]
        cell = body[int(bad["row"])][names[listed["profile"]].index(bad["column"])]
        shown = cell.isoformat() if isinstance(cell, date) else str(cell)
        assert shown == (bad["value"] or "")


def test_truth_ids_are_valid_and_agree_with_birth_and_sex(county):
    children = _truth(county, "children")

    for number, born, sex in children.select("id_no", "born_on", "sex").rows():
        assert numbers.is_valid_id(number)
        assert number[6:14] == born.strftime("%Y%m%d")
        assert int(number[16]) % 2 == sex % 2
    assert children["id_no"].n_unique() == len(children)
    assert _truth(county, "mothers")["id_no"].n_unique() == 325


def test_clean_rows_carry_the_true_id_and_name(county):
    _, body = _all_rows(county)["civil-affairs.xlsx"]
    truth = {row["truth_id"]: row for row in _truth(county, "children").iter_rows(named=True)}
    clean = _truth(county, "rows").filter(
        (pl.col("file") == "civil-affairs.xlsx") & (pl.col("errors") == "")
    )

    assert len(clean) > 400
    for row in clean.iter_rows(named=True):
        cells = body[row["row"]]
        assert cells[2] == truth[row["truth_id"]]["name"]
        assert cells[5] == truth[row["truth_id"]]["id_no"]


def test_every_child_of_the_first_delivery_is_known_somewhere(county):
    children = _truth(county, "children")
    first = _truth(county, "rows").filter(pl.col("delivery") == "first")

    seen = set(first["truth_id"].to_list())
    assert set(children.filter(pl.col("delivery") == "first")["truth_id"]) <= seen
    assert set(first["department"]) == {*DEPARTMENTS, "federation"}


def test_rates_are_plausible(county):
    children, mothers = _truth(county, "children"), _truth(county, "mothers")
    rows = _truth(county, "rows").filter(pl.col("delivery") == "first")

    def share(code):
        return rows["errors"].str.contains(code).mean()

    assert 0.7 < (children["consent"] == "YES").mean() < 0.88
    assert 0.003 < (children["risk_grade"] == "RED").mean() < 0.04
    assert 0.04 < (children["disability"] != "").mean() < 0.16
    assert 0.75 < mothers["ready"].mean() < 0.93
    assert 0.01 < share("HOMOPHONE") < 0.06
    assert 0.04 < share("ID_MISSING") < 0.14
    assert 0.01 < share("DUPLICATE") < 0.04
    assert (rows["errors"] == "").mean() > 0.5


def test_readiness_of_mothers_is_what_the_form_says(county):
    ready = _truth(county, "mothers").filter("ready")

    assert set(ready["status"]) == {"已通过"}
    assert set(ready["screening"]) == {"无记录"}
    assert ready["training_hours"].min() >= 6
    assert ready["committed_on"].null_count() == 0


def test_some_towns_have_fewer_places_than_children(county):
    children = _truth(county, "children").group_by("town_code").len()
    places = (
        _truth(county, "mothers")
        .filter("ready")
        .group_by("town_code")
        .agg(pl.col("capacity").sum())
    )

    both = children.join(places, on="town_code", how="left").fill_null(0)

    assert 5 < both.filter(pl.col("capacity") < 0.6 * pl.col("len")).height < both.height


def test_update_tells_every_change_it_makes(county):
    changes = pl.read_csv(county / "truth" / "changes.csv", infer_schema=False)
    first = {row[1]: row for row in _all_rows(county)["civil-affairs.xlsx"][1].values()}
    update = {row[1]: row for row in _all_rows(county)["update/civil-affairs.xlsx"][1].values()}
    new = set(changes.filter(pl.col("change") == "NEW")["record_key"])
    closed = set(changes.filter(pl.col("change") == "CLOSED")["record_key"])
    told = set(changes["record_key"])

    assert set(update) - set(first) == new
    assert set(first) - set(update) == closed
    for key in set(first) & set(update):
        differs = first[key][1:] != update[key][1:]
        assert differs <= (key in told)
    assert {"MOVED", "NEW", "CLOSED", "ID_CORRECTED"} <= set(changes["change"])


def test_messy_sheet_holds_each_trouble_once(county):
    bad = _bad(county).filter(pl.col("file") == "messy/civil-affairs.xlsx")

    assert len(_all_rows(county)["messy/civil-affairs.xlsx"][1]) == 40
    assert bad["reason"].n_unique() == len(bad) == 12
    assert (bad["severity"] == "refuse").sum() == 9


def test_mixes_change_what_is_known_of_ids(tmp_path):
    missing = {}
    for mix in MIXES:
        out = tmp_path / mix
        generate.generate("town", 5, out, mix=mix)
        lines = _lines(out / "education.csv", "gb18030")[1:]
        ids = [line[6] for line in lines]
        missing[mix] = sum(not number for number in ids) / len(ids)
        if mix == "masked_ids":
            assert all(not number or "*" in number or len(number) < 18 for number in ids)
        if mix == "no_ids":
            assert not any(line[0].startswith("G") for line in lines)

    assert missing["default"] < 0.2 < missing["half_ids"] < 0.8
    assert missing["no_ids"] == 1


def test_city_writes_a_sheet_per_county_and_one_csv_for_all(tmp_path):
    summary = generate.generate("city", 3, tmp_path / "city", counties=2, scale=0.02)

    names = sorted(path.name for path in (tmp_path / "city" / "civil-affairs").iterdir())
    assert len(names) == 2
    assert summary.files == 2 * 3 + 3 + 1
    rows = _truth(tmp_path / "city", "rows").filter(pl.col("file") == "education.csv")
    assert rows["row"].to_list() == list(range(2, 2 + len(rows)))


def test_generate_replaces_an_earlier_run(tmp_path):
    generate.generate("city", 1, tmp_path / "x", counties=1, scale=0.01)
    generate.generate("town", 1, tmp_path / "x")

    assert not (tmp_path / "x" / "civil-affairs").exists()
    assert (tmp_path / "x" / "civil-affairs.xlsx").exists()


def test_generate_leaves_a_folder_of_others_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("keep", encoding="utf-8")

    with pytest.raises(FileExistsError, match="not empty"):
        generate.generate("town", 1, tmp_path)

    assert (tmp_path / "mine.txt").read_text(encoding="utf-8") == "keep"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"size": "village"}, "unknown size 'village'; known: town, county, city"),
        ({"mix": "wild"}, "unknown mix 'wild'"),
        ({"county": "123456"}, "unknown county '123456'"),
        ({"scale": 0}, "scale and counties must be positive"),
        ({"seed": -1}, "seed must not be negative"),
    ],
)
def test_generate_refuses_what_it_does_not_know_and_writes_nothing(tmp_path, arguments, message):
    given = {"size": "town", "seed": 1, "out": tmp_path / "x", **arguments}

    with pytest.raises(ValueError, match=message):
        generate.generate(**given)

    assert not (tmp_path / "x").exists()
