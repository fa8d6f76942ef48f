"""The living page in a real browser: no axe finding, nothing too wide, keys that work."""

import mimetypes
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from shutil import which
from socketserver import ThreadingMixIn
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from django.conf import settings as site
from django.contrib.staticfiles import finders
from django.http import HttpRequest
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import RequestFactory
from playwright.sync_api import Browser, Page, sync_playwright

from tests import axe

pytestmark = pytest.mark.browser

CHROMIUM = next(filter(None, map(which, ("chromium", "chromium-browser", "google-chrome"))), None)
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


RUN = """{% extends "web/base.html" %}{% block main %}
{% poll "run" "/run/" every=1 done=done %}<p>{{ asked }}</p>{% endpoll %}
{% if done %}<p id="result">paired</p>{% endif %}{% endblock %}"""
runs_asked = count(1)


def page_for(request: HttpRequest) -> str:
    """Draw the living page, or a run that is done when it is asked for the third time."""
    if request.path != "/run/":
        return render_to_string("web/components.html", request=request)
    asked = next(runs_asked)
    given = {"request": request, "asked": asked, "done": asked >= 3}
    return Template(RUN).render(Context(given))


def answer(environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
    """Answer with the living page or a static file, under the policy of the real site."""
    path = environ["PATH_INFO"]
    policy = "; ".join(
        f"{name} {' '.join(sources)}"
        for name, sources in site.CONTENT_SECURITY_POLICY["DIRECTIVES"].items()
    )
    file = finders.find(path.removeprefix("/static/")) if path.startswith("/static/") else None
    if file:
        body, kind = Path(file).read_bytes(), mimetypes.guess_type(file)[0] or "text/plain"
    else:
        request = RequestFactory().get(path, QUERY_STRING=environ["QUERY_STRING"])
        body, kind = page_for(request).encode(), "text/html"
    start("200 OK", [("Content-Type", kind), ("Content-Security-Policy", policy)])
    return [body]


class QuietHandler(WSGIRequestHandler):
    """Keeps the test's output free of a line for each request."""

    def log_message(self, *args: object) -> None:
        """Say nothing."""


class Server(ThreadingMixIn, WSGIServer):
    """Answers several requests of one page at once."""

    daemon_threads = True


@pytest.fixture
def address(settings: Any) -> Iterator[str]:
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    server = make_server("127.0.0.1", 0, answer, server_class=Server, handler_class=QuietHandler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def opened(browser: Browser, address: str, **options: Any) -> tuple[Page, list[str]]:
    """Open the living page and collect what the console complains about."""
    page = browser.new_page(**options)
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{address}/components/")
    return page, complaints


@pytest.mark.parametrize("look", [(360, "light"), (768, "dark"), (1280, "light"), (1280, "dark")])
def test_living_page_has_no_axe_finding_and_fits(browser, address, look):
    width, scheme = look
    page, complaints = opened(
        browser, address, viewport={"width": width, "height": 800}, color_scheme=scheme
    )

    found = axe.findings(page)
    wider = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    page.close()

    assert [each["id"] for each in found] == []
    assert wider <= 0
    assert complaints == []


def test_axe_would_find_a_picture_without_a_name(browser):
    page = browser.new_page()
    page.set_content("<main><h1>x</h1><img src='data:,'></main>")

    found = axe.findings(page)
    page.close()

    assert "image-alt" in [each["id"] for each in found]


def test_keys_move_between_rows_and_choose_them(browser, address):
    page, _ = opened(browser, address, viewport={"width": 1280, "height": 800})
    page.locator(".datatable a[data-open]").first.focus()

    page.keyboard.press("j")
    page.keyboard.press("x")
    chosen = page.locator("input[name=pick]:checked").count()
    second = page.evaluate("document.activeElement.closest('tr').rowIndex")
    page.close()

    assert (chosen, second) == (1, 2)


def test_sorting_swaps_the_list_and_keeps_focus_and_scroll(browser, address):
    page, _ = opened(browser, address, viewport={"width": 1280, "height": 800})
    page.locator("#sort-name").scroll_into_view_if_needed()
    before = page.evaluate("scrollY")

    page.locator("#sort-name").click()
    page.wait_for_selector("[aria-sort=ascending]")
    kept = page.evaluate("[scrollY, document.activeElement.id]")
    page.close()

    assert kept == [before, "sort-name"]


def test_lists_dialogs_and_menus_work_without_javascript(browser, address):
    page, _ = opened(browser, address, java_script_enabled=False)

    page.locator("a[data-dialog]").click()
    dialog = page.locator("#dialog-sample").is_visible()
    page.locator("#dialog-sample [data-close]").first.click()
    page.locator("#sort-age").click()
    page.locator(".person-menu summary").click()
    menu = page.locator(".person-menu .menu-panel").is_visible()
    address = page.url
    page.close()

    assert dialog
    assert menu
    assert address.endswith("?sort=age")


def test_a_run_that_is_done_gives_way_to_its_finished_page(browser, address):
    page = browser.new_page()
    page.goto(f"{address}/run/")

    page.wait_for_selector("#result")
    polling = page.locator("[data-poll]").count()
    page.close()

    assert polling == 0


def test_a_failing_server_is_told_in_words_and_the_list_stays(browser, address):
    page, _ = opened(browser, address, viewport={"width": 1280, "height": 800})
    rows = page.locator("#list tbody tr").count()

    page.route("**/components/?sort=*", lambda route: route.fulfill(status=500, body=""))
    page.locator("#sort-name").click()
    page.wait_for_selector(".toast.error")
    left = page.locator("#list tbody tr").count()
    page.close()

    assert left == rows


def test_hidden_columns_stay_hidden_after_a_swap(browser, address):
    page, _ = opened(browser, address, viewport={"width": 1280, "height": 800})
    page.locator(".columns-menu summary").click()
    page.locator(".columns-menu input").last.uncheck()
    page.keyboard.press("Escape")

    page.locator("#sort-name").click()
    page.wait_for_selector("[aria-sort=ascending]")
    hidden = page.locator("#list thead th").last.is_hidden()
    page.close()

    assert hidden
