"""Every setting as an administrator reads about it: the page docs/settings.md and the example file of
`init`.

Both are made from the descriptions in settings.py and nothing else, so that they cannot go stale unnoticed:
`python -m listserv.config` prints the page, `make docs` writes it, and a test compares.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from listserv.config.faults import allowed
from listserv.config.load import FILE_NAME
from listserv.config.settings import SECTIONS, metadata
from listserv.config.values import DefaultIs, as_toml
from listserv.errors import Refused

if TYPE_CHECKING:
    from jinja2 import Environment

_PAGE = """\
# Settings

Made by `make docs` from listserv/config/settings.py; change the descriptions there.

One TOML file holds the configuration: `--config FILE`, else the file that `LISTSERV_CONFIG` names, else
`listserv.toml` in the current folder. `listserv init DIR` writes one with every setting and its default.
Relative paths start from the folder of that file. An environment variable `LISTSERV__SECTION__KEY` wins over
the file, also with an empty value; a list is then separated by commas, as in
`LISTSERV__SMTP__TRUSTED_NETWORKS=10.0.0.0/8,192.0.2.0/24`. A wrong configuration is reported whole: every fault
with its key, its value and what is allowed, exit status 1.
"""


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
    return "\n".join([_PAGE, *(line for table in tables() for line in _table_lines(table))])


def _table_lines(table: Table) -> Iterator[str]:
    yield f"## [{table.name}]\n\n{table.about}\n"
    yield "| key | default | what it does | allowed |\n|---|---|---|---|"
    for key in table.keys:
        default = "needed" if key.required else key.default_note or f"`{key.default}`"
        yield f"| `{key.name}` | {default} | {key.about} | {key.allowed} |"
    yield ""


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
