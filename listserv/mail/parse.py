"""One message: octets in, everything else on demand.

Promises: `parse` never raises and does no work; each property is worked out once, when first asked, in time linear in
what it reads, and never changes, because the octets do not. Reading the header does not touch the body. What
could not be read plainly is named in `defects`. It decides nothing: who may post, what is a duplicate and which
thread a message belongs to are asked of it by others.
"""

from __future__ import annotations

import hashlib
import re
from binascii import Error as Base64Error
from binascii import a2b_base64
from collections.abc import Collection
from datetime import datetime

from listserv.mail.address import Mailbox
from listserv.mail.addresslist import parse_mailboxes
from listserv.mail.charsets import BEYOND_ASCII, codec_name
from listserv.mail.dates import parse_date
from listserv.mail.fields import Field, Head, cut_message_head, with_line_feeds
from listserv.mail.files.danger import Danger, danger_of
from listserv.mail.ids import ordered_references, read_ids
from listserv.mail.lineends import line_feeds
from listserv.mail.mime import Part, scan_parts
from listserv.mail.once import once
from listserv.mail.params import parse_content_type
from listserv.mail.photo.message import unplaced_octets
from listserv.mail.words import FIELD_OCTETS_READ, header_octets_text, header_text, unfold

THREAD_INDEX_OCTETS = 22
SMALL_TEXT_OCTETS = 65_536
IDS_LOOKED_FOR = 200

_PARTICIPANT_FIELDS = (b"from", b"sender", b"reply-to", b"to", b"cc")
_COMMON_CODECS = (None, "utf-8", "cp1252")
_SEALED_TYPES = frozenset(
    {"multipart/signed", "multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"}
)
_PGP = re.compile(rb"(?:\A|\n)-----BEGIN PGP (?:SIGNED )?MESSAGE-----")
_LIST_ID = re.compile(r"<([^<>]*)>")
_EMBEDDED = ("message/rfc822", "message/global", "message/news")


def parse(octets: bytes) -> Message:
    """The message these octets are. Nothing is read yet."""
    return Message(octets)


