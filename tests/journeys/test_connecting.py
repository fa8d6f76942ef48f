"""Connecting a department: an interface and a database view, on pages alone, until rows arrive."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from qianshou.config.postgres import launcher
from tests import make_exchange as making
from tests.exchange.test_view import Gate
from tests.journeys.conftest import ROOT, Site

# One worker lives all journeys: they share one served county.
pytestmark = pytest.mark.browser

KEY = "given-by-the-department"
NAMES = ["编号", "姓名", "性别", "身份证号", "出生日期", "区划代码", "更新日期"]
FIELDS = ["key", "name", "sex", "id_number", "birth_on", "area_code", "updated_on"]
COLUMNS = ", ".join(f'"{name}" text' for name in making.HEADERS)
DAYS = ("2026-01-01", "2099-12-31")


@pytest.fixture
def department(tmp_path: Path) -> Iterator[making.Department]:
    """A REST interface in a process of its own, with three children."""
    found = making.Department(tmp_path / "department")
    found.says(rows=[making.a_row(宗教="不应存储") for _row in range(3)])
    yield found
    found.stop()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[tuple[int, str]]:
    """Another PostgreSQL with a view of two children, its port and its database."""
    home = tmp_path / "postgres"
    started = launcher.start(home, durable=False)
    with psycopg.connect(started.url("postgres"), autocommit=True) as admin:
        admin.execute(f"CREATE ROLE reader LOGIN PASSWORD '{KEY}'".encode())
        rules = Path(admin.execute("SHOW hba_file").fetchone()[0])  # type: ignore[index]
        rules.write_text("local all reader scram-sha-256\n" + rules.read_text(encoding="utf-8"))
        admin.execute("SELECT pg_reload_conf()")
        admin.execute(f"CREATE TABLE v_children ({COLUMNS})".encode())
        marks = ", ".join(["%s"] * len(making.HEADERS))
        for _row in range(2):
            row = making.a_row()
            values = [row[name] for name in making.HEADERS]
            admin.execute(f"INSERT INTO v_children VALUES ({marks})".encode(), values)
        base = psycopg.conninfo.conninfo_to_dict(started.url("postgres"))["dbname"]
        admin.execute(f"GRANT CONNECT ON DATABASE {base} TO reader".encode())
        admin.execute("GRANT USAGE ON SCHEMA public TO reader")
        admin.execute("GRANT SELECT ON v_children TO reader")
        folder = admin.execute("SHOW unix_socket_directories").fetchone()[0]  # type: ignore[index]
        port = admin.execute("SHOW port").fetchone()[0]  # type: ignore[index]
    gate = Gate(f"{folder}/.s.PGSQL.{port}")
    yield gate.port, str(base)
    gate.close()
    launcher.stop(home)
    launcher.remove(home)


def begin(editor, *, kind: str, code: str, name: str) -> str:
    """Begin a source and return the address of its own page."""
    page = editor.page
    editor.open("/data/sources/connect/")
    editor.look("connect")
    page.locator(f"input[name=kind][value={kind}]").check()
    page.locator("#id_name").fill(name)
    page.locator("#id_code").fill(code)
    page.locator("#id_department").select_option("education")
    page.locator("main form button.main").click()
    page.wait_for_url(re.compile("/connection/$"))
    return page.url.removesuffix("connection/")


def keep(editor, name: str, **values: str) -> None:
    """Fill in where the rows come from."""
    page = editor.page
    for field, value in values.items():
        box = page.locator(f"#id_{field}")
        fold = page.locator(f"details:not([open]):has(#id_{field}) > summary")
        if fold.count():
            fold.click()
        if box.evaluate("each => each.tagName") == "SELECT":
            box.select_option(value)
        else:
            box.fill(value)
    editor.look(name)
    page.locator("main form.form button.main").click()
    page.wait_for_load_state()


def approve(sign_in) -> None:
    """Open every destination that is asked for, as two administrators."""
    # What an administrator has approved asks her no more, so the next one is always on top.
    for who in ("system", "security"):
        with sign_in(who) as administrator:
            page = administrator.page
            administrator.open("/data/feeds/")
            for _turn in range(page.locator("form[action$='/approve/']").count()):
                page.locator("form[action$='/approve/'] button").first.click()
                page.wait_for_load_state()
            administrator.look("ways")


def finish(editor, source: str, name: str) -> None:
    """Test, agree, map the columns with a look at the first rows, and switch on."""
    page = editor.page
    page.goto(f"{source}connection/")
    page.locator("form[action$='/test/'] button").click()
    page.locator("main .callout.good").wait_for()
    editor.look(f"{name}-tested")
    page.goto(f"{source}agreement/")
    page.locator("#id_number").fill("奉教函〔2026〕7号")
    for box in page.locator("input[name=fields_allowed]").all():
        box.set_checked(box.get_attribute("value") in FIELDS)
    for field, day in zip(("valid_from", "valid_until"), DAYS, strict=True):
        page.locator(f"#id_{field}").fill(day)
    editor.look(f"{name}-agreement")
    page.locator("main form.form button.main").last.click()
    page.wait_for_url(source)
    page.goto(f"{source}columns/")
    for heading, field in zip(NAMES, FIELDS, strict=True):
        page.get_by_label(heading, exact=True).select_option(field)
    page.locator("main form button:not([name])").last.click()
    page.wait_for_load_state()
    editor.look(f"{name}-columns")
    page.locator("button[name=save]").click()
    page.wait_for_url(source)
    page.locator("button[name=on]").click()
    page.wait_for_load_state()
    editor.look(f"{name}-source")


def fetch_now(site: Site) -> None:
    """Do what the worker does at the next full minute, so that nobody has to wait for it."""
    environment = {
        **os.environ, "QIANSHOU_VAR": str(site.var), "EGRESS_LOOPBACK": "1",
        "PYTHONPATH": str(ROOT / "src"), "DJANGO_SETTINGS_MODULE": "qianshou.config.settings",
    }  # fmt: skip
    said = (
        "import django; django.setup();"
        " from qianshou.exchange.actions import fetching; fetching.hand_out()"
    )
    subprocess.run([sys.executable, "-c", said], env=environment, check=True, capture_output=True)


def arrived(editor, code: str) -> int:
    """Wait until a source's delivery is on file and return how many rows it brought."""
    page = editor.page
    editor.open(f"/data/?source={code}")
    for _look in range(40):
        if page.locator("tbody a").count():
            break
        page.reload()
    page.locator("tbody a").first.click()
    page.locator(".facts").first.wait_for(timeout=60_000)
    return int(page.locator(".stat-value span").first.inner_text().replace(",", ""))


