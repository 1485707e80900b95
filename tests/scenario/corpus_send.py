"""Sends every message of the corpus through real SMTP, twice, and looks at every answer and every stored octet.

    python -m tests.scenario.corpus_send FOLDER [CORPUS]

Files are sent with every line end made CRLF and a final one added; the lone-CR files once more as they are.
"""

from __future__ import annotations

import hashlib
import re
import smtplib
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from listserv.mail.mbox import read_mbox
from tests.service import DOMAIN, Service

ARCHIVED_FOLDERS = ("clients", "mime", "unicode", "threading", "replies")
SLOW_SECONDS = 2.0


@dataclass
class Seen:
    """What came back: per folder the answers, and what broke a promise."""

    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    taken: dict[str, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    slowest_seconds: float = 0.0


def corpus_files(corpus: Path) -> list[Path]:
    """Every message file: what MANIFEST.tsv of each folder names, the archives apart."""
    files: list[Path] = []
    for manifest in sorted(corpus.glob("*/MANIFEST.tsv")):
        if manifest.parent.name != "archive":
            names = [line.split("\t")[0] for line in manifest.read_text("utf-8").splitlines()[1:]]
            files += [manifest.parent / name for name in names]
    return files


def as_sent(octets: bytes) -> bytes:
    """Every line end CRLF, a final one added."""
    lines = re.sub(rb"\r\n|\r|\n", b"\r\n", octets)
    return lines if lines.endswith(b"\r\n") else lines + b"\r\n"


def send(service: Service, octets: bytes, to: str, sender: str) -> tuple[int, str]:
    """The final answer to one message; `octets` go out as they are, but for the dots."""
    with smtplib.SMTP("127.0.0.1", service.port, timeout=30) as client:
        client.ehlo("corpus.example")
        client.mail(sender)
        client.rcpt(to)
        client.docmd("DATA")
        stuffed = re.sub(rb"(?m)^\.", b"..", octets)
        client.send(stuffed + b".\r\n")
        code, text = client.getreply()
        return code, text.decode("utf-8", "replace")


def send_all(service: Service, corpus: Path) -> Seen:
    """Each file by a member and by a stranger."""
    seen = Seen()
    for file in corpus_files(corpus):
        folder = file.parent.name if file.parent.name != "expected" else file.parent.parent.name
        octets = as_sent(file.read_bytes())
        first = ""
        for sender in ("member@school.example", "stranger@elsewhere.example"):
            began = time.monotonic()
            code, text = send(service, octets, f"open@{DOMAIN}", sender)
            seconds = time.monotonic() - began
            seen.slowest_seconds = max(seen.slowest_seconds, seconds)
            if seconds > SLOW_SECONDS:
                seen.faults.append(f"{file.name}: answered after {seconds:.1f} s")
            if code != 250 and not 500 <= code < 600:
                seen.faults.append(f"{file.name}: {code} {text}")
            if "raceback" in text or len(text) < 12:
                seen.faults.append(f"{file.name}: no sentence: {code} {text}")
            first = first or text
        seen.answers[folder, code] += 1
        seen.reasons[folder, re.sub(r"[0-9]+", "N", first)] += 1
        if "on its way" in first:
            seen.taken[str(file)] = hashlib.sha256(octets).hexdigest()
    return seen


def send_lone_cr(service: Service, corpus: Path, seen: Seen) -> int:
    """The files with lone CRs as they are: each must be refused for good."""
    count = 0
    for file in corpus_files(corpus):
        octets = file.read_bytes()
        if re.search(rb"\r(?!\n)", octets) and b"\n" not in octets:
            code, text = send(service, octets + b"\r\n", f"open@{DOMAIN}", "member@school.example")
            count += 1
            if not 500 <= code < 600:
                seen.faults.append(f"{file.name} as it is: {code} {text}")
    return count


def check_archive(service: Service, seen: Seen) -> None:
    """What was taken is in the archive octet for octet, and each can be shown."""
    exported = service.folder / "open.mbox"
    service.run("export", "open", str(exported))
    with exported.open("rb") as stream:
        archived = {hashlib.sha256(octets).hexdigest() for octets in read_mbox(stream)}
    for name, digest in seen.taken.items():
        if digest not in archived:
            seen.faults.append(f"{name}: taken, but its octets are not in the archive")


def main() -> None:
    folder = Path(sys.argv[1])
    corpus = Path(sys.argv[2]) if len(sys.argv) > 2 else Path("../shared/corpus")
    with Service(folder) as service:
        service.run("list", "create", "open")
        service.run("list", "set", "open", "nonmember=accept")
        service.run("member", "add", "open", "member@school.example")
        service.start()
        seen = send_all(service, corpus)
        print(f"{send_lone_cr(service, corpus, seen)} files with lone CRs sent as they are")
        service.wait_empty(120)
        check_archive(service, seen)
    for (where, answer), count in sorted(seen.answers.items()):
        print(f"{where:12} {answer} {count}")
    print("\nnot archived:")
    for (where, reason), count in sorted(seen.reasons.items()):
        if "on its way" not in reason:
            print(f"{where:12} {count:4}  {reason}")
    print(f"slowest answer: {seen.slowest_seconds:.2f} s")
    print("\n".join(seen.faults) or "No fault.")
    sys.exit(1 if seen.faults else 0)


if __name__ == "__main__":
    main()
