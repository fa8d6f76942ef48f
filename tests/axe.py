"""What axe finds on a page: the script goes in once, and only what is wrong comes back."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

# Whatever passes need not be told node by node, nor travel from the browser to here.
RUN = "axe.run({resultTypes: ['violations']}).then(found => found.violations)"


def findings(page: Page) -> list[dict[str, Any]]:
    """Return the violations of the page as it stands, at its present width."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    found: list[dict[str, Any]] = page.evaluate(RUN)
    return found
