"""`listserv explain`: each rule's answer for one message and list, from the same rules and the same case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from listserv.config import Settings
from listserv.inbound.decide import Rule, answers
from listserv.inbound.digest_answers import placed
from listserv.inbound.functions import ASKS
from listserv.inbound.judging import load_case
from listserv.inbound.limits import bounds
from listserv.inbound.posting import Arrival
from listserv.mail.bounds import check_bounds
from listserv.mail.lineends import line_feeds
from listserv.mail.parse import parse
from listserv.model.case import Reject, Verdict
from listserv.store.engine import Connection
from listserv.store.lists import get_list


@dataclass(frozen=True, slots=True)
class Line:
    """One rule's answer; `decides` marks the first that answered."""

    rule: str
    answer: str
    why: str
    decides: bool


def explain(
    connection: Connection, address: str, octets: bytes, return_path: str | None, settings: Settings, now: datetime
) -> list[Line]:
    """The answers in order. Raises NotFound for an unknown list. Nothing is written."""
    mail_list = get_list(connection, address)
    as_sent = line_feeds(octets).replace(b"\n", b"\r\n")
    fault = check_bounds(as_sent, bounds(settings))
    if fault is not None:
        return [Line("bounds", "reject 5.6.0", fault.text, True)]
    message = parse(as_sent)
    envelope_from = (
        return_path.strip().strip("<>")
        if return_path is not None
        else (message.author.address if message.author else "")
    )
    arrival, whole_digest = placed(connection, mail_list, Arrival(message, envelope_from, mail_list.address, now, now))
    case = load_case(
        connection,
        mail_list,
        arrival,
        session=True,
        message_octets=settings.limits.message_octets,
        handled=ASKS,
        whole_digest=whole_digest,
    )
    lines: list[Line] = []
    decided = False
    for rule, verdict in answers(case):
        lines.append(_line(rule, verdict, decides=verdict is not None and not decided))
        decided = decided or verdict is not None
    return lines


def _line(rule: Rule, verdict: Verdict | None, *, decides: bool) -> Line:
    first_sentence = (rule.__doc__ or "").strip().splitlines()[0]
    if verdict is None:
        return Line(rule.__name__, "-", first_sentence, False)
    answer = type(verdict).__name__.lower()
    if isinstance(verdict, Reject):
        return Line(rule.__name__, f"{answer} {verdict.enhanced}", verdict.text, decides)
    return Line(rule.__name__, answer, first_sentence, decides)
