"""The main job as a county does it: a department's file in, confirmed pairs out, privately."""

import re
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

# One worker lives all journeys: they share one served county.
pytestmark = pytest.mark.browser

KEY, NAME = "台账编号", "儿童基本信息/姓名"
DOWNLOAD = re.compile(r"下载 (\d+) 行")


def mend_names(quarantined: Path, truth: Path, target: Path) -> int:
    """Fill in the names that quarantined rows lack, as a clerk who has asked; return how many."""
    rows = pl.read_parquet(truth / "rows.parquet", columns=["record_key", "truth_id"])
    children = pl.read_parquet(truth / "children.parquet", columns=["truth_id", "name"])
    names = dict(rows.join(children, on="truth_id").select("record_key", "name").iter_rows())
    header, *found = CalamineWorkbook.from_path(quarantined).get_sheet_by_index(0).to_python()
    place = header.index(NAME)
    nameless = [row for row in found if not row[place]]
    with xlsxwriter.Workbook(target) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, header)
        for number, row in enumerate(nameless, start=1):
            row[place] = names[row[header.index(KEY)]]
            for column, value in enumerate(row):
                sheet.write_string(number, column, str(value))
    return len(nameless)


def deliver(clerk, file: Path) -> None:
    """Deliver the civil affairs bureau's workbook and wait until it is on file."""
    page = clerk.page
    clerk.open("/")
    clerk.look("home-clerk")
    page.get_by_role("link", name="部门数据").first.click()
    clerk.look("deliveries")
    page.get_by_role("link", name="报送文件").first.click()
    clerk.look("deliver")
    page.get_by_label("民政儿童信息台账").check()
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="报送").click()
    page.get_by_text("未入库的行，按原因").wait_for(timeout=120_000)
    clerk.look("delivery")


def rows_to_mend(page) -> int:
    """Return how many rows of a delivery still wait to be mended."""
    said = DOWNLOAD.search(page.get_by_role("button", name=DOWNLOAD).inner_text())
    return int(said[1])


def send_mended_rows_back(clerk, folder: Path) -> None:
    """Look at the rows that were kept out, mend those without a name in Excel, send them back."""
    page, delivery = clerk.page, clerk.page.url
    page.get_by_role("link", name="缺少姓名").first.click()
    clerk.look("kept-out")
    page.locator("tbody a").first.click()
    clerk.look("kept-out-row")
    page.goto(delivery)
    kept_out = rows_to_mend(page)
    with page.expect_download() as download:
        page.get_by_role("button", name=DOWNLOAD).click()
    download.value.save_as(folder / "kept-out.xlsx")

    mended = mend_names(folder / "kept-out.xlsx", clerk.site.city / "truth", folder / "mended.xlsx")
    page.locator("input[type=file]").set_input_files(folder / "mended.xlsx")
    page.get_by_role("button", name="送回").click()
    page.get_by_text("处理结果").wait_for(timeout=120_000)
    assert page.url != delivery
    read = clerk.fact("读取的行")
    page.goto(delivery)

    assert mended
    assert read == mended
    assert 0 < kept_out - rows_to_mend(page) <= mended


def decide_a_doubtful_link(clerk) -> None:
    """Answer one question with the keyboard and see it counted."""
    page = clerk.page
    clerk.open("/children/doubts/")
    clerk.look("doubts")
    page.locator("tbody a").first.click()
    clerk.look("doubt")
    question = page.url
    page.keyboard.press("2")
    page.wait_for_url(lambda url: url != question)
    clerk.open("/children/doubts/")

    assert question not in [
        page.evaluate("link => link.href", each)
        for each in page.locator("tbody a").element_handles()
    ]


def take_the_answer_back(clerk) -> None:
    """Undo the last answer: the same question stands open again; answer it for good."""
    page = clerk.page
    page.locator("form[action$='/reopen/'] button").first.click()
    page.wait_for_url(re.compile(r"/doubts/[0-9a-f-]{36}/$"))
    question = page.url
    page.keyboard.press("2")
    page.wait_for_url(lambda url: url != question)


def label_a_pair(clerk) -> None:
    """Draw a sample, label a pair with the keyboard, and take the label back."""
    page = clerk.page
    clerk.open("/quality/linkage/")
    page.locator("form[action$='/draw/'] button").click(timeout=120_000)
    page.locator("a[href$='/linkage/next/']").click()
    clerk.look("label")
    pair = page.url
    page.keyboard.press("1")
    page.wait_for_url(lambda url: url != pair)
    page.locator("form[action$='/take-back/'] button").first.click()
    page.wait_for_url(pair)
    clerk.open("/quality/linkage/")
    clerk.look("linkage")


