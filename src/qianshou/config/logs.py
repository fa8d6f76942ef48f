"""How the log writes: what broke and where, never what people typed or what stood in a row.

The message of an exception repeats the value that broke it (`invalid literal … '1101…'`), and
PostgreSQL's adds the whole row. Of an exception that is not ours the log therefore keeps the type,
of one from the database also its SQLSTATE and constraint, and of each the places it came through.
"""

import logging
from types import TracebackType
from typing import Any

from django.utils import translation

from qianshou.common.errors import Refused

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class Plain(logging.Formatter):
    """Lines of time, level, logger and message; exceptions without their messages."""

    def formatException(self, ei: ExcInfo) -> str:  # noqa: N802 - named by the library
        """Return the chain of exceptions, the first cause first."""
        parts: list[str] = []
        step = ei[1]
        while step is not None and len(parts) < 10:
            parts.append(_told(step))
            step = step.__cause__ or (None if step.__suppress_context__ else step.__context__)
        return "\n".join(reversed(parts))


def _told(problem: BaseException) -> str:
    kind = type(problem)
    lines = [f"{kind.__module__}.{kind.__qualname__}{_more(problem)}"]
    trace = problem.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        lines.append(f"  {code.co_filename}:{trace.tb_lineno} in {code.co_qualname}")
        trace = trace.tb_next
    return "\n".join(lines)


def _more(problem: BaseException) -> str:
    """Return what is safe to tell beyond the type."""
    if isinstance(problem, Refused):
        # In English whoever asked: one search of the logs finds a refusal in all of them.
        with translation.override("en"):
            return f": {problem}"
    diagnosis: Any = getattr(problem, "diag", None)
    if diagnosis is None:
        return ""
    return f": {diagnosis.sqlstate} {diagnosis.table_name or ''} {diagnosis.constraint_name or ''}"
