"""The pages one reads: groups, a group's conversations, one conversation, one post, the search.

Each takes a visit, asks the store's one function for what this viewer may see, and fills a template. What may not be
seen raises NotFound, as what is not there does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from urllib.parse import quote

from starlette.responses import RedirectResponse, Response

from listserv.errors import NotFound
from listserv.mail.listaddress import ListAddresses, Purpose
from listserv.mail.listheaders import takes_posts
from listserv.mail.parse import parse
from listserv.mail.text.body import Attachment, body
from listserv.mail.token import sign_reply
from listserv.store.archive import ancestor_texts
from listserv.store.bodies import post_bodies, post_octets
from listserv.store.query import read_query
from listserv.store.reading import (
    OpenGroup,
    OpenPost,
    OpenThread,
    last_posts,
    newest_threads,
    open_groups,
    open_post,
    open_posts,
    open_thread,
    thread_posts,
)
from listserv.store.search import find, own_texts
from listserv.store.sent_digests import digest_texts
from listserv.web.calendar import coming
from listserv.web.cleaning import clean_html, without_split_addresses
from listserv.web.downloads import may_download
from listserv.web.showing import Block, Reading, blocks, for_viewer, read
from listserv.web.snippets import snippet
from listserv.web.texts import author_name, one_line
from listserv.web.visit import Visit

THREADS_PAGE = 50
POSTS_PAGE = 100
HITS_PAGE = 20
OWN_CHARACTERS = 8_000
FOLDED_CHARACTERS = 2_000
WHOLE_CHARACTERS = 200_000


@dataclass(frozen=True, slots=True)
class ShownPost:
    """A post with what a page says of it."""

    post: OpenPost
    author: str
    subject: str
    blocks: list[Block]
    reading: Reading | None
    attachments: list[tuple[str, Attachment, list[str], bool]]


def home(visit: Visit) -> Response:
    """The groups one may see, by network."""
    groups = open_groups(visit.connection, visit.viewer)
    networks = [(network, list(its)) for network, its in groupby(groups, key=lambda group: group.network)]
    return visit.page("home.html", networks=networks, newest=last_posts(visit.connection, groups))


def with_slash(visit: Visit) -> Response:
    """Somebody left out the slash at the end."""
    return RedirectResponse(visit.site.links.group(visit.group()), 301)


def group(visit: Visit) -> Response:
    """A group's conversations, newest first, and how to join it."""
    found = visit.group()
    page = visit.page_number()
    lines = newest_threads(visit.connection, found, THREADS_PAGE + 1, (page - 1) * THREADS_PAGE)
    if page > 1 and not lines:
        raise NotFound("There is no such page.")
    addresses = _addresses(visit, found)
    return visit.page(
        "group.html",
        found,
        threads=[(line, shown_author(line.author_name, line.author_address, found)) for line in lines[:THREADS_PAGE]],
        subject=partial(shown_subject, group=found),
        page=page,
        more=len(lines) > THREADS_PAGE,
        dates=coming(visit, found) if page == 1 else [],
        takes_posts=takes_posts(found.mail_list),
        post_address=addresses.of(Purpose.POST),
        join_address=addresses.of(Purpose.JOIN),
        owner_address=addresses.of(Purpose.OWNER),
        leave_address=addresses.of(Purpose.LEAVE),
    )


def thread(visit: Visit) -> Response:
    """One conversation; a merged one's address leads on to where its posts are."""
    public_id = visit.path("id")
    found = visit.group(thread=public_id)
    conversation = open_thread(visit.connection, found, public_id)
    page = visit.page_number()
    if conversation.public_id != public_id:
        return RedirectResponse(visit.site.links.thread(found, conversation.public_id), 301)
    there = thread_posts(visit.connection, found, conversation, POSTS_PAGE, (page - 1) * POSTS_PAGE)
    if not there:
        raise NotFound("There is no such page.")
    return visit.page(
        "thread.html",
        found,
        thread=conversation,
        subject=partial(shown_subject, group=found),
        posts=_shown(visit, found, there, OWN_CHARACTERS, FOLDED_CHARACTERS),
        reply_link=_reply_link(visit, found, conversation),
        page=page,
        more=conversation.posts > page * POSTS_PAGE,
    )


def post(visit: Visit) -> Response:
    """One post, whole; with `view=html` as its author formatted it."""
    post_id = visit.path("id")
    found = visit.group(post_id=post_id)
    there = open_post(visit.connection, found, post_id)
    if there.taken_down_at is not None:
        return visit.page("post.html", found, shown=_stub(there), html=None, wants_html=False, status=410)
    wants_html = visit.query("view") == "html"
    return visit.page(
        "post.html",
        found,
        shown=_shown(visit, found, [there], WHOLE_CHARACTERS, WHOLE_CHARACTERS)[0],
        html=_formatted(visit, found, there) if wants_html else None,
        wants_html=wants_html,
        subject=partial(shown_subject, group=found),
    )


