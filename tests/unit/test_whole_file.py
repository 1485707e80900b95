"""A file that a command writes is whole under its name, or what stood there still stands."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from listserv.cli.whole_file import whole_file
from listserv.errors import Refused


def test_a_file_is_whole_under_its_name(tmp_path: Path) -> None:
    path = tmp_path / "out.mbox"
    with whole_file(path) as stream:
        stream.write(b"kia ora")
        assert not path.exists()
    assert path.read_bytes() == b"kia ora"
    assert [each.name for each in tmp_path.iterdir()] == ["out.mbox"]


def test_what_breaks_off_leaves_the_earlier_file(tmp_path: Path) -> None:
    path = tmp_path / "out.mbox"
    path.write_bytes(b"earlier")
    path.chmod(0o600)
    with pytest.raises(KeyboardInterrupt), whole_file(path) as stream:
        stream.write(b"half")
        raise KeyboardInterrupt
    assert path.read_bytes() == b"earlier"
    with whole_file(path) as stream:
        stream.write(b"later")
    assert path.read_bytes() == b"later"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["out.mbox"]


def test_a_link_goes_on_naming_the_file(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "out.mbox")
    with whole_file(tmp_path / "link") as stream:
        stream.write(b"kia ora")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "out.mbox").read_bytes() == b"kia ora"


def test_a_pipe_is_written_straight(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    with whole_file(pipe) as stream:
        stream.write(b"kia ora")
    reader.join()
    assert read == [b"kia ora"]


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="cannot be written: No such file"), whole_file(tmp_path / "no" / "out.mbox"):
        raise AssertionError("there is nothing to write to")
