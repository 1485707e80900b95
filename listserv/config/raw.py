"""What was written in the file and the environment, before anything is checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Raw:
    """What was written, before anything is checked: [section][key] -> value, and where a key was overruled.

    `environment` maps "section.key" to the name of the variable the value came from.
    """

    where: str
    folder: Path
    tables: dict[str, Any]
    environment: dict[str, str] = field(default_factory=dict)
