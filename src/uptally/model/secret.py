"""A value that prints as ``***``."""

from __future__ import annotations


class Secret:
    """Text from the environment or a file that must never reach a log, the page or an export.

    Only `reveal` gives it away, so that a reader of the code finds every place that does.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text itself, for the one place that sends it."""
        return self._text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__
