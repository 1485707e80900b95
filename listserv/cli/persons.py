"""person: one human with all her addresses, groups and rights; shown, joined with a second record, corrected."""

from __future__ import annotations

from pathlib import Path

import click

from listserv.cli.output import json_option, show_one
from listserv.errors import Refused


@click.group()
def person() -> None:
    """Persons: one human, several addresses."""


@person.command("show")
@click.argument("address")
@json_option
@click.pass_obj
def show_person(config: Path | None, address: str, as_json: bool) -> None:
    """Everything kept about whoever has ADDRESS, but for what was written."""
    from listserv.app.site import open_site
    from listserv.cli.naming import person_address
    from listserv.store.person_record import known_person, record

    with open_site(config) as site, site.database.read() as connection:
        found = record(connection, known_person(connection, *person_address(address)))
    facts = found.as_rows()
    if as_json:
        show_one(facts, as_json)
        return
    for key, value in facts.items():
        lines = value if isinstance(value, list) else [value]
        for number, line in enumerate(lines or ["-"]):
            click.echo(f"{'' if number else key:<10}  {line}".rstrip())


@person.command("merge")
@click.argument("address")
@click.argument("other")
@click.pass_obj
def merge(config: Path | None, address: str, other: str) -> None:
    """Join two records of one human: everything of OTHER's becomes that of whoever has ADDRESS."""
    from listserv.app.site import open_site
    from listserv.cli.naming import person_address
    from listserv.store.merging import merge_persons
    from listserv.store.person_record import known_person

    with open_site(config) as site, site.database.begin() as connection:
        kept, gone = (known_person(connection, *person_address(each)) for each in (address, other))
        merge_persons(connection, kept, gone, "command line", site.now())
    click.echo(f"{address} and {other} are one person now.")


@person.command("correct")
@click.argument("address")
@click.option("--name", help="What she is called; also over the posts she has written.")
@click.option("--address", "new_address", metavar="NEW", help="How the address is spelled right.")
@click.option("--language", type=click.Choice(["en", "mi"]), help="The language of mail to her.")
@click.pass_obj
def correct(config: Path | None, address: str, name: str | None, new_address: str | None, language: str | None) -> None:
    """Correct what is kept about whoever has ADDRESS, everywhere at once. The mails as they came stay as they are."""
    from listserv.app.site import open_site
    from listserv.cli.naming import newcomer_address, one_line, person_address
    from listserv.store.person_record import correct_language, correct_name, correct_spelling, known_person

    if name is None and new_address is None and language is None:
        raise Refused("Say what to correct: --name, --address or --language.")
    with open_site(config) as site, site.database.begin() as connection:
        person_id = known_person(connection, *person_address(address))
        if name is not None:
            correct_name(connection, person_id, one_line("--name", name), site.now())
        if language is not None:
            correct_language(connection, person_id, language)
        if new_address is not None:
            correct_spelling(connection, person_address(address)[1], newcomer_address(site, connection, new_address)[0])
    click.echo(f"{new_address or address}: corrected.")
