"""In-process announcements: a lower app publishes a fact, a higher app reacts within the same
transaction. Whatever must survive a crash is deferred to the job queue by the handler instead.
"""

from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeVar

Event = TypeVar("Event")
_handlers: dict[type, list[Callable[[Any], None]]] = defaultdict(list)


def on(event_type: type[Event]) -> Callable[[Callable[[Event], None]], Callable[[Event], None]]:
    """Register the decorated function as a reaction to one type of event."""

    def register(handler: Callable[[Event], None]) -> Callable[[Event], None]:
        if handler not in _handlers[event_type]:
            _handlers[event_type].append(handler)
        return handler

    return register


def publish(event: object) -> None:
    """Call every reaction in the order of registration; an error in one is the caller's error."""
    for handler in _handlers[type(event)]:
        handler(event)
