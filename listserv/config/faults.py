"""What is wrong with a configuration, said so that it can be put right: key, value, what is allowed.

Three readers of the same raw tables: names nobody knows, values out of bounds, values that contradict each
other. They look at what was written, so one fault never hides another. No line ever shows a value that can
hold a secret.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from listserv.config.settings import SECTIONS, metadata
from listserv.config.values import Allowed, Hidden, as_toml, is_loopback
from listserv.mail.listaddress import longest_name

if TYPE_CHECKING:
    from pydantic import ValidationError

    from listserv.config.raw import Raw

_SHOWN_CHARACTERS = 80


def allowed(section: str, key: str) -> str:
    """What the value of this setting may be, e.g. "a whole number from 1 to 100"."""
    known = SECTIONS[section].model_fields[key]
    said = metadata(section, key, Allowed)
    if get_origin(known.annotation) is Literal:
        return "one of " + ", ".join(f'"{choice}"' for choice in get_args(known.annotation))
    if known.annotation is int:
        return f"a whole number from {_bound(known, 'ge')} to {_bound(known, 'le')}"
    return said.text if said else "text"


def _bound(known: FieldInfo, name: str) -> Any:
    return next(getattr(m, name) for m in known.metadata if hasattr(m, name))


def of_names(raw: Raw) -> Iterator[str]:
    """Sections and keys that do not exist, with the nearest that does."""
    for section, table in raw.tables.items():
        if section not in SECTIONS:
            yield f"{_variables(raw, section)}[{section}]: there is no such section{_nearest(section)}"
        elif isinstance(table, dict):
            for key in table:
                if key not in SECTIONS[section].model_fields:
                    yield f"{_name(raw, section, key)}: there is no such key{_nearest_key(section, key)}"


def _nearest(section: str) -> str:
    found = get_close_matches(section, list(SECTIONS), n=1)
    return f"; did you mean [{found[0]}]?" if found else f"; there are {', '.join(SECTIONS)}"


def _nearest_key(section: str, key: str) -> str:
    found = get_close_matches(key, list(SECTIONS[section].model_fields), n=1)
    elsewhere = [f"{other}.{key}" for other, model in SECTIONS.items() if key in model.model_fields]
    if found or elsewhere:
        return f"; did you mean {' or '.join([f'{section}.{name}' for name in found] or elsewhere)}?"
    return f"; [{section}] has {', '.join(SECTIONS[section].model_fields)}"


def of_values(raw: Raw, error: ValidationError) -> Iterator[str]:
    """Values that are missing or not allowed."""
    for detail in error.errors(include_input=False, include_url=False, include_context=False):
        section, *rest = (str(part) for part in detail["loc"])
        if detail["type"] in ("extra_forbidden", "default_factory_not_called"):
            continue
        if not rest:
            yield f"{section}: this must be a section [{section}] with keys"
        elif detail["type"] == "missing":
            yield f"{section}.{rest[0]} is missing: this must be {allowed(section, rest[0])}"
        else:
            yield _fault(raw, section, rest[0], f"this must be {allowed(section, rest[0])}")


def _fault(raw: Raw, section: str, key: str, sentence: str) -> str:
    value = raw.tables[section][key]
    return f"{_name(raw, section, key)}{_shown(section, key, value)}: {sentence}"


def _name(raw: Raw, section: str, key: str) -> str:
    variable = raw.environment.get(f"{section}.{key}")
    return f"{section}.{key} (from {variable})" if variable else f"{section}.{key}"


def _variables(raw: Raw, section: str) -> str:
    names = [name for key, name in raw.environment.items() if key.startswith(f"{section}.")]
    return f"{', '.join(names)}: " if names else ""


def _shown(section: str, key: str, value: Any) -> str:
    if SECTIONS[section].model_fields[key].annotation is SecretStr or metadata(section, key, Hidden):
        return ""
    text = as_toml(value)
    cut = text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "..."
    return " = " + "".join(c if c.isprintable() else "?" for c in cut)


def of_combinations(raw: Raw) -> Iterator[str]:
    """Settings that contradict each other, or need each other."""
    yield from _of_relay(raw)
    yield from _of_pair(raw, "smtp", "tls_certificate", "tls_key")
    yield from _of_mailbox(raw)
    domain, postmaster = _text(raw, "site", "domain").lower(), _text(raw, "site", "postmaster").lower()
    if domain and postmaster in (f"postmaster@{domain}", f"abuse@{domain}"):
        yield _fault(raw, "site", "postmaster", "this must be a person's address; that one leads back here")


def _of_relay(raw: Raw) -> Iterator[str]:
    host, directory = _text(raw, "relay", "host"), _text(raw, "relay", "directory")
    if host and directory:
        yield "relay.host and relay.directory are both set: leave one of them empty"
    if not host and not directory:
        yield "relay.host and relay.directory are both empty: name the relay, or a folder for the copies"
    yield from _of_pair(raw, "relay", "username", "password")
    plain = _text(raw, "relay", "security") in ("", "none")
    if host and plain and _text(raw, "relay", "password") and not is_loopback(host):
        yield 'relay.security = "none" would send the password in clear: use "starttls" or "tls"'


def _of_mailbox(raw: Raw) -> Iterator[str]:
    read = _text(raw, "imap", "folder") or "INBOX"
    for key in ("done_folder", "refused_folder"):
        if _text(raw, "imap", key) == read:
            yield _fault(raw, "imap", key, "this must not be the folder that is read")
    if not _text(raw, "imap", "host"):
        return
    if not _text(raw, "imap", "username"):
        yield "imap.username is missing: imap.host needs it"
    if _text(raw, "imap", "security") == "none" and not is_loopback(_text(raw, "imap", "host")):
        yield 'imap.security = "none" would send the password in clear: use "starttls" or "tls"'
    key = "address" if _text(raw, "imap", "address") else "username"
    box = _text(raw, "imap", key).partition("@")[0]
    if _text(raw, "imap", "addressing") in ("", "subaddress") and not (box.isascii() and longest_name(box) > 0):
        yield _fault(
            raw,
            "imap",
            key,
            'no address of a list fits behind that name; choose a shorter mailbox or addressing = "domain"',
        )


def _of_pair(raw: Raw, section: str, first: str, second: str) -> Iterator[str]:
    if bool(_text(raw, section, first)) != bool(_text(raw, section, second)):
        yield f"{section}.{first} and {section}.{second} belong together: set both or neither"


def _text(raw: Raw, section: str, key: str) -> str:
    """The value as written, stripped; "" when absent or not text."""
    table = raw.tables.get(section)
    value = table.get(key, "") if isinstance(table, dict) else ""
    return value.strip() if isinstance(value, str) else ""
