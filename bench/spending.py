"""Processor time of running programs, by /proc: what a busy machine cannot falsify."""

import os
from collections.abc import Collection
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PARENT, _SESSION, _OWN, _WAITED = 1, 3, slice(11, 13), slice(13, 15)


def _stat(pid: str) -> list[str] | None:
    """Return what stands behind the name in /proc/PID/stat; None if the process is gone."""
    try:
        text = Path("/proc", pid, "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return text.rpartition(")")[2].split()


def _seconds(field: int, value: int, without: Collection[int] = ()) -> float:
    total = 0
    for each in (path.name for path in Path("/proc").iterdir()):
        wanted = each.isdigit() and int(each) not in without
        stat = _stat(each) if wanted else None
        if stat is not None and (each == str(value) or stat[field] == str(value)):
            total += sum(map(int, stat[_OWN])) + sum(map(int, stat[_WAITED]))
    return total / _TICKS


def of_process(pid: int) -> float:
    """Return the seconds of one process alone."""
    stat = _stat(str(pid))
    return sum(map(int, stat[_OWN])) / _TICKS if stat else 0.0


def of_session(leader: int) -> float:
    """Return the seconds of all processes of one session, ended children included."""
    return _seconds(_SESSION, leader)


def of_children(parent: int, without: Collection[int] = ()) -> float:
    """Return the seconds of a process and its children, ended ones included, but for some."""
    return _seconds(_PARENT, parent, without)
