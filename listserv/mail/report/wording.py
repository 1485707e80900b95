"""Why mail was refused, by the words of the servers that refuse it: a table of meanings, asked in order.

The words are those of the replies that MTAs and providers document and send (RFC 5321 §4.2, RFC 3463 §3, and their own
texts), mostly English whatever the language around them. Promises: linear in a text that is bounded; a refusal of the
message or its sender is found before anything that would count against an address.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache

TEXT_CHARACTERS = 4_000
TEXTS_KEPT = 4  # one text may speak of all recipients


class Meaning(StrEnum):
    """What the words of a refusal say."""

    NO_ADDRESS = "no_address"
    REFUSED = "refused"
    FULL = "full"
    CLOSED = "closed"
    NO_ANSWER = "no_answer"
    BROKEN = "broken"
    UNCLEAR = "unclear"


class Stage(StrEnum):
    """At which word of the SMTP dialogue it was refused: before a recipient was named, with it, or after the text."""

    SENDER = "sender"
    RECIPIENT = "recipient"
    TEXT = "text"
    UNKNOWN = "unknown"


def _any(*phrases: str) -> re.Pattern[str]:
    return re.compile("|".join([f"(?:{phrase})" for phrase in phrases]))


_WHO = (
    r"(?:user|recipient|mail ?box|address(?:ee)?|account|alias|userid|local[- ]part|person|receiver|rcpt"
    r"|destinat\w{1,9}|customer)"
)
_WHERE = r"(?:host|domain|site|mail exchanger|mx|destination server)"
_NOT_THERE = (
    r"(?:unknown|not (?:be )?found|not known|not exist\w{0,3}|n't exist|not recogni[sz]ed|unavailable|not available"
    r"|invalid)"
)
_MESSAGE = r"(?:message|e-?mail|mail|letter)"
_OUT = r"(?:reject\w{0,4}|refus\w{0,3}|declined|denied|not (?:be )?accepted|unacceptable|discarded)"
_NEAR = r"[^.;]{0,60}?"

# Words that would read as a refusal of the sender but say that nobody is there (Exchange Online, Postfix maps).
_NOBODY_THERE = _any(
    r"recipient address(?:es)? rejected ?:? ?access denied|can't accept user",
    r"recipient address rejected ?:? ?(?:[^.;]{0,30} )?(?:user|recipient|address|mailbox)\b[^.;]{0,40}(?:unknown"
    r"|not found|not exist)",
    r"bad destination (?:mailbox|system)",
)
_SURELY_LATER = _any(
    r"host not found, try again|delivery time expired|message expired|retry time(?:out)? (?:exceeded|not reached)"
)
_SURELY_FULL = _any(
    r"exceeding receiving limits|mail ?box[^.;]{0,30} exceed|mail file size|too many messages on the server"
    r"|(?:mail ?box|mail ?folder|mail ?dir|inbox|user|recipient)\b[^.;]{0,60}\bfull\b|full mail ?box",
    r"\bover (?:its |their |the |disk )?quota|quota (?:exceeded|violation|usage)|(?:mail|disk|disc|storage"
    r"|user) ?quota|exceed\w{0,3} (?:\w+ )?quota",
    r"mail ?box (?:size )?limit|mail ?box has exceeded|exceed\w{0,3} (?:\w+ ){0,3}mail ?box",
)
_REFUSED = _any(
    # what it is taken for
    r"spam|\buce\b|\bube\b|unsolicited|\bjunk\b|\bbulk\b|advertis|virus|malware|infected|phish|trojan|\bworm\b"
    r"|suspicious",
    r"dangerous|potential(?:ly)? (?:security|harmful)|abus(?:e|ive)|complain|scor(?:e|ing)\b|filter|quarantin",
    rf"contents?\b[^.;]{{0,40}}(?:{_OUT}|block|potential|scan)|(?:banned|unacceptable|objectionable|message|its"
    rf"|email) content\b|content (?:error|check)",
    # who may not send
    r"black ?-?list|block ?-?list|block(?:ed|ing)?\b|banned|\brbl\b|dnsbl|\bdrbl|ur[il]bl|surbl|sorbs|\(bl\)"
    r"|ask your postmaster",
    r"reputation|spamhaus|barracuda|spamcop|senderbase|dynamic ip|open (?:relay|proxy)|\bgo away\b|gr[ea]y-?list"
    r"|(?<!not )(?<!isn't )listed (?:at|in|on|by)\b",
    r"polic(?:y|ies)|dmarc|\bspf\b|\bdkim\b|\barc\b|authenti[cf]|reverse (?:dns|lookup)|\brdns\b|\bptr\b"
    r"|ip name lookup|dns entries",
    r"relay(?:ing)? (?:access |mail )?(?:denied|not|prohib|disab|attempt)|relay mail|as a relay|(?:unable to|not"
    r"|cannot) relay|mail relay|relaying|rcpthosts",
    r"purported|sender[^.;]{0,60}(?:reject|denied|invalid|block|verif|unknown|exist|not (?:accept|allow|permit|valid"
    r"|known|found))|(?:invalid|bad) sender",
    r"sender (?:address|domain|ip)|domain of sender|mail ?from (?:domain|address|not)|from(?: header)?: ?domain"
    r"|from your (?:ip|server|host|network|domain|address)",
    r"resolve your|mismatch|access from|no access|relay host|mass mailer|badsender|backscatter|dead domain"
    r"|outgoing mail|low priority",
    r"client host|(?:sending|originating|connecting) (?:ip|server|host|domain|mail)|invalid ip|\bhelo\b|\behlo\b"
    r"|host ?name[^.;]{0,30}(?:reject|denied)",
    r"messages? from .{1,120}(?:weren't sent|not sent|deferred|refused|rejected|were not)|smtp server of your"
    r"|registered gateway user",
    # what it may not do
    r"prohibit|not (?:allowed|permitted|authori[sz]ed|subscribed|a member)|unauthori[sz]ed|non-?member"
    r"|members[- ]only|restrict",
    r"permission|access denied|denied (?:by|due|access)|forbidden|security (?:polic|reason|violation|issue|check"
    r"|error)|\b(?:start)?tls\b|encrypt|certificate",
    r"confirm|white ?-?list|pre-?approved|challenge|captcha|verification|preference|user rules|moderat|mailing list"
    r"|may not (?:send|post)|to post\b",
    r"not accept(?:ing|ed)? (?:any )?(?:mail|messages|connections|smtp)?\b ?(?:from|with)|not accepting connections"
    r"|only accept|google groups|refuses? to receive|user (?:refus|reject)|service refus|account is protected"
    r"|fully qualified",
    # how much and how
    r"too (?:big|large)\b|lines? (?:is |are )?too long|message (?:is )?too long|size limit|message (?:size|length)"
    r"|size[^.;]{0,40}exceed|exceed\w{0,3} [^.;]{0,40}\bsize",
    r"line limit|too many (?:conn|concurrent|messages|recipients|sessions|error|invalid|mail)|\brate\b|rate-?limit"
    r"|throttl|exceeded the limit",
    r"(?:illegal|banned|forbidden|with|infected|executable|blocked) attachment|attachments?\b[^.;]{0,30}(?:not|block"
    r"|reject|type|extension|remov)",
    r"\bheaders? (?:error|are|is|not|missing|field|invalid)|(?:missing|invalid|bad|duplicate"
    r"|no) (?:[\w-]+ )?(?:headers?|field)\b|\bmime\b|charset|8-?bit|bare [cl][rf]",
    r"rfc ?-?(?:2?822|5?32[12])|protocol violation|syntax|improper|sequence of|multiple address|compl[iy]"
    r"|not standard|executable|linefeed|taille limite|notinallowed|number of messages",
    r"malformed (?:message|header|mime|from|sender|mail|address: )|resent-from",
    rf"{_MESSAGE} (?:[\w()-]{{1,20}} ){{0,3}}{_OUT}|{_OUT} (?:this|your|the) {_MESSAGE}|mail rejet|message refus"
    rf"|abgelehnt",
)
_FULL = _any(
    r"\bis full\b|quota|over ?limit|overdrawn|storage|disk (?:space|full)|enough (?:space|room)|space has been used"
    r"|receiving limits|space not enough|insufficient",
    r"too much mail|exceed\w{0,3} [^.;]{0,40}mail ?box|too many messages on the server|out of (?:space|storage"
    r"|memory)|no space|local limit|allocat",
    r"boite [^.;]{0,20}pleine|postfach [^.;]{0,20}voll|überfüllt|buz[oó]n [^.;]{0,20}lleno|casella [^.;]{0,20}piena"
    r"|переполнен|一杯|已满|已滿",
)
_NO_ADDRESS = _any(
    rf"{_WHO}\b{_NEAR}\b{_NOT_THERE}|unknown (?:or \w+ )?(?:e-?mail |virtual |local )?{_WHO}",
    rf"no ?such ?user|(?:no|not a) such (?:\w+ )?(?:{_WHO}|{_WHERE}|name)|no {_WHO}|no mail ?box|no (?:valid"
    rf"|known) recip|there is no one",
    rf"{_WHERE}\b{_NEAR}\b(?:unknown|not found|not exist|n't exist|not reachable|not receive|n't receive|no longer)",
    rf"unknown {_WHERE}|unrout(?:e)?able|nxdomain|name or service not known|no mx\b|mx record|mail exchanger or ip"
    rf"|dead domain",
    r"couldn't find (?:any|a)\b|could not find (?:any|a) (?:host|mx)|dns lookup failure|no smtp service"
    r"|no matches to",
    rf"(?:invalid|bad|illegal|non-?existent|nonexisting|wrong|incorrect|obsolete)[-_ ](?:\w+ )?{_WHO}"
    rf"|invalid final delivery",
    r"\bnot? (?:a |an |our |in (?:our|my|the) )?(?:valid|known|local|active|registered|listed|customer"
    r"|recogni[sz]ed)\b",
    r"no longer|has (?:moved|left|been removed|departed)|\bmoved\b|does(?: not|n't) have an? .{0,60}account"
    r"|not exist|n't exist",
    r"address rejected|recipients? rejected|user rejected|rejected recipient|no account|not listed in|badrcptto"
    r"|possibly incorrect|not present|recipient not ok|must exist|in the directory|archived recipient",
    r"missing home directory|nobody (?:here|by)|no valid recipients|undeliverable address"
    r"|invalid[^.;]{0,20}recipient",
    r"n'existe pas|inexistant|inconnue?\b|invalide|existiert nicht|unbekannt|no existe|descono[cz]|desconhec"
    r"|inesistente|sconosciut",
    r"nie istnieje|nieznan|не существ|не найден|неизвест|存在し|存在せ|見つか|不存在|无此|無此|neexist|onbekend"
    r"|bestaat niet",
    r"finnes ikke|findes ikke|finns inte|okänd|bulunam|존재하지",
)
_CLOSED = _any(
    rf"(?:{_WHO}|\bid\b){_NEAR}\b(?:disabled|inactive|suspend\w{{0,4}}|deactivated|locked|frozen|discontinued|closed"
    rf"|expired|terminated|dormant|not active)",
    rf"(?:disabled|inactive|suspended|deactivated|locked|frozen|closed) (?:\w+ )?{_WHO}|suspend the service"
    rf"|has been (?:disabled|deactivated|suspended)",
)
_NO_ANSWER = _any(
    r"expired|retry time|queue too long|in the queue|long time|not respond|n't respond|no response|no answer"
    r"|timed? ?-?out",
    r"queue period|giv(?:e|ing) up|connection (?:refused|reset|timed|lost|dropped|failed|died)|lost connection"
    r"|unreachable|host not found, try",
    r"accept our requests|socket error|no route|could not connect|unable to connect|wasn't able to establish"
    r"|cannot connect",
    r"failed to connect|try again later|temporar|\bbusy\b|within \d{1,4} |for more than|\d+ (?:attempts|tries)"
    r"|not been collected",
    r"could not find a gateway|deferred|network (?:error|problem)|\bdelay|postponed",
)
_BROKEN = _any(
    r"too many hops|hop count|loop(?:ing)?\b|died with status|lock failure|i/o error|disk (?:full|error)"
    r"|error while writing|can't create",
    r"(?:unknown|local|internal|system|configuration|mailer) (?:mailer )?error"
    r"|malformed (?:or unexpected )?name ?server reply|pipe to \|",
)
_TABLE = (
    (Meaning.NO_ADDRESS, _NOBODY_THERE),
    (Meaning.FULL, _SURELY_FULL),
    (Meaning.NO_ANSWER, _SURELY_LATER),
    (Meaning.REFUSED, _REFUSED),
    (Meaning.FULL, _FULL),
    (Meaning.CLOSED, _CLOSED),
    (Meaning.NO_ADDRESS, _NO_ADDRESS),
    (Meaning.NO_ANSWER, _NO_ANSWER),
    (Meaning.BROKEN, _BROKEN),
)
_CHALLENGE = _any(
    r"requires? (?:your )?confirmation|not pre-?approved|guest list|confirm (?:this|your) (?:mail|message|server"
    r"|e-?mail)",
    r"sender verification (?:required|request)|challenge[- ]response|boxbe",
)
_STAGES = (
    (
        Stage.SENDER,
        _any(
            r"(?:reply to|after|performing|sending|during) (?:the |our |your |sending )?(?:mail from|helo|ehlo|lhlo"
            r"|auth|starttls|initial)",
            r">>> ?(?:mail from|ehlo|helo)|(?:like|rejected) (?:our |the )?(?:mail from|sender|ehlo|helo)|(?:my name"
            r"|sender) was rejected",
            r"refused to talk|connection (?:greeting|banner)|smtp command mail\b",
        ),
    ),
    (
        Stage.TEXT,
        _any(
            r"(?:reply to|after|performing|sending|during) (?:the |our |your )?(?:end of |sending |final )?(?:data"
            r"|text|body|message|bdat)",
            r"final data|after i sent the message|for text command|body of message|command ?:? ?data\b",
        ),
    ),
    (Stage.RECIPIENT, _any(r"rcpt to|does not like recipient|rcpt_to")),
)
_REPLY = re.compile(r"(?<![\d.])[45][0-9]{2}[ #:-]")
_LINKS = re.compile(r"\bhttps?://([^\s/]{1,253})\S{0,500}")
_ADDRESSES = re.compile(r"(?<![^\s<>()\[\]\"',;:@])[^\s<>()\[\]\"',;:@]{1,64}@[^\s<>()\[\]\"',;:@]{1,255}")
_SPACES = re.compile(r"\s+")


def plain(text: str) -> str:
    """The text as the tables read it: lower case, one line, no addresses, of links the hosts, at most 4,000 long."""
    text = _LINKS.sub(r" \1 ", text[:TEXT_CHARACTERS].lower().replace("’", "'"))
    return _SPACES.sub(" ", _ADDRESSES.sub(" ", text)).strip()


@lru_cache(TEXTS_KEPT)
def meaning(text: str) -> Meaning:
    """What a refusal means, by its words; `text` comes from `plain`."""
    return next((meaning for meaning, pattern in _TABLE if pattern.search(text) is not None), Meaning.UNCLEAR)


@lru_cache(TEXTS_KEPT)
def stage(text: str) -> Stage:
    """When it was refused, as far as the text says; `text` comes from `plain`."""
    return next((stage for stage, pattern in _STAGES if pattern.search(text) is not None), Stage.UNKNOWN)


def has_reply(text: str) -> bool:
    """Whether a server's reply of refusal is quoted (RFC 5321 §4.2); `text` comes from `plain`."""
    return _REPLY.search(text) is not None


def is_challenge(text: str) -> bool:
    """Whether a refusal asks the sender to prove himself: that is no report of delivery; `text` comes from `plain`."""
    return _CHALLENGE.search(text) is not None
