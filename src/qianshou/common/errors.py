"""The two refusals that people read; everything else that is raised is a bug and must surface."""

from inspect import cleandoc

from django.utils.functional import Promise
from django.utils.translation import gettext


class Refused(Exception):  # noqa: N818 - named after the fact, as its children are
    """This is not possible at the moment."""

    def __init__(self, message: str | Promise | None = None) -> None:
        """Keep the sentence for the person; without one the class's own docstring serves."""
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        """Return the sentence in the language of whoever reads it now."""
        text = str(self.message) if self.message else self.sentence()
        return gettext(text) if text else ""

    @classmethod
    def sentence(cls) -> str:
        """Return what the docstring says: the English that the catalogs translate."""
        return cleandoc(cls.__doc__ or "")


class NotFound(Refused):
    """There is nothing here that you may see."""


class NotAllowed(Refused):
    """Your role does not include this act."""
