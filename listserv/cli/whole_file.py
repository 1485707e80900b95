"""A file that a command writes: whole under its name, or not at all.

Promises: until the last octet is on disk, what stood under the name stands; a command that is killed leaves at most a
hidden file that ends in `.part`, which the next one writes over. What is no regular file (a pipe, /dev/stdout) is
written straight.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from listserv.errors import Refused


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """The stream to write to. Refused, with the reason, where the file or its folder cannot be written."""
    try:
        if path.exists() and not path.is_file():
            with path.open("wb") as stream:
                yield stream
            return
        with _instead_of(path.resolve()) as stream:
            yield stream
    except OSError as error:
        raise Refused(f"{path} cannot be written: {error.strerror or error}.") from None


@contextmanager
def _instead_of(path: Path) -> Iterator[BinaryIO]:
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as stream:
            if path.exists():
                part.chmod(path.stat().st_mode & 0o777)  # a file for its owner alone stays so
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
