"""Every setting there is: its name, kind, default and what it does.

These descriptions are what an administrator reads: `listserv init` writes them as comments,
docs/settings.md is made from them, and faults quote what is allowed. A setting's default is chosen so that
an unchanged file serves on loopback and sends nothing out. The values are frozen; a secret never appears in
a repr.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from listserv.config.values import (
    Allowed,
    BaseUrl,
    DatabaseUrl,
    DefaultIs,
    Domain,
    Endpoint,
    File,
    Folder,
    Host,
    Line,
    Listen,
    Mailbox,
    Networks,
    Quiet,
    Region,
    TimeZone,
    Whole,
)

_USUAL_PORT = {"none": 25, "starttls": 587, "tls": 465}
_USUAL_IMAP_PORT = {"none": 143, "starttls": 143, "tls": 993}

Security = Literal["none", "starttls", "tls"]
Secret = Annotated[SecretStr, Allowed("text; better in the environment than in the file")]


class Section(BaseModel):
    """One [section] of the file: no unknown keys, no change after reading."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, hide_input_in_errors=True)


class Site(Section):
    """Who runs this and where."""

    domain: Domain = Field(description="The domain of the lists' addresses.")
    name: Annotated[Line, DefaultIs("the domain", example="Lists of our school")] = Field(
        default_factory=lambda values: values["domain"], description="The name people see in mails and pages."
    )
    base_url: BaseUrl = Field(
        default="",
        description="Where people reach the web pages. Without it mails hold no web link: leaving the list, "
        "attachments and longer texts are then asked for by mail.",
    )
    time_zone: TimeZone = Field(
        default="Pacific/Auckland",
        description="Zone of dates and sending hours where a list or member has none.",
    )
    locale: Literal["en", "mi"] = Field(
        default="en", description="Language of pages of no group, and of each group that is made without one."
    )
    postmaster: Mailbox = Field(
        default="", description="The person who gets what is written to postmaster@ and abuse@ of the domain."
    )
    templates: Folder = Field(
        default=None, description="Files in this folder replace the shipped templates of the same name."
    )


class Database(Section):
    """Where everything is kept."""

    url: DatabaseUrl = Field(
        default="sqlite:///listserv.db",
        repr=False,
        description="The database. PostgreSQL needs the extra postgres: pip install 'listserv[postgres]'.",
    )


class Smtp(Section):
    """Mail in by SMTP (RFC 5321)."""

    listen: Listen = Field(default=Endpoint("127.0.0.1", 8025), description="Where the SMTP server listens.")
    tls_certificate: File = Field(
        default=None, description="Certificate chain (PEM). With tls_key, clients are offered STARTTLS."
    )
    tls_key: File = Field(default=None, description="Private key of tls_certificate (PEM).")
    trusted_networks: Networks = Field(
        default=(), description="Clients whose Authentication-Results header (RFC 8601) is believed."
    )
    authserv_id: Line = Field(
        default="",
        description="The one name in an Authentication-Results header that is believed; empty = none is.",
    )


class Lmtp(Section):
    """Mail in by LMTP (RFC 2033), from an MTA in front."""

    listen: Listen = Field(default=Endpoint("127.0.0.1", 8024), description="Where the LMTP server listens.")


class Relay(Section):
    """Mail out: an MTA or a provider's submission port takes every copy, or a folder does."""

    host: Host = Field(default="", description="The relay. Give this or directory, not both.")
    security: Security = Field(
        default="none",
        description="How the connection is protected; with starttls it is demanded, tls begins at once.",
    )
    port: Annotated[Whole, DefaultIs("25; 587 with starttls, 465 with tls", example=25)] = Field(
        default_factory=lambda values: _USUAL_PORT[values["security"]],
        ge=1,
        le=65535,
        description="The relay's port.",
    )
    username: Line = Field(default="", description="Name to sign in with; empty = no signing in.")
    password: Secret = Field(default=SecretStr(""), description="Password of username.")
    connections: Whole = Field(default=4, ge=1, le=100, description="Connections held to the relay at once.")
    recipients_per_message: Whole = Field(
        default=1,
        ge=1,
        le=1000,
        description="1 = personal copies, each with its own way to leave the list. More = neutral copies in "
        "batches: less traffic, but bounces are known only by their report and leaving is by mail or sign-in.",
    )
    directory: Folder = Field(
        default=None,
        description="Instead of a host: each copy becomes a file in this folder, nothing leaves the machine.",
    )


