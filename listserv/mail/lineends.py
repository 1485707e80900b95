"""Line ends made LF, whatever they were.

Promises: each CRLF and each bare CR becomes one LF, nothing else is changed, linear. For octets in which that of CR is
never a part of a letter.
"""

from __future__ import annotations

import re

_BARE_CR = re.compile(rb"\r(?!\n)")


def line_feeds(octets: bytes) -> bytes:
    """The octets with LF for every line end."""
    if _BARE_CR.search(octets) is None:
        return octets.replace(b"\r", b"")  # for a third of the work of looking for CRLF
    return octets.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
