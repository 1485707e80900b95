"""docs/commands.md, made from the commands themselves: a command that exists stands in it, with every option.

`make docs` writes it, a test compares it with the commands of today. Nothing else imports this module.
"""

from __future__ import annotations

from collections.abc import Iterator
from inspect import cleandoc

import click

from listserv.cli.main import root

_HEAD = """# The command line

Made by `make docs` from the commands; change their words there. `listserv --config FILE COMMAND` reads that file, else
the one in `$LISTSERV_CONFIG`, else ./listserv.toml. A list is an address, or the part before the @ where that is
unique. The exit status is 0 for done, 1 for refused (with one sentence on stderr), 2 for wrong usage.
"""


def as_page() -> str:
    """The page: a heading for each command, a usage line for each that does something, its words and options."""
    context = click.Context(root, info_name="listserv")
    return "\n".join([_HEAD, *_of_group(root, context)])


def commands() -> list[tuple[str, ...]]:
    """The words of every command that does something, such as ("deadline", "set")."""
    return [tuple(words) for words, _, _ in _leaves(root, click.Context(root, info_name="listserv"))]


def _of_group(group: click.Group, context: click.Context) -> Iterator[str]:
    last = ""
    for words, command, inner in _leaves(group, context):
        if words[0] != last:
            last = words[0]
            yield f"## {last}\n"
        usage = " ".join(command.collect_usage_pieces(inner)).replace("[OPTIONS] ", "").removesuffix("[OPTIONS]")
        yield f"    listserv {' '.join(words)} {usage}".rstrip() + "\n"
        yield cleandoc(command.help or "").replace("\b\n", "") + "\n"
        options = [_option(each) for each in command.params if isinstance(each, click.Option) and not each.hidden]
        if options:
            yield "\n".join(options) + "\n"


def _leaves(group: click.Group, context: click.Context) -> Iterator[tuple[list[str], click.Command, click.Context]]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is None or command.hidden:
            continue
        inner = click.Context(command, info_name=name, parent=context)
        if isinstance(command, click.Group):
            yield from (([name, *words], leaf, at) for words, leaf, at in _leaves(command, inner))
        else:
            yield [name], command, inner


def _option(option: click.Option) -> str:
    names = ", ".join((*option.opts, *option.secondary_opts))
    value = "" if option.is_flag else f" {option.make_metavar(click.Context(click.Command(None)))}"
    marks = [", needed"] * option.required + [", several times"] * option.multiple
    return f"- `{names}{value}`{''.join(marks)}: {option.help or ''}".rstrip()


if __name__ == "__main__":
    click.echo(as_page(), nl=False)
