"""Programs and macros are known by name, by first octets and by tables of contents; nothing else is held."""

from __future__ import annotations

import base64
import io
import struct
import zipfile

import pytest

from listserv.mail.files.compound import MAGIC, compound_names
from listserv.mail.files.danger import Danger, danger_of, named_danger
from listserv.mail.files.tnef import tnef_names
from listserv.mail.files.ziplist import zip_names
from listserv.mail.parse import parse


def zipped(*names: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return stream.getvalue()


def compound(*names: str, clsid: bytes = bytes(16)) -> bytes:
    """A compound file of one table sector and one directory chain."""
    entries = [_entry("Root Entry", 5, clsid), *[_entry(name, 1) for name in names]]
    entries += [bytes(128)] * (-len(entries) % 4)
    sectors = len(entries) // 4
    table = [0xFFFFFFFD] + [number + 2 for number in range(sectors - 1)] + [0xFFFFFFFE]
    header = MAGIC + bytes(16) + struct.pack("<HHHHH", 62, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += struct.pack("<109I", 0, *[0xFFFFFFFF] * 108)
    return header + struct.pack(f"<{len(table)}I", *table).ljust(512, b"\xff") + b"".join(entries)


def _entry(name: str, kind: int, clsid: bytes = bytes(16)) -> bytes:
    written = (name + "\x00").encode("utf-16-le")
    return written.ljust(64, b"\x00") + struct.pack("<HBB", len(written), kind, 1) + bytes(12) + clsid + bytes(32)


def tnef(*names: str, wide: bool = True) -> bytes:
    octets = b"\x78\x9f\x3e\x22\x01\x00" + _attribute(1, 0x00069007, struct.pack("<II", 1252, 0))
    for name in names:
        octets += _attribute(2, 0x00069002, bytes(14)) + _attribute(2, 0x00018010, b"SHORT~1.DOC\x00")
        value = (name + "\x00").encode("utf-16-le")
        properties = struct.pack("<IHHI", 2, 0x0003, 0x3705, 1)
        properties += struct.pack("<HHII", 0x001F, 0x3707, 1, len(value)) + value + bytes(-len(value) % 4)
        octets += _attribute(2, 0x00069005, properties) if wide else b""
    return octets


def _attribute(level: int, kind: int, value: bytes) -> bytes:
    return struct.pack("<BII", level, kind, len(value)) + value + struct.pack("<H", sum(value) & 0xFFFF)


def attached(octets: bytes, name: str = "file.bin", content_type: str = "application/octet-stream") -> bytes:
    """A message with one file."""
    head = (
        "From: Mere <mere@school.example>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n\r\nKia ora\r\n'
        f'--b\r\nContent-Type: {content_type}\r\nContent-Disposition: attachment; filename="{name}"\r\n'
        "Content-Transfer-Encoding: base64\r\n\r\n"
    )
    return head.encode() + base64.encodebytes(octets).replace(b"\n", b"\r\n") + b"--b--\r\n"


def found(octets: bytes, name: str = "file.bin", content_type: str = "application/octet-stream") -> Danger | None:
    return danger_of(parse(attached(octets, name, content_type)).root)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("setup.exe", "program"), ("Photo.JPG.SCR", "program"), ("a.js", "program"), ("a.exe. ", "program"),
        ("a.lnk", "program"), ("plan.docm", "macros"), ("marks.XLSM", "macros"), ("plan.docx", None), ("exe", None),
        ("a.pdf", None), ("readme.exe.txt", None), ("js", None), ("", None), ("a.json", None), ("page.html", None),
    ],
)  # fmt: skip
def test_the_ending_of_a_name_says_it(name: str, kind: str | None) -> None:
    danger = named_danger(name)
    assert (danger.kind if danger else None) == kind


