"""Files of posts, to be saved and never shown: a browser does not run, frame or guess what a stranger attached.

Only a few harmless types keep their name; all else is octets. A mail that somebody attached (also as the file that her
mail program saves) and the original of a post hold everybody's addresses, so they are for members.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from starlette.responses import Response

from listserv.errors import NotFound
from listserv.mail.parse import parse
from listserv.mail.shelf.gathering import is_mail
from listserv.mail.text.body import Attachment, body
from listserv.mail.text.secrets import without_secret_addresses
from listserv.store.bodies import post_octets
from listserv.store.reading import OpenGroup, OpenPost, open_post
from listserv.web.showing import for_viewer
from listserv.web.texts import one_line
from listserv.web.visit import Visit

OCTETS = "application/octet-stream"
SEALED = {"Content-Security-Policy": "default-src 'none'; sandbox", "X-Download-Options": "noopen"}

_HARMLESS = {
    "image/png", "image/jpeg", "image/gif", "image/webp", "image/heic", "application/pdf", "text/plain", "text/csv",
    "text/calendar", "application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint",
    "application/rtf", "application/zip", "audio/mpeg", "audio/mp4", "video/mp4", "video/quicktime",
}  # fmt: skip
_OFFICE = re.compile(r"application/vnd\.(?:openxmlformats-officedocument|oasis\.opendocument)\.[a-z.-]{1,60}")
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9._ -]")


def part(visit: Visit) -> Response:
    """One attachment of a post."""
    group, post = _post(visit)
    message = parse(post_octets(visit.connection, group, post))
    wanted = visit.path("part")
    attachment = next((each for each in body(message).attachments if each.part_index == wanted), None)
    if attachment is None or not may_download(group, attachment):
        raise NotFound("There is no such file.")
    found = next(each for index, each in enumerate(message.root.walk()) if index == wanted)
    name = one_line(for_viewer(attachment.filename, is_member=group.is_member)) or f"{post.id}-{wanted}"
    return _download(found.decoded(), name, safe_type(attachment.content_type))


def original(visit: Visit) -> Response:
    """The post as it came, for members; without the address by which its author takes an earlier one back."""
    group, post = _post(visit)
    if not group.is_member:
        raise NotFound("There is no such file.")
    octets = post_octets(visit.connection, group, post)
    end = parse(octets).root.body_start
    octets = without_secret_addresses(octets[:end]) + octets[end:]
    return _download(octets, f"{group.mail_list.name}-{post.id}.eml", "message/rfc822")


def may_download(group: OpenGroup, file: Attachment) -> bool:
    """Whether the viewer may have this file."""
    return group.is_member or not is_mail(file)


def safe_type(content_type: str) -> str:
    """The declared type where no browser does anything with it, else plain octets."""
    harmless = content_type in _HARMLESS or _OFFICE.fullmatch(content_type)
    return content_type if harmless else OCTETS


def _post(visit: Visit) -> tuple[OpenGroup, OpenPost]:
    post_id = visit.path("id")
    group = visit.group(post_id=post_id)
    return group, open_post(visit.connection, group, post_id)


def _download(octets: bytes, name: str, content_type: str) -> Response:
    plain = _NOT_PLAIN.sub("_", name)
    disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    response = Response(octets, headers={"Content-Disposition": disposition, **SEALED})
    response.headers["Content-Type"] = content_type
    return response
