"""Whether a mail to the group only asks something of us: to join, leave, follow, mute, take back; or only thanks.

    octets --a glance at the few lines that could say it--> nearly always nothing
           --own text by `answer.own_lines`, every line accounted for--> Ask

Promises: a wish is one only where the own text is nothing but the wish, in English or te reo Māori (with macrons,
double vowels or neither), beside a greeting, a closing and a name; whatever says more is a post. A thanks holds no
question, link, figure or file. An ordinary post costs a look at a dozen lines, not the splitting of its quotations.
Who asks is not known here and nothing is proven by it. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from listserv.mail.charsets import decode, nfc
from listserv.mail.entities import unescaped
from listserv.mail.mime import Part
from listserv.mail.parse import Message
from listserv.mail.subject import base_subject
from listserv.mail.text.answer import own_lines, plain
from listserv.mail.text.body import body
from listserv.mail.text.greeting import FIRST_WORDS, SECOND_WORDS, WORD, folded, is_greeting
from listserv.mail.text.sign_offs import CLOSINGS
from listserv.model.case import Ask

HEAD_OCTETS = 3_000
TAIL_OCTETS = 1_500
HTML_CHARACTERS = 60_000
LINES_LOOKED_AT = 9
LINE_CHARACTERS = 90
OWN_LINES = 8
TOLD_WORDS, TOLD_LINES = 4, 2
THANKS_CHARACTERS = 160
RECALL_CHARACTERS = 600

_TAG = re.compile(r"<[^<>]{0,2000}>")
_OF_A_PROGRAM = re.compile(r"@|[0-9]|:\Z|: ")  # who wrote when, a header block
_TELLS_MORE = re.compile(r"[?@0-9]|://|www\.", re.IGNORECASE)


def _words(text: str) -> frozenset[str]:
    return frozenset(folded(text).split())


_POLITE = _words("please pls kindly koa tena")
_ABOUT_THREAD = _POLITE | _words(
    "this the conversation thread topic discussion i want would like to korero aho tenei te au"
)
_ABOUT_GROUP = _POLITE | _words(
    "me from this the your list group mailing emails email mails mail of i want would like to off au ahau mai te ropu "
    "tenei"
)
_AS_A_QUESTION = _words("can could would will you someone somebody how do i")  # "Can you unsubscribe me please?"
_ABOUT_POST = _POLITE | _words(
    "this my the that it last post message mail email taku karere panui tenei te i want would like to"
)
_NAMES_A_POST = _words("post message mail email karere panui")
_NAMES_ONESELF = _words("me au ahau")
_NAMES_THE_ASKER = _NAMES_ONESELF | _words("i")

# What is left of a line without the words around it -> what it asks.
_FOLLOW = {folded(words) for words in ("follow", "follow along", "unmute", "whai", "whāia", "ka whai")}
_MUTE = {
    folded(words)
    for words in ("mute", "unfollow", "stop following", "whakangū", "whakawahangū", "wahangū", "noho wahangū")
}
_JOIN = {"subscribe"}  # of other words for it a post is full
_LEAVE = {folded(words) for words in ("unsubscribe", "signoff", "sign off", "opt out", "leave", "wehe", "wehe atu")}
_LEAVE_ONESELF = {folded(words) for words in ("remove", "take", "tangohia", "tango")}
_WITHDRAW = {
    folded(words) for words in ("withdraw", "recall", "take back", "take down", "retract", "whakahokia", "tangohia")
}
_WITHDRAW_POST = {folded(words) for words in ("remove", "delete", "recall")}

# Nothing is asked without one of these.
_VERBS = frozenset(
    words.partition(" ")[0]
    for wish in (_FOLLOW, _MUTE, _JOIN, _LEAVE, _LEAVE_ONESELF, _WITHDRAW, _WITHDRAW_POST)
    for words in wish
)

_CLOSINGS = frozenset(folded(line) for line in CLOSINGS)

_THANKS = _words("thanks thank thankyou thx cheers appreciated appreciate whakawhetai")
_KIND_WORDS = _THANKS | _words(
    "you u so very much heaps many lots a lot again million for this that it its it's that's sharing share the these "
    "those your all everyone team folks great awesome brilliant wonderful lovely perfect fantastic excellent super "
    "amazing really truly is are was i we help helpful useful resource resources idea ideas post reply answer "
    "information info work good well done and to from both such just what love loved kind of ka pai tau ke tino nui "
    "miharo rawe nga mihi he ki a koe koutou korua mo te tena kia ora hoki e"
)

# The letters of one of these stand wherever there is a verb or a thanks.
_ASKING = _VERBS | _THANKS
_NEEDED = tuple(word for word in sorted(_ASKING) if not any(other in word for other in _ASKING - {word}))


def ask_of(message: Message) -> Ask:
    """What the mail asks of us; NOTHING for a post."""
    glance = list(_glance(message))
    wish = _asked_by_text(message) if _names_a_wish(glance) and _might_ask(glance) else _asked_by_subject(message)
    return Ask.NOTHING if wish is Ask.JOIN and _says_subscribe_to_others(message) else wish


def _asked_by_text(message: Message) -> Ask:
    lines = own_lines(message)
    names = _names(message)
    return _wish(lines, names) or (
        Ask.THANKS if _is_thanks(lines, names) and not body(message).attachments else Ask.NOTHING
    )


def _says_subscribe_to_others(message: Message) -> bool:
    """It answers somebody, or it is about what comes with it."""
    answers = bool(message.references) or base_subject(message.subject).has_reply_prefix
    return answers or bool(body(message).attachments)


# --- a glance: which lines could say it


def _glance(message: Message) -> Iterator[str]:
    """The first lines that carry no quote mark, of the beginning and the end of the text."""
    found = (line.strip() for line in _some_text(message).split("\n"))
    return islice((line for line in found if line and not line.startswith((">", "＞"))), LINES_LOOKED_AT)


def _some_text(message: Message) -> str:
    """The ends of the plain text; of a mail without one the beginning of the HTML, its tags made line ends."""
    leaves = [part for part in islice(message.root.walk(), 20) if _is_text(part)]
    plain_part = next((part for part in leaves if part.content_type == "text/plain"), None)
    if plain_part is not None:
        octets = plain_part.decoded()
        if len(octets) > HEAD_OCTETS + TAIL_OCTETS:
            octets = octets[:HEAD_OCTETS] + b"\n" + octets[-TAIL_OCTETS:]
        text = nfc(decode(octets, plain_part.charset))
        if text.strip():
            return text
    if not leaves:
        return ""
    page = leaves[0].text()
    start = max(page.lower().find("<body"), 0)
    return unescaped(_TAG.sub("\n", page[start : start + HTML_CHARACTERS]))


def _is_text(part: Part) -> bool:
    return part.content_type in ("text/plain", "text/html") and not part.filename


def _names_a_wish(lines: Sequence[str]) -> bool:
    """Whether the letters of one of the words that any wish needs stand there; lines too long to ask are left out."""
    said = folded("\n".join([line for line in lines if len(line) <= LINE_CHARACTERS]))
    for word in _NEEDED:  # noqa: SIM110 (a generator costs more than the looks)
        if word in said:
            return True
    return False


def _might_ask(lines: Iterable[str]) -> bool:
    """Whether a line could ask before two lines have told something; one may be a note that a gateway puts on top."""
    told = 0
    for line in lines:
        if _could_ask(line):
            return True
        told += len(line.split(None, TOLD_WORDS)) >= TOLD_WORDS and _OF_A_PROGRAM.search(line) is None
        if told == TOLD_LINES:
            return False
    return False


def _could_ask(line: str) -> bool:
    if len(line) > LINE_CHARACTERS:
        return False
    words = WORD.findall(folded(line))
    if "?" in line:
        words = [word for word in words if word not in _AS_A_QUESTION]
    return _asks_for(words) is not Ask.NOTHING or (not _THANKS.isdisjoint(words) and _is_kind(line))


def _asked_by_subject(message: Message) -> Ask:
    """A mail without a word whose subject is "unsubscribe": what other list servers taught people."""
    if _is_recall(message):
        return Ask.WITHDRAW
    subject = base_subject(message.subject)
    if subject.has_reply_prefix or len(subject.text) > LINE_CHARACTERS:
        return Ask.NOTHING
    wanted = _asks_for(WORD.findall(folded(plain(subject.text))))
    return wanted if wanted in (Ask.JOIN, Ask.LEAVE) and not _some_text(message).strip() else Ask.NOTHING


def _is_recall(message: Message) -> bool:
    """What Outlook sends when its user recalls a message; in other mailboxes it is one more mail."""
    if not message.subject.startswith("Recall: "):
        return False
    return "would like to recall the message" in " ".join(_some_text(message)[:RECALL_CHARACTERS].split())


# --- a wish


def _asks_for(words: Sequence[str]) -> Ask:
    """What a line of these folded words asks, if it says nothing else."""
    if len(words) > 12 or _VERBS.isdisjoint(words):
        return Ask.NOTHING
    about_thread = _without(words, _ABOUT_THREAD)
    if about_thread in _FOLLOW:
        return Ask.FOLLOW
    if about_thread in _MUTE:
        return Ask.MUTE
    about_group = _without(words, _ABOUT_GROUP)
    oneself = not _NAMES_ONESELF.isdisjoint(words)
    if about_group in _LEAVE or (oneself and about_group in _LEAVE_ONESELF):
        return Ask.LEAVE
    if about_group in _JOIN:
        return Ask.JOIN
    about_post = _without(words, _ABOUT_POST)
    named = not _NAMES_A_POST.isdisjoint(words)
    return Ask.WITHDRAW if about_post in _WITHDRAW or (named and about_post in _WITHDRAW_POST) else Ask.NOTHING


def _without(words: Sequence[str], fillers: frozenset[str]) -> str:
    return " ".join(word for word in words if word not in fillers)


def _wish(lines: Sequence[str], names: frozenset[str]) -> Ask:
    rest = list(lines[:OWN_LINES]) if len(lines) <= OWN_LINES else []
    while rest and is_greeting(rest[0]):
        del rest[0]
    if not rest or len(rest[0]) > LINE_CHARACTERS or not all(_is_signing(line, names) for line in rest[1:]):
        return Ask.NOTHING
    words = WORD.findall(folded(rest[0]))
    if "?" not in rest[0]:
        return _asks_for(words)
    left = _asks_for([word for word in words if word not in _AS_A_QUESTION])
    return left if left is Ask.LEAVE and not _NAMES_THE_ASKER.isdisjoint(words) else Ask.NOTHING


def _is_signing(line: str, names: frozenset[str]) -> bool:
    """A closing, the author's name, or what reads like the lines of a signature."""
    said = folded(plain(line))
    if said in _CLOSINGS or not said:
        return True
    words = WORD.findall(line)
    if words and all(folded(word) in names for word in words):
        return True
    return len(words) <= 8 and all(word[0].isupper() for word in words) and "?" not in line


def _names(message: Message) -> frozenset[str]:
    """The words of the author's name and address, folded."""
    author = message.author
    if author is None:
        return frozenset()
    return frozenset(WORD.findall(folded(f"{author.name} {author.address.partition('@')[0]}")))


# --- a thanks


def _is_thanks(lines: Sequence[str], names: frozenset[str]) -> bool:
    text = "\n".join(lines)
    if not lines or len(lines) > OWN_LINES or len(text) > THANKS_CHARACTERS or _TELLS_MORE.search(text):
        return False
    said = False
    for line in lines:
        words = WORD.findall(folded(line))
        if words and all(word in names for word in words):
            continue
        if not _is_kind(line):
            return False
        said = said or not _THANKS.isdisjoint(words)
    return said


def _is_kind(line: str) -> bool:
    """Whether a line is words of thanks and greeting, and the names of those who are thanked."""
    end = 0
    for found in WORD.finditer(line):
        word = folded(found[0])
        kind = word in _KIND_WORDS or word in FIRST_WORDS or word in SECOND_WORDS
        goes_on = bool(end) and line[end : found.start()] in (" ", ", ")
        if not (kind or (goes_on and found[0][0].isupper())):
            return False
        end = found.end()
    return True
