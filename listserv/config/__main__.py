"""`python -m listserv.config` prints docs/settings.md."""

from __future__ import annotations

from listserv.config.reference import page

print(page(), end="")
