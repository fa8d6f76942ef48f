"""Kernels that are compiled to machine code when the first of them is used, not when imported.

The compiler takes a fifth of a program's start and sixty megabytes; a worker that stores rows, a
web server and every command import the engines, and few of them ever solve anything.
"""

from collections.abc import Callable
from functools import update_wrapper
from importlib import import_module
from typing import Any, TypeVar, cast

Plain = TypeVar("Plain", bound=Callable[..., Any])


class Kernel:
    """A function that becomes machine code at its first call; other kernels may call it too."""

    def __init__(self, plain: Callable[..., Any], **options: Any) -> None:
        self._plain, self._options = plain, options
        self._compiled: Any = None
        update_wrapper(self, plain)

    def __call__(self, *given: Any) -> Any:
        """Run it as machine code."""
        return self._ready()(*given)

    @property
    def _numba_type_(self) -> Any:
        """Return what the compiler takes this for when another kernel calls it."""
        return self._ready()._numba_type_

    def _ready(self) -> Any:
        if self._compiled is None:
            self._compiled = import_module("numba").njit(**self._options)(self._plain)
        return self._compiled


def compiled(plain: Plain, **options: Any) -> Plain:
    """Return a kernel of a plain function, compiled without the interpreter lock and kept on disk.

    Without the lock a solve never stalls another thread.
    """
    return cast("Plain", Kernel(plain, cache=True, nogil=True, **options))
