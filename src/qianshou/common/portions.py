"""Much work in portions, of which one that goes wrong holds up no other."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def through(parts: Iterable[Sequence[T]], work: Callable[[Sequence[T]], int]) -> int:
    """Do each part, and one by one what stands in a part that fails; return the sum of all.

    What went wrong last is raised once everything else is done, so that the job fails aloud.
    """
    done, trouble = 0, None
    for part in parts:
        try:
            done += work(part)
        except Exception:  # noqa: BLE001 - whose it was is found below
            alone, trouble = _one_by_one(part, work, trouble)
            done += alone
    if trouble is not None:
        raise trouble
    return done


def of(items: Sequence[T], most: int) -> Iterator[Sequence[T]]:
    """Yield many items in parts that one transaction takes easily."""
    for start in range(0, len(items), most):
        yield items[start : start + most]


def _one_by_one(
    part: Iterable[T], work: Callable[[Sequence[T]], int], trouble: Exception | None
) -> tuple[int, Exception | None]:
    done = 0
    for item in part:
        try:
            done += work([item])
        except Exception as problem:  # noqa: BLE001 - raised once the others are through
            trouble = problem
    return done, trouble


def each(items: Iterable[T], work: Callable[[T], int]) -> int:
    """Do `work` for every item, whatever became of those before; return the sum of all.

    What went wrong last is raised once everything else is done. Each piece of work needs a
    transaction of its own, or the trouble of one takes the others back.
    """
    done, trouble = _one_by_one(items, lambda item: work(item[0]), None)
    if trouble is not None:
        raise trouble
    return done


def all_of(*steps: Callable[[], object]) -> None:
    """Take every step in its turn, whatever became of those before; raise the first trouble."""
    troubles = []
    for step in steps:
        try:
            step()
        except Exception as problem:  # noqa: BLE001 - raised once all steps are taken
            troubles.append(problem)
    if troubles:
        raise troubles[0]
