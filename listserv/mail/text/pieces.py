"""A body cut into pieces: the value that everybody who shows a post reads.

`Pieces` promises that its texts joined are the body, and that `own` is not empty when the body has visible text.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from listserv.mail.text.body_lines import Line

Kind = Literal["own", "quote", "attribution", "signature", "footer", "banner", "header_block"]

CONTEXT_LINES = 12
_OWN: Kind = "own"


@dataclass(frozen=True, slots=True)
class Piece:
    """Consecutive lines of one kind. `context` marks a short quotation that the author answers just below it."""

    kind: Kind
    text: str
    context: bool = False


@dataclass(frozen=True, slots=True)
class Pieces:
    """A body in order; the texts of the pieces joined are the body."""

    pieces: tuple[Piece, ...]

    @property
    def own(self) -> str:
        """What the author wrote, without blank lines around it: the text a digest shows.

        Short quotations that the author picked by hand belong to it: nothing in the body says whose they are.
        """
        picked = not any(piece.kind in ("attribution", "header_block") for piece in self.pieces)
        return _joined(piece.text for piece in self.pieces if piece.kind == "own" or (piece.context and picked))

    @property
    def quoted(self) -> str:
        """What the author repeated from others."""
        return _joined(piece.text for piece in self.pieces if piece.kind == "quote")

    @property
    def answered(self) -> str:
        """The own text with the short quotations it answers between, for a page that folds everything else."""
        return _joined(piece.text for piece in self.pieces if piece.kind == "own" or piece.context)


def pieces_of(lines: Sequence[Line], kinds: Sequence[Kind]) -> Pieces:
    """Joins neighbouring lines of one kind; a blank line goes with the line above it."""
    if not lines:
        return Pieces(())
    parts: list[Piece] = []
    top = 0
    current: Kind = next((kind for line, kind in zip(lines, kinds, strict=True) if not line.blank), _OWN)
    for at, kind in enumerate(kinds):
        if kind != current and not lines[at].blank:
            parts.append(Piece(current, _raw(lines[top:at])))
            top, current = at, kind
    parts.append(Piece(current, _raw(lines[top:])))
    return Pieces(tuple(_with_context(parts)))


def _raw(lines: Sequence[Line]) -> str:
    return "".join([line.raw for line in lines])


def _with_context(parts: Sequence[Piece]) -> Iterable[Piece]:
    for at, piece in enumerate(parts):
        answered = piece.kind == "quote" and at + 1 < len(parts) and parts[at + 1].kind == "own"
        short = piece.text.count("\n") <= CONTEXT_LINES
        yield Piece(piece.kind, piece.text, context=True) if answered and short else piece


def _joined(texts: Iterable[str]) -> str:
    """The texts with the blank lines around each reduced to one between them."""
    stripped = (text.strip("\n").rstrip() for text in texts)
    return "\n\n".join(text for text in stripped if text.strip()).strip("\n")
