"""Papers: valid PDF/A, the same bytes for the same data, never a box, never markup from data."""

import io
import json
import re
import subprocess
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pikepdf
import pytest
import typst
from django.utils.translation import gettext_lazy as _
from hypothesis import given, settings
from hypothesis import strategies as st

from qianshou.common import characters, papers, printing

PLAIN = "common/plain"
# Surnames and names that registers, banks and schools are known to stumble over, with others
# that no font of ours holds.
RARE = [
    "龑", "䶮", "𠅤", "㛃", "𡋾", "𫢸", "𬱖", "𨧀", "𬀩", "𪨶", "亓官", "仉督", "逄", "妫", "乜",
    "佴", "仝", "璩", "郄", "晁", "㑇", "䴙", "𬭶", "𰻝", "𱁬", "鿰", "䶿", "𪝞", "𪚥", "𥇦", "𥌑",
    "𲎯", "𫜵", "㐀", "﨑", "羽", "ﾊ", "嗀", "𢘍", "你", "\ue5e5", "\U000f0001", "😀", "👩‍👧‍👦",
    "é", "e\u0301", "n\u0303", "q\u0301", "བོད", "ئۇيغۇر", "ᠮᠣᠩᠭᠣᠯ", "\ud83d", "买买提·艾力",
]  # fmt: skip
SPITEFUL = [
    '#panic("x")', "$x^2$", "*bold*", "_it_", "@ref", "<label>", "= heading", "#{", "]", "\\",
    "`raw`", "//", "/* x", '#import "/etc/passwd"', "${data}", "{{ name }}", "\x00\x1b[31m",
    "\u202egnp.exe", "a\u200bb", "line\nline", "tab\ttab", "\r\n", " ", "", "~", "---", "...",
]  # fmt: skip


def a_paper(*texts, language="zh-hans", title="纸", **more):
    """Return the bytes of a paper that shows some texts."""
    data = {"heading": "标题", "parts": [{"text": text} for text in texts], **more}
    return papers.render(PLAIN, data, title=title, language=language)


def an_order(*texts):
    """Return what the printing program is told for a paper that shows some texts."""
    data = {"heading": "x", "parts": [{"text": text} for text in texts]}
    return papers._order(PLAIN, data, title="x", language="zh-hans", at=None)


def read(paper):
    """Open a paper."""
    return pikepdf.open(io.BytesIO(paper))


def fonts_of(pdf):
    """Return the descriptors of every font that the pages use."""
    found = []
    for each in pdf.objects:
        if isinstance(each, pikepdf.Dictionary) and each.get("/Type") == "/Font":
            inner = each.get("/DescendantFonts", [each])
            found.extend(font.get("/FontDescriptor") for font in inner)
    return found


def letters_of(pdf):
    """Return what a reader copies out of a paper, by the maps from glyphs to characters."""
    text = ""
    for each in pdf.objects:
        if isinstance(each, pikepdf.Dictionary) and "/ToUnicode" in each:
            for code in re.findall(rb"<[0-9A-F]+> <([0-9A-F]+)>", each.ToUnicode.read_bytes()):
                text += bytes.fromhex(code.decode()).decode("utf-16-be")
    return text


def test_a_paper_says_that_it_is_pdf_a_2a_and_holds_what_that_demands():
    with read(a_paper("欧阳若男", mark="水印")) as pdf, pdf.open_metadata() as words:
        assert (words["pdfaid:part"], words["pdfaid:conformance"]) == ("2", "A")
        assert words["pdfuaid:part"] == "1"
        intent = pdf.Root.OutputIntents[0]
        assert intent.S == "/GTS_PDFA1"
        assert len(intent.DestOutputProfile.read_bytes()) > 100
        assert str(pdf.Root.Lang).lower().startswith("zh")
        assert pdf.Root.MarkInfo.Marked
        assert "/StructTreeRoot" in pdf.Root
        assert not pdf.is_encrypted
        assert "/ID" in pdf.trailer


def test_every_font_of_a_paper_is_within():
    with read(a_paper("汉字 abc", "𪨶 かな 한글")) as pdf:
        found = fonts_of(pdf)
        assert found
        assert all("/FontFile2" in each or "/FontFile3" in each for each in found)
        assert all(re.match(r"/[A-Z]{6}\+", str(each.FontName)) for each in found)


def test_a_paper_runs_nothing_and_fetches_nothing():
    raw = a_paper("x")
    with read(raw) as pdf:
        kinds = {
            str(each.get("/S")) for each in pdf.objects if isinstance(each, pikepdf.Dictionary)
        }
        assert not kinds & {"/JavaScript", "/Launch", "/URI", "/SubmitForm", "/GoToR"}
        assert "/OpenAction" not in pdf.Root
        assert "/EmbeddedFiles" not in pdf.Root.get("/Names", {})


def test_equal_data_give_equal_bytes_and_other_data_other_ones():
    assert a_paper("张三") == a_paper("张三")
    assert a_paper("张三") != a_paper("张四")


def test_a_paper_carries_the_instant_it_states_and_not_the_clock():
    data = {"heading": "x", "parts": []}
    at = datetime(2026, 11, 26, 8, 0, tzinfo=UTC)
    with read(papers.render(PLAIN, data, title="x", language="en", at=at)) as pdf:
        assert "20261126" in str(pdf.docinfo["/CreationDate"])


@pytest.mark.parametrize("language", ["zh-hans", "zh-hant", "en"])
def test_rare_characters_neither_break_a_paper_nor_leave_a_box(language):
    paper = a_paper(*RARE, language=language, title="".join(RARE))

    with read(paper) as pdf:
        letters = letters_of(pdf)
        assert "\ufffd" not in letters
        assert {"龑", "𪨶", "𬱖", "〔", "益"} <= {*letters}


