"""The limits of a message's form, as the site has set them."""

from __future__ import annotations

from listserv.config import Settings
from listserv.mail.bounds import Bounds


def bounds(settings: Settings) -> Bounds:
    """The configured limits of a message's form."""
    limits = settings.limits
    return Bounds(
        message_octets=limits.message_octets,
        header_octets=limits.header_octets,
        field_octets=limits.field_octets,
        parts=limits.parts,
        depth=limits.depth,
        boundary_octets=limits.boundary_octets,
    )
