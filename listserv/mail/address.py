"""Addresses: what may stand in an envelope, when two are the same, and how one is written in a header.

Promises: `valid_address` is strict (RFC 5321 §4.1.2 and RFC 6531, less spaces in quoted local parts), so that
what passes can be put in an envelope, a header, a log line or a database as it is; `key` gives one form for
comparison and never makes two deliverable addresses one, but for the case of the local part. Reading a whole field
is addresslist.py's work.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from listserv.mail.words import encode_phrase

ADDRESS_OCTETS = 254
LOCAL_OCTETS = 64
LABEL_OCTETS = 63

_PLAIN = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]++(?>(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]++)*)"
    r"@[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?\Z"
)
_ATEXT = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+/=?^_`{|}~-")
_LABEL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?\Z")
_LITERAL = re.compile(r"\[(?:IPv6:[0-9A-Fa-f:.]{2,45}|[0-9]{1,3}(?:\.[0-9]{1,3}){3})\]\Z")
_QUOTED = re.compile(r'"(?>(?:[!#-\[\]-~]|\\[!-~])*)"\Z')


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One mailbox of an address field: `name` as a person reads it ("" if none), `address` local@domain as written."""

    name: str
    address: str

    @property
    def local(self) -> str:
        """What stands before the last @."""
        return self.address.rpartition("@")[0]

    @property
    def domain(self) -> str:
        """What stands after the last @, as written."""
        return self.address.rpartition("@")[2]

    @property
    def key(self) -> str:
        """The form in which two spellings of this address are equal; see `address_key`."""
        return address_key(self.address)


def address_key(address: str) -> str:
    """The one form of an address for comparing: NFC, lower case, the domain's labels as A-labels (RFC 5890 §2.3.2.1).

    No mapping of look-alikes is done: `ß` and `ss`, or full-width letters, stay different people.
    """
    if address.isascii():
        return address.lower()
    local, _, domain = address.rpartition("@")
    return f"{_one_case(local)}@{domain_key(domain)}"


def domain_key(domain: str) -> str:
    """The one form of a domain for comparing: lower case, A-labels."""
    if domain.isascii():
        return domain.lower()
    return ".".join([_a_label(label) for label in _one_case(domain).split(".")])


def _one_case(text: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).lower())


def _a_label(label: str) -> str:
    if label.isascii() or len(label) > LABEL_OCTETS:
        return label
    try:
        return "xn--" + label.encode("punycode").decode("ascii")
    except ValueError:
        return label


def valid_address(text: str) -> bool:
    """Whether `text` is one address fit for an envelope: dot-atom or quoted local part, @, a sane domain.

    At most 254 octets in all and 64 before the @ (RFC 5321 §4.5.3.1); no space, no control character.
    """
    if len(text) > ADDRESS_OCTETS:
        return False
    if _PLAIN.match(text) is not None:
        local, _, domain = text.rpartition("@")
        return len(local) <= LOCAL_OCTETS and valid_domain(domain)
    local, at, domain = text.rpartition("@")
    return bool(at) and _fits(text, local) and _valid_local(local) and valid_domain(domain)


def _fits(text: str, local: str) -> bool:
    try:
        return len(text.encode("utf-8")) <= ADDRESS_OCTETS and len(local.encode("utf-8")) <= LOCAL_OCTETS
    except UnicodeEncodeError:
        return False


def _valid_local(local: str) -> bool:
    if local.startswith('"'):
        return _QUOTED.match(local) is not None and len(local) > 2
    return all(atom and all(letter in _ATEXT or _is_letter(letter) for letter in atom) for atom in local.split("."))


def _is_letter(letter: str) -> bool:
    """Whether a character beyond ASCII may stand in an address: letters, marks, digits, no space, control or symbol."""
    return letter > "\x7f" and unicodedata.category(letter)[0] in "LMN"


def valid_domain(domain: str) -> bool:
    """Whether `domain` is a host name of sane labels (an underscore is let pass) or an address literal."""
    if domain.startswith("["):
        return _LITERAL.match(domain) is not None
    labels = domain.split(".")
    return len(domain) <= ADDRESS_OCTETS and all(map(_valid_label, labels)) and not labels[-1].isdigit()


def _valid_label(label: str) -> bool:
    if label.isascii():
        return len(label) <= LABEL_OCTETS and _LABEL.match(label) is not None
    ascii_or_letter = all(letter in "-_" or letter.isalnum() or _is_letter(letter) for letter in label)
    return ascii_or_letter and label[0] != "-" != label[-1] and len(_a_label(label)) <= LABEL_OCTETS


def format_mailbox(name: str, address: str) -> bytes:
    """`name <address>` for a header (RFC 5322 §3.4), safe whatever is passed.

    An address that is not valid is left out: what remains is the name as an empty group (RFC 6854). A domain beyond
    ASCII is written as A-labels; a local part beyond ASCII stays UTF-8 (RFC 6532).
    """
    phrase = encode_phrase(name)
    if not valid_address(address):
        return (phrase or b"undisclosed") + b":;"
    local, _, domain = address.rpartition("@")
    if not domain.isascii():
        domain = domain_key(domain)
    octets = f"{local}@{domain}".encode()
    return phrase + b" <" + octets + b">" if phrase else octets
