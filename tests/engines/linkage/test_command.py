"""`qianshou link` from outside: what it writes, what it prints, what it refuses."""

import json
import pathlib

import polars as pl
import pytest
import xlsxwriter

from qianshou.engines.linkage import command
from tests.engines.linkage import people

SPEC = """
mode = "dedupe"
[columns]
given_name = "given name"
surname = "surname"
date = "date of birth"
address = "address"
code = "postcode"
"""


HEADER = b"given_name,surname,date,address,code\n"


@pytest.fixture
def table(tmp_path) -> pathlib.Path:
    frame, truth = people.latin(200, seed=8)
    frame.drop("row_id").with_columns(who=pl.Series(truth)).write_csv(tmp_path / "people.csv")
    (tmp_path / "spec.toml").write_text(SPEC, "utf-8")
    return tmp_path / "people.csv"


def run(table: pathlib.Path, *files: pathlib.Path, spec: str = "spec.toml") -> int:
    folder = table.parent
    names = [str(file) for file in files or (table,)]
    return command.link(
        ["--spec", str(folder / spec), *names, "--out", str(folder / "out"), "--quiet"]
    )


def test_link_writes_clusters_pairs_and_model(table, capsys):
    code = run(table)

    out = table.parent / "out"
    figures = json.loads(capsys.readouterr().out)
    clusters = pl.read_csv(out / "clusters.csv", infer_schema=False)
    pairs = pl.read_csv(out / "pairs.csv")
    truth = pl.read_csv(table)["who"].to_list()
    assert code == 0
    assert clusters.columns == ["file", "row_id", "cluster_id"]
    assert clusters["row_id"].to_list() == [str(i + 1) for i in range(len(truth))]
    assert figures["rows"] == len(truth)
    assert figures["clusters"] == clusters["cluster_id"].n_unique()
    assert pairs["probability"].is_between(0, 1).all()
    assert json.loads((out / "model.json").read_text("utf-8"))["comparisons"]
    assert people.pair_f1(clusters["cluster_id"].to_list(), truth) >= 0.97


def test_link_uses_the_row_ids_of_the_file(table):
    frame = pl.read_csv(table, infer_schema=False).with_row_index("key")
    frame.with_columns(key="k" + pl.col("key").cast(pl.String)).write_csv(table)
    spec = table.parent / "spec.toml"
    spec.write_text('row_id = "key"\n' + SPEC, "utf-8")

    run(table)

    clusters = pl.read_csv(table.parent / "out" / "clusters.csv", infer_schema=False)
    assert clusters["row_id"][0] == "k0"


@pytest.mark.parametrize("suffix", ["parquet", "xlsx", "gb18030"])
def test_link_reads_every_kind_of_file_alike(table, suffix, capsys):
    frame = pl.read_csv(table, infer_schema=False)
    other = table.with_name(f"people2.{suffix if suffix != 'gb18030' else 'csv'}")
    if suffix == "parquet":
        frame.write_parquet(other)
    elif suffix == "xlsx":
        frame.write_excel(other)
    else:
        other.write_bytes(frame.with_columns(note=pl.lit("奉节")).write_csv().encode("gb18030"))

    run(table)
    first = json.loads(capsys.readouterr().out)
    run(other)

    assert json.loads(capsys.readouterr().out)["clusters"] == first["clusters"]


def test_link_joins_two_files_with_other_column_names(table, capsys):
    frame = pl.read_csv(table, infer_schema=False)
    second = table.with_name("second.csv")
    frame.filter(frame["who"].is_duplicated() & ~frame["who"].is_first_distinct()).rename(
        {"surname": "xing", "date": "sheng ri"}
    ).write_csv(second)
    frame.filter(frame["who"].is_first_distinct()).write_csv(table)
    (table.parent / "two.toml").write_text(
        'mode = "link"\n[[file]]\nname = "people.csv"\n[file.columns]\n'
        'given_name = "given_name"\nsurname = "surname"\ndate = "date"\ncode = "code"\n'
        'address = "free text"\n'
        '[[file]]\nname = "sec*.csv"\n[file.columns]\n'
        'given_name = "given_name"\nxing = "surname"\n"sheng ri" = "date"\ncode = "code"\n'
        'address = "free text"\n',
        "utf-8",
    )

    code = run(table, table, second, spec="two.toml")

    clusters = pl.read_csv(table.parent / "out" / "clusters.csv", infer_schema=False)
    truth = pl.concat([pl.read_csv(table)["who"], pl.read_csv(second)["who"]]).to_list()
    assert code == 0
    assert json.loads(capsys.readouterr().out)["files"] == 2
    assert people.pair_f1(clusters["cluster_id"].to_list(), truth) >= 0.97


