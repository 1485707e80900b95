"""text/plain with format=flowed made plain again (RFC 3676 §4).

Soft-broken lines of one quote depth are joined, space-stuffing is taken off, a signature delimiter stays a line.
"""

from __future__ import annotations

SIGNATURE = "-- "


def unflowed(text: str, *, delete_space: bool = False) -> str:
    """`text` with its soft line breaks joined; with `delete_space` (DelSp=yes) the space before a break goes too."""
    lines: list[str] = []
    paragraph: list[str] = []
    depth = 0
    for line in text.split("\n"):
        if not paragraph and not line.endswith(" ") and not line.startswith((">", " ")):
            lines.append(line)  # what most lines are: it neither goes on nor is quoted or stuffed
            continue
        new_depth, content = _unquoted(line)
        if paragraph and (new_depth != depth or content == SIGNATURE):
            lines.append(_quoted(depth, paragraph))
            paragraph = []
        depth = new_depth
        soft = content.endswith(" ") and content != SIGNATURE
        paragraph.append(content[:-1] if soft and delete_space else content)
        if not soft:
            lines.append(_quoted(depth, paragraph))
            paragraph = []
    if paragraph:
        lines.append(_quoted(depth, paragraph))
    return "\n".join(lines)


def _unquoted(line: str) -> tuple[int, str]:
    content = line.lstrip(">")
    depth = len(line) - len(content)
    return depth, content.removeprefix(" ")


def _quoted(depth: int, paragraph: list[str]) -> str:
    content = "".join(paragraph)
    return ">" * depth + (" " if content else "") + content if depth else content
