"""withdraw, takedown: a post, a part of it or words are taken out of everything that is kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from listserv.cli.output import row_number

if TYPE_CHECKING:
    from listserv.app.site import Site
    from listserv.inbound.desk import Desk
    from listserv.inbound.takeback.removing import Removed
    from listserv.store.engine import Connection

ACTOR = "command line"


@click.command()
@click.argument("post_id", type=row_number, metavar="ID")
@click.pass_obj
def withdraw(config: Path | None, post_id: int) -> None:
    """Take back post ID for its author, who is told how many people have it."""
    from listserv.app.site import open_site
    from listserv.inbound.takeback.removing import find_post
    from listserv.inbound.takeback.withdrawing import withdraw as withdraw_post

    with open_site(config) as site:
        with site.database.begin() as connection:
            desk = _desk(site, connection)
            find_post(desk, post_id)
            removed = withdraw_post(desk, post_id, actor=ACTOR)
        _scrub(site)
    if removed is not None:
        click.echo(f"Post {post_id} withdrawn; {_who_has(removed)}.")


@click.command()
@click.argument("post_id", type=row_number, metavar="ID")
@click.option("--part", type=click.IntRange(min=1), help="Only attachment N, in the order of the mail.")
@click.option("--words", default="", help="Only these words, in this and every other post of the list.")
@click.option("--reason", default="", help="Kept in the log; write nothing there that is to be gone.")
@click.pass_obj
def takedown(config: Path | None, post_id: int, part: int | None, words: str, reason: str) -> None:
    """Take down post ID, or a part of it, everywhere; its author is told."""
    from listserv.app.site import open_site
    from listserv.inbound.takeback.requesting import tell_author

    if part is not None and words:
        raise click.UsageError("Name either --part N or --words TEXT.")
    with open_site(config) as site:
        with site.database.begin() as connection:
            desk = _desk(site, connection)
            removed = _remove(desk, post_id, part, words, reason)
            told = tell_author(desk, removed)
        _scrub(site)
    what = {"post": "taken down", "part": f"without part {part}", "words": "without these words"}[removed.kind]
    others = f"; {removed.changed} other posts changed" if removed.changed else ""
    click.echo(f"Post {post_id} {what}{others}; {_who_has(removed)}; the author is {'' if told else 'not '}told.")


def _remove(desk: Desk, post_id: int, part: int | None, words: str, reason: str) -> Removed:
    from listserv.errors import Refused
    from listserv.inbound.takeback.removing import attachments, find_post, remove_part, remove_post, remove_words

    if part is not None:
        there = attachments(find_post(desk, post_id))
        if part > len(there):
            raise Refused(f"Post {post_id} has {len(there)} attachments.")
        return remove_part(desk, post_id, there[part - 1].part_index, ACTOR, reason)
    if words:
        return remove_words(desk, post_id, words, ACTOR, reason)
    return remove_post(desk, post_id, "post", ACTOR, reason)


def _desk(site: Site, connection: Connection) -> Desk:
    from listserv.inbound.desk import Desk
    from listserv.resources import environment
    from listserv.store.migrate import signing_key

    templates = environment(site.settings.site.templates)
    return Desk(connection, site.settings, templates, signing_key(connection), site.now())


def _scrub(site: Site) -> None:
    from listserv.store.scrubbing import scrub

    if not scrub(site.database, site.now()):
        click.echo("The database file is in use; the running service cleans it within a minute.", err=True)


def _who_has(removed: Removed) -> str:
    return f"{removed.others} people besides its author had been sent it"
