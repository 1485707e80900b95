"""A group's newest posts as an Atom feed (RFC 4287): own words only, as a stranger or member may read them."""

from __future__ import annotations

from functools import partial

from starlette.responses import Response

from listserv.store.reading import OpenGroup, OpenPost, newest_posts
from listserv.store.search import own_texts
from listserv.web.pages import shown_author, shown_subject
from listserv.web.showing import for_viewer
from listserv.web.texts import beginning
from listserv.web.visit import Visit

ENTRIES = 30
CONTENT_CHARACTERS = 4_000


def feed(visit: Visit) -> Response:
    """The feed. An entry's id never changes (RFC 4151), also when the site moves to another address."""
    group = visit.group()
    there = newest_posts(visit.connection, group, ENTRIES)
    texts = own_texts(visit.connection, [post.id for post in there])
    days = visit.days(group)
    text = visit.site.templates.get_template("web/feed.atom").render(
        locale=visit.locale(group),
        links=visit.site.links,
        group=group,
        days=days,
        updated=days.machine(max((post.date_at for post in there), default=visit.viewer.now)),
        id_of=partial(entry_id, group),
        entries=[_entry(post, group, texts.get(post.id, "")) for post in there],
    )
    return Response(text.encode("utf-8", "replace"), media_type="application/atom+xml")


def entry_id(group: OpenGroup, post: OpenPost | None = None) -> str:
    """A tag URI: the domain of the list, the list, the post."""
    mail_list = group.mail_list
    return f"tag:{mail_list.domain},2026:{mail_list.name}" + (f"/posts/{post.id}" if post else "")


def _entry(post: OpenPost, group: OpenGroup, own: str) -> tuple[OpenPost, str, str, str]:
    text = for_viewer(beginning(own, CONTENT_CHARACTERS), is_member=group.is_member)
    return post, shown_author(post.author_name, post.author_address, group), shown_subject(post.subject, group), text
