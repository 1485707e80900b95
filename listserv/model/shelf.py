"""Links and files that a group shares, as frozen values: as a post shows them, and as they stand on its shelf."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Gathered:
    """A link (`url`) or a file (`url` is "", `part_index` as in `mail.text.body.Attachment`) that somebody shares.

    `key` is equal for equal things and tells nothing of them; `title` is one line of NFC text.
    """

    key: str
    title: str
    url: str = ""
    part_index: int | None = None
    size_octets: int = 0


@dataclass(frozen=True, slots=True)
class ShelfItem:
    """What stands on a group's shelf; `id` is the number people name it by.

    The author is who shared it first; `post_id` is None for what was added without a post.
    """

    id: int
    title: str
    url: str
    author_name: str
    author_address: str
    at: datetime
    tags: tuple[str, ...] = ()
    pinned: bool = False
    person_id: int | None = None
    post_id: int | None = None
    post_subject: str = ""
    part_index: int | None = None
    size_octets: int = 0

    @property
    def is_file(self) -> bool:
        """Whether it is a file of a post, which has no address of its own."""
        return self.part_index is not None
