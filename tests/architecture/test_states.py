"""The drawing in docs/reference/states.md and the triggers in the database equal the tables."""

import re

import pytest
from django.apps import apps

from qianshou.common.machines import SYSTEM, Machine, Step
from tests.architecture.states import PAGE, document, machines


def test_the_page_of_states_is_drawn_from_the_tables() -> None:
    assert PAGE.read_text() == document(machines())


def test_the_page_holds_exactly_the_moves_of_each_table() -> None:
    for machine in machines():
        chapter = PAGE.read_text().split(f"## {machine.name}\n")[1].split("\n## ")[0]
        drawn = re.findall(r"^    (\w+) --> (\w+): ", chapter, re.MULTILINE)
        assert sorted(set(drawn)) == machine.pairs()


def test_every_table_is_a_trigger_of_its_model() -> None:
    enforced = {
        tuple(sorted(trigger.transitions))
        for model in apps.get_models()
        for trigger in getattr(model._meta, "triggers", [])
        if hasattr(trigger, "transitions")
    }
    for machine in machines():
        assert tuple(machine.pairs()) in enforced, machine.name


def a_machine(*steps: Step, terminal: tuple[str, ...] = ("C",)) -> Machine:
    labels = {"A": "begun", "B": "going", "C": "done"}
    return Machine("Test", labels, ("A",), terminal, steps)


def test_a_table_answers_who_may_do_what() -> None:
    machine = a_machine(
        Step("go", ("A",), "B"), Step("stop", ("A", "B"), "C", (SYSTEM,), needs_reason=True)
    )
    assert machine.allows("go", "A")
    assert not machine.allows("go", "B")
    assert not machine.allows("stop", "B")
    assert machine.allows("stop", "B", actor=SYSTEM)
    assert not machine.allows("dance", "A")
    assert [step.act for step in machine.steps_from("A")] == ["go", "stop"]
    assert machine.pairs() == [("A", "B"), ("A", "C"), ("B", "C")]


@pytest.mark.parametrize(
    ("steps", "says"),
    [
        ([Step("go", ("A",), "B")], "states differ|nobody reaches"),
        ([Step("go", ("A",), "C"), Step("odd", ("B",), "C")], "nobody reaches"),
        ([Step("go", ("A",), "B"), Step("go", ("B",), "C")], "an act stands twice"),
        ([Step("go", ("A",), "B"), Step("back", ("C",), "A")], "leaves a terminal state"),
        ([Step("go", ("A",), "B"), Step("end", ("A",), "C")], "nothing leads out of"),
    ],
)
def test_a_faulty_table_is_refused_where_it_stands(steps: list[Step], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        a_machine(*steps)
