"""State machines as plain data: one table that code asks, the database enforces and docs draw."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

STAFF: Final = "STAFF"
SYSTEM: Final = "SYSTEM"


@dataclass(frozen=True)
class Step:
    """One act that takes a record from any of `sources` to `target`.

    `actors` are the kinds of people (or `SYSTEM`) who may do it; `needs_reason` says that nobody
    may do it without words.
    """

    act: str
    sources: tuple[str, ...]
    target: str
    actors: tuple[str, ...] = (STAFF,)
    needs_reason: bool = False


@dataclass(frozen=True)
class Machine:
    """The states of one kind of record and every step between them.

    `labels` names each state (an English message id) in the order of the road; a record begins in
    one of `initial` and never leaves one of `terminal`.
    """

    name: str
    labels: Mapping[str, str]
    initial: tuple[str, ...]
    terminal: tuple[str, ...]
    steps: tuple[Step, ...]

    def __post_init__(self) -> None:
        """Refuse a table that names an unknown state or leaves a state nobody can reach or end."""
        named = {*self.initial, *self.terminal}
        for step in self.steps:
            named |= {*step.sources, step.target}
            if set(step.sources) & set(self.terminal):
                raise ValueError(f"{self.name}: {step.act} leaves a terminal state")
        if named != set(self.labels):
            raise ValueError(f"{self.name}: states differ: {sorted(named ^ set(self.labels))}")
        if len({step.act for step in self.steps}) != len(self.steps):
            raise ValueError(f"{self.name}: an act stands twice")
        if lost := set(self.labels) - self.reachable:
            raise ValueError(f"{self.name}: nobody reaches {sorted(lost)}")
        stuck = {state for state in self.labels if not self.steps_from(state)}
        if stuck != set(self.terminal):
            raise ValueError(f"{self.name}: nothing leads out of {sorted(stuck)}")

    @cached_property
    def reachable(self) -> frozenset[str]:
        """Return the states to which a road leads from an initial one."""
        found = set(self.initial)
        while True:
            more = {step.target for step in self.steps if found & set(step.sources)} - found
            if not more:
                return frozenset(found)
            found |= more

    @cached_property
    def _by_act(self) -> Mapping[str, Step]:
        return {step.act: step for step in self.steps}

    def choices(self, translate: Callable[[str], Any]) -> list[tuple[str, Any]]:
        """Return the states as a field's choices, their words translated when they are shown."""
        return [(state, translate(words)) for state, words in self.labels.items()]

    def step(self, act: str) -> Step:
        """Return the step of an act.

        Raises:
            KeyError: the table has no such act.

        """
        return self._by_act[act]

    def allows(self, act: str, state: str, *, actor: str = STAFF) -> bool:
        """Tell whether an actor may do an act on a record that is in a state."""
        step = self._by_act.get(act)
        return step is not None and state in step.sources and actor in step.actors

    def steps_from(self, state: str, *, actor: str = "") -> list[Step]:
        """Return the steps out of a state, in the order of the table; perhaps one actor's only."""
        return [
            step
            for step in self.steps
            if state in step.sources and (not actor or actor in step.actors)
        ]

    def pairs(self) -> list[tuple[str, str]]:
        """Return every allowed move from one state to another, each once, sorted."""
        return sorted({(source, step.target) for step in self.steps for source in step.sources})

    def before(self, state: str) -> tuple[str, ...]:
        """Return the states that stand before one on the road, in order."""
        order = list(self.labels)
        return tuple(order[: order.index(state)])


def mermaid(machine: Machine) -> str:
    """Draw a machine as a Mermaid state diagram, steps with their actors on the arrows."""
    lines = ["stateDiagram-v2", *(f"    [*] --> {state}" for state in machine.initial)]
    lines += [
        f"    {source} --> {step.target}: {step.act} ({', '.join(step.actors).lower()})"
        for step in machine.steps
        for source in step.sources
    ]
    lines += [f"    {state} --> [*]" for state in machine.terminal]
    return "\n".join(lines)


def chapter(machine: Machine) -> str:
    """Return a machine as a chapter of Markdown: the diagram, and the same steps as a table."""
    rows = [
        f"|{step.act}|{', '.join(step.sources)}|{step.target}|{', '.join(step.actors).lower()}"
        f"|{'yes' if step.needs_reason else ''}|"
        for step in machine.steps
    ]
    states = [f"|{state}|{label}|" for state, label in machine.labels.items()]
    return "\n".join(
        [
            f"## {machine.name}\n",
            f"```mermaid\n{mermaid(machine)}\n```\n",
            "|state|words|\n|-|-|",
            *states,
            "\n|act|from|to|by|needs a reason|\n|-|-|-|-|-|",
            *rows,
        ]
    )


def document(machines: Iterable[Machine]) -> str:
    """Return the page docs/reference/states.md for all machines."""
    opening = (
        "# States and steps\n\n"
        "Drawn from the transition tables in the code (`<app>/rules/`); PostgreSQL refuses every\n"
        "move that is not here. `python -m tests.architecture.states` writes this page anew.\n\n"
    )
    return opening + "\n\n".join(chapter(each) for each in machines) + "\n"
