"""Text that may hold protected health information (45 CFR 160.103), as a type that does not print itself.

A caller's words reach a log through `repr`, `str` or an f-string. All three are redacted here; `reveal` is the one way to
the text, and it is easy to grep for.
"""

from __future__ import annotations


class Phi(str):
    """A string whose `repr`, `str` and `format` say only how long it is. Comparison, search and slicing work as on str
    and give plain strings."""

    __slots__ = ()

    def __new__(cls, text: str = "") -> Phi:
        # str() of a Phi is redacted: a Phi made from a Phi must take the text itself.
        return super().__new__(cls, str.__str__(text))

    def reveal(self) -> str:
        """The text itself. Only for sealing, for the nurse, for engines inside the appliance."""
        return str.__str__(self)

    def __str__(self) -> str:
        return f"<{len(self)} characters>"

    def __repr__(self) -> str:
        return f"<{len(self)} characters>"

    def __format__(self, spec: str) -> str:
        return format(repr(self), spec)


NOTHING = Phi("")
