"""import, export, rethread: the archive in, out, and its threads worked out anew."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path

import click

from listserv.errors import Refused

OBJECTS = 20_000  # so many are made before garbage is looked for: neither modules nor mail leave cycles to find


@click.command("import")
@click.argument("address", metavar="LIST")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def import_(config: Path | None, address: str, file: Path) -> None:
    """Put the messages of the mbox FILE into the archive of LIST; nothing is sent. Safe to repeat."""
    with _little_garbage():
        from listserv.app.site import open_site
        from listserv.inbound.deriving import workers_for
        from listserv.inbound.importing import import_mbox

        with open_site(config) as site, file.open("rb") as stream:
            workers = workers_for(file.stat().st_size)
            done = import_mbox(site.database, address, stream, site.settings, site.now, workers)
    if not (done.archived or done.known or done.refused) and file.stat().st_size:
        raise Refused(f"{file} holds no message: an mbox begins each with a line `From `.")
    click.echo(f"{done.archived} archived, {done.known} known already, {len(done.refused)} refused.")
    for number, why in done.refused:
        click.echo(f"  message {number}: {why}", err=True)


@contextmanager
def _little_garbage() -> Iterator[None]:
    """Garbage is looked for rarely meanwhile: of a command that makes many objects it is a tenth of the work."""
    before = gc.get_threshold()
    gc.set_threshold(OBJECTS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


@click.command()
@click.argument("address", metavar="LIST")
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--threads", type=click.Path(dir_okay=False, path_type=Path), help="message-id TAB thread, instead of an mbox."
)
@click.option(
    "--rule", type=click.Choice(["plain", "full"]), default="plain", show_default=True, help="How --threads groups."
)
@click.pass_obj
def export(config: Path | None, address: str, file: Path | None, threads: Path | None, rule: str) -> None:
    """Write the archive of LIST to the mbox FILE, or its threads to a table."""
    from listserv.app.site import open_site
    from listserv.cli.whole_file import whole_file
    from listserv.inbound.exporting import export_mbox, export_threads
    from listserv.store.lists import get_list

    if (file is None) == (threads is None):
        raise click.UsageError("Name either FILE.mbox or --threads FILE.tsv.")
    with open_site(config) as site, site.database.read() as connection:
        get_list(connection, address)
        if file is not None:
            with whole_file(file) as stream:
                count = export_mbox(connection, address, stream)
            click.echo(f"{count} messages written to {file}.")
        elif threads is not None:
            with whole_file(threads) as stream:
                table = TextIOWrapper(stream, "utf-8", newline="", write_through=True)
                posts, groups = export_threads(connection, address, rule, table)
                table.detach()
            click.echo(f"{posts} messages in {groups} threads written to {threads}.")


@click.command()
@click.argument("address", metavar="LIST")
@click.pass_obj
def rethread(config: Path | None, address: str) -> None:
    """Work out every thread of LIST anew; permanent links go on working."""
    from listserv.app.site import open_site
    from listserv.store.lists import get_list
    from listserv.store.threads import rethread as rethread_list

    with open_site(config) as site, site.database.begin() as connection:
        moved = rethread_list(connection, get_list(connection, address).id)
    click.echo(f"{moved} posts moved to another thread.")