def test_link_accepts_its_own_model(table, capsys):
    run(table)
    model = table.parent / "model.json"
    model.write_bytes((table.parent / "out" / "model.json").read_bytes())
    first = json.loads(capsys.readouterr().out)

    code = command.link(
        ["--spec", str(table.parent / "spec.toml"), str(table), "--out",
         str(table.parent / "out2"), "--model", str(model), "--quiet"]
    )  # fmt: skip

    assert code == 0
    assert json.loads(capsys.readouterr().out)["clusters"] == first["clusters"]


@pytest.mark.parametrize(
    ("spec", "content", "message"),
    [
        ("mode = [", None, "spec.toml: is not TOML"),
        ('mode = "join"\n', None, 'line 1: mode is "join"; write "link", "dedupe" or "both"'),
        ("", None, "names no columns"),
        ('[columns]\nxing = "surnam"\n', None, 'line 2: column "xing": meaning \'surnam\''),
        ('[columns]\nfamily = "surname"\n', None, 'line 1: there is no column "family"'),
        ('[[file]]\nname = "x.csv"\n[file.columns]\na = "name"\n', None, "describes no file"),
        (SPEC, b"", "line 1: there are no column names"),
        (SPEC, HEADER, "there are no rows"),
        (SPEC, b"a,b,b\n1,2,3\n", 'column "b" occurs twice'),
        (SPEC, HEADER + b"1,2,3,4,5\n1,2,3,4,5,6\n", "line 3: 6 values"),
        (SPEC, b"given_name,surname\nann,\xff\xff\n", "line 2: byte 0xff"),
        (SPEC, b"PK\0\0\0", "is not a text file"),
        (SPEC, HEADER + b'"ann,b,1,c,7\nbob,b,1,c,7\n', "line 2: a quotation mark is opened"),
        ('[columns]\nage = "sex"\n', b"age\nm\n", "no column tells persons apart"),
        ("row_id = 3\n" + SPEC, None, "line 1: row_id: 3 is not text"),
        ('encoding = "utf-9"\n' + SPEC, None, 'encoding "utf-9" is not known'),
        ('delimiter = ";;"\n' + SPEC, None, "delimiter ';;': write one sign"),
        ("header_row = 0\n" + SPEC, None, "header_row: 0 is not a row number"),
        ('[columns]\na = "text:x"\nb = "text:x"\n', b"a,b\n1,2\n", 'are both "text:x"'),
        ('mode = "link"\n[columns]\nage = "name"\n', None, "needs two files or more"),
        ('row_id = "code"\n' + SPEC, HEADER + b"a,b,1,c,7\na,b,1,c,7\n",
         "row 1: column \"code\": '7' occurs more than once"),
    ],
)  # fmt: skip
def test_link_refuses_bad_input_and_writes_nothing(table, capsys, spec, content, message):
    (table.parent / "spec.toml").write_text(spec, "utf-8")
    if content is not None:
        table.write_bytes(content)

    code = run(table)

    told = capsys.readouterr()
    assert code == 2
    assert message in told.err
    assert told.out == ""
    assert not (table.parent / "out").exists()


def test_link_names_a_file_that_is_not_there(table, capsys):
    code = run(table, table.with_name("gone.csv"))

    assert code == 2
    assert "gone.csv: there is no such file" in capsys.readouterr().err


TWO = [b"ann,smith,1990-01-01,1 hill,1", b"anne,smith,1990-01-01,1 hill,1"]
OTHER = b"bob,jones,1980-02-03,9 dale,7"


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + HEADER + b"\n".join([*TWO, OTHER]),
        (HEADER + b"\n".join([*TWO, OTHER])).decode().encode("utf-16"),
        HEADER.replace(b",", b";") + b"\n".join([*TWO, OTHER]).replace(b",", b";"),
        HEADER.replace(b",", b"\t") + b"\n".join([*TWO, OTHER]).replace(b",", b"\t"),
        (HEADER + b"\n".join([*TWO, OTHER])).replace(b"\n", b"\r"),
        b"\r\n" + HEADER + b"\r\n\r\n".join([*TWO, OTHER]) + b"\r\n\r\n",
        HEADER.replace(b",", b" , ") + b"\n".join([*TWO, OTHER]),
    ],
    ids=["bom", "utf-16", "semicolon", "tab", "cr", "blank lines", "spaces in names"],
)
def test_link_reads_what_programs_save(table, content):
    table.write_bytes(content)

    code = run(table)

    clusters = (table.parent / "out" / "clusters.csv").read_text("utf-8").splitlines()
    assert code == 0
    assert clusters[1:] == ["people.csv,1,1", "people.csv,2,1", "people.csv,3,2"]


@pytest.mark.parametrize(
    ("rows", "clusters"),
    [([TWO[0]], 1), ([b",,,,", b",,,,"], 2), ([TWO[0]] * 40, 1), ([b"ann", b"bob"], 2)],
    ids=["one row", "empty cells", "all alike", "short rows"],
)
def test_link_takes_odd_tables(table, capsys, rows, clusters):
    table.write_bytes(HEADER + b"\n".join(rows) + b"\n")

    code = run(table)

    figures = json.loads(capsys.readouterr().out)
    assert code == 0
    assert (figures["rows"], figures["clusters"]) == (len(rows), clusters)


