"""The writer of sheets, read back by another program."""

from dataclasses import replace
from datetime import date
from zipfile import ZipFile

import python_calamine

from qianshou.engines.city import delivery, sheet

PAGE = sheet.Sheet(
    name="表",
    head=((("标题", ""), sheet.TITLE), (("甲", "乙"), sheet.HEADING)),
    merges=("A1:B1",),
    columns=(["a<b&c", " 张 ", "", None], [date(2014, 7, 17), 3, 5.00236201407173e17, "500"]),
    widths=(10, 12.5),
)


def test_write_gives_back_texts_numbers_dates_and_blanks(tmp_path):
    path = tmp_path / "new folder" / "sheet.xlsx"

    sheet.write(path, PAGE)

    book = python_calamine.load_workbook(path)
    assert book.sheet_names == ["表"]
    assert book.get_sheet_by_index(0).to_python() == [
        ["标题", ""],
        ["甲", "乙"],
        ["a<b&c", date(2014, 7, 17)],
        [" 张 ", 3.0],
        ["", 5.00236201407173e17],
        ["", "500"],
    ]


def test_write_gives_the_same_bytes_each_time(tmp_path):
    for name in ("one", "two"):
        sheet.write(tmp_path / name, PAGE)

    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_write_leaves_out_the_list_of_merges_when_there_are_none(tmp_path):
    sheet.write(tmp_path / "bare.xlsx", replace(PAGE, merges=()))
    sheet.write(tmp_path / "merged.xlsx", PAGE)

    bare, merged = (
        ZipFile(tmp_path / name).read("xl/worksheets/sheet1.xml").decode()
        for name in ("bare.xlsx", "merged.xlsx")
    )
    assert "mergeCells" not in bare
    assert '<mergeCells count="1"><mergeCell ref="A1:B1"/></mergeCells>' in merged


def test_letters_count_as_spreadsheets_do():
    assert [sheet.letters(n) for n in (0, 25, 26, 46, 701, 702)] == [
        *("A", "Z", "AA", "AU", "ZZ", "AAA")
    ]


def test_header_merges_join_groups_across_and_single_columns_down():
    header = [("", "序号"), ("父亲", "姓名"), ("父亲", "电话"), ("", "类别"), ("母亲", "姓名")]

    merges = delivery.header_merges(header, 3)
    upper, lower = delivery.two_levels(header)

    assert merges == ("A3:A4", "B3:C3", "D3:D4")
    assert upper == ("序号", "父亲", "", "类别", "母亲")
    assert lower == ("", "姓名", "电话", "", "姓名")
