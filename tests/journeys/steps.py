"""Small moves that every leg of the road needs, and what one leg hands to the next."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

NAME = "覃桂芳"
PDF = b"%PDF-"


@dataclass
class Road:
    """What one leg of the road hands to the next: addresses of pages."""

    slug: str = ""
    code: str = ""
    application: str = ""
    mother: str = ""
    child: str = ""
    pair: str = ""
    link: str = ""
    town: str = ""


def today_here() -> date:
    """Return the day as it is where the site stands."""
    return datetime.now(ZoneInfo("Asia/Shanghai")).date()


def send(page, within: str = "form.form") -> None:
    """Press a form's main button and wait for the page that answers."""
    with page.expect_navigation():
        page.locator(f"{within} .form-buttons button").first.click()


def press(page, selector: str) -> None:
    """Press a button that leads to a page."""
    with page.expect_navigation():
        page.locator(selector).first.click()


def keep(page, form) -> None:
    """Send one of several forms of a page."""
    with page.expect_navigation():
        form.locator("button").last.click()


def open_form(page, action: str):
    """Unfold the form that goes to an address, and return it."""
    form = page.locator(f"form[action*='{action}']").first
    fold = page.locator(f"details:not([open]):has(form[action*='{action}'])")
    if fold.count():
        fold.first.locator("summary").first.click()
    return form


def address(page) -> str:
    """Return the path of the page that stands open."""
    return page.evaluate("location.pathname")
