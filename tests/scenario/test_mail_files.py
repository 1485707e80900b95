"""Files by mail alone: photos without places, large files on request, programs held, pictures asked for words."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from itertools import count

import pytest

from listserv.mail.photo.message import unplaced
from tests import photos
from tests.mail_room import Room, fill, words
from tests.service import DOMAIN, Service

ROOMS = 5
BIG = bytes(range(256)) * 40
_number = count()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with Service(tmp_path_factory.mktemp("site")) as made:
        fill(made, ROOMS, attachment_octets="5000", private="true", post_pause_minutes="0", nonmember="reject")
        made.start()
        yield made


@pytest.fixture
def room(service: Service) -> Room:
    return Room(service, next(_number), timedelta())


def write(room: Room, subject: str, text: str, *files: tuple[str, str, bytes], author: str = "") -> str:
    """Mere's program sends a text and files, as phones do."""
    author = author or room.mere
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = author, room.group, subject
    message["Date"] = "Mon, 16 Nov 2026 20:00:00 +1300"
    message["Message-ID"] = f"<{abs(hash((subject, text, files)))}@{room.school}>"
    message.set_content(text)
    if files:
        message.make_mixed(boundary=f"b{len(files)}")
    for name, kind, octets in files:
        main, _, sub = kind.partition("/")
        message.add_attachment(octets, maintype=main, subtype=sub, filename=name)
    return room.send(message.as_bytes().replace(b"\n", b"\r\n"), room.group, author)


def files_of(message: EmailMessage) -> dict[str, bytes]:
    return {str(part.get_filename()): part.get_payload(decode=True) for part in message.iter_attachments()}  # type: ignore[misc]


def test_a_photo_arrives_without_its_place(room: Room) -> None:
    small = photos.jpeg()
    assert b"36,51.5S" in small and len(small) < 5_000
    assert write(room, "Kapa haka", "Look at them", ("kura.jpg", "image/jpeg", small)).startswith("250")
    got = files_of(room.the(room.aroha, "Kapa haka"))
    assert got == {"kura.jpg": unplaced(small)}
    assert "already" in write(room, "Kapa haka", "Look at them", ("kura.jpg", "image/jpeg", small))
    export = room.service.folder / "export.mbox"
    room.service.run("export", room.name, str(export))
    exported = export.read_bytes().split()
    before = base64.b64encode(small)
    lines = [before[at : at + 76] for at in range(0, len(before), 76)]
    told = [line for line in lines if photos.LATITUDE[:12] in base64.b64decode(line)]
    assert told and not [line for line in told if line in exported]
    assert [line for line in lines if line in exported]


def test_a_large_file_is_on_the_page_and_comes_to_the_member_who_asks(room: Room) -> None:
    write(
        room, "Term plan", "Here it is", ("Mahere ā-wāhanga.pdf", "application/pdf", BIG), ("s.txt", "text/csv", b"1,2")
    )
    copy = room.the(room.aroha, "Term plan")
    assert [part.get_content_type() for part in copy.walk()] == [
        "multipart/mixed", "text/plain", "text/plain", "text/csv",
    ]  # fmt: skip
    note = next(iter(copy.iter_attachments())).get_content()
    assert 'The file "Mahere ā-wāhanga.pdf" (10.2 kB) was too large' in note
    assert re.search(rf"https://{DOMAIN}/groups/{room.name}/posts/[0-9]+/parts/2", note)
    found = re.search(rf"{room.name}-confirm\+[a-z2-7]+@{DOMAIN}", note)
    assert found is not None
    address = found[0]
    assert room.write(f"Aroha <{room.aroha}>", address, "Re: Term plan", "send").startswith("250")
    mail = room.the(room.aroha, "The file you asked for")
    assert files_of(mail) == {"Mahere ā-wāhanga.pdf": BIG}
    assert 'Here is the file from the post "Term plan"' in words(mail)
    room.write(room.aroha, address, "Re: Term plan", "send")
    assert len(room.mails(room.aroha, "The file you asked for")) == 1
    room.write(room.eve, address, "Re: Term plan", "send")
    assert room.mails(room.eve) == []
    wrong = address.replace("confirm+a", "confirm+b")
    assert room.write(room.aroha, wrong, "Re: Term plan", "send").startswith("550")
    room.write(room.mere, address, "Automatic reply", "I am away", Auto_Submitted="auto-replied")
    assert room.mails(room.mere, "The file you asked for") == []


def test_a_program_waits_and_goes_out_when_a_moderator_says_yes(room: Room) -> None:
    answer = write(room, "A timer", "Try this", ("timer.exe", "application/x-msdownload", b"MZ\x00" + bytes(100)))
    assert "waiting for a moderator (program)" in answer
    assert room.mails(room.aroha, "A timer") == []
    question = room.the(room.jo, "Waiting for you: A timer")
    assert "A program is attached" in words(question) and "timer.exe" in words(question)
    assert not list(question.iter_attachments())
    room.reply(room.jo, question, "yes")
    assert list(files_of(room.mails(room.aroha, "A timer")[0])) == ["timer.exe"]


def test_a_picture_without_words_is_asked_about_once_a_day(room: Room) -> None:
    write(room, "IMG_1", "", ("a.png", "image/png", photos.png()))
    asked = room.the(room.mere, "A few words for your picture?")
    assert 'Your post "IMG_1" has gone out' in words(asked)
    write(room, "IMG_2", "", ("b.png", "image/png", photos.png()))
    write(room, "IMG_3", "With words", ("c.png", "image/png", photos.png()), author=room.jo)
    assert len(room.mails(room.mere, "A few words")) == 1 and room.mails(room.jo, "A few words") == []
    assert len(room.mails(room.aroha, "IMG_")) == 3
