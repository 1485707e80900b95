"""How mail programs mark a quotation, an attribution or a signature in their HTML.

The class and id names are the programs' own (read out of their mail); a mark is evidence, weighed in `quote`. Elements
inside a quotation carry the same names with a prefix (`x_gmail_quote`), which is why they are compared whole.
"""

from __future__ import annotations

import re
from typing import Literal

from listserv.mail.text.phrases import without_longer

MarkKind = Literal["quote", "container", "attribution", "below", "signature"]
"""quote: a quotation. container: holds one, and perhaps answers between. below: a quotation begins and never ends."""

_CLASSES: dict[str, MarkKind] = {
    "gmail_quote": "container",
    "gmail_quote_container": "container",
    "gmail_attr": "attribution",
    "gmail_signature": "signature",
    "moz-cite-prefix": "attribution",
    "moz-email-headers-table": "attribution",
    "moz-forward-container": "container",
    "moz-signature": "signature",
    "yahoo_quoted": "quote",
    "yahoo-quoted-begin": "attribution",
    "ymail_android_signature": "signature",
    "protonmail_quote": "container",
    "protonmail_signature_block": "signature",
    "protonmail_signature_block-user": "signature",
    "tutanota_quote": "quote",
    "tutanota_email_signature": "signature",
    "zmail_extra": "quote",
    "zmail_extra_hr": "attribution",
    "outlookmessageheader": "below",
    "applemailsignature": "signature",
    "applemailquote": "quote",
    "airmail_ext_on": "attribution",
    "airmail_ext_quote": "quote",
    "bloop_sign": "signature",
    "front-signature": "signature",
    "front-blockquote": "quote",
    "mimestream-quote": "quote",
    "mb-quote": "quote",
    "mail-quote": "quote",
    "quoted-text": "quote",
    "cm_quote": "quote",
    "nylas-quote": "container",
    "nylas-signature": "signature",
    "rc-signature": "signature",
    "email-quote": "quote",
}
_IDS: dict[str, MarkKind] = {
    "divrplyfwdmsg": "below",
    "mail-editor-reference-message-container": "quote",
    "ms-outlook-mobile-signature": "signature",
    "ms-outlook-mobile-body-separator-line": "attribution",
    "applemailsignature": "signature",
    "signature": "signature",
    "stopspelling": "below",
    "zwchr": "below",
    "replysplit": "below",
    "composer_signature": "signature",
    "ymail_android_signature": "signature",
    "linebreakatbeginningofmessage": "attribution",
    "mailbirdquote": "quote",
    "reply-intro": "attribution",
    "isforwardcontent": "quote",
    "isreplycontent": "quote",
    "includemailorigin": "quote",
    "origbody": "quote",
}
_IDS_BEGIN: tuple[tuple[str, MarkKind], ...] = (
    ("yahoo_quoted_", "quote"),
    ("aolmsgpart", "quote"),
    ("mail_android_quote", "quote"),
)
_ATTRIBUTES: dict[tuple[str, str], MarkKind] = {
    ("data-smartmail", "gmail_signature"): "signature",
    ("data-marker", "__quoted_text__"): "quote",
    ("data-marker", "__headers__"): "attribution",
    ("data-marker", "__sig_pre__"): "signature",
    ("data-marker", "__sig_post__"): "signature",
    ("data-signatureblock", "true"): "signature",
    ("data-ogsc-quote", "true"): "quote",
    ("name", "quote"): "quote",
    ("name", "messagereplysection"): "quote",
    ("name", "messagesignaturesection"): "signature",
}


def _names(*kinds: MarkKind) -> tuple[str, ...]:
    named = [
        *_CLASSES.items(),
        *_IDS.items(),
        *_IDS_BEGIN,
        *((value, kind) for (_, value), kind in _ATTRIBUTES.items()),
    ]
    return tuple(sorted({name for name, kind in named if kind in kinds and name not in _COMMON_WORDS}))


