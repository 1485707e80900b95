"""Copies as files: whole, repeatable, and nowhere but in the folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from listserv.errors import RelayUnavailable
from listserv.outbound.relay import Submission
from listserv.outbound.relay_directory import DirectoryRelay, safe_name
from tests.handed import handed

CONTENT = b"Subject: x\r\n\r\n.kia ora\r\n"


def _copy(*recipients: str, content: bytes = CONTENT, name: str = "000123-00045", stuffed: bool = False) -> Submission:
    return Submission("list-bounces+1@x.nz", recipients, content, stuffed=stuffed, name=name)


def _states(directory: Path, *copies: Submission) -> list[list[str]]:
    return [[outcome.state for outcome in each] for _, each in handed(DirectoryRelay(directory), copies)]


def _files(directory: Path) -> list[str]:
    return sorted(str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file())


def test_each_recipient_has_a_folder_and_each_copy_a_file(tmp_path: Path) -> None:
    assert _states(tmp_path / "out", _copy("aroha@x.nz", "kōrero@kura.nz")) == [["taken", "taken"]]
    assert _files(tmp_path) == ["out/aroha@x.nz/000123-00045.eml", "out/k%C5%8Drero@kura.nz/000123-00045.eml"]
    octets = (tmp_path / "out/k%C5%8Drero@kura.nz/000123-00045.eml").read_bytes()
    head = "Return-Path: <list-bounces+1@x.nz>\r\nDelivered-To: kōrero@kura.nz\r\n"
    assert octets == head.encode() + CONTENT


def test_the_file_holds_the_message_without_its_stuffing(tmp_path: Path) -> None:
    assert _states(tmp_path, _copy("a@x.nz", content=b"..a\r\nb\r\n..\r\n", stuffed=True)) == [["taken"]]
    assert (tmp_path / "a@x.nz/000123-00045.eml").read_bytes().endswith(b"\r\n.a\r\nb\r\n.\r\n")


def test_a_repeated_copy_is_the_same_file(tmp_path: Path) -> None:
    assert _states(tmp_path, _copy("a@x.nz"), _copy("a@x.nz")) == [["taken"], ["taken"]]
    assert _files(tmp_path) == ["a@x.nz/000123-00045.eml"]


def test_without_a_name_the_content_names_it(tmp_path: Path) -> None:
    copies = [_copy("a@x.nz", name=""), _copy("a@x.nz", name=""), _copy("a@x.nz", name="", content=b"other\r\n")]
    _states(tmp_path, *copies)
    assert len(_files(tmp_path)) == 2


def test_what_cannot_be_mail_is_never_written(tmp_path: Path) -> None:
    copies = [_copy("../../etc/passwd"), _copy("a@x.nz", content=b"bare\nline\r\n"), _copy("a@x.nz\r\nX: y", "b@x.nz")]
    assert _states(tmp_path, *copies) == [["never"], ["never"], ["never", "taken"]]
    assert _files(tmp_path) == ["b@x.nz/000123-00045.eml"]


@pytest.mark.parametrize(
    ("raw", "safe"),
    [
        ("aroha.w-1_2+x@x.nz", "aroha.w-1_2+x@x.nz"),
        ("Aroha@X.nz", "%41roha@%58.nz"),
        ("../../a@x.nz", "%2E.%2F..%2Fa@x.nz"),
        ("..", "%2E."),
        (".", "%2E"),
        ("a%2fb", "a%252fb"),
        ("a\0b\\c:d", "a%00b%5Cc%3Ad"),
        ("ā", "%C4%81"),
        ("\ud800", "%ED%A0%80"),
        ("a\n", "a%0A"),
    ],
)
def test_a_name_is_one_harmless_path_component(raw: str, safe: str) -> None:
    assert safe_name(raw) == safe


def test_a_long_name_is_cut_and_stays_its_own() -> None:
    one, other = safe_name("a" * 300 + "@x.nz"), safe_name("a" * 300 + "@y.nz")
    assert len(one) == len(other) == 200
    assert one != other


def test_hostile_recipients_stay_in_the_folder(tmp_path: Path) -> None:
    directory = tmp_path / "out"
    names = [
        "..@..",
        "/etc@x.nz",
        "a/../../b@x.nz",
        ".hidden@x.nz",
        "%2e%2e@x.nz",
        "CON@x.nz",
        "~root@x.nz",
        "$(id)@x.nz",
    ]
    _states(directory, *(_copy(name, name="../../x") for name in names))
    for path in tmp_path.rglob("*"):
        assert path.resolve().is_relative_to(directory.resolve())
        assert path == directory or len(path.relative_to(directory).parts) <= 2


def test_a_folder_that_takes_nothing_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    relay = DirectoryRelay(tmp_path / "file")
    with pytest.raises(RelayUnavailable, match="cannot take mail"):
        list(handed(relay, [_copy("a@x.nz")]))
    with pytest.raises(RelayUnavailable, match="cannot take mail"):
        relay.check()


def test_a_check_leaves_nothing(tmp_path: Path) -> None:
    relay = DirectoryRelay(tmp_path / "out")
    relay.check()
    relay.close()
    assert _files(tmp_path) == []


def test_the_file_is_on_disk_before_its_name_and_the_name_before_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def noted_fsync(descriptor: int) -> None:
        name = Path(f"/proc/self/fd/{descriptor}").readlink()
        events.append(f"sync {name.relative_to(tmp_path)}")
        fsync(descriptor)

    def noted_replace(self: Path, target: Path) -> Path:
        events.append(f"rename {self.name}")
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(Path, "replace", noted_replace)
    for _ in handed(DirectoryRelay(tmp_path), [_copy("a@x.nz", name="n")]):
        events.append("taken")
    assert events == ["sync .", "sync a@x.nz/.n.eml.part", "rename .n.eml.part", "sync a@x.nz", "taken"]