def test_a_box_is_impossible_since_the_exporter_refuses_it(tmp_path):
    (tmp_path / "x.typ").write_text("#set document(title: [x])\n#sys.inputs.data", "utf-8")
    order = {**an_order(), "root": str(tmp_path), "main": str(tmp_path / "x.typ")}

    assert printing.typeset({**order, "data": "龑"})
    with pytest.raises(typst.TypstError, match="could not be displayed"):
        printing.typeset({**order, "data": "\U0002a75e"})


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("张𪝞", "张〔左亻右益 U+2A75E〕"),
        ("𪚥", "〔上龖下龖 U+2A6A5〕"),
        ("a\ue5e5b", "a〔U+E5E5〕b"),
        ("😀😁", "〔U+1F600，U+1F601〕"),
        ("👩‍👧", "〔U+1F469，U+1F467〕"),
        ("\ud83d", "〔U+D83D〕"),
        ("龑䶮𬱖", "龑䶮𬱖"),
        ("e\u0301", "é"),
        ("a\u202eb\u200bc\x00", "abc"),
        ("a\tb\r\nc\u2028d", "a b\nc\nd"),
    ],
)
def test_what_no_font_holds_is_written_out(text, shown):
    assert papers.writable(text) == shown


def test_compositions_are_said_in_words_also_one_within_another():
    assert characters.described("⿰亻⿱一女") == "左亻右（上一下女）"
    assert characters.described("⿲干龍干") == "左干中龍右干"


def test_every_known_composition_can_itself_be_printed():
    drawn = characters.held_by(papers.font_folders())

    lost = [
        chr(code)
        for code, composition in characters.compositions().items()
        if not all(ord(each) in drawn for each in characters.described(composition))
    ]

    assert lost == []


def test_what_people_type_is_printed_and_never_read_as_markup():
    paper = a_paper(*SPITEFUL, title=" ".join(SPITEFUL))

    with read(paper) as pdf:
        letters = letters_of(pdf)
        wanted = "".join(papers.writable(text) for text in SPITEFUL)
        assert [each for each in wanted if each.strip() and each not in letters] == []


def test_markup_in_a_template_would_be_carried_out(tmp_path):
    broken = tmp_path / "x.typ"
    broken.write_text('#set document(title: [x])\n#panic("x")', "utf-8")

    with pytest.raises(papers.PaperBroken, match="panicked"):
        list(papers._printed({**an_order("x"), "main": str(broken), "root": str(tmp_path)}))


def test_data_of_every_plain_kind_is_printed():
    facts = [["日期", date(2026, 11, 26)], ["数", Decimal("1.50")], ["无", None], ["是", True]]
    more = [["号", UUID(int=7)], ["译", _("English")], ["小数", 1.5], ["非数", float("nan")]]
    plain = [[label, "" if value is None else str(value)] for label, value in facts + more]

    assert a_paper("x", parts=[{"facts": plain}])
    clean = papers._clean({"facts": facts + more}, frozenset(range(0x110000)))
    assert clean["facts"][0] == ["日期", "2026-11-26"]
    assert clean["facts"][7] == ["非数", None]
    with pytest.raises(TypeError, match="cannot show"):
        papers._clean(object(), frozenset())


def test_a_paper_that_would_be_too_long_is_refused(monkeypatch):
    monkeypatch.setattr(papers, "LARGEST", 1000)

    with pytest.raises(papers.PaperTooLong):
        a_paper("长" * 1000)


def test_a_paper_that_takes_too_long_is_ended(monkeypatch):
    monkeypatch.setattr(papers, "SECONDS", 0.001)

    with pytest.raises(papers.PaperTooLong):
        a_paper("x")


def test_a_broken_template_surfaces_with_its_reason():
    with pytest.raises(papers.PaperBroken, match="parts"):
        papers.render(PLAIN, {"heading": "x"}, title="x", language="en")


def test_a_paper_needs_no_font_of_the_machine_and_no_network():
    code = (
        "import json,sys,socket; from qianshou.common import printing\n"
        "def no(*a,**k): raise OSError('network')\n"
        "socket.socket=no\n"
        "sys.stdout.write(str(len(printing.typeset(json.load(sys.stdin))[0])))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=json.dumps(an_order("汉")), text=True, capture_output=True,
        env={"FONTCONFIG_FILE": "/nonexistent", "PYTHONPATH": str(papers.PAPER_ROOT.parent)},
        check=False,
    )  # fmt: skip

    assert int(done.stdout) > 1000, done.stderr


def test_a_qr_code_is_a_picture_with_words():
    svg = papers.qr("https://example.org/verify/1")

    assert svg.startswith("<svg")
    assert a_paper("x", parts=[{"qr": svg, "said": "核验"}])


def test_no_template_names_a_package_or_a_character_that_cannot_be_drawn():
    drawn = characters.held_by(papers.font_folders())
    for template in papers.PAPER_ROOT.rglob("*.typ"):
        text = template.read_text("utf-8")
        assert "@preview" not in text
        assert "@local" not in text
        assert {each for each in text if ord(each) not in drawn} <= {"\n"}


def test_pictures_of_a_paper_are_its_pages():
    long = {"heading": "x", "parts": [{"text": "页\n" * 120}]}

    pages = papers.pictures(PLAIN, long, title="x", language="zh-hans", ppi=20)

    assert len(pages) > 1
    assert all(page.startswith(b"\x89PNG") for page in pages)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text(min_size=1, max_size=60), min_size=1, max_size=30))
def test_no_text_at_all_breaks_a_paper(texts):
    assert printing.typeset(an_order(*texts))[0].startswith(b"%PDF")
