"""Templates and catalogues: found, overridden file by file, strict about names, lenient about languages."""

from __future__ import annotations

from pathlib import Path

import jinja2
import pytest

from listserv.resources import environment, faults, templates_folder, translations

CATALOGUE = """\
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

msgid "Kind regards"
msgstr "Ngā mihi"

msgid "%(num)s post"
msgid_plural "%(num)s posts"
msgstr[0] "%(num)s kōrero kotahi"
msgstr[1] "%(num)s ngā kōrero"

msgctxt "button"
msgid "Join"
msgstr "Hono"

#, fuzzy
msgid "Unsure"
msgstr "Aua"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "locale" / "mi").mkdir(parents=True)
    (tmp_path / "locale" / "mi" / "messages.po").write_text(CATALOGUE, "utf-8")
    return tmp_path


def render(folder: Path, source: str, **values: object) -> str:
    (folder / "page.txt").write_text(source, "utf-8")
    environment.cache_clear()
    return environment(folder).get_template("page.txt").render(**values)


def test_the_shipped_templates_are_found() -> None:
    assert (templates_folder() / "config" / "listserv.toml").is_file()
    assert environment().get_template("config/listserv.toml")


def test_a_folder_replaces_single_files(folder: Path) -> None:
    (folder / "config").mkdir()
    (folder / "config" / "listserv.toml").write_text("mine")
    assert environment(folder).get_template("config/listserv.toml").render() == "mine"
    (folder / "config" / "listserv.toml").unlink()
    environment.cache_clear()
    assert "mine" not in environment(folder).get_template("config/listserv.toml").render(tables=[], domain="x")


@pytest.mark.parametrize("locale", ["mi", "mi_NZ", "mi-NZ"])
def test_te_reo_is_spoken(folder: Path, locale: str) -> None:
    assert render(folder, "{% trans %}Kind regards{% endtrans %}", locale=locale) == "Ngā mihi"
    assert render(folder, "{{ pgettext('button', 'Join') }}", locale=locale) == "Hono"
    plural = "{% trans num=n %}{{ num }} post{% pluralize %}{{ num }} posts{% endtrans %}"
    assert render(folder, plural, locale=locale, n=1) == "1 kōrero kotahi"
    assert render(folder, plural, locale=locale, n=3) == "3 ngā kōrero"


@pytest.mark.parametrize("locale", ["en", "en_NZ", "sm", "../../etc", ""])
def test_other_languages_fall_back_to_english(folder: Path, locale: str) -> None:
    assert render(folder, "{{ _('Kind regards') }}", locale=locale) == "Kind regards"


def test_what_a_catalogue_lacks_is_said_in_english(folder: Path) -> None:
    (folder / "locale" / "en").mkdir()
    english = CATALOGUE.replace("Ngā mihi", "Regards").replace('"Unsure"\n', '"Sure"\n').replace("#, fuzzy\n", "")
    (folder / "locale" / "en" / "messages.po").write_text(english, "utf-8")
    translations.cache_clear()
    spoken = translations("mi", folder)
    assert spoken.gettext("Kind regards") == "Ngā mihi"
    assert spoken.gettext("Sure") == "Aua"
    assert spoken.gettext("Unsure") == "Unsure"
    assert spoken.gettext("Not in any catalogue") == "Not in any catalogue"


def test_translating_without_a_locale_is_a_fault(folder: Path) -> None:
    with pytest.raises(jinja2.UndefinedError, match="locale"):
        render(folder, "{{ _('Kind regards') }}")


def test_an_unknown_name_is_a_fault(folder: Path) -> None:
    with pytest.raises(jinja2.UndefinedError, match="nmae"):
        render(folder, "{{ nmae }}", locale="en")


@pytest.mark.parametrize(("name", "shown"), [("x.html", "&lt;b&gt;"), ("x.atom", "&lt;b&gt;"), ("x.txt", "<b>")])
def test_markup_is_escaped_where_it_means_something(folder: Path, name: str, shown: str) -> None:
    (folder / name).write_text("{{ value }}")
    assert environment(folder).get_template(name).render(value="<b>") == shown


def test_a_folder_that_cannot_be_used_is_told_file_by_file(folder: Path) -> None:
    assert faults(None) == faults(folder) == faults(templates_folder()) == []
    assert faults(folder / "nowhere") == [f"site.templates: there is no folder {folder / 'nowhere'}."]
    (folder / "email").mkdir()
    (folder / "email" / "first_mail.txt").write_text("Kia ora\n{% if name %}\n", "utf-8")
    (folder / "email" / "goodbye.txt").write_bytes(b"\xff\xfe")
    (folder / "locale" / "mi" / "messages.po").write_bytes(b'msgid "a"\nmsgstr "\xff"\n')
    (folder / "notes.doc").write_bytes(b"\xff{% if")
    found = faults(folder)
    assert [fault.partition(": ")[0] for fault in found] == [
        f"{folder}/email/first_mail.txt, line 2", f"{folder}/email/goodbye.txt", f"{folder}/locale/mi/messages.po",
    ]  # fmt: skip
