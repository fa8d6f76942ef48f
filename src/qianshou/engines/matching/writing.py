"""Writes a policy's data as the file it would be read from; the same data give the same text."""

import json
from collections.abc import Mapping
from typing import Any, Final

from qianshou.engines.matching.policy import LIMITS, PARTS, RULES, SWITCHING, WAITING
from qianshou.engines.matching.values import EARLIER, POINTS, WORDS

HEAD: Final = ("name", "version")
LANGUAGES: Final = ("zh", "en")


def policy_text(data: Mapping[str, Any]) -> str:
    """Return the TOML of a policy in a fixed order."""
    lines = [f"{key} = {_value(str(data.get(key, '')))}" for key in HEAD]
    lines += _sentence("title.", data.get("title", {}))
    lines += _table("limits", data["limits"], LIMITS)
    for table, names, key in (("rules", RULES, "on"), ("parts", PARTS, "weight")):
        for name in names:
            entry = data[table][name]
            lines += ["", f"[{table}.{name}]", f"{key} = {_value(entry[key])}"]
            lines += _sentence("", entry)
    lines += _table("switching", data.get("switching", {}), SWITCHING)
    lines += _table("waiting", data.get("waiting", {}), WAITING)
    lines += _table("fairness", data.get("fairness", {}), ("step",))
    if "siblings" in data:
        lines += _table("siblings", data["siblings"], ("together",))
    return "\n".join(lines + _lists(data)) + "\n"


def _lists(data: Mapping[str, Any]) -> list[str]:
    """Write the value lists that the policy has; one without them keeps its meaning."""
    lines: list[str] = []
    for name in WORDS:
        if name in data.get("words", {}):
            lines += _whole(f"words.{name}", data["words"][name])
    for name, one in data.get("qualifications", {}).items():
        said = {key: value for key, value in one.items() if not isinstance(value, Mapping)}
        lines += _whole(f"qualifications.{name}", said)
        for side in ("when", "unless"):
            if side in one:
                lines += _whole(f"qualifications.{name}.{side}", one[side])
    for table, names in (("earlier", EARLIER), ("points", POINTS)):
        if table in data:
            lines += _whole(table, {name: data[table][name] for name in names})
    return lines


def _whole(name: str, data: Mapping[str, Any]) -> list[str]:
    return ["", f"[{name}]", *(f"{key} = {_value(value)}" for key, value in data.items())]


def _table(name: str, data: Mapping[str, Any], keys: tuple[str, ...]) -> list[str]:
    return ["", f"[{name}]", *(f"{key} = {_value(data.get(key, 0))}" for key in keys)]


def _sentence(prefix: str, data: Mapping[str, Any]) -> list[str]:
    return [f"{prefix}{language} = {_value(data.get(language, ''))}" for language in LANGUAGES]


def _value(value: Any) -> str:
    """A JSON text, number or truth value is written the same in TOML."""
    return json.dumps(value, ensure_ascii=False)
