"""A doubtful link decided as one child and undone later: what hangs on a file goes and returns."""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.journeys.conftest import ROOT, Site
from tests.journeys.steps import address

# One worker lives all journeys: they share one served county.
pytestmark = pytest.mark.browser
HANGING = ("结对", "结对进程", "关爱", "关爱团队", "走访", "微心愿", "知情同意", "风险与需求")
# A row says which list it stands in and where.
ROW = re.compile(r"\S+ 第 \d+ 行")


@dataclass
class Asked:
    """Two files that may be one child: one with a mother, one that departments tell of now."""

    name: str
    child: str
    other: str
    contact: str


def told(site: Site, folder: Path) -> Asked:
    """Let departments tell of a child with a mother as if it were another one."""
    environment = {
        **os.environ, "QIANSHOU_VAR": str(site.var),
        "PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT))),
        "DJANGO_SETTINGS_MODULE": "qianshou.config.settings",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "tests.journeys.departments", str(folder)],
        env=environment, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return Asked(**json.loads(done.stdout))


def hanging(visitor, child: str) -> dict[str, str]:
    """Return what each card of a child's page says that hangs on the file."""
    visitor.open(f"/children/{child}/")
    cards = visitor.page.locator("main details.fold-card")
    found = {}
    for place in range(cards.count()):
        card = cards.nth(place)
        title = card.locator("summary h2").inner_text().strip()
        if title in HANGING:
            said = card.evaluate("node => { node.open = true; return node.innerText; }")
            found[title] = said.removeprefix(card.locator("summary").inner_text())
    return found


def rows_of(visitor, child: str) -> str:
    """Return what a file's page of department rows says."""
    visitor.open(f"/children/{child}/rows/")
    return visitor.page.get_by_role("main").inner_text()


def decide_by_keyboard(coordinator, asked: Asked) -> None:
    """Open the question about the two from the queue, read what follows, and press the key."""
    page = coordinator.page
    coordinator.open("/children/doubts/")
    page.locator("tbody tr", has_text=asked.name).locator("a").first.click()
    assert "结对和历史记录随之转入，可以撤销" in page.get_by_role("main").inner_text()
    question = page.url
    page.keyboard.press("1")
    page.wait_for_url(lambda url: url != question)
    assert "已判为同一儿童" in page.locator(".toast").first.inner_text()


def undo_in_the_history(coordinator, child: str) -> None:
    """Undo the joining where the file tells of it, as anybody may at any later time."""
    page = coordinator.page
    coordinator.open(f"/children/{child}/history/")
    joined = page.locator("main li", has_text="两份档案合并为一份").first
    joined.get_by_role("button", name="撤销").click()
    page.wait_for_load_state()
    assert "已撤销，一切恢复原状" in page.locator(".toast").first.inner_text()
    coordinator.look("history-undone")


def test_a_doubtful_link_is_one_child_and_two_again(site, sign_in, tmp_path):
    asked = told(site, tmp_path)
    with sign_in("county") as coordinator:
        page = coordinator.page
        before = hanging(coordinator, asked.child), hanging(coordinator, asked.other)
        rows = rows_of(coordinator, asked.child), rows_of(coordinator, asked.other)
        decide_by_keyboard(coordinator, asked)

        joined = hanging(coordinator, asked.other)
        coordinator.look("child-merged")
        for title in ("结对", "结对进程", "关爱"):
            mother = before[0][title].strip().partition("\n")[0]
            assert joined[title].strip().startswith(mother)
            assert mother not in before[1][title]
        assert joined["知情同意"] == before[0]["知情同意"] != before[1]["知情同意"]
        assert "低保" in before[1]["风险与需求"]
        assert "低保" in joined["风险与需求"]
        moved = {*ROW.findall(rows[0])}
        both = {*ROW.findall(rows_of(coordinator, asked.other))}
        assert moved
        assert both == moved | {*ROW.findall(rows[1])}
        coordinator.open(f"/children/{asked.child}/")
        assert address(page) == f"/children/{asked.other}/"
        coordinator.open(f"/care/contacts/{asked.contact}/")
        assert page.locator(f"a[href='/children/{asked.other}/']").count()

        undo_in_the_history(coordinator, asked.other)

        assert (hanging(coordinator, asked.child), hanging(coordinator, asked.other)) == before
        assert (rows_of(coordinator, asked.child), rows_of(coordinator, asked.other)) == rows
        coordinator.open(f"/care/contacts/{asked.contact}/")
        assert page.locator(f"a[href='/children/{asked.child}/']").count()
        coordinator.open("/children/doubts/")
        assert page.locator("tbody tr", has_text=asked.name).count() == 1
    assert site.flaws == []
