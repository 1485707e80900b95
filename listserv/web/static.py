"""The one style sheet, from templates/static/ or the administrator's folder; read once when the service starts."""

from __future__ import annotations

import hashlib

from jinja2 import Environment
from starlette.responses import Response

from listserv.web.visit import Visit

STYLE = "static/style.css"


def read_style(templates: Environment) -> tuple[bytes, str]:
    """The style sheet and a word that changes with it."""
    assert templates.loader is not None
    octets = templates.loader.get_source(templates, STYLE)[0].encode()
    return octets, hashlib.sha256(octets).hexdigest()[:12]


def static(visit: Visit) -> Response:
    """Kept for a year by browsers: its address holds the word that changes."""
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(visit.site.style, headers=headers, media_type="text/css")
