"""The footer under each copy: whose mail this is, where a reply goes, the post on the web, how to leave.

A few lines in the group's language, once as text and once as HTML, both beginning with the line of
`mail.footermark`. It is the same for every recipient, on purpose: what is personal would be quoted into replies and
archives, where anybody could use it, and would give each copy's body another hash (RFC 6376 §3.7). The author's
own copy alone says one thing more: how to take the post back. The personal link stands in List-Unsubscribe. Words:
templates/email/footer.txt and footer.html. Pure but for the templates that the environment loads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from jinja2 import Environment

from listserv.mail.charsets import nfc
from listserv.mail.footermark import footer_mark
from listserv.mail.listaddress import ListAddresses, Purpose
from listserv.mail.listheaders import replies_go_to, takes_posts
from listserv.mail.words import clean
from listserv.model.lists import MailList, ReplyPolicy


@dataclass(frozen=True, slots=True)
class Footer:
    """A rendered footer: `text` in lines that end in LF, `html` a block of them, `title` the group's, to find it by."""

    title: str
    text: str
    html: str


def render_footer(
    environment: Environment,
    mail_list: MailList,
    addresses: ListAddresses,
    archived_at_url: str = "",
    *,
    own_copy: bool = False,
    author_address: str = "",
    thread_address: str = "",
    also_to: Sequence[str] = (),
) -> Footer | None:
    """The footer of one post, None if the list wants none; the author's own says how to take the post back.

    `author_address` is where its author alone is answered, `thread_address` where everybody is: the footer names the
    one that a plain reply does not go to. Of a post in the group's own name nobody can be answered alone: a reply to
    it goes to the group under every policy. `also_to` names the other groups the mail went to. Jinja's errors pass
    through: a broken template is ours.
    """
    if not mail_list.settings.footer:
        return None
    is_groups = author_address.lower() in (mail_list.address.lower(), addresses.of(Purpose.POST).lower())
    values = {
        "locale": mail_list.settings.language,
        "mark": footer_mark(mail_list.title),
        "replies": _replies(mail_list, is_groups=is_groups),
        "leave_address": addresses.of(Purpose.LEAVE),
        "url": archived_at_url,
        "own_copy": own_copy,
        "author_address": "" if own_copy or is_groups else author_address,
        "thread_address": thread_address if takes_posts(mail_list) else "",
        "pause_minutes": mail_list.pause_minutes,
        "also_to": also_to,
    }
    text = environment.get_template("email/footer.txt").render(values)
    html = environment.get_template("email/footer.html").render(values)
    return Footer(mail_list.title, _lines(text), _lines(html))


def _replies(mail_list: MailList, *, is_groups: bool) -> str:
    """Where a plain reply to the copy goes, "" for nowhere: nobody writes to a group that only announces."""
    if not is_groups:
        return replies_go_to(mail_list).value
    return ReplyPolicy.LIST.value if takes_posts(mail_list) else ""


def _lines(text: str) -> str:
    """Cleaned lines without blank ones at either end, each ending in LF."""
    lines = [clean(line).rstrip() for line in nfc(text).strip().split("\n")]
    return "".join([line + "\n" for line in lines])
