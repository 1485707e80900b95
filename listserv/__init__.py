"""listserv: the discussion-list server for professional learning groups."""

__version__ = "0.1.0"