@pytest.mark.parametrize(
    ("octets", "kind"),
    [
        (b"MZ\x90\x00" + bytes(60), "program"),
        (b"MZ, my dear friend, writes a text of more than sixty-four characters in all, you see.", None),
        (b"\x7fELF\x02\x01\x01", "program"),
        (b"L\x00\x00\x00\x01\x14\x02\x00", "program"),
        (zipped("word/document.xml", "word/vbaProject.bin"), "macros"),
        (zipped("xl/workbook.xml", "xl/macrosheets/sheet1.xml"), "macros"),
        (zipped("word/document.xml"), None),
        (zipped("Holiday/photo.jpg", "Holiday/run me.vbs"), "program"),
        (zipped("plan.docm"), "macros"),
        (compound("WordDocument", "1Table", "Macros"), "macros"),
        (compound("Workbook", *[f"Sheet{n}" for n in range(20)], "_VBA_PROJECT_CUR"), "macros"),
        (compound("WordDocument", "1Table", "Data"), None),
        (compound("Table", clsid=bytes.fromhex("84100c0000000000c000000000000046")), "program"),
        (b"plain text", None),
        (b"", None),
    ],
)
def test_what_stands_in_a_file_says_it(octets: bytes, kind: str | None) -> None:
    danger = found(octets)
    assert (danger.kind if danger else None) == kind


def test_a_program_inside_a_winmail_dat_is_seen() -> None:
    assert found(tnef("run.bat"), "winmail.dat", "application/ms-tnef") == Danger("program", "run.bat")
    assert found(tnef("plan.docx"), "winmail.dat", "application/ms-tnef") is None


def test_a_program_in_a_forwarded_message_is_seen_and_the_worst_is_told() -> None:
    inner = attached(b"x", "plan.docm") + b"--c\r\nContent-Type: application/x; name=a.bat\r\n\r\nx\r\n--c--\r\n"
    outer = b'Content-Type: multipart/mixed; boundary="c"\r\n\r\n--c\r\nContent-Type: message/rfc822\r\n\r\n' + inner
    assert danger_of(parse(outer).root) == Danger("program", "a.bat")
    assert danger_of(parse(attached(b"x", "plan.docm")).root) == Danger("macros", "plan.docm")


def test_the_worse_of_two_names_counts() -> None:
    octets = attached(b"x", "holiday.txt", 'application/octet-stream; name="holiday.exe"')
    assert danger_of(parse(octets).root) == Danger("program", "holiday.exe")


def test_a_text_that_begins_like_a_program_is_a_text() -> None:
    assert danger_of(parse(b"Content-Type: text/plain\r\n\r\nMZ\x00 is what programs begin with\r\n").root) is None


def test_names_are_read_from_the_tables_of_contents() -> None:
    assert zip_names(zipped("a.txt", "b/ā.txt")) == ["a.txt", "b/ā.txt"]
    assert zip_names(b"program in front" + zipped("a.txt")) == ["a.txt"]
    assert compound_names(compound("One", "Two", "Three", "Four")) == ["Root Entry", "One", "Two", "Three", "Four"]
    assert tnef_names(tnef("Pānui 6.docx", "b.pdf")) == ("Pānui 6.docx", "b.pdf")
    assert tnef_names(tnef("x", wide=False)) == ("SHORT~1.DOC",)


def test_an_archive_bomb_is_never_unpacked() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros.txt", bytes(50_000_000))
    assert zip_names(stream.getvalue()) == ["zeros.txt"]


@pytest.mark.parametrize(
    "octets", [zipped("a.txt", "b.exe"), compound("WordDocument", "Macros"), tnef("a.docx", "b.pdf")]
)
def test_broken_and_cut_off_files_are_borne(octets: bytes) -> None:
    readers = (zip_names, compound_names, tnef_names)
    for end in range(0, len(octets), 3):
        for read in readers:
            read(octets[:end])
    for at in range(min(len(octets), 2_000)):
        for value in (0, 0xFF):
            for read in readers:
                read(octets[:at] + bytes([value]) + octets[at + 1 :])


def test_a_directory_that_goes_round_in_a_circle_ends() -> None:
    octets = bytearray(compound("One"))
    struct.pack_into("<I", octets, 512 + 4, 1)
    assert compound_names(bytes(octets)) == ["Root Entry", "One"]
