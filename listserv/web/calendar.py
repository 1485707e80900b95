"""Dates on a group's page, and as iCalendar feeds: of one group, of all a viewer may see, of one person's groups.

A calendar program has no cookie, so a link may bear its reader's token (`mail.token.calendar_token`): it reads what she
may read and does nothing else, until she asks to be signed out everywhere. Who may see what is decided where pages
decide it (`store.reading`, `store.calendars`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from starlette.responses import Response

from listserv.digest.icalendar import calendar_octets, entry_of
from listserv.errors import NotFound
from listserv.mail.token import named_in_calendar, verify_calendar
from listserv.model.calendar import Deadline
from listserv.store.calendars import open_dates
from listserv.store.lists import list_by_id
from listserv.store.reading import OpenGroup, Viewer, open_groups
from listserv.store.sessions import find_person, sign_in_number
from listserv.web.showing import for_viewer
from listserv.web.visit import Visit

SHOWN = 10
MEDIA_TYPE = "text/calendar; charset=utf-8"


def of_group(visit: Visit) -> Response:
    """The group's dates, to whom its pages are open. Raises NotFound."""
    group = _reader(visit).group()
    links = visit.site.links
    return _feed(visit, [group], group.mail_list.title, links.whole(links.group(group)))


def coming(visit: Visit, group: OpenGroup) -> list[Deadline]:
    """The group's next dates that the viewer may see, those under way too."""
    today = visit.viewer.now.astimezone(visit.days(group).zone).date()
    ahead = [each for each in open_dates(visit.connection, [group]) if (each.end_day or each.day) >= today]
    shown = [each for each in sorted(ahead, key=lambda each: (each.day, each.id)) if not each.removed][:SHOWN]
    return [_for_viewer(each, is_member=group.is_member) for each in shown]


def of_all(visit: Visit) -> Response:
    """The dates of every group the viewer may see, or of those of one network (`?network=`). Raises NotFound."""
    groups = open_groups(visit.connection, _reader(visit).viewer)
    wanted = visit.query("network")
    found = [group for group in groups if not wanted or group.network.name == wanted]
    if wanted and not found:
        raise NotFound("There is no such network.")
    name = found[0].network.title if wanted else visit.site.settings.site.name
    return _feed(visit, found, name, visit.site.links.whole(visit.site.links.home()))


def of_person(visit: Visit) -> Response:
    """The dates of every group the token's person is in. Raises NotFound, also for a token that is good no more."""
    reader = _with_token(visit, visit.path("token").removesuffix(".ics"))
    groups = [group for group in open_groups(visit.connection, reader.viewer) if group.is_member]
    name = visit.site.settings.site.name
    return _feed(reader, groups, name, visit.site.links.whole(visit.site.links.home()))


def _reader(visit: Visit) -> Visit:
    """The visit as that of whom the link's own key names, where it has one. Raises NotFound."""
    key = visit.query("key")
    return _with_token(visit, key) if key else visit


def _with_token(visit: Visit, token: str) -> Visit:
    named = named_in_calendar(token)
    number = None if named is None else sign_in_number(visit.connection, named)
    person_id = None if number is None else verify_calendar(visit.site.key, token, number)
    if person_id is None:
        raise NotFound("There is no such calendar.")
    viewer = Viewer(person_id, visit.viewer.now)
    return replace(visit, viewer=viewer, person=find_person(visit.connection, person_id))


def _feed(visit: Visit, groups: Sequence[OpenGroup], name: str, page: str) -> Response:
    """The same octets while nothing has changed; with several groups each entry says whose it is."""
    by_id = {group.mail_list.id: group.mail_list for group in groups}
    networks = {group.network.id: group.network.title for group in groups}
    inside = {group.mail_list.id for group in groups if group.is_member}
    inside_networks = {group.network.id for group in groups if group.is_member}
    entries = []
    for each in open_dates(visit.connection, groups):
        # A network's date may have been written in a group that is not among these.
        home = by_id.get(each.list_id) or list_by_id(visit.connection, each.list_id)
        is_member = each.list_id in inside or each.network_id in inside_networks
        entry = entry_of(_for_viewer(each, is_member=is_member), home.domain)
        whose = networks[each.network_id] if each.network_id is not None else home.title
        entries.append(replace(entry, text=whose) if len(groups) > 1 else entry)
    language = visit.locale(groups[0] if len(groups) == 1 else None)
    octets = calendar_octets(entries, name, page=page, language=language)
    return Response(octets, media_type=MEDIA_TYPE)


def _for_viewer(each: Deadline, *, is_member: bool) -> Deadline:
    """The date as the viewer may read it: e-mail addresses in what it is called and leads to are for members."""
    title, link = (for_viewer(text, is_member=is_member) for text in (each.title, each.link))
    return replace(each, title=title, link=link)
