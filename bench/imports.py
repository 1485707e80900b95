"""Import: an mbox of 17 KB messages until every conversation is there and can be searched, on two cores.

    python -m bench.imports [--full]

Ours is `listserv import`, the command's start included. The peers are mu and notmuch indexing the same messages as a
Maildir, in turn with ours; they leave the mail where it is and write an index, ours copies it into the archive as well.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean, median

from bench.command import Form, run
from bench.mailbox import corpus, messages
from bench.peers import missing
from bench.result import Row, floor_row, missing_row, rate_row
from listserv.inbound.indexing import index_batch
from listserv.mail.mbox import write_mbox_entry
from listserv.store.archive import posts_without_text
from listserv.store.engine import Database
from listserv.store.writer import Writer
from tests.service import Service

NEEDS = "notmuch, maildir-utils; the mail corpus (LISTSERV_CORPUS)"
CORES = 2


def measure(form: Form) -> Iterator[Row]:
    """Messages a second, then beside each peer."""
    what = "import, mbox to searchable conversations"
    if corpus() is None:
        yield missing_row(what, "≥ 1,000 msgs/s", "nothing, but set LISTSERV_CORPUS to the mail corpus")
        return
    os.sched_setaffinity(0, set(sorted(os.sched_getaffinity(0))[:CORES]))
    number = form.size(600, 6_000)
    peers = {"maildir-utils": ("mu index", _mu), "notmuch": ("notmuch new", _notmuch)}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        mean = _written(folder, number)
        rates: dict[str, list[float]] = {"ours": [], **{package: [] for package in peers if not missing(package)}}
        for _ in range(form.runs):
            rates["ours"].append(number / _ours(folder))
            for package in rates.keys() - {"ours"}:
                rates[package].append(number / peers[package][1](folder))
    size = f"{number:,} messages of {mean / 1000:.0f} KB"
    yield floor_row(what, median(rates["ours"]), " msgs/s", 1000, size)
    for package, (peer, _) in peers.items():
        if package in rates:
            yield rate_row(f"{what}, beside {peer}", rates["ours"], rates[package], peer, 3.0)
        else:
            yield missing_row(f"{what}, beside {peer}", "≥ 3 ×", package)


def _written(folder: Path, number: int) -> float:
    """The mbox and the Maildir are in the folder; the mean size of a message."""
    mail = messages(number)
    with (folder / "archive.mbox").open("wb") as mbox:
        mbox.writelines(write_mbox_entry(octets, "", datetime.now(UTC)) for octets in mail)
    for part in ("cur", "new", "tmp"):
        (folder / "maildir" / part).mkdir(parents=True)
    for place, octets in enumerate(mail):
        (folder / "maildir" / "cur" / f"{place}:2,S").write_bytes(octets.replace(b"\r\n", b"\n"))
    return fmean(map(len, mail))


def _ours(folder: Path) -> float:
    with tempfile.TemporaryDirectory() as site, Service(Path(site), forked=False) as service:
        service.run("list", "create", "english")
        began = time.monotonic()
        service.run("import", "english", str(folder / "archive.mbox"))
        database = Database(f"sqlite:///{site}/listserv.db")
        _wait_searchable(database)
        database.close()
        return time.monotonic() - began


def _wait_searchable(database: Database) -> None:
    """What the command left to a running server is done here."""
    with database.read() as connection:
        if not posts_without_text(connection, 1):
            return
    writer = Writer(database)
    while index_batch(database, writer, datetime.now(UTC)):
        pass
    writer.close()


def _mu(folder: Path) -> float:
    home = folder / "mu"
    shutil.rmtree(home, ignore_errors=True)
    _quietly(["mu", "init", "--quiet", f"--muhome={home}", f"--maildir={folder / 'maildir'}"])
    return _timed(lambda: _quietly(["mu", "index", "--quiet", f"--muhome={home}"]))


def _notmuch(folder: Path) -> float:
    shutil.rmtree(folder / "maildir" / ".notmuch", ignore_errors=True)
    config = folder / "notmuch.conf"
    config.write_text(f"[database]\npath={folder / 'maildir'}\n[user]\nname=x\nprimary_email=x@school.example\n")
    return _timed(lambda: _quietly(["notmuch", f"--config={config}", "new", "--quiet"]))


def _timed(work: Callable[[], None]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


def _quietly(command: Sequence[str]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


if __name__ == "__main__":
    run("imports", __doc__, NEEDS, measure, most_runs=3)