def search(visit: Visit) -> Response:
    """What was looked for and found, newest first. Without a question only the form."""
    found = visit.group()
    days = visit.days(found)
    asked = {name: visit.query(name)[:300] for name in ("q", "author", "from", "to")}
    query = read_query(asked["q"], asked["author"], days.start_of(asked["from"]), days.end_of(asked["to"]))
    page = visit.page_number()
    hits = find(visit.connection, found, query, HITS_PAGE, (page - 1) * HITS_PAGE)
    there = [each for each in open_posts(visit.connection, found, hits.post_ids) if each.taken_down_at is None]
    texts = own_texts(visit.connection, hits.post_ids)
    words = list(query.marked_words())
    return visit.page(
        "search.html",
        found,
        asked=asked,
        was_asked=not query.is_empty,
        hits=[
            (
                each,
                shown_author(each.author_name, each.author_address, found),
                snippet(for_viewer(texts.get(each.id, ""), is_member=found.is_member), words),
            )
            for each in there
        ],
        subject=partial(shown_subject, group=found),
        quoted=hits.quoted,
        page=page,
        more=hits.more,
    )


def _addresses(visit: Visit, group: OpenGroup) -> ListAddresses:
    mail_list = group.mail_list
    return ListAddresses(mail_list.name, mail_list.domain, visit.site.settings.box(mail_list.domain))


def _reply_link(visit: Visit, group: OpenGroup, thread: OpenThread) -> str:
    """Where a member's mail program writes to this conversation; "" for strangers, and where members may not write."""
    mail_list, addresses = group.mail_list, _addresses(visit, group)
    open_to_posts = takes_posts(mail_list) and mail_list.archived_at is None and addresses.has_room_for_reply
    if not (group.is_member and open_to_posts):
        return ""
    address = addresses.of(Purpose.REPLY, sign_reply(visit.site.key, mail_list.name, thread.id))
    return f"mailto:{quote(address, safe='@+')}?subject={quote(f'Re: {one_line(thread.subject)}', safe='')}"


def shown_author(name: str, address: str, group: OpenGroup) -> str:
    return author_name(name, address, is_member=group.is_member)


def shown_subject(text: str, group: OpenGroup) -> str:
    return one_line(for_viewer(text, is_member=group.is_member))


def _shown(visit: Visit, group: OpenGroup, posts: Sequence[OpenPost], own: int, folded: int) -> list[ShownPost]:
    """Those that were taken down as stubs; at most so many characters of each run of own and of folded text."""
    readings = _readings(visit, group, [post for post in posts if post.taken_down_at is None])
    return [
        _stub(post)
        if post.taken_down_at is not None
        else ShownPost(
            post,
            shown_author(post.author_name, post.author_address, group),
            shown_subject(post.subject, group),
            blocks(readings[post.id], is_member=group.is_member, own=own, folded=folded),
            readings[post.id],
            [_shown_file(each, group) for each in readings[post.id].attachments],
        )
        for post in posts
    ]


def _shown_file(file: Attachment, group: OpenGroup) -> tuple[str, Attachment, list[str], bool]:
    """A file by its name for this viewer, the names of those inside it, and whether she may have it."""
    name, *inside = [one_line(for_viewer(each, is_member=group.is_member)) for each in (file.filename, *file.holds)]
    return name, file, inside, may_download(group, file)


def _stub(post: OpenPost) -> ShownPost:
    return ShownPost(post, "", "", [], None, [])


def _readings(visit: Visit, group: OpenGroup, posts: Sequence[OpenPost]) -> dict[int, Reading]:
    """What each of these posts says, by its id. Raises NotFound where one has just been taken down."""
    kept, versions = visit.site.readings, {post.id: post.version for post in posts}
    found = {each: reading for each, version in versions.items() if (reading := kept.get((each, version))) is not None}
    missing = [post for post in posts if post.id not in found]
    for each, octets, seams in post_bodies(visit.connection, group, missing):
        found[each] = read(octets, seams, partial(_ancestors, visit, group, each))
        kept.keep((each, versions[each]), found[each])
    return found


def _ancestors(visit: Visit, group: OpenGroup, post_id: int) -> list[str]:
    known = digest_texts(visit.connection, post_id)
    return [*known, *ancestor_texts(visit.connection, post_id, group.mail_list.id)]


def _formatted(visit: Visit, group: OpenGroup, post: OpenPost) -> str | None:
    """The post's HTML, cleaned; None if it has none, or too much of it."""
    source = body(parse(post_octets(visit.connection, group, post))).html
    if source is None:
        return None
    words = visit.site.templates.get_template("web/picture.txt")
    locale = visit.locale(group)
    html = clean_html(
        source,
        lambda alt: words.render(locale=locale, alt=alt).strip(),
        lambda text: for_viewer(text, is_member=group.is_member),
    )
    return html if html is None or group.is_member else without_split_addresses(html)
