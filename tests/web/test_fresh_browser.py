"""An open page follows the news in a real browser: a death certificate turns a child red."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from shutil import which
from socketserver import ThreadingMixIn
from threading import Thread
from typing import Any, TypeVar
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from django.conf import settings as site
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.wsgi import get_wsgi_application
from django.db import connections
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from qianshou.assessment.models import Assessment
from qianshou.common import rowsecurity
from tests import make as people
from tests import make_registry as make

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("committed")]
Result = TypeVar("Result")
CHROMIUM = next(filter(None, map(which, ("chromium", "chromium-browser", "google-chrome"))), None)
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip

GONE = {
    "father_status": "DEAD", "mother_status": "DEAD", "guardianship": "NONE", "lives_alone": True
}  # fmt: skip


class QuietHandler(WSGIRequestHandler):
    """Keeps the test's output free of a line for each request."""

    def log_message(self, *args: object) -> None:
        """Say nothing."""


class Server(ThreadingMixIn, WSGIServer):
    """Answers several requests at once, each thread with a connection that it closes."""

    daemon_threads = False

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Give the database connection of the thread back."""
        super().process_request_thread(request, client_address)
        connections.close_all()


@pytest.fixture
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def address(settings: Any) -> Iterator[str]:
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    server = make_server(
        "127.0.0.1", 0, StaticFilesHandler(get_wsgi_application()), server_class=Server,
        handler_class=QuietHandler,
    )  # fmt: skip
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def aside(work: Callable[[], Result]) -> Result:
    """Ask the database in a thread of its own: Playwright runs a loop in this one."""

    def done() -> Result:
        try:
            with rowsecurity.acting(rowsecurity.SYSTEM):
                return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(done).result()


def signed_in(browser: Browser, address: str, **how: Any) -> BrowserContext:
    """A browser in which a county's coordinator has signed in."""

    def session() -> str:
        client = Client()
        client.force_login(people.a_worker())
        return client.cookies[site.SESSION_COOKIE_NAME].value

    context = browser.new_context(locale="en", **how)
    context.add_cookies(
        [{"name": site.SESSION_COOKIE_NAME, "value": aside(session), "url": address}]
    )
    return context


def test_death_certificate_turns_a_child_red_on_an_open_home_and_file(browser, address):
    child = aside(make.a_child)
    context = signed_in(browser, address)
    home, file = context.new_page(), context.new_page()
    home.goto(f"{address}/")
    file.goto(f"{address}/children/{child.pk}/")
    for page in (home, file):
        page.evaluate("window.stayed = true")
    assert home.locator("text=Red and orange grades to confirm").count() == 0

    aside(lambda: make.deliver([make.a_row(key="P1", **GONE)], "police"))

    home.locator("text=Red and orange grades to confirm").wait_for(timeout=20_000)
    file.locator("#file >> text=dead").first.wait_for(timeout=20_000)
    assert aside(lambda: Assessment.objects.current().get(child=child).grade) == "RED"
    assert home.evaluate("window.stayed")
    assert file.evaluate("window.stayed")


def shown_cards(page: Page) -> dict[str, bool]:
    """The cards of a child's page and whether each stands open."""
    found: dict[str, bool] = page.eval_on_selector_all(
        "details[data-wide]",
        "all => Object.fromEntries(all.map(one => [one.querySelector('h2').innerText, one.open]))",
    )
    return found


def test_cards_fold_on_a_phone_and_stay_as_the_reader_left_them_when_the_file_changes(
    browser, address
):
    child = aside(make.a_child)
    page = signed_in(browser, address).new_page()
    page.goto(f"{address}/children/{child.pk}/")
    assert all(shown_cards(page).values())
    page.set_viewport_size({"width": 360, "height": 740})
    page.reload()
    assert not any(shown_cards(page).values())
    page.locator("summary", has_text="Who the child is").press("Enter")

    aside(lambda: make.deliver([make.a_row(key="P1", **GONE)], "police"))

    page.locator("#file >> text=red").first.wait_for(timeout=20_000)
    # A red grade waits for somebody, so its card opens by itself.
    left_open = {name for name, is_open in shown_cards(page).items() if is_open}
    assert left_open == {"Who the child is", "Risk and needs", "Task team"}


def test_without_javascript_cards_stand_open_on_a_wide_screen_and_fold_on_a_phone(browser, address):
    child = aside(make.a_child)
    page = signed_in(browser, address, java_script_enabled=False).new_page()
    page.goto(f"{address}/children/{child.pk}/")
    inside = page.locator("details[data-wide] dl").first

    assert inside.is_visible()
    page.set_viewport_size({"width": 360, "height": 740})
    assert not inside.is_visible()


def test_open_page_that_nothing_concerns_stays_as_it_is(browser, address):
    aside(make.a_child)
    page = signed_in(browser, address).new_page()
    page.goto(f"{address}/")
    asking = page.locator("[data-fresh] [hx-get]")
    mark = asking.get_attribute("hx-get")
    elsewhere = make.a_row(key="Z1", name="李子墨", area_code="500235001201", id_number=None)

    aside(lambda: make.deliver([elsewhere], "education", area_code=people.OTHER_COUNTY))
    with page.expect_response("**/pulse/**") as asked:
        pass

    assert asked.value.status == 204
    assert asking.get_attribute("hx-get") == mark
