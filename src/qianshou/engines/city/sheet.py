"""A small writer of XLSX files: one sheet of text, numbers and dates, quickly and always alike.

XlsxWriter would do, but ten million cells would take it most of a minute; see the decision record.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from qianshou.engines.city.rows import Cell

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_EPOCH = date(1899, 12, 30)

# Styles by position: plain, title, note, header, text body, date body.
PLAIN, TITLE, NOTE, HEADING, BODY, DATE = range(6)
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


@dataclass(frozen=True)
class Sheet:
    """What a sheet shows: lines above the body, merged ranges, and the body column by column."""

    name: str
    head: tuple[tuple[tuple[str, ...], int], ...]  # (cells of the line, style)
    merges: tuple[str, ...]
    columns: tuple[list[Cell], ...]
    widths: tuple[float, ...]


def letters(number: int) -> str:
    """Name a column, counted from 0: A … Z, AA …."""
    name = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        name = chr(65 + rest) + name
    return name


class _Texts:
    """The table of shared texts of one workbook."""

    def __init__(self) -> None:
        self.index: dict[str, int] = {}
        self.uses = 0

    def number(self, text: str) -> int:
        self.uses += 1
        return self.index.setdefault(text, len(self.index))

    def cells(self, letter: str, column: list[str], *, first: int) -> list[str]:
        """Write a column of texts; blank cells are left out."""
        index = self.index
        known = index.setdefault
        self.uses += len(column)
        return [
            f'<c r="{letter}{i}" s="{BODY}" t="s"><v>{known(cell, len(index))}</v></c>'
            if cell
            else ""
            for i, cell in enumerate(column, first)
        ]

    def xml(self) -> str:
        items = "".join(
            f'<si><t xml:space="preserve">{text.translate(_ESCAPES)}</t></si>'
            for text in self.index
        )
        counts = f'count="{self.uses}" uniqueCount="{len(self.index)}"'
        return f'{_HEAD}<sst xmlns="{_MAIN}" {counts}>{items}</sst>'


def write(path: Path, sheet: Sheet) -> None:
    """Write one workbook; the same sheet always gives the same bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    texts = _Texts()
    body = _sheet_xml(sheet, texts)
    parts = {
        "[Content_Types].xml": _content_types(),
        "_rels/.rels": _relations("officeDocument", "xl/workbook.xml"),
        "xl/workbook.xml": _workbook_xml(sheet.name),
        "xl/_rels/workbook.xml.rels": _workbook_relations(),
        "xl/styles.xml": _STYLES,
        "xl/sharedStrings.xml": texts.xml(),
        "xl/worksheets/sheet1.xml": body,
    }
    with ZipFile(path, "w", ZIP_DEFLATED, compresslevel=2) as archive:
        for name, text in parts.items():
            entry = ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = ZIP_DEFLATED
            archive.writestr(entry, text.encode("utf-8"))


def _sheet_xml(sheet: Sheet, texts: _Texts) -> str:
    lines = [
        _head_row(i + 1, cells, style=style, texts=texts)
        for i, (cells, style) in enumerate(sheet.head)
    ]
    first = len(sheet.head) + 1
    cells = [
        _column_xml(letters(j), column, first=first, texts=texts)
        for j, column in enumerate(sheet.columns)
    ]
    for i, row in enumerate(zip(*cells, strict=True)):
        lines.append(f'<row r="{first + i}">{"".join(row)}</row>')
    widths = "".join(
        f'<col min="{j + 1}" max="{j + 1}" width="{width}" customWidth="1"/>'
        for j, width in enumerate(sheet.widths)
    )
    merges = "".join(f'<mergeCell ref="{ref}"/>' for ref in sheet.merges)
    if merges:  # an empty list would make the file invalid
        merges = f'<mergeCells count="{len(sheet.merges)}">{merges}</mergeCells>'
    top = f'ySplit="{first - 1}" topLeftCell="A{first}" activePane="bottomLeft"'
    pane = f'<pane {top} state="frozen"/>'
    return (
        f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0" '
        f'tabSelected="1">{pane}</sheetView></sheetViews><cols>{widths}</cols>'
        f"<sheetData>{''.join(lines)}</sheetData>"
        f"{merges}</worksheet>"
    )


