"""A served demo county of its own, and a browser that looks closely at every page it opens."""

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests import axe

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
WIDTHS = {1280: 900, 360: 780}
DESK, PHONE = ({"width": width, "height": height} for width, height in WIDTHS.items())


@dataclass
class Site:
    """A running installation: its address, its folder, and the password of every sign-in."""

    address: str
    var: Path
    report: str
    flaws: list[str] = field(default_factory=list)

    @property
    def password(self) -> str:
        """Return the demo's password."""
        return (self.var / "secrets" / "demo_password").read_text(encoding="ascii")

    @property
    def city(self) -> Path:
        """Return the folder of the department files and the truth."""
        return next((self.var / "demo").glob("county-*"))


def free_port() -> int:
    """Return a port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="package")
def site() -> Iterator[Site]:
    """Start `qianshou demo` as `make demo` does, in a folder of its own, and stop it at the end.

    All journeys share it: each takes what it finds. It may ask this machine, where the departments
    stand that are connected.
    """
    var, port = ROOT / "var" / "test" / "journey", free_port()
    console = [sys.executable, "-m", "qianshou.config.console"]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DATABASE_")}
    environment = {
        **kept, "QIANSHOU_VAR": str(var), "PYTHONPATH": str(ROOT / "src"), "PYTHONUNBUFFERED": "1",
        "EGRESS_LOOPBACK": "1",
    }  # fmt: skip
    subprocess.run([*console, "stop"], env=environment, check=False, capture_output=True)
    shutil.rmtree(var, ignore_errors=True)
    server = subprocess.Popen(
        [*console, "demo", "--size", "county", "--port", str(port)],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    said = ""
    try:
        assert server.stdout is not None
        for line in server.stdout:
            said += line
            if line.startswith("  auditor"):
                break
        else:
            pytest.fail(f"The demo did not start:\n{said}")
        await_answer(f"http://127.0.0.1:{port}/", server)
        yield Site(f"http://127.0.0.1:{port}", var, said)
    finally:
        server.terminate()
        server.communicate(timeout=60)
        shutil.rmtree(var, ignore_errors=True)


def await_answer(address: str, server: "subprocess.Popen[str]") -> None:
    """Ask until the server answers or has ended."""
    import httpx

    with httpx.Client(transport=httpx.HTTPTransport(retries=8)) as client:
        for _ in range(20):
            assert server.poll() is None
            try:
                client.get(address, timeout=30)
            except httpx.ConnectError:
                continue
            return
    pytest.fail(f"Nothing answers at {address}")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Start a browser, and end it with the module.

    Playwright's loop must not outlive its tests: Django refuses to work beside a running one.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@dataclass
class Visitor:
    """One person at the site; `look` examines the page that stands open."""

    page: Page
    site: Site
    complaints: list[str] = field(default_factory=list)
    screen: dict[str, int] = field(default_factory=lambda: DESK)

    def take_phone(self) -> None:
        """Go on with a phone in the hand."""
        self.screen = PHONE
        self.page.set_viewport_size(PHONE)

    def open(self, path: str) -> int:
        """Go to a path and return the status of the answer."""
        answer = self.page.goto(self.site.address + path)
        assert answer is not None
        return answer.status

    def look(self, name: str) -> None:
        """Note where the page is too wide or has an axe finding at either width; picture it."""
        folder = os.environ.get("SCREENSHOTS")
        for width, height in WIDTHS.items():
            self.page.set_viewport_size({"width": width, "height": height})
            if folder:
                self.page.screenshot(path=f"{folder}/{name}-{width}.png")
            for found in axe.findings(self.page):
                self.note(name, width, found["id"], found["nodes"][0]["html"][:200])
            wider = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
            if wider > 0:
                self.note(name, width, f"{wider} px too wide")
        self.page.set_viewport_size(self.screen)
        for complaint in self.complaints:
            self.note(name, complaint)
        self.complaints.clear()

    def note(self, *flaw: object) -> None:
        """Keep a flaw for the end of the journey, so that one run tells of all pages."""
        self.site.flaws.append(" · ".join(map(str, flaw)))

    def figure(self, finding: str) -> int:
        """Return the number that a page tells about something."""
        stat = self.page.locator(".stat").filter(has_text=finding).locator(".stat-value span")
        return int(stat.inner_text().replace(",", ""))

    def fact(self, name: str) -> int:
        """Return the number beside a name in a list of facts."""
        beside = self.page.locator(f".facts dt:text-is('{name}') + dd")
        return int(re.sub(r"\D", "", beside.inner_text()))


@pytest.fixture
def sign_in(chromium: Browser, site: Site):
    """Return a way to sign in as one of the demo's people, in Chinese."""

    @contextmanager
    def signed_in(username: str) -> Iterator[Visitor]:
        context = chromium.new_context(locale="zh-CN", timezone_id="Asia/Shanghai", viewport=DESK)
        page = context.new_page()
        # The first plan that a fresh installation steers compiles its kernels.
        page.set_default_timeout(90_000)
        visitor = Visitor(page, site)
        page.on(
            "console",
            lambda said: visitor.complaints.append(said.text) if said.type == "error" else None,
        )
        page.on("pageerror", lambda error: visitor.complaints.append(str(error)))
        visitor.open("/")
        page.get_by_label("用户名").fill(username)
        page.get_by_label("密码").fill(site.password)
        page.get_by_role("main").get_by_role("button", name="登录").click()
        page.wait_for_url(re.compile(r"^(?!.*sign-in)"))
        yield visitor
        context.close()

    return signed_in
