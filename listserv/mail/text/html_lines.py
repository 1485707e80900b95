"""Lines of text as HTML asks for them: forced breaks, breaks owed until more text comes, prefixes of quotations.

It knows nothing of elements; `html_text` does. Blank lines never pile up to more than two.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class LineWriter:
    """The text so far: finished lines, the line being written, and the line breaks it still owes."""

    lines: list[str] = field(default_factory=list)
    current: list[str] = field(default_factory=list)
    owed: int = 0
    space: bool = False
    characters: int = 0
    prefix: str = ""

    def ask_break(self, count: int) -> None:
        """At least `count` line ends (2 = a blank line) come before the next text."""
        if count > self.owed:
            self.owed = count
        self.space = False

    def line_break(self) -> None:
        """A forced line end, as `<br>` makes it."""
        self.settle(self.prefix)
        self._finish_line()

    def settle(self, prefix: str) -> None:
        """Pays the owed line ends."""
        if self.owed and (self.current or self.lines):
            if self.current:
                self._finish_line()
            if self.owed > 1 and self.lines and self.lines[-1].strip("> "):
                self.lines.append(_common_quote(self.prefix, prefix))
        self.owed = 0
        if not self.current:
            self.prefix = prefix

    def write(self, text: str, prefix: str) -> None:
        """Appends to the line being written."""
        self.settle(prefix)
        if self.space and self.current:
            self.current.append(" ")
        self.space = False
        self.current.append(text)
        self.characters += len(text)

    def _finish_line(self) -> None:
        line = (self.prefix + "".join(self.current).replace("\u00a0", " ")).rstrip()
        if line.strip("> ") or len(self.lines) < 2 or self.lines[-1].strip("> ") or self.lines[-2].strip("> "):
            self.lines.append(line)
        self.characters += len(self.prefix) + 1
        self.current.clear()
        self.space = False

    def line_number(self) -> int:
        """The number of the line that the next text begins or goes on, once breaks are paid."""
        return len(self.lines) + bool(self.current and self.owed)

    def finish(self) -> list[str]:
        if self.current:
            self._finish_line()
        return self.lines


def _common_quote(above: str, below: str) -> str:
    depth = min(above.count(">"), below.count(">"))
    return ("> " * depth).rstrip()
