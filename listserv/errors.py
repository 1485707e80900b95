"""Errors that cross a border of the house.

Each carries what the person at the other end may read (`public`), what only the log may hold (`private`),
and whether trying again can help (`temporary`). Nothing here knows where it is caught.
"""

from __future__ import annotations


class ListservError(Exception):
    """Base of every error we raise on purpose.

    `public` is one clear sentence that says what to do; `private` is detail for the log.
    """

    temporary = False

    def __init__(self, public: str, *, private: str = "") -> None:
        super().__init__(public if not private else f"{public} [{private}]")
        self.public = public
        self.private = private


class ConfigError(ListservError):
    """The configuration is wrong; `public` lists every fault of the file, one a line."""


class NotFound(ListservError):
    """A named list, member, network or held post is not there."""


class Refused(ListservError):
    """The wish is understood and refused; `public` says why and what would be accepted."""


class StoreUnavailable(ListservError):
    """The database cannot take the transaction now (locked, full, gone); nothing was written."""

    temporary = True


class RelayUnavailable(ListservError):
    """The relay cannot be reached or broke off; what was not settled goes out again."""

    temporary = True
