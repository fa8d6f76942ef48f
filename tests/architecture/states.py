"""Writes docs/reference/states.md from the tables: `python -m tests.architecture.states`.

Every `Machine` that stands in a module of an app's rules is drawn, without being registered.
"""

import importlib
from pathlib import Path

import qianshou
from qianshou.common.machines import Machine, document

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "states.md"


def machines() -> list[Machine]:
    """Return every machine of every app's rules, by name."""
    found: dict[str, Machine] = {}
    house = Path(qianshou.__file__).parent
    for path in [*house.glob("*/rules.py"), *house.glob("*/rules/*.py")]:
        name = ".".join(path.relative_to(house.parent).with_suffix("").parts)
        for value in vars(importlib.import_module(name.removesuffix(".__init__"))).values():
            if isinstance(value, Machine):
                found[value.name] = value
    return [found[name] for name in sorted(found)]


if __name__ == "__main__":
    PAGE.write_text(document(machines()))