class Imap(Section):
    """Mail in from a mailbox at a provider. It is read as soon as it comes; nothing in it is ever deleted."""

    host: Host = Field(default="", description="The mailbox's server; empty = off.")
    security: Security = Field(default="tls", description="As in [relay].")
    port: Annotated[Whole, DefaultIs("993; 143 without tls", example=993)] = Field(
        default_factory=lambda values: _USUAL_IMAP_PORT[values["security"]],
        ge=1,
        le=65535,
        description="The server's port.",
    )
    username: Line = Field(default="", description="Name of the mailbox.")
    password: Secret = Field(default=SecretStr(""), description="Its password, or the access token for xoauth2.")
    auth: Literal["password", "xoauth2"] = Field(default="password", description="How to sign in.")
    address: Annotated[Mailbox, DefaultIs("the username, with the site's domain if it has none", example="")] = Field(
        default="", description="The mailbox's own address; its domain is the domain of the lists it serves."
    )
    addressing: Literal["subaddress", "domain"] = Field(
        default="subaddress",
        description="How people write to a list. subaddress: box+english@, behind the name of the mailbox. "
        "domain: english@, for a mailbox that gets all mail of its domain (catch-all).",
    )
    folder: Line = Field(default="INBOX", description="Folder that is read.")
    done_folder: Line = Field(default="Done", description="Folder for mail that was taken; made if missing.")
    refused_folder: Line = Field(
        default="Refused", description="Folder for mail that was not, the reason is in the log; made if missing."
    )


class Web(Section):
    """The pages people read: groups, conversations, search; signing in and leaving by link."""

    listen: Listen = Field(
        default=Endpoint("127.0.0.1", 8080),
        description="Where the web server listens, plain HTTP; https is the work of a proxy in front of it.",
    )


class Limits(Section):
    """What a stranger may use up. Beyond a limit the reply says which one it was."""

    message_octets: Whole = Field(default=26214400, ge=1, le=2**30, description="Size of one message.")
    header_octets: Whole = Field(default=102400, ge=1, le=2**24, description="Size of a message's header.")
    field_octets: Whole = Field(default=65536, ge=1, le=2**24, description="Size of one header field.")
    parts: Whole = Field(default=1000, ge=1, le=100000, description="MIME parts of a message.")
    depth: Whole = Field(default=20, ge=1, le=100, description="How deep MIME parts lie in one another.")
    boundary_octets: Whole = Field(default=2048, ge=1, le=65536, description="Length of a MIME boundary.")
    recipients: Whole = Field(default=1000, ge=1, le=100000, description="Recipients of one SMTP transaction.")
    connections: Whole = Field(default=256, ge=1, le=65536, description="Open connections of one client address.")
    refused_commands: Whole = Field(
        default=20, ge=1, le=100000, description="Refused commands since the last message before a 421."
    )
    commands: Whole = Field(default=1000, ge=1, le=1000000, description="Commands since the last message before a 421.")
    answers: Whole = Field(
        default=20,
        ge=1,
        le=100000,
        description="Mails of our own to one address a day in answer to mail, and as many more in answer to mail that "
        "is proven to be hers who has it; who looks after a group gets more.",
    )
    idle_seconds: Whole = Field(
        default=300, ge=1, le=86400, description="Silence of a client before a 421 (RFC 5321 §4.5.3.2)."
    )
    data_seconds: Whole = Field(default=1800, ge=1, le=86400, description="Time for the content of one message.")


class Calendar(Section):
    """School terms, holidays, hours of rest."""

    terms: File = Field(default=None, description="School terms, instead of the shipped ones.")
    region: Region = Field(default="NZ", description="Whose public holidays count.")
    schools: File = Field(
        default=None, description="Schools with terms or public holidays of their own (docs/calendar.md)."
    )
    quiet_hours: Quiet = Field(default=None, description="When no digest and no reminder goes out.")


class Settings(Section):
    """The whole configuration, valid in every part."""

    site: Site
    database: Database = Database()
    smtp: Smtp = Smtp()
    lmtp: Lmtp = Lmtp()
    relay: Relay = Relay()
    imap: Imap = Imap()
    web: Web = Web()
    limits: Limits = Limits()
    calendar: Calendar = Calendar()

    @property
    def mailbox(self) -> str:
        """The address of the mailbox that is read, in lower case; "" where none is."""
        imap = self.imap
        named = imap.address or imap.username
        address = named if "@" in named else f"{named}@{self.site.domain}"
        return address.lower() if imap.host else ""

    def box(self, domain: str) -> str | None:
        """What stands before the + in every address of this domain's lists (mailbox mode), None where nothing does."""
        local, _, home = self.mailbox.rpartition("@")
        return local if local and home == domain and self.imap.addressing == "subaddress" else None


SECTIONS: dict[str, type[Section]] = {
    name: field.annotation
    for name, field in Settings.model_fields.items()
    if isinstance(field.annotation, type) and issubclass(field.annotation, Section)
}


def metadata(section: str, key: str, kind: type[Any]) -> Any | None:
    """The first annotation of a setting that is of this kind (`Allowed`, `Hidden`, ...), or None."""
    return next((m for m in SECTIONS[section].model_fields[key].metadata if isinstance(m, kind)), None)
