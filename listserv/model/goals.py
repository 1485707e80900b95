"""Prompts and goals of a group, and where somebody stands with a goal, as frozen values. Participation is personal:
what is here is for the person herself and for the group's facilitators, never for a ranking."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from listserv.model.lists import DigestPeriod


@dataclass(frozen=True, slots=True)
class PlannedPrompt:
    """A question that is posted at its hour into a thread of its own; `post_id` is None until then."""

    id: int
    list_id: int
    set_name: str
    title: str
    body: str
    due_at: datetime
    created_by: int | None
    created_at: datetime
    post_id: int | None = None


@dataclass(frozen=True, slots=True)
class Goal:
    """Each member posts so many times: by the end of `day`, or within so many school days of joining or coming back.

    With `prompt_id` only what is written in that prompt's conversation counts, else everything in the group. It begins
    when it was written down, or at the prompt's hour.
    """

    id: int
    list_id: int
    title: str
    posts_wanted: int
    day: date | None
    within_days: int | None
    prompt_id: int | None
    begins_at: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """Somebody a goal is meant for. `since` is when she joined or came back; `reached`: mail of the group gets to her
    now; `digest` is the update she reads; `refuses`: she wants no reminders;
    `school` is hers, from this group or another."""

    person_id: int
    subscription_id: int
    address: str
    name: str
    language: str
    since: datetime
    digest: DigestPeriod
    reached: bool
    refuses: bool
    school: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where somebody stands: how many posts of hers count, and when she was reminded of this goal.

    `waits`: a post of hers waits for a moderator, so that she has done her part for now.
    """

    goal: Goal
    place: Place
    posts: int
    reminded: tuple[datetime, ...] = ()
    waits: bool = False

    @property
    def missing(self) -> int:
        """How many posts she still misses; 0 once the goal is met."""
        return max(0, self.goal.posts_wanted - self.posts)
