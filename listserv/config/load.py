"""Reading the configuration: which file, what the environment overrules, and every fault in one list.

Order: `--config`, else $LISTSERV_CONFIG, else ./listserv.toml; then LISTSERV__SECTION__KEY wins over the
file, also with an empty value. Promise: a `Settings` whose every part is valid, or one `ConfigError` with
all faults, a line each, that never shows a secret. Only the configuration file is opened; the paths it
names are not looked at.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from listserv.config.raw import Raw
from listserv.errors import ConfigError

if TYPE_CHECKING:
    from listserv.config.settings import Settings

FILE_NAME = "listserv.toml"
_PREFIX = "LISTSERV__"


def load_settings(path: Path | None, environ: Mapping[str, str]) -> Settings:
    """The settings from the file and the environment; relative paths become absolute, from the file's
    folder.

    Raises ConfigError when there is no configuration at all, when the file cannot be read, or with every
    fault.
    """
    from pydantic import ValidationError

    from listserv.config.faults import of_combinations, of_names, of_values
    from listserv.config.settings import SECTIONS, Settings

    raw = _read(path, environ)
    tables = {name: {} for name in SECTIONS} | raw.tables
    faults = [*of_names(raw), *of_combinations(raw)]
    try:
        settings = Settings.model_validate(tables, context={"folder": raw.folder})
    except ValidationError as error:
        faults += of_values(raw, error)
    if faults:
        raise ConfigError("\n".join([f"{raw.where}: {_count(len(faults))}", *faults]))
    return settings


def _count(faults: int) -> str:
    return "1 fault" if faults == 1 else f"{faults} faults"


def _read(path: Path | None, environ: Mapping[str, str]) -> Raw:
    overrides = {name: value for name, value in environ.items() if name.startswith(_PREFIX)}
    named = path or (Path(environ["LISTSERV_CONFIG"]) if environ.get("LISTSERV_CONFIG") else None)
    file = (named or Path(FILE_NAME)).absolute()
    if named is None and not file.exists():
        if not overrides:
            raise ConfigError(
                f"There is no {FILE_NAME} in {file.parent}: give --config FILE, set LISTSERV_CONFIG, "
                "or make one with: listserv init DIR"
            )
        return _overruled(Raw("the environment", file.parent, {}), overrides)
    return _overruled(Raw(str(file), file.parent, _parse(file)), overrides)


def _parse(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8-sig"))
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file} is not UTF-8 text: octet {error.start} cannot be read") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file} is not TOML: {error}") from None


def _overruled(raw: Raw, overrides: Mapping[str, str]) -> Raw:
    for name, value in sorted(overrides.items()):
        section, _, key = name.removeprefix(_PREFIX).lower().partition("__")
        table = raw.tables.setdefault(section, {})
        if isinstance(table, dict):
            table[key] = _listed(section, key, value)
            raw.environment[f"{section}.{key}"] = name
    return raw


def _listed(section: str, key: str, value: str) -> str | list[str]:
    """A list in the environment is separated by commas; everything else is taken as it stands."""
    from listserv.config.settings import SECTIONS

    known = SECTIONS[section].model_fields.get(key) if section in SECTIONS else None
    if known is None or not isinstance(known.default, tuple) or hasattr(known.default, "_fields"):
        return value
    return [item.strip() for item in value.split(",") if item.strip()]
