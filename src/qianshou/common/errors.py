"""The two refusals that people read; everything else that is raised is a bug and must surface."""

from django.utils.functional import Promise


class Refused(Exception):  # noqa: N818 - named after the fact, as its children are
    """This is not possible at the moment."""

    def __init__(self, message: str | Promise | None = None) -> None:
        """Keep the sentence for the person; without one the class's own docstring serves."""
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        return str(self.message) if self.message else (self.__doc__ or "").strip()


class NotFound(Refused):
    """There is nothing here that you may see."""


class NotAllowed(Refused):
    """Your role does not include this act."""
