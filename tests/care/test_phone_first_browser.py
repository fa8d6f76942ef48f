"""The screen that is painted with the page, before the modules of the app have come."""

import pytest
from playwright.sync_api import expect

from tests.care.conftest import PIN

pytestmark = pytest.mark.browser


def held_back(page):
    """Hold the app's entry back; returns the route, to let it go on."""
    kept = []
    page.route("**/care/phone/app.js", lambda route: kept.append(route))  # noqa: PLW0108 - Playwright marks it
    return kept


def test_first_screen_is_there_before_the_app_and_keeps_what_is_typed(phone, mother):
    user, _pairing = mother
    hers = phone()
    page = hers.switch_on()
    hers.sign_in(user)
    page.goto(f"{hers.address}/care/")
    kept = held_back(page)
    page.goto(f"{hers.address}/care/phone/", wait_until="commit")
    first = page.locator("#pin-1")
    first.fill(PIN)
    page.locator("#pin-2").fill(PIN)
    # Nobody listens yet: nothing happens, and no PIN stands in an address.
    page.locator("#pin-2").press("Enter")
    assert page.url == f"{hers.address}/care/phone/"
    kept[0].continue_()
    page.locator("html:not([data-first])").wait_for(state="attached")

    assert first.input_value() == PIN
    expect(page.locator("#pin-2")).to_be_focused()
    page.get_by_role("button", name="Set up").click()
    page.get_by_role("heading", name="Today").wait_for()
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")

    # The next start begins with the PIN.
    page.add_init_script("window.screen_of_first = localStorage.getItem('first')")
    page.reload()
    expect(page.locator("#locked")).to_be_visible()
    assert page.evaluate("window.screen_of_first") == "locked"
    assert hers.complaints == []