def _head_row(number: int, cells: tuple[str, ...], *, style: int, texts: _Texts) -> str:
    inner = "".join(
        f'<c r="{letters(j)}{number}" s="{style}" t="s"><v>{texts.number(text)}</v></c>'
        if text
        else f'<c r="{letters(j)}{number}" s="{style}"/>'
        for j, text in enumerate(cells)
    )
    return f'<row r="{number}">{inner}</row>'


def _column_xml(letter: str, column: list[Cell], *, first: int, texts: _Texts) -> list[str]:
    words = [cell for cell in column if isinstance(cell, str)]
    if len(words) == len(column):
        return texts.cells(letter, words, first=first)
    return [_cell_xml(f"{letter}{i}", cell, texts) for i, cell in enumerate(column, first)]


def _cell_xml(place: str, cell: Cell, texts: _Texts) -> str:
    if isinstance(cell, str):
        number = texts.number(cell) if cell else None
        return "" if number is None else f'<c r="{place}" s="{BODY}" t="s"><v>{number}</v></c>'
    if cell is None:
        return ""
    if isinstance(cell, date):
        return f'<c r="{place}" s="{DATE}"><v>{(cell - _EPOCH).days}</v></c>'
    return f'<c r="{place}" s="{PLAIN}"><v>{cell!r}</v></c>'


def _content_types() -> str:
    base = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = {
        "/xl/workbook.xml": f"{base}.sheet.main+xml",
        "/xl/worksheets/sheet1.xml": f"{base}.worksheet+xml",
        "/xl/styles.xml": f"{base}.styles+xml",
        "/xl/sharedStrings.xml": f"{base}.sharedStrings+xml",
    }
    overrides = "".join(
        f'<Override PartName="{name}" ContentType="{kind}"/>' for name, kind in parts.items()
    )
    rels = "application/vnd.openxmlformats-package.relationships+xml"
    return (
        f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
        f'<Default Extension="rels" ContentType="{rels}"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{overrides}</Types>'
    )


def _relations(*pairs: str) -> str:
    items = "".join(
        f'<Relationship Id="rId{i + 1}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for i, (kind, target) in enumerate(zip(pairs[::2], pairs[1::2], strict=True))
    )
    return f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{items}</Relationships>'


def _workbook_relations() -> str:
    return _relations(
        *("worksheet", "worksheets/sheet1.xml", "styles", "styles.xml"),
        *("sharedStrings", "sharedStrings.xml"),
    )


def _workbook_xml(name: str) -> str:
    return (
        f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
        f'<sheet name="{name}" sheetId="1" r:id="rId1"/></sheets></workbook>'
    )


_FONTS = (
    '<fonts count="4"><font><sz val="11"/><name val="宋体"/></font>'
    '<font><b/><sz val="18"/><name val="方正小标宋简体"/></font>'
    '<font><sz val="10"/><name val="楷体"/></font>'
    '<font><b/><sz val="11"/><name val="黑体"/></font></fonts>'
)
_EDGE = "".join(f'<{side} style="thin"/>' for side in ("left", "right", "top", "bottom"))
_CENTRE = '<alignment horizontal="center" vertical="center" wrapText="1"/>'
_XF = '<xf numFmtId="{}" fontId="{}" fillId="0" borderId="{}" xfId="0" applyAlignment="1">{}</xf>'
_FORMATS = "".join(
    _XF.format(*parts)
    for parts in (
        (0, 0, 1, ""),
        (0, 1, 0, _CENTRE),
        (0, 2, 0, '<alignment vertical="center"/>'),
        (0, 3, 1, _CENTRE),
        (49, 0, 1, ""),
        (164, 0, 1, ""),
    )
)
_STYLES = (
    f'{_HEAD}<styleSheet xmlns="{_MAIN}">'
    '<numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/></numFmts>'
    f'{_FONTS}<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    f'<borders count="2"><border/><border>{_EDGE}</border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    f'<cellXfs count="6">{_FORMATS}</cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
    "</styleSheet>"
)
