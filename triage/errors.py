"""Every error that this package raises on purpose.

Messages are static: they never hold what a caller said, a number, a path or a key. What the operator needs to mend the
fault travels in `advice`; what identifies the case travels in typed attributes.
"""

from __future__ import annotations


class TriageError(Exception):
    """A fault with a sentence for the operator.

    `advice` says what to do; `exit_code` is what a command ends with (2: wrong use, 1: failure).
    """

    exit_code = 1

    def __init__(self, message: str, *, advice: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice


class UsageError(TriageError):
    """Wrong arguments, configuration or input file."""

    exit_code = 2


class EngineFailed(TriageError):
    """A worker (speech, language, gateway) is dead, late or answered nonsense. The call goes to a human."""


class IllegalTransition(TriageError):
    """An event that the present state does not allow. Nothing was changed."""


class VaultError(TriageError):
    """The store cannot be opened, read or written."""


class AuditError(TriageError):
    """The audit log is not whole, or could not be extended."""


class IntegrityError(TriageError):
    """A file, record or proof is not what its hash or signature says."""


class NotAllowed(TriageError):
    """This role or person may not do this."""


class Conflict(TriageError):
    """Somebody else was first."""


class NotFound(TriageError):
    """There is no such thing."""
