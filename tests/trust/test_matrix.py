"""T01: every page x method x role x county has one right answer, and gets it."""

import pytest
from django.test.client import ClientHandler
from django.urls import path

from qianshou.accounts import permissions
from tests.trust import authorisation, cells, matrix, routes


def test_every_page_has_an_entry_and_every_entry_a_page():
    assert routes.pages() == set(matrix.ROUTES)


def test_a_page_without_an_entry_is_found():
    """Negative control: a new address fails the test above until somebody says who may ask it."""
    from qianshou.config import urls

    class Further:
        urlpatterns = (*urls.urlpatterns, path("export/", print, name="export"))

    assert routes.pages(Further) - set(matrix.ROUTES) == {"export"}


@pytest.mark.parametrize("name", sorted(matrix.ROUTES))
def test_page_answers_each_role_as_the_matrix_says(name, world, asker):
    wrong, _ = cells.wrong_cells(matrix.ROUTES[name], world, asker)

    assert wrong == []


def test_a_page_that_asks_for_no_power_is_found(world, asker, monkeypatch):
    """Negative control: the same cells, while every question for a power is answered with yes."""
    monkeypatch.setattr(permissions, "may", lambda *_args: True)
    wrong, _ = cells.wrong_cells(matrix.ROUTES["registry:child"], world, asker)

    assert any("as evaluator" in each for each in wrong)
    # The database's own wall still stands before those who have no area of rows at all.
    assert not any("as mother" in each for each in wrong)


def test_a_page_without_its_headers_is_found(world, asker, monkeypatch, settings):
    """Negative control: the same cells, while no middleware sets a header."""
    settings.MIDDLEWARE = [
        each for each in settings.MIDDLEWARE if "csp" not in each and "Headers" not in each
    ]
    monkeypatch.setattr(asker, "handler", ClientHandler(enforce_csrf_checks=False))
    wrong, _ = cells.wrong_cells(matrix.ROUTES["registry:children"], world, asker)

    assert any("as fed_county" in each and "no default-src 'none'" in each for each in wrong)


@pytest.mark.parametrize("name", sorted(matrix.ROUTES)[::40])
def test_a_page_asked_alone_answers_as_the_whole_site_does(name, world, asker):
    """Cells that are refused may be asked of the page itself: nothing around it answers otherwise.

    The matrix asks them so for roles beside those of `ASKS_IN_FULL`; here each is asked both ways.
    """
    route = matrix.ROUTES[name]
    refused = [
        where
        for where in cells.cells(route, world)
        if where[0].expected in (cells.FORBIDDEN, cells.MISSING)
    ]
    alone = [cells.label(cells.ask_cell(route, asker, where)) for where in refused]
    whole = [cells.label(cells.ask_cell(route, asker, where, in_full=True)) for where in refused]

    assert alone == whole


def test_the_page_about_authorisation_is_current():
    """`python -m tests.trust.authorisation` writes it anew."""
    assert authorisation.FILE.read_text(encoding="utf-8") == authorisation.text()
