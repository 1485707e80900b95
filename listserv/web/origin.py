"""Where a POST comes from, and where a page may send somebody on to: both only from and to ourselves.

With `Referrer-Policy: no-referrer` browsers say `Origin: null` also for our own forms; our pages say `same-origin`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

_LOCAL = re.compile(
    r"/(?:groups/[A-Za-z0-9@.-]{1,300}/(?:[A-Za-z0-9._~%-]{1,200}/?){0,4})?(?:\?[A-Za-z0-9=&%+._~-]{0,500})?"
)


def is_own(headers: Mapping[str, str], base_url: str) -> bool:
    """Whether a browser says that one of our own pages sent this. A request that says nothing is not ours."""
    if headers.get("sec-fetch-site", "same-origin") != "same-origin":
        return False
    origin = headers.get("origin", "").lower()
    parts = urlsplit(base_url)
    ours = {f"{parts.scheme}://{parts.netloc}".lower()} if base_url else set()
    host = headers.get("host", "").lower()
    if host:
        ours |= {f"http://{host}", f"https://{host}"}
    return origin in ours


def is_one_click(form: Mapping[str, str]) -> bool:
    """Whether the body is that of a mail program's one-click request (RFC 8058 §3.1), which comes from nowhere."""
    return dict(form) == {"List-Unsubscribe": "One-Click"}


def local_path(wanted: str) -> str:
    """The path if it is one of a page of ours, else that of the first page."""
    return wanted if _LOCAL.fullmatch(wanted) and "/." not in wanted and "//" not in wanted else "/"
