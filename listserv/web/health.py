"""For monitoring: `/healthz` answers ok while the database answers, `/readyz` while it also has today's schema."""

from __future__ import annotations

from starlette.responses import PlainTextResponse, Response

from listserv.store.lists import domains_in_use
from listserv.store.migrate import is_current
from listserv.web.visit import Visit

_FRESH = {"Cache-Control": "no-store"}


def healthz(visit: Visit) -> Response:
    """Reads a few words; a database that cannot is answered for by whoever called (503)."""
    domains_in_use(visit.connection)
    return PlainTextResponse("ok\n", headers=_FRESH)


def readyz(visit: Visit) -> Response:
    """Whether this process may be sent requests."""
    if is_current(visit.site.database):
        return PlainTextResponse("ready\n", headers=_FRESH)
    return PlainTextResponse("The database has another schema.\n", 503, headers=_FRESH)
