"""The root of the command line and the way every command opens the site and ends."""

from __future__ import annotations

import gc
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from listserv.errors import ListservError, StoreUnavailable

COMMANDS: dict[str, str] = {
    "init": "listserv.cli.site:init",
    "serve": "listserv.cli.site:serve",
    "check": "listserv.cli.site:check",
    "version": "listserv.cli.site:version",
    "network": "listserv.cli.groups:network",
    "list": "listserv.cli.groups:list_",
    "load": "listserv.cli.groups:load",
    "member": "listserv.cli.members:member",
    "person": "listserv.cli.persons:person",
    "import": "listserv.cli.archive:import_",
    "school": "listserv.cli.schools:school",
    "export": "listserv.cli.archive:export",
    "rethread": "listserv.cli.archive:rethread",
    "explain": "listserv.cli.posts:explain",
    "held": "listserv.cli.posts:held",
    "approve": "listserv.cli.posts:approve",
    "reject": "listserv.cli.posts:reject",
    "discard": "listserv.cli.posts:discard",
    "withdraw": "listserv.cli.takedown:withdraw",
    "takedown": "listserv.cli.takedown:takedown",
    "digest": "listserv.cli.digest:digest",
    "deadline": "listserv.cli.clock:deadline",
    "prompt": "listserv.cli.prompts:prompt",
    "goal": "listserv.cli.goals:goal",
    "tick": "listserv.cli.clock:tick",
    "queue": "listserv.cli.queue:queue",
}


class LazyGroup(click.Group):
    """Knows its commands by name and imports one only when it is asked for."""

    def list_commands(self, _context: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[name].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--config", type=click.Path(path_type=Path), help="Else $LISTSERV_CONFIG, else ./listserv.toml.")
@click.pass_context
def root(context: click.Context, config: Path | None) -> None:
    """The discussion-list server for professional learning groups."""
    context.obj = config


def main(arguments: list[str] | None = None) -> Any:
    """Runs one command; every refusal becomes one clear sentence on stderr and exit status 1."""
    try:
        return root.main(arguments, prog_name="listserv", standalone_mode=True)
    except ListservError as error:
        click.echo(_sentence(error), err=True)
        sys.exit(1)
    except BrokenPipeError:
        # The reader (head, less) has gone; what was written is all it wanted.
        sys.stderr.close()
        sys.exit(0)
    except OSError as error:
        click.echo(f"{error.filename or 'A file'} cannot be used: {error.strerror or error}.", err=True)
        sys.exit(1)
    except OverflowError:
        click.echo("An argument holds a date or a number that is beyond what can be reckoned with.", err=True)
        sys.exit(1)
    except UnicodeEncodeError:
        click.echo("An argument holds octets that are no UTF-8 text; nothing was changed.", err=True)
        sys.exit(1)
    finally:
        gc.freeze()  # the process ends: all modules would be searched for garbage once more, for a tenth of a second


def _sentence(error: ListservError) -> str:
    """What went wrong; at the command line sits the person who reads the log, so the cause is said as well."""
    if not isinstance(error, StoreUnavailable) or not error.private:
        return error.public
    return f"{error.public} The database says: {error.private.strip().splitlines()[0]}"
