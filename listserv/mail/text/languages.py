"""What mail programs write around a quotation, language by language.

Programs speak the language of their user, so a quotation is announced by "wrote:" here and by "ka tuhi" there. Each
`Language` holds the fixed phrases of the mail programs people use in it; the folded unions below are what the pure code
matches against. English and te reo Māori stand here, the others in tables of their own. All phrases are lower case and
NFC. Nothing here is shown to anyone.
"""

from __future__ import annotations

from listserv.mail.text.language import Language
from listserv.mail.text.languages_asian import ASIAN
from listserv.mail.text.languages_european import EUROPEAN

# fmt: off
LANGUAGES: tuple[Language, ...] = (
    Language(
        "en",
        lead=("on", "at"),
        wrote=("wrote", "writes"),
        author=("from", "sender"),
        sent=("sent", "date", "sent at", "sent on", "posted", "posted at", "sent date"),
        to=("to", "recipient", "recipients"),
        copy=("cc", "bcc", "c.c.", "copy"),
        subject=("subject",),
        original=(
            "original message", "original email", "original e-mail", "original appointment", "reply message",
            "forwarded message", "forwarded by", "begin forwarded message", "forwarded email", "previous replies",
            "previous message", "replied message", "original text", "end forwarded message", "original post",
        ),
        above=(
            "reply above this line", "type above this line", "write above this line", "reply above this text",
            "type your reply above", "reply below this line will be ignored", "reply above the line",
            "respond above this line", "only text above this line", "type your response above",
            "enter your reply above", "write your reply above",
        ),
    ),
    Language(
        "mi",
        lead=("i te", "nō te", "no te"),
        wrote=("ka tuhi", "i tuhi", "tuhituhi", "ka tuhituhi", "kua tuhi", "nāna i tuhi", "te tuhinga a"),
        author=("nā", "na", "mai i", "mai", "kaituku", "kaituhi", "i ahu mai i"),
        sent=("tukuna", "i tukuna", "kua tukuna", "rā", "te rā", "rā tuku", "wā"),
        to=("ki", "ki a", "kaiwhiwhi", "mā"),
        copy=("tārua", "tāruatia", "kape", "he tārua ki"),
        subject=("kaupapa", "take", "marau"),
        original=(
            "karere taketake", "īmēra taketake", "te karere taketake", "karere tuku atu", "karere i tukuna atu",
            "kua tukuna whakamua", "ngā whakautu o mua", "karere o mua",
        ),
        above=(
            "whakautua i runga ake i tēnei rārangi", "whakautu i runga ake i tēnei rārangi",
            "tuhia tō whakautu ki runga ake i tēnei rārangi", "tuhia tō whakautu i runga ake i tēnei rārangi",
            "tuhi i runga ake i tēnei rārangi", "runga ake i tēnei rārangi", "runga i tēnei rārangi",
        ),
    ),
    *EUROPEAN,
    *ASIAN,
)

OTHER_HEADERS = (
    "reply-to", "reply to", "importance", "priority", "attachments", "organization", "organisation", "newsgroups",
    "message-id", "in-reply-to", "antwort an", "wichtigkeit", "anlagen", "répondre à", "importance", "pièces jointes",
    "responder a", "risposta", "rispondi a", "antwoord aan", "svar til", "list", "on behalf of", "resent-from",
    "when", "where", "required", "категория", "важность",
)
# fmt: on


def _header_kinds() -> dict[str, frozenset[str]]:
    """Each header name with the kinds it may be; one word can be two ("a" is To in French, "da" From in Italian)."""
    kinds: dict[str, set[str]] = {}
    for language in LANGUAGES:
        for kind in ("author", "sent", "to", "copy", "subject"):
            for name in getattr(language, kind):
                kinds.setdefault(name, set()).add(kind)
    for name in OTHER_HEADERS:
        kinds.setdefault(name, set()).add("other")
    return {name: frozenset(found) for name, found in kinds.items()}


HEADER_KINDS = _header_kinds()
LEADS = frozenset(phrase for language in LANGUAGES for phrase in language.lead)
WROTE = frozenset(phrase for language in LANGUAGES for phrase in language.wrote)
ORIGINAL = frozenset(phrase for language in LANGUAGES for phrase in language.original)
ABOVE = frozenset(phrase for language in LANGUAGES for phrase in language.above)
