"""Accepting: posts of 4 KB, decided, threaded, archived, queued for one subscriber and on disk before the 250.

    python -m bench.accept [--full]

The baseline is a private Postfix that takes the same mail from the same smtp-source into its hold queue. Neither
passes anything on meanwhile: ours runs without its relay, so that the copies wait in the outbox.
"""

from __future__ import annotations

from collections.abc import Iterator

from bench.command import Form, run
from bench.peers import is_root, missing, source_seconds
from bench.postfix import holding_postfix
from bench.result import Row, missing_row, rate_row
from bench.site import LIST, OCTETS, site

BARS = ((16, 1.0), (4, 0.7), (1, 0.7))
NEEDS = "postfix, and root"


def measure(form: Form) -> Iterator[Row]:
    """A row for each number of connections."""
    absent = missing("postfix")
    if absent or not is_root():
        for connections, at_least in BARS:
            yield missing_row(_what(connections), f"≥ {at_least:g} ×", absent or "nothing, but run it as root")
        return
    messages = form.size(1000, 4000)
    with holding_postfix() as postfix, site(1, 1, parts="smtp") as service:
        for connections, at_least in BARS:
            ours: list[float] = []
            baseline: list[float] = []
            for _ in range(form.runs + 1):
                for port, figures in ((service.port, ours), (postfix, baseline)):
                    seconds = source_seconds(
                        port, sessions=connections, messages=messages, octets=OCTETS, recipient=LIST
                    )
                    figures.append(messages / seconds)
            yield rate_row(_what(connections), ours[1:], baseline[1:], "Postfix, hold queue", at_least)


def _what(connections: int) -> str:
    return f"accept, {connections} connection{'s' if connections > 1 else ''}, complete and durable, 4 KB posts"


if __name__ == "__main__":
    run("accept", __doc__, NEEDS, measure)
