"""Exceptions. Each is also the exception of Python that it is a case of."""


class PleiadError(Exception):
    """Anything that the engine refuses: the message says what happened, where, and the way out."""


class InvalidArgument(PleiadError, ValueError):
    """The input is wrong: mend it."""


class NotFound(PleiadError, KeyError):
    """A collection, document or model is not there."""

    __str__ = Exception.__str__  # KeyError shows the repr of its message.


class Conflict(PleiadError):
    """Something is in the way: another writer, a document that was expected to be absent."""


class Corrupt(PleiadError):
    """Stored bytes are damaged: restore them from a copy."""


class Unavailable(PleiadError, OSError):
    """The machine refused (full disk, no permission): put it right and try again."""


class Unsupported(PleiadError):
    """Written by a newer version, or not possible in this one."""


class Internal(PleiadError):
    """A defect: please report it."""
