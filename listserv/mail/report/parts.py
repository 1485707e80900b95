"""The parts of a message that are its own: what an attached message holds is that message's, not this one's.

So a report that a person forwards as an attachment does not make her mail a report.
"""

from __future__ import annotations

from collections.abc import Iterator

from listserv.mail.mime import Part


def own_parts(root: Part) -> Iterator[Part]:
    """`root` and the parts below it in their order; an attached message is given, its parts are not."""
    stack = [root]
    while stack:
        part = stack.pop()
        yield part
        if not part.content_type.startswith("message/"):
            stack.extend(reversed(part.children))