_COMMON_WORDS = ("quote", "true")
# What stands in a page, lower case, if it can hold such marks at all: a look that costs nearly nothing.
_MOST = ("<blockquote", "gmail_quote")  # asked first
_OTHERS = ("border-top", 'name="quote"', "name=quote")
QUOTATION_NAMES = tuple(dict.fromkeys((*_MOST, *_names("quote", "container", "below"), *_OTHERS)))
SIGNATURE_NAMES = _names("signature")
_LEAST_SIGNATURE_NAMES = without_longer(SIGNATURE_NAMES)
# Each of the names has one of these in it: fewer to look for, and hardly any stands in a page without a name.
_QUOTATION_PARTS = (
    "quote", "border-top", "ply", "forward", "message", "orig", "aolmsg", "stopspell", "zmail", "zwchr",
)  # fmt: skip
_QUOTATIONS = tuple(
    (part, tuple(name for name in without_longer(QUOTATION_NAMES) if part in name)) for part in _QUOTATION_PARTS
)

# Word and Windows Mail draw the line above a quoted header block as the upper border of a block: in these greys,
# or at least 3 points above the text. A border that an author gives a paragraph of her own stands 1 point above it.
_WORD_HEADER = re.compile(
    r"border:\s?none;\s?border-top:\s?solid (?:#(?:b5c4df|e1e1e1) 1\.0pt|#?\w{3,12} 1\.0pt;\s?padding:\s?3\.0pt)"
    r"|border-top-color:\s?rgb\(229, ?229, ?229\)"
)
_NO_BORDER = re.compile(r"border(?:-left)?(?:-style|-width)?:\s?(?:none|0(?:px|pt)?)\s?(?:;|$|none)")
_LEFT_BORDER = re.compile(r"border-left[\w-]*:|border:\s?\d")


def may_hold_quotation(page: str) -> bool:
    """Whether a page, in lower case, holds one of QUOTATION_NAMES."""
    return any(part in page and any(map(page.__contains__, names)) for part, names in _QUOTATIONS)


def may_hold_signature(page: str) -> bool:
    """Whether a page, in lower case, holds one of SIGNATURE_NAMES."""
    return "sig" in page and any(map(page.__contains__, _LEAST_SIGNATURE_NAMES))


def mark_of(name: str, attributes: dict[str, str]) -> MarkKind | None:
    """What the element says about its text, None when nothing."""
    if name == "blockquote":
        return None if is_indentation(attributes) else "quote"
    if not attributes:
        return None
    return _by_class(attributes) or _by_id(attributes) or _by_attribute(name, attributes)


def _by_class(attributes: dict[str, str]) -> MarkKind | None:
    for word in attributes.get("class", "").lower().split()[:10]:
        if word in _CLASSES:
            return _CLASSES[word]
    return None


def _by_id(attributes: dict[str, str]) -> MarkKind | None:
    ident = attributes.get("id", "").lower()
    if not ident:
        return None
    if ident in _IDS:
        return _IDS[ident]
    return next((kind for begin, kind in _IDS_BEGIN if ident.startswith(begin)), None)


def _by_attribute(name: str, attributes: dict[str, str]) -> MarkKind | None:
    for attribute in ("data-smartmail", "data-marker", "data-signatureblock", "data-ogsc-quote", "name"):
        value = attributes.get(attribute, "").lower()
        if value and (attribute, value) in _ATTRIBUTES:
            return _ATTRIBUTES[attribute, value]
    if name in ("div", "p") and _WORD_HEADER.search(attributes.get("style", "")[:400].lower()):
        return "below"
    return None


def is_indentation(attributes: dict[str, str]) -> bool:
    """True for a `blockquote` that only moves the author's own text to the right, as web mail's indent button does."""
    style = attributes.get("style", "")[:400].lower()
    if attributes.get("type", "").lower() == "cite" or "cite" in attributes or "quote" in attributes.get("class", ""):
        return False
    return bool(_NO_BORDER.search(style)) and not _LEFT_BORDER.search(style.replace("border-left:none", ""))
