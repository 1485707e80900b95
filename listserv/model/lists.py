"""What a list, a network, a person and a subscription are, as frozen values.

Settings of a list are one validated value; the database holds it as one JSON document (`schema.lists.c.settings`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


class Style(StrEnum):
    """How posts are judged: everybody's go out, all wait for a moderator, only editors may, nobody may."""

    DISCUSSION = "discussion"
    MODERATED = "moderated"
    ANNOUNCE = "announce"
    CLOSED = "closed"


class NonmemberPolicy(StrEnum):
    ACCEPT = "accept"
    HOLD = "hold"
    REJECT = "reject"


class JoinPolicy(StrEnum):
    """Who comes in: whoever confirms, whoever an owner lets in, only whom somebody has invited."""

    OPEN = "open"
    MODERATED = "moderated"
    INVITATION = "invitation"


class ReplyPolicy(StrEnum):
    """Where a plain reply to a copy goes: the list (the thread's own address), the author, or both."""

    LIST = "list"
    AUTHOR = "author"
    BOTH = "both"


class Delivery(StrEnum):
    """Single mails to a subscriber."""

    EACH = "each"
    NONE = "none"


class DigestPeriod(StrEnum):
    NONE = "none"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


class Weekday(StrEnum):
    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


class HeldFiles(StrEnum):
    """Which files wait for a moderator: none, programs, or also documents with macros (programs inside them)."""

    NONE = "none"
    PROGRAMS = "programs"
    MACROS = "macros"


class QuietDigest(StrEnum):
    """What becomes of a weekly or monthly digest when nothing was posted: left out, or one line says so."""

    SKIP = "skip"
    SAY = "say"


class Drafts(StrEnum):
    """Who sees the weekly update before it goes: its facilitators, owners too where it has none, nobody."""

    FACILITATORS = "facilitators"
    OWNERS = "owners"
    NONE = "none"


class Role(StrEnum):
    """What a person may do in a list or in a whole network; a person holds a set of them."""

    MEMBER = "member"
    GUEST = "guest"
    FACILITATOR = "facilitator"
    MODERATOR = "moderator"
    OWNER = "owner"
    ADMINISTRATOR = "administrator"


TIME_OF_DAY = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
MODERATING = frozenset({Role.MODERATOR, Role.OWNER, Role.ADMINISTRATOR})
POSTING = frozenset({Role.MEMBER, Role.GUEST, Role.FACILITATOR, Role.MODERATOR, Role.OWNER, Role.ADMINISTRATOR})
EDITING = frozenset({Role.FACILITATOR, Role.MODERATOR, Role.OWNER, Role.ADMINISTRATOR})


def _known_zone(name: str) -> str:
    if name:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError("Input should be a time zone such as Pacific/Auckland") from error
    return name


