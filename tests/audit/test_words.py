"""An auditor reads acts in words: every name that the code writes has them."""

import re
from pathlib import Path

from qianshou.audit import queries

SOURCE = Path(queries.__file__).parents[1]
WRITTEN = re.compile(r"""\b_?(?:record|note)\(\s*f?"([a-z_]+\.[a-z_.{}()]+)\"""")


def acts_in(text: str) -> set[str]:
    return set(WRITTEN.findall(text))


def written_acts() -> set[str]:
    return set().union(*(acts_in(each.read_text("utf-8")) for each in SOURCE.rglob("*.py")))


def is_named(act: str) -> bool:
    pattern = re.sub(r"\{[^}]*\}", "[a-z_]+", act.replace(".", r"\."))
    return any(re.fullmatch(pattern, known) for known in queries.ACTS)


def test_every_act_of_the_source_has_words():
    assert [act for act in sorted(written_acts()) if not is_named(act)] == []


def test_an_act_without_words_would_be_found():
    invented = acts_in('audit.record(\n    "registry.child.painted", by=by)')

    assert invented == {"registry.child.painted"}
    assert not is_named("registry.child.painted")