def test_link_mode_takes_a_file_without_rows(table, capsys):
    empty = table.with_name("empty.csv")
    empty.write_bytes(HEADER)
    (table.parent / "spec.toml").write_text(SPEC.replace("dedupe", "link"), "utf-8")

    code = run(table, table, empty)

    figures = json.loads(capsys.readouterr().out)
    assert code == 0
    assert figures["clusters"] == figures["rows"]


def test_link_tells_files_of_one_name_apart_and_refuses_one_file_twice(table, capsys):
    other = table.parent / "more" / table.name
    other.parent.mkdir()
    other.write_bytes(table.read_bytes())

    code, twice = run(table, table, other), run(table, table, table)

    clusters = pl.read_csv(table.parent / "out" / "clusters.csv", infer_schema=False)
    assert (code, twice) == (0, 2)
    assert set(clusters["file"]) == {str(table), str(other)}
    assert "is named twice" in capsys.readouterr().err


def test_link_names_words_of_the_spec_that_have_no_effect(table, capsys):
    (table.parent / "spec.toml").write_text('modus = "link"\n' + SPEC, "utf-8")

    code = run(table)

    assert code == 0
    assert 'line 1: "modus" is not a key of a SPEC' in capsys.readouterr().err


def test_link_does_not_compare_an_id_that_only_names_the_rows(table):
    frame = pl.read_csv(table, infer_schema=False).with_row_index("nr", offset=1000)
    frame.write_csv(table)
    (table.parent / "spec.toml").write_text(SPEC + 'nr = "id"\n', "utf-8")

    run(table)

    out = table.parent / "out"
    clusters = pl.read_csv(out / "clusters.csv", infer_schema=False)
    assert clusters["row_id"][0] == "1000"
    assert "id" not in json.loads((out / "model.json").read_text("utf-8"))["comparisons"]
    assert people.pair_f1(clusters["cluster_id"].to_list(), frame["who"].to_list()) >= 0.97


def test_link_reads_a_sheet_with_a_title_and_merged_groups(table):
    book = xlsxwriter.Workbook(table.with_suffix(".xlsx"))
    sheet = book.add_worksheet("台账")
    sheet.merge_range(0, 0, 0, 3, "儿童台账（2026年10月）")
    sheet.merge_range(1, 0, 1, 1, "儿童")
    sheet.merge_range(1, 2, 1, 3, "监护人")
    lines = [
        ("姓名", "出生日期", "姓名", "电话"),
        ("冉小雨", "2014-07-17", "冉建国", "16412345678"),
        ("冉小羽", "2014-07-17", "冉建国", "16412345678"),
        ("王天赐", "2012-01-05", "王强", "16499990000"),
    ]
    for at, line in enumerate(lines, 2):
        sheet.write_row(at, 0, line)
    book.close()
    (table.parent / "sheet.toml").write_text(
        'header_row = [2, 3]\n[columns]\n"儿童/姓名" = "name"\n"儿童/出生日期" = "date"\n'
        '"监护人/姓名" = "guardian_name"\n"监护人/电话" = "guardian_phone"\n',
        "utf-8",
    )

    code = run(table, table.with_suffix(".xlsx"), spec="sheet.toml")

    clusters = pl.read_csv(table.parent / "out" / "clusters.csv", infer_schema=False)
    assert code == 0
    assert clusters["cluster_id"].to_list() == ["1", "1", "2"]


def test_link_gives_the_same_bytes_twice(table):
    run(table)
    first = {path.name: path.read_bytes() for path in (table.parent / "out").iterdir()}

    run(table)

    again = {path.name: path.read_bytes() for path in (table.parent / "out").iterdir()}
    assert again == first


def test_link_refuses_an_out_that_is_a_file_and_a_model_of_another_spec(table, capsys):
    run(table)
    model = table.parent / "out" / "model.json"
    (table.parent / "other.toml").write_text('[columns]\nwho = "text"\n', "utf-8")
    base = ["--spec", str(table.parent / "other.toml"), "--quiet", str(table)]

    codes = [
        command.link([*base, "--out", str(table)]),
        command.link([*base, "--out", str(table.parent / "o2"), "--model", str(model)]),
        command.link([*base, "--out", str(table / "below")]),
    ]

    told = capsys.readouterr().err
    assert codes == [2, 2, 2]
    assert "is a file. Give --out a folder" in told
    assert "the model weighs none of the columns (text)" in told
    assert "Check the path and its rights" in told


def test_link_without_arguments_shows_the_usage(capsys):
    assert command.link([]) == 2
    assert "usage" in capsys.readouterr().err
