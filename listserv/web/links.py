"""The addresses of our pages, in one place: what a template or a feed links to, and where routes stand.

Paths are relative to the host; `[site] base_url` gives the folder they lie in, and the whole address where a link must
stand alone (a feed, a mail). A group is named by its local part, by its whole address where another list has the same.
"""

from __future__ import annotations

from urllib.parse import quote, urlencode, urlsplit

from listserv.store.reading import OpenGroup


class Links:
    """Made once for the site."""

    def __init__(self, base_url: str, style_version: str) -> None:
        self.base = base_url.rstrip("/")
        self.folder = urlsplit(base_url).path.rstrip("/")
        self._style_version = style_version

    def style(self) -> str:
        return f"{self.folder}/static/style.css?v={self._style_version}"

    def home(self) -> str:
        return f"{self.folder}/"

    def group(self, group: OpenGroup, page: int = 1) -> str:
        name = group.mail_list.name if group.is_unique else group.mail_list.address
        return f"{self.folder}/groups/{quote(name, safe='@')}/" + _query(page=page)

    def thread(self, group: OpenGroup, public_id: str, page: int = 1) -> str:
        return f"{self.group(group)}threads/{quote(public_id, safe='')}" + _query(page=page)

    def post(self, group: OpenGroup, post_id: int) -> str:
        return f"{self.group(group)}posts/{post_id}"

    def formatted(self, group: OpenGroup, post_id: int) -> str:
        """The post's HTML, cleaned."""
        return self.post(group, post_id) + _query(view="html")

    def original(self, group: OpenGroup, post_id: int) -> str:
        return f"{self.post(group, post_id)}/original.eml"

    def part(self, group: OpenGroup, post_id: int, part_index: int) -> str:
        return f"{self.post(group, post_id)}/parts/{part_index}"

    def search(self, group: OpenGroup, asked: dict[str, str] | None = None, page: int = 1) -> str:
        return f"{self.group(group)}search" + _query(**(asked or {}), page=page)

    def resources(self, group: OpenGroup, tag: str = "", page: int = 1) -> str:
        return f"{self.group(group)}resources" + _query(tag=tag, page=page)

    def feed(self, group: OpenGroup) -> str:
        return f"{self.group(group)}feed.atom"

    def calendar(self, group: OpenGroup) -> str:
        return f"{self.group(group)}calendar.ics"

    def sign_in(self, token: str = "", onward: str = "") -> str:
        return f"{self.folder}/sign-in" + (f"/{quote(token, safe='')}" if token else "") + _query(next=onward)

    def sign_out(self) -> str:
        return f"{self.folder}/sign-out"

    def unsubscribe(self, token: str) -> str:
        return f"{self.folder}/unsubscribe/{quote(token, safe='')}"

    def whole(self, path: str) -> str:
        """The path with scheme and host before it, where the site has a base_url."""
        return self.base.removesuffix(self.folder) + path if self.base else path


def _query(**values: str | int) -> str:
    """What is not empty, and a page other than the first."""
    said = {name: value for name, value in values.items() if value and (name, value) != ("page", 1)}
    return f"?{urlencode(said)}" if said else ""
