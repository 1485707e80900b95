"""The relay that writes files: each copy under `directory/<recipient>/<name>.eml` (the default of init and demo).

Promises: a copy that is "taken" is on disk under its final name, whole; repeating it writes the same file again.
No path is built from raw input. Touches nothing outside `directory`.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from listserv.errors import RelayUnavailable
from listserv.outbound.relay import Handed, Outcome, Submission
from listserv.outbound.relay_checks import message_refusal, plain_content, recipient_refusal
from listserv.outbound.replies import Abilities, RelayReply

# With ".eml", a leading dot and ".part" it stays below the 255 octets a file name may have.
_MAX_NAME_CHARACTERS = 200
_UNSAFE = re.compile(rb"[^a-z0-9._+@-]|\A\.")

_ABILITIES = Abilities(eight_bit=True, utf8=True)
_KEPT = RelayReply(250, "2.0.0", "written to a file")


class DirectoryRelay:
    """A folder per recipient, a file per copy."""

    def __init__(self, directory: Path) -> None:
        """Touches nothing yet; the folder is made when first needed."""
        self._directory = directory

    def submit(self, batch: Iterable[Submission]) -> Iterator[Handed]:
        """See `Relay.submit`: a full or missing disk is RelayUnavailable."""
        for submission in batch:
            yield submission, tuple(self._outcomes(submission))

    def check(self) -> None:
        """See `Relay.check`: the folder can be made and written."""
        try:
            _make_folder(self._directory)
            _write_durably(self._directory / ".check", b"")
            (self._directory / ".check").unlink()
        except OSError as error:
            raise self._unavailable(error) from error

    def close(self) -> None:
        """See `Relay.close`: nothing is held open."""

    def _outcomes(self, submission: Submission) -> Iterator[Outcome]:
        refusal = message_refusal(submission, _ABILITIES)
        for recipient in submission.recipients:
            reply = refusal or recipient_refusal(recipient, _ABILITIES)
            if reply is not None:
                yield Outcome(recipient, "never", reply)
                continue
            self._write(submission, recipient)
            yield Outcome(recipient, "taken", _KEPT)

    def _write(self, submission: Submission, recipient: str) -> None:
        content = plain_content(submission)
        top = f"Return-Path: <{submission.return_path}>\r\nDelivered-To: {recipient}\r\n".encode()
        name = submission.name or hashlib.sha256(top + content).hexdigest()[:32]
        folder = self._directory / safe_name(recipient)
        try:
            _make_folder(folder)
            _write_durably(folder / f"{safe_name(name)}.eml", top + content)
        except OSError as error:
            raise self._unavailable(error) from error

    def _unavailable(self, error: OSError) -> RelayUnavailable:
        return RelayUnavailable(f"The folder {self._directory} cannot take mail: {error.strerror or error}.")


def safe_name(raw: str) -> str:
    """One path component that can only mean `raw`: a-z 0-9 . _ + - @ as they are, all else as %XX of its UTF-8.

    A leading dot is written %2E; what is too long is cut and ends in a hash of the whole.
    """
    octets = raw.encode("utf-8", "surrogatepass")
    safe = _UNSAFE.sub(lambda match: b"%%%02X" % match[0][0], octets).decode("ascii")
    if len(safe) <= _MAX_NAME_CHARACTERS:
        return safe
    return f"{safe[: _MAX_NAME_CHARACTERS - 33]}-{hashlib.sha256(octets).hexdigest()[:32]}"


def _make_folder(folder: Path) -> None:
    """The folder, there and on disk."""
    if folder.is_dir():
        return
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # what it holds may be private
    _sync_folder(folder.parent)


def _write_durably(path: Path, octets: bytes) -> None:
    """The whole file under its name and on disk, or nothing under that name."""
    part = path.with_name(f".{path.name}.part")
    with open(part, "wb", opener=_for_owner_alone) as file:
        file.write(octets)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    _sync_folder(path.parent)


def _for_owner_alone(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
