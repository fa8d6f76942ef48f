"""T18: every change and every reading of a sensitive field has exactly one entry, or none of it is.

The database counts the rows that a request writes (`observer.py`), and the sealed values that it
opens are counted where they are opened; neither relies on what an act says of itself.
"""

import pytest

from qianshou.audit import actions as audit
from tests.trust import acts, observer
from tests.trust.acts import Scenario, Stage


@pytest.fixture(scope="module")
def stage(world, asker, caller):
    """The cast with its keys, and a child whose place is hidden already."""
    child = world.own.things["free"]
    child.hidden_location = True
    child.location_readers = [str(world.cast["fed_county"].user.pk)]
    child.save(update_fields=["hidden_location", "location_readers"])
    world.own.put("hidden", child)
    return Stage(world, asker, caller)


@pytest.fixture(scope="module")
def scenarios(stage):
    return list(acts.scenarios(stage))


@pytest.fixture
def watched(stage, monkeypatch):
    stage.asker.watch = observer.Observer(monkeypatch)
    yield stage
    stage.asker.watch = None


def flaw_of(scenario: Scenario, stage: Stage) -> str:
    """Say what is wrong with the trail after a scenario, or nothing."""
    answer = scenario.ask(stage)
    if answer.status_code >= 400:
        return f"{scenario.name}: answered {answer.status_code} {answer.problem!r}"
    written = answer.written
    if tuple(written.acts) != scenario.entries:
        return f"{scenario.name}: entries {written.acts} for {sorted(written.tables)}"
    quiet = not scenario.entries
    if quiet and written.tables and scenario.name not in acts.WRITES_FREELY:
        return f"{scenario.name}: wrote {sorted(written.tables)} without an entry"
    if quiet and written.opened and scenario.name not in acts.OPENS_FREELY:
        return f"{scenario.name}: opened {written.opened} sealed values without an entry"
    return ""


def test_each_change_and_each_reading_has_exactly_its_entries(scenarios, watched):
    flaws = [flaw for each in scenarios if (flaw := flaw_of(each, watched))]

    assert flaws == []


def test_every_act_of_the_table_is_asked(scenarios):
    """A renamed route would otherwise leave its entry unasked."""
    assert set(acts.ENTRIES) <= {each.name for each in scenarios}


@pytest.mark.parametrize("after_the_entry", [False, True])
def test_an_act_that_is_killed_leaves_neither_change_nor_entry(
    scenarios, stage, monkeypatch, after_the_entry
):
    left = []
    for each in scenarios:
        if not each.entries or each.name in acts.NEVER_LOST:
            continue
        watch = Fingerprints()
        stage.asker.watch = watch
        with observer.killed(monkeypatch, after_the_entry=after_the_entry):
            answer = each.ask(stage)
        stage.asker.watch = None
        if answer.status_code != 500 or watch.changed():
            left.append(f"{each.name}: {answer.status_code} {watch.changed()}")

    assert left == []


class Fingerprints:
    """Hashes of the business tables that a request wrote into, with what it wrote and without.

    Which these are the database has counted, and a row counts whether it was taken back or not; a
    table in which no row was written is as it was. What the request left is undone after it, so
    the tables stand once more as before.
    """

    def __init__(self) -> None:
        from tests.trust import rows

        names = {table.name for table in rows.tables()}
        closed = {"audit_head", "scope_key"}
        self.tables = {
            each for each in names - closed if not each.startswith(observer.NOT_BUSINESS)
        }
        self.counted: dict[str, int] = {}
        self.after: dict[str, str] = {}

    def start(self) -> None:
        """Note before the request how many rows were written so far."""
        self.counted = observer.counts()

    def look(self) -> None:
        """Hash after it."""
        now = observer.counts()
        written = {table for table, rows in now.items() if rows != self.counted.get(table, 0)}
        self.after = observer.fingerprint(self.tables & written)

    def changed(self) -> list[str]:
        """Return the tables whose rows were not as they are again."""
        without = observer.fingerprint(self.after.keys())
        return [table for table, value in self.after.items() if without[table] != value]


def test_the_fingerprints_see_an_act_that_is_not_killed(scenarios, stage):
    """Negative control of the test before."""
    ending = next(each for each in scenarios if each.name == "POST pairing:end")
    stage.asker.watch = watch = Fingerprints()
    ending.ask(stage)
    stage.asker.watch = None

    assert watch.changed() == ["audit_entry", "pairing_pairing", "pairing_steptaken"]


def test_an_act_without_its_entry_is_found(scenarios, watched, monkeypatch):
    """Negative control: while the trail is not called, one act of each room has a flaw."""
    monkeypatch.setattr(audit, "record", lambda *_args, **_details: None)
    of_rooms = {each.entries[0].partition(".")[0]: each for each in scenarios if each.entries}

    assert [each.name for each in of_rooms.values() if not flaw_of(each, watched)] == []
    assert len(of_rooms) > 10


def test_an_undeclared_reading_is_found(scenarios, watched, monkeypatch):
    """Negative control: a page that opens a phone number in passing."""
    from qianshou.mothers import queries

    draw = queries.page_of_file

    def opening(mother, **more):
        mother.phone.open()
        return draw(mother, **more)

    monkeypatch.setattr(queries, "page_of_file", opening)
    page = next(each for each in scenarios if each.name == "GET mothers:mother")

    assert "opened 1 sealed values" in flaw_of(page, watched)
