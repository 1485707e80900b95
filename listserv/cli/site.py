"""init, serve, check, version: the site as a whole."""

from __future__ import annotations

import asyncio
import logging
import os
import shlex
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import click


@click.command()
def version() -> None:
    """The version of this program."""
    from listserv import __version__

    click.echo(f"listserv {__version__}")


@click.command()
@click.argument("directory", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option("--domain", default="lists.localhost", show_default=True, help="The domain of the lists' addresses.")
def init(directory: Path, domain: str) -> None:
    """Make DIR with a commented listserv.toml and an empty database, ready to serve on loopback."""
    from listserv.app.site import prepare

    file = prepare(directory, domain)
    click.echo(f"Made {file}.")
    command = _as_called()
    click.echo("Next:")
    click.echo(f"  export LISTSERV_CONFIG={shlex.quote(str(file.absolute()))}")
    click.echo(f"  {command} list create english --title 'English Online'")
    click.echo(f"  {command} serve")


def _as_called() -> str:
    """What to type for this program where she is: `make setup` puts it into a folder that no PATH names."""
    called = sys.argv[0]
    if Path(called).name != "listserv":
        return f"{shlex.quote(sys.executable)} -m listserv"
    return "listserv" if shutil.which("listserv") == called else shlex.quote(called)


@click.command()
@click.option(
    "--only", metavar="PARTS", help="The parts this process runs, of smtp,lmtp,imap,relay,clock,web; else all."
)
@click.pass_obj
def serve(config: Path | None, only: str | None) -> None:
    """Run the service until it is told to stop (Ctrl-C, SIGTERM or SIGHUP)."""
    from listserv.app.server import PARTS
    from listserv.app.server import serve as run
    from listserv.app.site import clock_from
    from listserv.config import load_settings

    parts = frozenset(part.strip() for part in only.split(",")) if only is not None else frozenset(PARTS)
    unknown = parts - set(PARTS)
    if unknown:
        raise click.UsageError(f"--only {', '.join(sorted(unknown))}: the parts are {', '.join(PARTS)}.")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for library in ("alembic", "apscheduler", "imapclient"):
        logging.getLogger(library).setLevel(logging.WARNING)
    settings = load_settings(config, dict(os.environ))
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(run(settings, clock_from(dict(os.environ)), parts, click.echo))


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's loop where that extra is installed: a connection costs half as much there; else asyncio's own."""
    try:
        from uvloop import new_event_loop
    except ModuleNotFoundError:
        return None
    return new_event_loop


@click.command()
@click.pass_obj
def check(config: Path | None) -> None:
    """Configuration, database, relay, ports, clock: one line each, ok or what to do."""
    from listserv.app.checks import check_site

    lines = check_site(config)
    for line in lines:
        verdict = "warn" if line.warns else "ok  " if line.ok else "FAIL"
        click.echo(f"{verdict}  {line.what}: {line.text}")
    if not all(line.ok for line in lines):
        raise SystemExit(1)
