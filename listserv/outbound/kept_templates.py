"""The templates of the posts that leave just now, so that each is prepared once and not once a claim.

Promises: no more than so many, and beyond the newest one no more octets than a small machine has to spare; who was
asked for least lately goes first. Any thread may ask. Knows nothing of what a template says.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable

from listserv.outbound.mediate import Template

MOST = 16
MOST_OCTETS = 64_000_000


class KeptTemplates:
    """Templates by what they were made from."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, Template] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], Template]) -> Template:
        """The one that is kept, or else the one that `make` gives, which is kept from now on."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        made = make()
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > 1 and (len(self._kept) > MOST or self._octets() > MOST_OCTETS):
                self._kept.popitem(last=False)
        return made

    def _octets(self) -> int:
        return sum(each.octets for each in self._kept.values())