class Message:
    """A message as received. `octets` is the truth and is never re-serialised; all else is derived from it."""

    def __init__(self, octets: bytes) -> None:
        self.octets = octets

    def __repr__(self) -> str:
        return f"<Message {self.message_id} of {len(self.octets)} octets>"

    # The header block.

    @once
    def head(self) -> Head:
        """The header block as it stands."""
        return cut_message_head(with_line_feeds(self.octets))

    @once
    def _values(self) -> dict[bytes, list[bytes]]:
        return self.head.values

    @property
    def fields(self) -> tuple[Field, ...]:
        """Every header field in order with its offsets into `octets`."""
        return self.head.fields

    @property
    def head_start(self) -> int:
        """Where the first field may stand: after an mbox separator line or early blank lines, if there are any."""
        return self.head.start

    @property
    def head_end(self) -> int:
        """Where the last field ends, line end included, and the blank line begins."""
        return self.head.end

    @property
    def body_start(self) -> int:
        """Where the body begins: after the blank line."""
        return self.head.body_start

    def raw(self, name: str) -> list[bytes]:
        """The raw values of every field of this name (any case), in order, outer white space gone, folds kept."""
        return self.head.raw(name)

    def has_any(self, names: Collection[bytes]) -> bool:
        """Whether a field of one of these names (lower case) is there."""
        return not self._values.keys().isdisjoint(names)

    def header(self, name: str) -> str | None:
        """The first field of this name as a person reads it: unfolded, RFC 2047 decoded, NFC, no control characters."""
        values = self._values.get(name.lower().encode("ascii", "replace"))
        return None if values is None else header_text(values[0], self._header_charset(values[0]))

    def headers(self, name: str) -> list[str]:
        """Every field of this name as `header` gives it."""
        return [header_text(value, self._header_charset(value)) for value in self.raw(name)]

    def _header_charset(self, value: bytes) -> str | None:
        """What raw 8-bit octets in a header most likely are: what the message says its text is."""
        if value.isascii():
            return None
        declared = [self._content_type[1].get("charset"), *(part.charset for part in self.root.walk())]
        return next((charset for charset in declared if charset and codec_name(charset) not in _COMMON_CODECS), None)

    @once
    def _content_type(self) -> tuple[str, dict[str, str]]:
        values = self._values.get(b"content-type")
        return parse_content_type(values[0] if values else None)

    @property
    def content_type(self) -> str:
        """The declared type of the whole, lower case, `text/plain` where none or a broken one is declared."""
        return self._content_type[0]

    # Who.

    @once
    def _from(self) -> tuple[tuple[Mailbox, ...], str | None]:
        """The mailboxes of every From field and why there is no author, None if there is one."""
        values = self._values.get(b"from")
        if values is None:
            return (), "no_from"
        read = [parse_mailboxes(value, self._header_charset(value)) for value in values]
        mailboxes = tuple([mailbox for found, _ in read for mailbox in found])
        if "header_cut" in self.head.defects:
            return mailboxes, "bad_from"
        if len(values) > 1:
            return mailboxes, "two_from"
        if len(mailboxes) > 1:
            return mailboxes, "many_authors"
        return mailboxes, None if mailboxes and read[0][1] else "bad_from"

    @property
    def authors(self) -> tuple[Mailbox, ...]:
        """Every mailbox of every From field that could be read."""
        return self._from[0]

    @property
    def author(self) -> Mailbox | None:
        """The one Author: the only From field holds one valid address and nothing doubtful, else None."""
        mailboxes, fault = self._from
        return mailboxes[0] if fault is None else None

    def mailboxes(self, name: str) -> tuple[Mailbox, ...]:
        """The mailboxes of all fields of this name (To, Cc, Reply-To ...) that could be read."""
        read = [parse_mailboxes(value, self._header_charset(value)) for value in self.raw(name)]
        return tuple([mailbox for found, _ in read for mailbox in found])

    # Ids and references.

    def _id_text(self, name: bytes) -> str:
        values = self._values.get(name)
        if values is None:
            return ""
        if len(values) == 1:
            return header_octets_text(values[0])
        return header_octets_text(b" ".join(values))

    @once
    def message_id(self) -> str | None:
        """The first Message-ID without angle brackets, white space inside it gone; None if there is none to be read."""
        values = self._values.get(b"message-id")
        ids = read_ids(header_octets_text(unfold(values[0]))) if values else []
        return ids[0] if ids else None

    @once
    def _in_reply_to(self) -> list[str]:
        ids = read_ids(self._id_text(b"in-reply-to"))
        if not ids:
            return ids
        addresses = self._addresses_among(ids)
        return [token for token in ids if token not in addresses] if addresses else ids

    @property
    def in_reply_to(self) -> str | None:
        """The first id of In-Reply-To that is no participant's address."""
        return self._in_reply_to[0] if self._in_reply_to else None

    @once
    def references(self) -> tuple[str, ...]:
        """The ids this message answers to (References and In-Reply-To), oldest first, the parent last; at most 120."""
        text = self._id_text(b"references")
        ids = read_ids(text) if text else []
        if not ids and not self._in_reply_to:
            return ()
        without = self._addresses_among(ids)
        if self.message_id is not None:
            without.add(self.message_id)
        return ordered_references(ids, self._in_reply_to, commas="," in text, without=without)

    @once
    def _participants(self) -> bytes:
        """The raw fields that name people, in lower case: an id found in them is likely to be somebody's address."""
        values = [value for name in _PARTICIPANT_FIELDS for value in self._values.get(name, ())]
        return b"\n".join(values)[:FIELD_OCTETS_READ].lower()

    def _addresses_among(self, ids: list[str]) -> set[str]:
        """Those of `ids` that are the e-mail address of somebody in the header, which old programs put there."""
        suspects = ids
        if len(ids) <= IDS_LOOKED_FOR:  # more of them would take longer than reading the addresses
            seen = self._participants
            suspects = [token for token in ids if token.lower().encode("utf-8", "replace") in seen]
        if not suspects:
            return set()
        addresses = {box.address.lower() for name in _PARTICIPANT_FIELDS for box in self.mailboxes(name.decode())}
        return {token for token in suspects if token.lower() in addresses}

    @once
    def thread_index(self) -> bytes | None:
        """Outlook's Thread-Index decoded: 22 octets name the conversation, five more each reply; None if not that."""
        values = self._values.get(b"thread-index")
        if not values or len(values[0]) > FIELD_OCTETS_READ:
            return None
        try:
            octets = a2b_base64(b"".join(values[0].split()))
        except Base64Error:
            return None
        return octets if len(octets) >= THREAD_INDEX_OCTETS else None

    @once
    def list_ids(self) -> tuple[str, ...]:
        """The identifiers of every List-Id field, lower case (RFC 2919 §2)."""
        texts = [header_octets_text(unfold(value)).lower() for value in self._values.get(b"list-id", ())]
        ids = [match[1] if (match := _LIST_ID.search(text)) else text for text in texts]
        return tuple(["".join(token.replace("\x00", "").split()) for token in ids if token.strip()])

    # What and when.

    @once
    def subject(self) -> str:
        """The subject as a person reads it, "" if there is none."""
        return self.header("subject") or ""

    @once
    def date(self) -> datetime | None:
        """What the Date field says, in UTC; None unless it lies between 1970 and 2100. The author's word, unproven."""
        values = self._values.get(b"date")
        return parse_date(header_octets_text(unfold(values[0])).replace("\x00", "")) if values else None

    @once
    def defects(self) -> tuple[str, ...]:
        """What is wrong with the header, by name, in a fixed order. The parts have their own (`Part.defects`)."""
        found = list(self.head.defects)
        if self._from[1] is not None:
            found.append(self._from[1])
        found += [f"two_{name}" for name in ("message-id", "subject", "date") if len(self.raw(name)) > 1]
        if self.message_id is None:
            found.append("no_message_id")
        if self.date is None:
            found.append("bad_date" if self.raw("date") else "no_date")
        if b"\x00" in self.octets:
            found.append("nul")
        return tuple(found)

    # The body.

    @once
    def root(self) -> Part:
        """The MIME tree; its offsets are offsets into `octets`."""
        return scan_parts(with_line_feeds(self.octets), self.head)

    @once
    def small_text(self) -> bytes | None:
        """Of a message that is one short text of ASCII its decoded octets in small letters; None of any other.

        For a quick look whether words can stand there: who finds none of them need not read the text.
        """
        root = self.root
        if root.content_type != "text/plain" or root.charset not in BEYOND_ASCII:
            return None
        if root.body_end - root.body_start > SMALL_TEXT_OCTETS:
            return None
        octets = root.decoded()
        return octets.lower() if octets.isascii() and b"\x1b" not in octets else None

    @once
    def is_signed_or_encrypted(self) -> bool:
        """Whether any part, attached messages aside, is signed or encrypted, so that its octets must not be touched."""
        encoding = (self.head.first(b"content-transfer-encoding") or b"").lower()
        if self.content_type == "text/plain" and b"base64" not in encoding and b"BEGIN PGP" not in self.octets:
            return False
        stack = [self.root]
        while stack:
            part = stack.pop()
            if part.content_type in _SEALED_TYPES or _has_inline_pgp(part):
                return True
            if part.content_type not in _EMBEDDED:
                stack.extend(part.children)
        return False

    @once
    def danger(self) -> Danger | None:
        """The program it carries, or the document with macros; None where there is neither."""
        return danger_of(self.root)

    @once
    def unplaced(self) -> bytes | None:
        """Its octets without what its photos tell of the place where they were taken, None where they tell nothing."""
        return unplaced_octets(self)

    @once
    def body_hash(self) -> bytes:
        """SHA-256 of the body, line ends made LF and trailing white space dropped: equal for a text sent twice."""
        return hashlib.sha256(line_feeds(self.octets[self.body_start :]).rstrip(b" \t\n")).digest()

    @once
    def content_hash(self) -> bytes:
        """SHA-256 of all octets."""
        return hashlib.sha256(self.octets).digest()


def _has_inline_pgp(part: Part) -> bool:
    return part.content_type == "text/plain" and not part.children and _PGP.search(part.decoded()) is not None
