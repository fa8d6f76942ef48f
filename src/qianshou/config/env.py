"""Typed readers of the environment: a wrong or missing setting stops the start, with its name."""

import json
import os
from pathlib import Path
from secrets import token_hex


class BadSetting(SystemExit):
    """A setting is missing or cannot be read; the message names it and says how to mend it."""

    def __init__(self, name: str, problem: str) -> None:
        """Say which setting, what is wrong, and what to do."""
        super().__init__(f"Setting {name}: {problem} See .env.example and `qianshou doctor`.")


def text(name: str, default: str | None = None) -> str:
    """Return a setting, or the content of the file that NAME_FILE points to."""
    if pointer := os.environ.get(f"{name}_FILE"):
        try:
            return Path(pointer).read_text(encoding="utf-8").strip()
        except OSError as problem:
            raise BadSetting(f"{name}_FILE", f"{pointer} cannot be read ({problem}).") from problem
    value = os.environ.get(name, default)
    if value is None:
        raise BadSetting(name, "it is required and has no default.")
    return value


def number(name: str, default: int) -> int:
    """Return a whole number."""
    value = text(name, str(default))
    try:
        return int(value)
    except ValueError as problem:
        raise BadSetting(name, f"{value!r} is not a whole number.") from problem


def flag(name: str, *, default: bool) -> bool:
    """Return yes or no."""
    value = text(name, "1" if default else "0").lower()
    if value in ("1", "true", "yes", "on"):
        return True
    if value in ("0", "false", "no", "off", ""):
        return False
    raise BadSetting(name, f"{value!r} is neither 1 nor 0.")


def words(name: str, default: str) -> list[str]:
    """Return a comma-separated list."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def choice(name: str, default: str, *, allowed: tuple[str, ...]) -> str:
    """Return one of a closed list of words."""
    value = text(name, default)
    if value not in allowed:
        raise BadSetting(name, f"{value!r} is none of {', '.join(allowed)}.")
    return value


def hours(name: str, default: str) -> tuple[int, int]:
    """Return two hours of the day such as `21-8`; equal hours mean an empty span."""
    value = text(name, default)
    first, dash, second = value.partition("-")
    if not dash or not all(each.isdecimal() and int(each) < 24 for each in (first, second)):
        raise BadSetting(name, f"{value!r} is not two hours such as 21-8.")
    return int(first), int(second)


def shape(name: str, default: str) -> str:
    """Return a text that is JSON."""
    value = text(name, default)
    try:
        json.loads(value)
    except ValueError as problem:
        raise BadSetting(name, f"it is not JSON ({problem}).") from problem
    return value


def secret(name: str, folder: Path, *, generate: bool) -> bytes:
    """Return a secret of at least 32 bytes, kept under `folder` when it may be generated.

    A generated secret serves a private installation and the demo; an installation with its own
    database has to bring its secrets, since losing them makes sealed fields unreadable.
    """
    if f"{name}_FILE" in os.environ or name in os.environ:
        value = text(name)
    elif generate:
        value = _kept(folder / name.lower())
    else:
        raise BadSetting(name, "it is required when DATABASE_URL is set.")
    if len(value) < 32:
        raise BadSetting(name, "it must have at least 32 characters.")
    return value.encode()


def _kept(file: Path) -> str:
    """Read a secret, or make it once; two processes that start together agree on one."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_text(encoding="ascii")
    with os.fdopen(handle, "w", encoding="ascii") as opened:
        opened.write(token_hex(32))
    return file.read_text(encoding="ascii")
