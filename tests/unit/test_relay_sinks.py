"""The peers that other tests trust: the counting sink and the flaky relay's ledger."""

from __future__ import annotations

import threading
from collections import Counter
from contextlib import closing
from pathlib import Path

from listserv.outbound.relay import Submission
from listserv.outbound.relay_smtp import SmtpRelay
from tests.handed import handed
from tests.peers.counting_sink import CountingSink, message_key
from tests.peers.flaky_relay import FlakyRelay, Rule, rules


def _send(port: int, copies: list[Submission]) -> None:
    with closing(SmtpRelay("127.0.0.1", port, helo_name="x.nz", timeout_scale=0.1)) as relay:
        for _ in handed(relay, copies):
            pass


def _copy(number: int, *recipients: str) -> Submission:
    return Submission("l@x.nz", recipients, b"Message-Id: <%d@x.nz>\r\n\r\n.body\r\n" % number)


def test_the_counting_sink_counts_each_copy_of_each_connection(tmp_path: Path) -> None:
    with CountingSink(tmp_path / "copies.tsv") as sink:
        threads = [
            threading.Thread(target=_send, args=(sink.port, [_copy(n, f"a{k}@x.nz", f"b{k}@x.nz") for n in range(100)]))
            for k in range(3)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        _send(sink.port, [_copy(7, "a0@x.nz")])
        copies = sink.copies()
    expected = Counter((f"{letter}{k}@x.nz", f"<{n}@x.nz>") for letter in "ab" for k in range(3) for n in range(100))
    expected[("a0@x.nz", "<7@x.nz>")] += 1
    assert copies == expected


def test_a_message_without_an_id_is_known_by_its_octets(tmp_path: Path) -> None:
    content = b".dot first\r\n\r\nMessage-ID: <not@the.head>\r\n"
    with CountingSink(tmp_path / "copies.tsv") as sink:
        _send(sink.port, [Submission("l@x.nz", ("a@x.nz",), content)])
        assert sink.copies() == Counter([("a@x.nz", message_key(content))])
    assert len(message_key(content)) == 64


def test_the_ledger_is_written_before_the_relay_says_so(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.tsv"
    with FlakyRelay(rules(Rule("DOT", "take drop", skip=1)), ledger=ledger) as peer:
        _send(peer.port, [_copy(1, "a@x.nz", "b@x.nz"), _copy(2, "a@x.nz")])
        assert ledger.read_text() == "a@x.nz\t<1@x.nz>\nb@x.nz\t<1@x.nz>\na@x.nz\t<2@x.nz>\n"
        assert [taken.acknowledged for taken in peer.taken] == [True, False]
