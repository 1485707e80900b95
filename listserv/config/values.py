"""The kinds of value a setting can have: text from the file or the environment in, a checked value out.

Each is a pydantic annotation that carries the sentence saying what is allowed (`Allowed`), so that a fault,
the example file and docs/settings.md all say the same. Nothing here touches the file system or the network.
"""

from __future__ import annotations

import ipaddress
import json
import re
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from typing import Annotated, Any, NamedTuple
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, PlainValidator, ValidationInfo


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a value may be, as the end of the sentence "this must be ..."."""

    text: str


@dataclass(frozen=True, slots=True)
class DefaultIs:
    """How to write a default that is worked out from other settings, and a value to show in its place."""

    text: str
    example: str | int


@dataclass(frozen=True, slots=True)
class Hidden:
    """The value can hold a password: no message and no repr may show it."""


class Endpoint(NamedTuple):
    """Where a server listens. Port 0 = any free port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class QuietHours(NamedTuple):
    """Local time in which nothing unasked for is sent; may run over midnight."""

    begins: time
    ends: time

    def __str__(self) -> str:
        return f"{self.begins:%H:%M}-{self.ends:%H:%M}"


def as_toml(value: Any) -> str:
    """`value` as it is written in the file; None and a secret are written as an empty text."""
    if isinstance(value, (list, tuple)) and not isinstance(value, (Endpoint, QuietHours)):
        return f"[{', '.join(as_toml(item) for item in value)}]"
    if isinstance(value, (bool, int, float)):
        return str(value).lower()
    return json.dumps("" if value is None else str(value), ensure_ascii=False)


_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,252}[A-Za-z0-9])?")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_REGION = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")
_CLOCK = re.compile(r"((?:[01][0-9]|2[0-3]):[0-5][0-9])-((?:[01][0-9]|2[0-3]):[0-5][0-9])")
_PATHLESS_SQLITE = "sqlite:///"


def is_address_literal(host: str) -> bool:
    """True for an IPv4 or IPv6 address."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    """True when what is sent to `host` cannot leave this machine."""
    return host == "localhost" or (is_address_literal(host) and ipaddress.ip_address(host).is_loopback)


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.isprintable():
        raise ValueError("not one line of text")
    return value.strip()


def _host(value: Any) -> str:
    text = _text(value)
    if text and not is_address_literal(text) and not _HOST.fullmatch(text):
        raise ValueError("not a host")
    return text


def _endpoint(value: Any) -> Endpoint | None:
    if value is None or isinstance(value, Endpoint):
        return value
    text = _text(value)
    if not text:
        return None
    host, colon, port = text.rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        raise ValueError("an IPv6 address needs brackets")
    if not (colon and host and _host(host) and port.isascii() and port.isdigit() and int(port) < 65536):
        raise ValueError("not HOST:PORT")
    return Endpoint(host, int(port))


def _whole_number(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    text = _text(value)
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise ValueError("not a whole number")
    return int(text)


def _path(value: Any, info: ValidationInfo) -> Path | None:
    if value is None or isinstance(value, Path):
        return value
    text = _text(value)
    return _folder(info) / text if text else None


def _folder(info: ValidationInfo) -> Path:
    """The folder relative paths start from: that of the configuration file, else the current one."""
    return Path(info.context["folder"]) if info.context else Path()


def _database_url(value: Any, info: ValidationInfo) -> str:
    text = _text(value)
    if text.startswith(_PATHLESS_SQLITE):
        name = text[len(_PATHLESS_SQLITE) :]
        if not name or name == ":memory:" or "?" in name:
            raise ValueError("no file")
        return f"{_PATHLESS_SQLITE}{_folder(info) / name}"
    for scheme in ("postgresql+psycopg://", "postgresql://", "postgres://"):
        if text.startswith(scheme) and len(text) > len(scheme):
            return f"postgresql+psycopg://{text[len(scheme) :]}"
    raise ValueError("unknown database")


def _domain(value: Any) -> str:
    try:
        name = _text(value).rstrip(".").lower().encode("idna").decode("ascii")
    except UnicodeError:
        raise ValueError("not a domain") from None
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in name.split(".")):
        raise ValueError("not a domain")
    return name


def _base_url(value: Any) -> str:
    text = _text(value).rstrip("/")
    parts = urlsplit(text)
    if text and not (parts.scheme in ("http", "https") and parts.hostname and not parts.query + parts.fragment):
        raise ValueError("not a web address")
    return text


def _mailbox(value: Any) -> str:
    text = _text(value)
    local, _, domain = text.rpartition("@")
    clean = text.isprintable() and " " not in text and "@" not in local and len(text.encode()) <= 254
    if text and not (clean and local and domain):
        raise ValueError("not an address")
    return text


def _time_zone(value: Any) -> str:
    name = _text(value)
    try:
        ZoneInfo(name)
    except (OSError, ValueError, LookupError):
        raise ValueError("unknown zone") from None
    return name


def _region(value: Any) -> str:
    text = _text(value)
    if text and not _REGION.fullmatch(text):
        raise ValueError("not a region")
    return text


def _quiet_hours(value: Any) -> QuietHours | None:
    if value is None or isinstance(value, QuietHours):
        return value
    text = _text(value)
    if not text:
        return None
    match = _CLOCK.fullmatch(text)
    if not match or match[1] == match[2]:
        raise ValueError("not HH:MM-HH:MM")
    return QuietHours(time.fromisoformat(match[1]), time.fromisoformat(match[2]))


Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _networks(value: Any) -> tuple[Network, ...]:
    if not isinstance(value, (list, tuple)):
        raise ValueError("not a list")
    return tuple(ipaddress.ip_network(item if isinstance(item, Network) else _text(item)) for item in value)


Line = Annotated[str, BeforeValidator(_text), Allowed("text")]
Host = Annotated[str, PlainValidator(_host), Allowed("a host name or an IP address, without a port")]
Listen = Annotated[
    Endpoint | None,
    PlainValidator(_endpoint),
    Allowed('"HOST:PORT" such as "127.0.0.1:8025" or "[::1]:8025", port 0 to 65535 (0 = any free one); "" = off'),
]
Whole = Annotated[int, BeforeValidator(_whole_number)]
File = Annotated[Path | None, PlainValidator(_path), Allowed("the path of a file")]
Folder = Annotated[Path | None, PlainValidator(_path), Allowed("the path of a folder")]
DatabaseUrl = Annotated[
    str,
    PlainValidator(_database_url),
    Allowed("sqlite:///FILE or postgresql+psycopg://USER:PASSWORD@HOST/NAME"),
    Hidden(),
]
Domain = Annotated[str, PlainValidator(_domain), Allowed("a domain name such as lists.example.nz")]
BaseUrl = Annotated[
    str, PlainValidator(_base_url), Allowed('"https://HOST" with a path or without; "" = no public web')
]
Mailbox = Annotated[str, PlainValidator(_mailbox), Allowed("one e-mail address without a name")]
TimeZone = Annotated[str, PlainValidator(_time_zone), Allowed("a zone of the IANA list such as Pacific/Auckland")]
Region = Annotated[
    str,
    PlainValidator(_region),
    Allowed('a country, or a country and its subdivision, such as "NZ" or "NZ-AUK"; "" = none'),
]
Quiet = Annotated[
    QuietHours | None,
    PlainValidator(_quiet_hours),
    Allowed('"HH:MM-HH:MM", two different times of day; "" = none'),
]
Networks = Annotated[
    tuple[Network, ...],
    PlainValidator(_networks),
    Allowed('a list of networks such as ["127.0.0.0/8", "2001:db8::/32"], the bits behind the prefix 0'),
]