def take_a_quality_report(clerk) -> None:
    """Reckon the figures, look at a department's, and take its report."""
    page = clerk.page
    clerk.open("/quality/")
    page.locator("form[action$='/now/'] button").click(timeout=120_000)
    clerk.look("scorecards")
    page.locator("tbody a[data-open]").first.click()
    clerk.look("scorecard")
    page.locator("input[name=reason]").fill("县民政局儿童福利科")
    with page.expect_download() as download:
        page.locator("form[action$='/report.xlsx'] button").first.click()
    head, *rows = (
        CalamineWorkbook.from_path(download.value.path()).get_sheet_by_index(1).to_python()
    )
    assert head[:4] == ["工作表", "行", "理由", "怎样修改"]
    assert rows
    assert all(row[1] and row[2] and row[3] for row in rows)
    # The department reads its own words, never our codes.
    assert {row[head.index("性别")] for row in rows} <= {"男", "女", ""}


def run_the_matching(coordinator) -> str:
    """Start a run for the county, wait for its proof, and return its address."""
    page = coordinator.page
    coordinator.open("/")
    coordinator.look("home-county")
    coordinator.open("/pairing/")
    coordinator.look("runs")
    page.get_by_role("button", name="开始匹配").click()
    page.get_by_text("已证明：没有更好的方案").wait_for(timeout=180_000)
    coordinator.look("run")
    run = page.url
    for name in ("fairness", "recruitment"):
        assert page.goto(f"{run}{name}/").status == 200
        coordinator.look(name)
    assert coordinator.open("/pairing/what-if/") == 200
    coordinator.look("what-if")
    page.goto(run)
    return run


def read_reasons_and_approve(coordinator) -> str:
    """Read why two fit, ask about another mother, approve one pair and then many; return a pair."""
    page = coordinator.page
    page.get_by_role("link", name=re.compile("决定 .* 对")).click()
    coordinator.look("proposals")
    listed = page.url
    page.locator("tbody a[data-open]").first.click()
    proposal = page.url
    assert page.get_by_text("为什么是这一对").is_visible()
    page.get_by_label("爱心妈妈姓名").fill("l")
    page.get_by_role("button", name="询问").click()
    coordinator.look("proposal")
    page.goto(proposal)
    page.get_by_role("button", name="批准").click()
    page.wait_for_load_state()
    page.goto(proposal)
    assert page.get_by_role("button", name="批准").count() == 0

    page.goto(listed)
    for tick in page.get_by_role("checkbox", name=re.compile("选")).all()[1:3]:
        tick.check()
    page.get_by_role("button", name="批准勾选的结对").click()
    page.get_by_text("已批准 2 对").wait_for()
    coordinator.open("/pairing/pairs/")
    assert page.locator("tbody tr").count() >= 3
    coordinator.look("pairs")
    return proposal


def look_around(sign_in) -> None:
    """Look at the rooms of those who do not do the main job themselves."""
    rooms = {
        "city": {"home-city": "/", "coverage": "/children/coverage/", "sources": "/data/sources/",
                 "receivers": "/out/receivers/"},
        "county": {"today": "/children/today/", "exports": "/out/exports/",
                   "teams": "/pairing/teams/", "partners": "/pairing/teams/partners/",
                   "policies": "/pairing/policies/"},
        "town": {"home-town": "/", "grades": "/assessment/"},
        "mother": {"home-mother": "/"},
        "system": {"accounts": "/accounts/users/", "feeds": "/data/feeds/"},
        "auditor": {"trail": "/trail/", "exports-audited": "/out/exports/"},
    }  # fmt: skip
    for person, places in rooms.items():
        with sign_in(person) as visitor:
            for name, path in places.items():
                assert visitor.open(path) == 200
                visitor.look(name)


def test_main_job_from_a_messy_file_to_confirmed_pairs(site, sign_in, tmp_path):
    assert re.search(r"verifier +accepted", site.report)
    with sign_in("clerk") as clerk:
        deliver(clerk, site.city / "update" / "civil-affairs.xlsx")
        send_mended_rows_back(clerk, tmp_path)
        decide_a_doubtful_link(clerk)
        take_the_answer_back(clerk)
        label_a_pair(clerk)
        take_a_quality_report(clerk)
        clerk.open("/children/")
        clerk.look("children")
        clerk.page.locator("tbody a[data-open]").first.click()
        clerk.look("child")
        child = clerk.page.url
    with sign_in("county") as coordinator:
        run = run_the_matching(coordinator)
        proposal = read_reasons_and_approve(coordinator)
        coordinator.open("/mothers/")
        coordinator.look("mothers")
        assert coordinator.page.goto(child).status == 200
    with sign_in("neighbour") as neighbour:
        for theirs in (child, run, proposal):
            assert neighbour.page.goto(theirs).status == 404
        neighbour.complaints.clear()
        for place in ("/children/", "/mothers/", "/pairing/", "/pairing/pairs/", "/data/"):
            assert neighbour.open(place) == 200
            assert neighbour.page.locator("tbody tr").count() == 0, place
        neighbour.look("another-county")
    look_around(sign_in)
    assert site.flaws == []
