"""The configuration: one TOML file, overruled by the environment, checked whole, frozen.

`load_settings` gives a `Settings` or a `ConfigError` that lists every fault. Importing this package is
cheap: pydantic comes with `Settings`, so a command that needs no settings never pays for it. Nothing below
it knows that a file exists; nothing here opens anything but the configuration file itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from listserv.config.load import load_settings

if TYPE_CHECKING:
    from listserv.config.settings import Settings

__all__ = ["Settings", "load_settings"]


def __getattr__(name: str) -> Any:
    if name == "Settings":
        from listserv.config.settings import Settings

        return Settings
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