class ListSettings(BaseModel):
    """Every setting of a list, validated and frozen; unknown keys are an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_enum_values=False, ignored_types=(cached_property,))

    style: Annotated[Style, Field(description="discussion, moderated, announce or closed")] = Style.DISCUSSION
    nonmember: Annotated[NonmemberPolicy, Field(description="what happens to a post by somebody who is no member")] = (
        NonmemberPolicy.HOLD
    )
    emergency: Annotated[bool, Field(description="hold every post until switched off")] = False
    first_posts_held: Annotated[
        int, Field(ge=0, le=100, description="so many first posts of a new member wait for a moderator")
    ] = 0
    thread_brake: Annotated[
        int,
        Field(ge=0, le=10_000, description="hold from this many posts in a thread in ten minutes on; 0 = off"),
    ] = 0
    posts_a_day: Annotated[
        int,
        Field(ge=0, le=100_000, description="a member's posts beyond so many a day wait for a moderator; 0 = no limit"),
    ] = 0
    message_octets: Annotated[
        int,
        Field(ge=0, le=1_073_741_824, description="the largest post taken, in octets; 0 = the server's limit"),
    ] = 0
    attachment_octets: Annotated[
        int,
        Field(
            ge=0,
            le=1_073_741_824,
            description="a larger file stays in the archive and copies say where to get it, in octets; 0 = all go out",
        ),
    ] = 0
    files_held: Annotated[
        HeldFiles,
        Field(description="files held for a moderator: none, programs, macros = documents with macros too"),
    ] = HeldFiles.MACROS
    strip_location: Annotated[
        bool, Field(description="photos lose where they were taken, in copies and in the archive")
    ] = True
    join: Annotated[JoinPolicy, Field(description="who may join: open, moderated or invitation")] = JoinPolicy.MODERATED
    siblings: Annotated[
        bool, Field(description="who asks to join another such group of the network is offered this one as well")
    ] = False
    whole_network: Annotated[
        bool, Field(description="everybody in another group of the network is put into this one too, and is told so")
    ] = False
    norms: Annotated[
        str, Field(max_length=4000, description="how people write to one another here; told in the first mail")
    ] = ""
    first_prompt: Annotated[
        str,
        Field(max_length=1000, description="the question every new member is asked in the first mail; empty = none"),
    ] = ""
    post_pause_minutes: Annotated[
        int,
        Field(
            ge=-1,
            le=10,
            description="minutes between the author's own copy and the others'; -1 = 2 in a private group, else 0",
        ),
    ] = -1
    thanks_to_author: Annotated[
        bool, Field(description="in a group of a hundred and more a short thanks goes to the author alone")
    ] = False
    moderator_hours: Annotated[
        int,
        Field(ge=0, le=168, description="the other moderators get a held post after so many hours; 0 = all at once"),
    ] = 4
    nudge_hours: Annotated[
        int, Field(ge=0, le=720, description="moderators are reminded of a held post after so many hours; 0 = never")
    ] = 24
    hold_days: Annotated[
        int, Field(ge=0, le=90, description="a held post expires after so many days, its author is told; 0 = never")
    ] = 14
    reply_to: Annotated[ReplyPolicy, Field(description="where a plain reply goes: list, author or both")] = (
        ReplyPolicy.LIST
    )
    subject_tag: Annotated[
        str,
        Field(
            max_length=40,
            pattern=r"^[^\x00-\x1f\x7f-\x9f\x{2028}\x{2029}\[\]]*$",
            description="put before the subject in brackets, one line without brackets; empty = none",
        ),
    ] = ""
    footer: Annotated[bool, Field(description="a footer with links under each copy")] = True
    private: Annotated[bool, Field(description="the archive is for members only")] = False
    language: Annotated[Literal["en", "mi"], Field(description="the group's language")] = "en"
    time_zone: Annotated[
        str,
        AfterValidator(_known_zone),
        Field(max_length=64, description="the group's time zone, such as Pacific/Auckland; empty = the site's"),
    ] = ""
    # Friday after classes: the last week of a term is told on its last day instead of after the holidays, and the
    # facilitators' draft of the day before never falls on a weekend (docs/calendar.md).
    digest_day: Annotated[Weekday, Field(description="the day of the weekly digest")] = Weekday.FRIDAY
    digest_time: Annotated[
        str, Field(pattern=TIME_OF_DAY, description="when weekly and monthly digests go, HH:MM in the group's zone")
    ] = "16:00"
    daily_time: Annotated[
        str, Field(pattern=TIME_OF_DAY, description="when the daily digest goes, HH:MM in the group's zone")
    ] = "07:00"
    reminder_time: Annotated[
        str, Field(pattern=TIME_OF_DAY, description="when reminders go, HH:MM in the group's zone")
    ] = "08:00"
    holiday_pause: Annotated[
        bool, Field(description="no digest and no reminder in school holidays, where the terms are known")
    ] = True
    buddy_days: Annotated[
        int,
        Field(
            ge=0,
            le=10,
            description="a facilitators' brief goes to the next of them after so many school days without an act; "
            "0 = to all at once",
        ),
    ] = 2
    question_days: Annotated[
        int,
        Field(
            ge=0,
            le=20,
            description="a question nobody has answered for so many school days is told to the facilitators and in the "
            "weekly digest; 0 = never",
        ),
    ] = 2
    drafts: Annotated[
        Drafts,
        Field(description="who gets the weekly digest's draft a school day before: facilitators, owners too, none"),
    ] = Drafts.FACILITATORS
    quiet_digest: Annotated[
        QuietDigest, Field(description="a week without posts: skip = no digest, say = a digest that says so")
    ] = QuietDigest.SAY
    elsewhere: Annotated[
        str,
        Field(
            max_length=1000,
            description="a line or two in each weekly digest about a community elsewhere that is no group here",
        ),
    ] = ""


@dataclass(frozen=True, slots=True)
class Network:
    """A cluster, provider or community that holds groups."""

    id: int
    name: str
    title: str
    domain: str


@dataclass(frozen=True)
class MailList:
    """One list. `name` is its local part, `version` grows with each change of settings or members."""

    id: int
    network_id: int
    name: str
    domain: str
    title: str
    description: str
    settings: ListSettings
    version: int
    archived_at: datetime | None = None

    @property
    def address(self) -> str:
        return f"{self.name}@{self.domain}"

    @property
    def pause_minutes(self) -> int:
        """Minutes between the author's own copy and the others'."""
        wanted = self.settings.post_pause_minutes
        return wanted if wanted >= 0 else (2 if self.settings.private else 0)

    @property
    def list_id(self) -> str:
        """The value inside the angle brackets of List-Id (RFC 2919 §2)."""
        return f"{self.name}.{self.domain}"


@dataclass(frozen=True, slots=True)
class Person:
    id: int
    name: str
    language: str = ""
    time_zone: str = ""


@dataclass(frozen=True, slots=True)
class Subscription:
    """A person's place in a list, with the one address her copies go to.

    `posted_at` is when her last post was taken, `posts_that_day` how many were on that day (UTC). `stopped`: no mail
    goes to the address now. `receipt`: she wants to be told what became of each post of hers.
    """

    id: int
    list_id: int
    person_id: int
    address: str
    name: str
    delivery: Delivery
    digest: DigestPeriod
    own_copy: bool
    roles: frozenset[Role]
    until: datetime | None
    posts: int = 0
    school: str = ""
    level: str = ""
    hold_until: datetime | None = None
    posted_at: datetime | None = None
    posts_that_day: int = 0
    stopped: bool = False
    receipt: bool = False
