"""Every setting as an administrator reads about it: the page docs/settings.md and the example file of
`init`.

Both are made from the descriptions in settings.py, and on the page of those in `model.lists`, and nothing else, so that
they cannot go stale unnoticed:
`python -m listserv.config` prints the page, `make docs` writes it, and a test compares.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from listserv.config.faults import allowed
from listserv.config.load import FILE_NAME
from listserv.config.settings import SECTIONS, metadata
from listserv.config.values import DefaultIs, as_toml
from listserv.errors import Refused
from listserv.model.lists import ListSettings

if TYPE_CHECKING:
    from jinja2 import Environment

_PAGE = """\
# Settings

Made by `make docs` from listserv/config/settings.py and, for those of a list, listserv/model/lists.py; change the
descriptions there.

One TOML file holds the configuration: `--config FILE`, else the file that `LISTSERV_CONFIG` names, else
`listserv.toml` in the current folder. `listserv init DIR` writes one with every setting and its default.
Relative paths start from the folder of that file. An environment variable `LISTSERV__SECTION__KEY` wins over
the file, also with an empty value; a list is then separated by commas, as in
`LISTSERV__SMTP__TRUSTED_NETWORKS=10.0.0.0/8,192.0.2.0/24`. A wrong configuration is reported whole: every fault
with its key, its value and what is allowed, exit status 1. The [settings of a list](#settings-of-a-list) are kept
in the database.
"""
_OF_A_LIST = """\
## Settings of a list

`listserv list show ADDRESS` tells them, `listserv list set ADDRESS KEY=VALUE...` changes them, as it does `title` and
`description`. `listserv load FILE` takes networks, groups and their settings from a file:

    [networks.ewrapper]
    title = "e-WRaPpER"
    [groups.english]
    network = "ewrapper"
    title = "English Online"
    nonmember = "reject"
    digest_day = "tuesday"

| key | default | what it does | allowed |
|---|---|---|---|"""


@dataclass(frozen=True, slots=True)
class Key:
    """One setting; `default` is written as TOML.

    Where other settings decide the default, `default_note` says how and `default` is an example.
    """

    name: str
    about: str
    allowed: str
    default: str
    default_note: str
    required: bool


@dataclass(frozen=True, slots=True)
class Table:
    """One section with its keys, in the order of the file."""

    name: str
    about: str
    keys: tuple[Key, ...]


def tables() -> tuple[Table, ...]:
    """All there is to set."""
    return tuple(
        Table(name, model.__doc__ or "", tuple(_key(name, key, f) for key, f in model.model_fields.items()))
        for name, model in SECTIONS.items()
    )


def _key(section: str, name: str, known: FieldInfo) -> Key:
    note = metadata(section, name, DefaultIs)
    plain = "" if known.is_required() or isinstance(known.default, SecretStr) else known.default
    return Key(
        name=name,
        about=known.description or "",
        allowed=allowed(section, name),
        default=as_toml(note.example if note else plain),
        default_note=note.text if note else "",
        required=known.is_required(),
    )


def page() -> str:
    """docs/settings.md."""
    return "\n".join([_PAGE, *(line for table in tables() for line in _table_lines(table)), *_of_a_list()])


def _table_lines(table: Table) -> Iterator[str]:
    yield f"## [{table.name}]\n\n{table.about}\n"
    yield "| key | default | what it does | allowed |\n|---|---|---|---|"
    for key in table.keys:
        default = "needed" if key.required else key.default_note or f"`{key.default}`"
        yield f"| `{key.name}` | {default} | {key.about} | {key.allowed} |"
    yield ""


def _of_a_list() -> Iterator[str]:
    yield _OF_A_LIST
    for name, known in ListSettings.model_fields.items():
        about = f"{known.description or ''}".replace("|", "\\|")
        default = "yes" if known.default is True else "no" if known.default is False else as_toml(known.default)
        yield f"| `{name}` | `{default}` | {about[:1].upper()}{about[1:]}. | {_allowed_in_a_list(known)} |"
    yield ""


def _allowed_in_a_list(known: FieldInfo) -> str:
    kind: Any = known.annotation
    if kind is bool:
        return "yes or no"
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return ", ".join(f"`{each.value}`" for each in kind)
    if kind is int:
        ends = {end: value for rule in known.metadata for end in ("ge", "le") if (value := getattr(rule, end, None))}
        return f"a whole number from {ends.get('ge', 0)} to {ends['le']}"
    return ", ".join(f"`{each}`" for each in get_args(kind)) or "text"


def write_example(directory: Path, domain: str, environment: Environment) -> Path:
    """A commented listserv.toml in `directory` (made if need be), ready to serve on loopback; gives its
    path.

    Only its owner may read it, for passwords may follow. Raises Refused when there is one already.
    """
    file = directory / FILE_NAME
    text = environment.get_template("config/listserv.toml").render(tables=tables(), domain=as_toml(domain), locale="en")
    directory.mkdir(parents=True, exist_ok=True)
    try:
        file.touch(mode=0o600, exist_ok=False)
    except FileExistsError:
        raise Refused(f"{file} is there already; nothing was changed") from None
    file.write_text(text, "utf-8")
    return file
