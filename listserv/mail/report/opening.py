"""Whether a message without a machine-readable part is a delivery report all the same, by what it says to people.

A daemon's name alone makes no report, nor do the words alone, for people write about bounces and forward them: it needs
the words and a sign of a program, which is the empty return path, a daemon as author, or a subject that begins as
reports begin. Promises: linear, bounded, never raises.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from listserv.mail.automatic import automatic_reply
from listserv.mail.parse import Message
from listserv.mail.report.wording import Meaning, meaning, plain
from listserv.mail.words import header_octets_text, unfold

LINES_LOOKED_AT = 40
LINE_CHARACTERS = 400

_ABOUT_A_MAILBOX = frozenset({Meaning.NO_ADDRESS, Meaning.FULL, Meaning.CLOSED})
_DAEMON = re.compile(
    r"(?:mailer[-_. ]?daemon|post ?master|mdaemon|mail[-_. ]?deliver\w{0,3}|mail delivery (?:sub)?system|maildelivery"
    r"|delivery[-_. ]?(?:status|subsystem|system|failure|service)|microsoft exchange|system administrator|daemon"
    r"|smtp[-_. ]?(?:gateway|server|mail)|mail (?:system|service|server|administrator)|bounces?|ndr)\b",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"(?:\[[\w .-]{1,30}\] ?)?(?:undeliver|un-?able to deliver|returned (?:(?:e-?)?mail|message)|non-?deliver"
    r"|nondeliver"
    r"|(?:permanent )?(?:e-?mail|message|mail|delivery)(?: \w{1,12}){0,3} (?:fail|error|problem|warning|has failed"
    r"|undeliver|could not be|not deliver)"
    r"|(?:permanent )?(?:delivery|mail|mail system|processing|message) (?:status|fail|error|problem|delay"
    r"|notification)"
    r"|(?:mail )?failure (?:notice|delivery)|failed (?:delivery|mail)|delayed mail|fail(?:ed|ure) notice"
    r"|(?:automatically )?rejected(?: mail|:)"
    r"|your (?:e-?mail |mail |message )?.{0,200}(?:could not be|was not|not be|has not been|cannot be) delivered"
    r"|could not (?:be deliver|send|deliver)"
    r"|warning: (?:message|could not|e-?mail|mail|delivery|\S{1,80} - user)|there was an error sending"
    r"|mail not delivered|message not delivered"
    r"|unzustellbar|nicht zugestellt|nichtzustell|zustellung|non remis|échec de|non recapitabile"
    r"|mancat[oa] (?:recapito|consegna)"
    r"|no se puede entregar|no se pudo entregar|no entregado|correo devuelto|mensaje no entregado|onbestelbaar"
    r"|niet bezorgd"
    r"|não entregue|não foi possível entregar|falha na entrega|niedoręcz|nie dostarcz|ваше сообщение не достав"
    r"|недостав|не доставл"
    r"|nedoručiteln|kézbesíthetetlen|ej leverans|kan inte leverera|kunne ikke lever|ikke levert|uleverbar"
    r"|toimittamat|teslim edilemedi"
    r"|配信不能|配信でき|配信エラー|未配信|送信エラー|送信できな|メールエラー|エラー通知|メッセージを配信できま"
    r"|无法投递|未送达|退信|系统退信|無法傳遞|未傳遞)",
    re.IGNORECASE,
)
_SUBJECT_END = re.compile(
    r"(?:delivery failed|non remis|undeliverable|not delivered|undelivered)\W{0,5}\Z", re.IGNORECASE
)
_FAILED = re.compile(
    r"(?:not|n't|never|un-?able to|failed to|impossible to|could neither) (?:yet )?(?:have )?(?:be |been "
    r"|able to )?(?:\w{1,12} )?"
    r"(?:deliver|reach|sent\b|send\b|transmit|relay|forward)"
    r"|undeliver|del[ei]ver\w{0,4} (?:[^.]{0,120} )?(?:fail|abort|delay|postpone|reject|error|problem|impossible"
    r"|not possible)"
    r"|fail(?:ed|ure|ing)?(?: \w{1,12}){0,4} (?:deliver|recipient|address)|(?:address"
    r"|recipient)\w{0,4}(?:\(es\))?(?: \w{1,12}){0,3} fail"
    r"|fatal error|had (?:delivery )?(?:errors|problems)|(?:return|reject|refus|bounc)ed (?:to sender|by|because"
    r"|automatic|mail)"
    r"|was automatically rejected|did not (?:reach|receive)|(?:were|was|be) (?:un)?(?:delivered|able to deliver)"
    r"|incorrectly constructed"
    r"|exceeds? (?:the )?allowed size|unknown user|user unknown|no such user|user not found|not a valid (?:user"
    r"|address|recipient)|mail ?box (?:is )?full|quota exceeded"
    r"|invalid final delivery|encountered (?:an error|delivery)|error (?:occurred|has occurred|sending|delivering"
    r"|during)"
    r"|transcript of (?:the )?session|failure reasons?|trouble delivering|non-?delivery|returned mail|mail loop"
    r"|is a delivery failure|message is delayed|accepting mail (?:with|from)"
    r"|nicht (?:\w{1,16} ){0,3}(?:zugestellt|übermittelt|ausgeliefert|erreicht)|unzustellbar|nicht zustellbar"
    r"|konnte nicht"
    r"|(?:pas|pu|n[’']a) (?:\w{1,8} ){0,3}(?:remis|délivré|delivre|distribué|livré|être)|non remis"
    r"|échec de (?:la )?remise|impossible de"
    r"|no (?:se )?(?:pudo|puede|ha podido|ha sido|fue|ha|pudimos) (?:\w{1,10} ){0,3}(?:entreg|enviar|lleg)"
    r"|no entregad|no se entreg"
    r"|n[ãa]o (?:p[ôo]de|foi|pode|pudemos|conseguimos) (?:\w{1,10} ){0,3}(?:entreg|envia)|não entregue"
    r"|(?:non|impossibile) (?:\w{1,12} ){0,4}(?:recapitat|consegnat|recapitare|consegnare)|non recapitabile"
    r"|(?:niet|onbestelbaar) (?:\w{1,10} ){0,3}(?:afgeleverd|bezorgd|worden)|onbestelbaar"
    r"|nie (?:\w{1,12} ){0,4}(?:dostarczon|doręczon|dostarczyć|doręczyć)|niedoręcz"
    r"|не (?:\w{1,12} ){0,3}(?:достав|отправл|получ)|недостав|невозможно"
    r"|(?:nelze|nebyl[ao]?|nepodařilo) (?:\w{1,12} ){0,3}doruč|nem (?:\w{1,14} ){0,3}kézbesít"
    r"|(?:inte|ikke|ikkje) (?:\w{1,10} ){0,3}lever|ei (?:\w{1,12} ){0,3}toimit|(?:teslim|iletil)\w{0,12}(?:emedi"
    r"|medi)"
    r"|(?:配信|送信|配達|届け|お届け|転送)\w{0,6}(?:でき(?:ま|な)|不能|失敗|エラー)|送信に失敗|存在しない"
    r"|(?:投递|送达|发送|傳遞|传递|遞送)(?:失败|失敗|未|不)|(?:无法|無法|未能)(?:投递|送达|传递|傳遞|遞送|发送)|退信"
    r"|退回"
    r"|배달(?:되지|할 수|하지|에 실패)|전송(?:되지|에 실패|할 수)",
    re.IGNORECASE,
)
_LATER = re.compile(
    r"will be retried|still being retried|warning (?:message )?only|just a warning|only a warning|this is a warning"
    r"|only a temporary"
    r"|not yet been delivered|do not need to re-?send|no action is required|(?:continue|keep|kept) (?:to "
    r"|on )?(?:attempt|try|being tried)"
    r"|delivery attempts will continue|will (?:continue|keep|try|retry|be re-?attempted|attempt)|has been (?:delayed"
    r"|postponed)|message is delayed"
    r"|advisory|still undelivered|not been able to deliver .{0,40}yet|will attempt to|kept in the queue"
    r"|message delayed",
    re.IGNORECASE,
)
_LATER_SUBJECT = re.compile(
    r"\bdelay(?:ed)?\b|still being retried|not yet been|warning\W{1,3}(?:message|could not)", re.IGNORECASE
)
_FINAL = re.compile(
    r"permanent (?:error|failure|fatal)|failed permanently|given up|giv(?:e|ing) up on|not going to try", re.IGNORECASE
)


def says_not_delivered(lines: Sequence[str]) -> bool:
    """Whether the first lines of a text say that mail did not arrive, in one of the languages reports come in."""
    return _FAILED.search(plain(_first(lines))) is not None


def _first(lines: Sequence[str]) -> str:
    return " ".join([line[:LINE_CHARACTERS].strip() for line in lines[:LINES_LOOKED_AT]])


def says_later(subject: str, lines: Sequence[str]) -> bool:
    """Whether the text or its subject says that delivery goes on being tried, and nothing says that it is over."""
    text = _first(lines)
    if _LATER.search(text) is not None:
        return True
    return _LATER_SUBJECT.search(subject[:LINE_CHARACTERS]) is not None and _FINAL.search(text) is None


def is_report(message: Message, lines: Sequence[str]) -> bool:
    """Whether text and header together say that this is a delivery report.

    With an empty return path and nothing else the words alone decide, so that a program's reply must be told from it.
    """
    if message.raw("X-Failed-Recipients"):
        return True
    said = says_not_delivered(lines)
    if begins_as_report(message.subject):
        return said or meaning(plain(_first(lines))) in _ABOUT_A_MAILBOX
    return said and (daemon_wrote(message) or (_null_return_path(message) and not automatic_reply(message)))


def program_reports(message: Message) -> bool:
    """Whether the header alone shows a reporting program, so that fields of a report in its text are to be believed."""
    return begins_as_report(message.subject) or daemon_wrote(message) or _null_return_path(message)


def begins_as_report(subject: str) -> bool:
    """Whether a subject begins, or ends, as those of delivery reports do."""
    subject = subject[:LINE_CHARACTERS].strip()
    return _SUBJECT.match(subject) is not None or _SUBJECT_END.search(subject) is not None


def daemon_wrote(message: Message) -> bool:
    """Whether From names a mail system, or nobody (`<>`)."""
    values = message.raw("From")
    sender = header_octets_text(unfold(values[0])) if values else ""
    return bool(values) and (not sender.strip("<> ") or _DAEMON.search(sender[:LINE_CHARACTERS]) is not None)


def from_amazon(message: Message) -> bool:
    """Whether From is the address SNS mails from (unproven, as all of it)."""
    return message.author is not None and message.author.address.lower() == "no-reply@sns.amazonaws.com"


def _null_return_path(message: Message) -> bool:
    """RFC 5321 §4.5.5; some servers write their daemon's name there instead."""
    paths = [value.strip().strip(b"<>").lower() for value in message.raw("Return-Path")[:5]]
    return any(not path or path.split(b"@")[0] == b"mailer-daemon" for path in paths)
