"""Across apps one meets only at the counters; the layers themselves are import-linter's work."""

import grimp
import pytest

APPS = (
    "areas",
    "accounts",
    "audit",
    "notices",
    "exchange",
    "registry",
    "quality",
    "mothers",
    "assessment",
    "consents",
    "pairing",
)
COUNTERS = {"models", "queries", "actions", "permissions", "rules", "events", "http"}
# Top rooms put the others together: they mount addresses and registries of every app.
ASSEMBLERS = {"config"}


def crossings(graph: grimp.ImportGraph) -> list[str]:
    """Return imports from one app into another that do not go through a counter."""
    found = []
    for importer in sorted(graph.modules):
        home = importer.split(".")[1] if "." in importer else ""
        if home in ASSEMBLERS:
            continue
        for imported in sorted(graph.find_modules_directly_imported_by(importer)):
            parts = imported.split(".")
            if len(parts) < 3 or parts[1] not in APPS or parts[1] == home:
                continue
            if parts[2] not in COUNTERS:
                found.append(f"{importer} -> {imported}")
    return found


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    """The imports of the whole package."""
    return grimp.build_graph("qianshou", cache_dir=None)


def test_apps_meet_only_at_their_counters(graph):
    assert crossings(graph) == []


def test_a_crossing_beside_the_counter_is_caught(graph):
    graph.add_module("qianshou.pairing.views_of_tomorrow")
    graph.add_import(
        importer="qianshou.pairing.views_of_tomorrow", imported="qianshou.accounts.forms"
    )

    assert crossings(graph) == ["qianshou.pairing.views_of_tomorrow -> qianshou.accounts.forms"]
