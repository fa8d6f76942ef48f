"""A served site with one mother who cares for a child, and phones that are real browsers."""

from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any
from wsgiref.simple_server import make_server

import pytest
from django.conf import settings as site
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.wsgi import get_wsgi_application
from django.test import Client
from playwright.sync_api import BrowserContext, Page, Playwright, expect, sync_playwright

from tests import make_care
from tests.web.test_fresh_browser import ARGUMENTS, CHROMIUM, QuietHandler, Server, aside

PIN = "280519"
# A machine that does other things meanwhile is slow, not wrong.
expect.set_options(timeout=30_000)
# A microphone that hums, and nobody who has to say that it may be used.
HUMMING = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")


class Plugged(Server):
    """A server whose network can be cut: it then hangs up on everybody, service workers too."""

    plugged = True

    def verify_request(self, *_asked: Any) -> bool:
        """Answer only while the network is there."""
        return self.plugged


@pytest.fixture
def server(settings: Any, committed: Any) -> Iterator[Any]:
    """Serve the site to browsers on this machine."""
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    server = make_server(
        "127.0.0.1", 0, StaticFilesHandler(get_wsgi_application()), server_class=Plugged,
        handler_class=QuietHandler,
    )  # fmt: skip
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def address(server: Any) -> str:
    return f"http://127.0.0.1:{server.server_port}"


@pytest.fixture
def playwright(address: str) -> Iterator[Playwright]:
    """Start Playwright after the site, so that its loop has ended before the tables are emptied."""
    with sync_playwright() as started:
        yield started


@pytest.fixture
def mother(address: str) -> Any:
    """A mother with an account, who cares for 一诺."""

    def build() -> Any:
        user, mother = make_care.a_carer()
        return user, make_care.a_pairing(mother)

    return aside(build)


class Phone:
    """One phone: its browser with its own folder, which outlives a restart."""

    def __init__(self, playwright: Playwright, folder: Path, server: Any) -> None:
        self.playwright, self.folder, self.server = playwright, folder, server
        self.address = f"http://127.0.0.1:{server.server_port}"
        self.context: BrowserContext | None = None
        self.complaints: list[str] = []

    def switch_on(self, *, offline: bool = False) -> Page:
        """Start the browser on the folder."""
        self.context = self.playwright.chromium.launch_persistent_context(
            str(self.folder), executable_path=CHROMIUM, args=[*ARGUMENTS, *HUMMING], locale="en-GB",
            viewport={"width": 360, "height": 740}, offline=offline, has_touch=True,
            timezone_id="Asia/Shanghai",
        )  # fmt: skip
        page = self.context.pages[0]
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda said: self._note(said.text))
        return page

    def _note(self, text: str) -> None:
        if "Content Security Policy" in text:
            self.complaints.append(text)

    def lose_signal(self) -> None:
        """Cut the network: the browser knows it, and the server hangs up on its worker as well."""
        self.server.plugged = False
        assert self.context is not None
        self.context.set_offline(True)

    def find_signal(self) -> None:
        """Bring the network back."""
        self.server.plugged = True
        assert self.context is not None
        self.context.set_offline(False)

    def switch_off(self) -> None:
        """Close the browser."""
        if self.context is not None:
            self.context.close()
            self.context = None

    def sign_in(self, user: Any) -> None:
        """Carry a session of this person."""
        client = Client()
        aside(lambda: client.force_login(user))
        value = client.cookies[site.SESSION_COOKIE_NAME].value
        assert self.context is not None
        self.context.add_cookies(
            [{"name": site.SESSION_COOKIE_NAME, "value": value, "url": self.address}]
        )

    def set_up(self, user: Any) -> Page:
        """Sign in, choose a PIN, and wait until the app is kept."""
        page = self.switch_on()
        self.sign_in(user)
        page.goto(f"{self.address}/care/")
        page.goto(f"{self.address}/care/phone/")
        page.get_by_label("PIN", exact=True).first.fill(PIN)
        page.get_by_label("PIN once more").fill(PIN)
        page.get_by_role("button", name="Set up").click()
        page.get_by_role("heading", name="Today").wait_for()
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        return page

    def open(self, page: Page, pin: str = PIN) -> None:
        """Open the app and type the PIN."""
        page.goto(f"{self.address}/care/phone/")
        page.locator("#pin").fill(pin)

    def holds(self, *canaries: str) -> list[str]:
        """Return which of these texts stand anywhere in the phone's folder."""
        found = set()
        for file in self.folder.rglob("*"):
            if file.is_file():
                content = file.read_bytes()
                found |= {
                    text
                    for text in canaries
                    if text.encode() in content or text.encode("utf-16-le") in content
                }
        return sorted(found)


@pytest.fixture
def phone(playwright: Playwright, server: Any, tmp_path: Path) -> Iterator[Any]:
    """Make phones; all are switched off at the end."""
    made: list[Phone] = []

    def a_phone() -> Phone:
        made.append(Phone(playwright, tmp_path / f"phone{len(made)}", server))
        return made[-1]

    yield a_phone
    for each in made:
        each.switch_off()
