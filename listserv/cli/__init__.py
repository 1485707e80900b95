"""The command line: words in, one function below, a line or a table out.

Exit status 0 done, 1 refused (one clear sentence on stderr), 2 wrong usage. Never asks a question. Modules are imported
when their command runs, so that `listserv version` stays quick.
"""

from __future__ import annotations

from listserv.cli.main import main

__all__ = ["main"]