def test_a_department_is_connected_on_pages(site, sign_in, department, database):
    port, base = database
    with sign_in("city") as editor:
        rest = begin(editor, kind="rest", code="school-roll", name="学籍接口")
        keep(editor, "rest", url=department.url, addresses="127.0.0.1", auth="header",
             header="X-Api-Key", secret=KEY, rows="data.items")  # fmt: skip
        view = begin(editor, kind="view", code="household", name="户籍视图")
        keep(editor, "view", kind="postgresql", host="db.dept.example", port=str(port),
             database=base, user="reader", secret=KEY, addresses="127.0.0.1",
             view="v_children", key="编号")  # fmt: skip
    approve(sign_in)
    with sign_in("city") as editor:
        finish(editor, rest, "rest")
        finish(editor, view, "view")
        fetch_now(site)

        assert arrived(editor, "school-roll") == 3
        assert arrived(editor, "household") == 2

    assert department.asked[-1]["X-Api-Key"] == KEY
    assert site.flaws == []


REGISTER = """
code = "deaths"
name = "户籍死亡登记"
department = "police"
target = "CHILD"
delivery = "changes"
as_of = "updated_on"
[columns]
key = { header = "编号", required = true }
name = "姓名"
sex = "性别"
id_number = "身份证号"
birth_on = "出生日期"
area_code = "区划代码"
updated_on = "更新日期"
father_status = "父亲情况"
mother_status = "母亲情况"
guardianship = "监护情况"
lives_alone = "独自居住"
"""
WAITING = re.compile(r"待确认的红色、橙色等级\s*([\d,]+)")


def number(found: re.Match[str]) -> int:
    """Return what a tile of the home page counts."""
    return int(found[1].replace(",", ""))


def told(site: Site, folder: Path, **values: str) -> None:
    """Let the register of deaths say something about one child."""
    row = {**making.a_row(编号="D1", 姓名="周小满", 身份证号=making.an_id(order=997)), **values}
    (folder / "deaths.toml").write_text(REGISTER, encoding="utf-8")
    file = folder / f"{values['更新日期']}.csv"
    lines = [",".join(row), ",".join(row.values())]
    file.write_text("\n".join(lines), encoding="utf-8-sig")
    subprocess.run(
        [sys.executable, "-m", "qianshou.config.console", "import", "--source",
         str(folder / "deaths.toml"), "--area", making.TOWN[:6] + "000000", str(file)],
        env={**os.environ, "QIANSHOU_VAR": str(site.var), "PYTHONPATH": str(ROOT / "src")},
        check=True, capture_output=True,
    )  # fmt: skip


def test_a_death_certificate_turns_a_child_red_on_the_home_that_stands_open(
    site, sign_in, tmp_path
):
    told(site, tmp_path, 父亲情况="正常", 母亲情况="死亡", 监护情况="父母监护",
         独自居住="是", 更新日期="2026-10-01")  # fmt: skip
    with sign_in("county") as coordinator:
        page = coordinator.page
        coordinator.open("/")
        page.evaluate("window.stands = true")
        main = page.get_by_role("main")
        before = WAITING.search(main.inner_text())

        told(site, tmp_path, 父亲情况="死亡", 母亲情况="死亡", 监护情况="无人监护",
             独自居住="是", 更新日期="2026-11-01")  # fmt: skip
        page.wait_for_function(
            "before => !document.querySelector('main').innerText.includes(before)",
            arg=before.group() if before else "",
        )

        after = WAITING.search(main.inner_text())
        assert after is not None
        assert number(after) == (number(before) if before else 0) + 1
        assert page.evaluate("window.stands")
        coordinator.look("home-turned-red")
        coordinator.open("/children/?q=周小满")
        page.locator("tbody a").first.click()
        page.get_by_text("红色").first.wait_for()
    assert site.flaws == []
