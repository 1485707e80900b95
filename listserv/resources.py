"""The words for people: templates and message catalogues, in a checkout and in an installed wheel alike.

`environment` gives the Jinja environment that pure code takes as an argument; every `render` names its
`locale`, so one environment speaks all languages. A folder of the administrator's replaces single files. A
missing template or name raises; a missing translation falls back to English. Reads files, nothing else.
"""

from __future__ import annotations

import gettext
import io
from functools import lru_cache
from pathlib import Path

import jinja2
from jinja2.runtime import Context

_TEMPLATES = (".txt", ".html", ".atom")
_PACKAGE = Path(__file__).resolve().parent


def templates_folder() -> Path:
    """The shipped templates: inside the package when installed, beside it in a checkout."""
    packaged = _PACKAGE / "templates"
    return packaged if packaged.is_dir() else _PACKAGE.parent / "templates"


def _folders(overrides: Path | None) -> list[Path]:
    return [overrides, templates_folder()] if overrides else [templates_folder()]


@lru_cache(maxsize=8)
def environment(overrides: Path | None = None) -> jinja2.Environment:
    """The environment for all templates; a file in `overrides` stands in for the shipped one of the same
    name.

    `.html`, `.xml` and `.atom` are escaped, all else is not. Templates translate with `{% trans %}` or
    `_()` into the `locale` given to `render`; translating without one raises jinja2.UndefinedError.
    """
    built = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_folders(overrides)),
        autoescape=jinja2.select_autoescape(("html", "xml", "atom"), default_for_string=True),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        extensions=["jinja2.ext.i18n"],
    )
    _install_translations(built, overrides)
    return built


def _install_translations(built: jinja2.Environment, overrides: Path | None) -> None:
    def speaker(context: Context) -> gettext.NullTranslations:
        locale = context.get("locale")
        if not isinstance(locale, str):
            raise jinja2.UndefinedError(f"{context.name} translates, so render needs locale=")
        return translations(locale, overrides)

    @jinja2.pass_context
    def one(context: Context, message: str) -> str:
        return speaker(context).gettext(message)

    @jinja2.pass_context
    def many(context: Context, singular: str, plural: str, n: int) -> str:
        return speaker(context).ngettext(singular, plural, n)

    @jinja2.pass_context
    def one_in(context: Context, about: str, message: str) -> str:
        return speaker(context).pgettext(about, message)

    @jinja2.pass_context
    def many_in(context: Context, about: str, singular: str, plural: str, n: int) -> str:
        return speaker(context).npgettext(about, singular, plural, n)

    built.install_gettext_callables(  # type: ignore[attr-defined]
        one, many, newstyle=True, pgettext=one_in, npgettext=many_in
    )


def faults(overrides: Path | None) -> list[str]:
    """What is wrong with the administrator's folder, a line each: that it is not there, or a file that cannot be read.

    Else the first mail that needs the file could not be written, and whoever caused it would be told to try again.
    """
    if overrides is None:
        return []
    if not overrides.is_dir():
        return [f"site.templates: there is no folder {overrides}."]
    built = environment(overrides)
    found = []
    for file in sorted(each for each in overrides.rglob("*") if each.is_file()):
        try:
            if file.suffix in _TEMPLATES:
                built.get_template(file.relative_to(overrides).as_posix())
            elif file.name == "messages.po":
                _compiled(file)
        except jinja2.TemplateSyntaxError as error:
            found.append(f"{error.filename}, line {error.lineno}: {error.message}")
        except (OSError, ValueError) as error:  # no text in UTF-8 is a ValueError
            found.append(f"{file}: {error}")
    return found


@lru_cache(maxsize=32)
def translations(locale: str, overrides: Path | None = None) -> gettext.NullTranslations:
    """The catalogue `locale/LANGUAGE/messages.po` for `locale`, e.g. that of `mi` for `mi_NZ`, ready to
    ask.

    What it lacks is looked up in the English catalogue; what that lacks is said as the template says it.
    """
    language = locale.replace("-", "_").partition("_")[0].lower()
    found = _catalogue(language, overrides)
    if language != "en":
        found.add_fallback(_catalogue("en", overrides))
    return found


def _catalogue(language: str, overrides: Path | None) -> gettext.NullTranslations:
    if not language.isalpha():
        return gettext.NullTranslations()
    files = (folder / "locale" / language / "messages.po" for folder in _folders(overrides))
    file = next((file for file in files if file.is_file()), None)
    return _compiled(file) if file else gettext.NullTranslations()


def _compiled(file: Path) -> gettext.NullTranslations:
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    compiled = io.BytesIO()
    with file.open("rb") as source:
        write_mo(compiled, read_po(source))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
