"""Why a source brought nothing this time; whoever shows it says it in words."""


class PullFailed(Exception):  # noqa: N818 - named after the fact
    """An attempt at a source has failed. The next one goes on from the same place.

    `fresh`: what was gathered so far is of no use, so the next attempt begins anew. `after`: the
    source asks for at least so many seconds of rest. No value may hold a secret or a person.
    """

    def __init__(self, code: str, *, fresh: bool = False, after: int = 0, value: str = "") -> None:
        """Keep the code and what its sentence needs."""
        super().__init__(code, value)
        self.code, self.fresh, self.after, self.value = code, fresh, after, value

    @property
    def problem(self) -> dict[str, str]:
        """Return what is kept at the feed."""
        return {"code": self.code, "value": self.value}
