"""A row of the table: what was measured, beside what, against which bar. Frozen values, kept as JSON between runs.

Figures are medians. A ratio is the median of the ratios of neighbouring runs (ours and the baseline's take turns), so
that a slow minute of the machine falls on both.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median, quantiles

RESULTS = Path("var") / "bench"


@dataclass(frozen=True, slots=True)
class Row:
    """One bar. `held` is None where nothing was measured: `missing` says what must be installed for it."""

    what: str
    figure: str
    bar: str
    held: bool | None
    baseline: str = ""
    ratio: str = ""
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """What one script found, with the command that repeats it and what it needs."""

    name: str
    command: str
    needs: str
    machine: str
    form: str
    rows: tuple[Row, ...]

    def save(self, folder: Path) -> None:
        """Kept in the folder under the script's name."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{self.name}.json").write_text(json.dumps(asdict(self), indent=2), "utf-8")

    @classmethod
    def load(cls, file: Path) -> Result:
        """The inverse of `save`."""
        values = json.loads(file.read_text("utf-8"))
        return cls(**{**values, "rows": tuple(Row(**row) for row in values["rows"])})


def rate_row(
    what: str, ours: Sequence[float], baseline: Sequence[float], name: str, at_least: float, unit: str = "/s"
) -> Row:
    """More is better; `ours` and `baseline` are of the same runs, in turn."""
    ratio = median(mine / theirs for mine, theirs in zip(ours, baseline, strict=True))
    return Row(
        what,
        f"{number(median(ours))}{unit}",
        f"≥ {at_least:g} ×",
        ratio >= at_least,
        f"{name}: {number(median(baseline))}{unit}",
        f"{ratio:.2f}",
    )


def limit_row(what: str, value: float, unit: str, below: float, baseline: str = "") -> Row:
    """Less is better, and there is a bound."""
    return Row(what, f"{number(value)} {unit}", f"< {below:g} {unit}", value < below, baseline)


def floor_row(what: str, value: float, unit: str, at_least: float, baseline: str = "") -> Row:
    """More is better, and there is a bound."""
    return Row(what, f"{number(value)}{unit}", f"≥ {at_least:,g}{unit}", value >= at_least, baseline)


def missing_row(what: str, bar: str, package: str) -> Row:
    """Not measured here: no figure is better than a wrong one."""
    return Row(what, "not measured", bar, None, missing=f"install {package}")


def late(values: Sequence[float], percent: int) -> float:
    """The value that `percent` of them do not exceed."""
    return quantiles(values, n=100, method="inclusive")[percent - 1] if len(values) > 1 else values[0]


def number(value: float) -> str:
    """Three significant digits."""
    if abs(value) >= 1000:
        return f"{float(f'{value:.3g}'):,.0f}"
    return f"{value:.3g}"
