"""The configuration: one file and the environment in, settings or every fault out."""

from __future__ import annotations

import re
import subprocess
import sys
import traceback
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listserv.config import Settings, load_settings
from listserv.config.reference import page, tables, write_example
from listserv.config.settings import SECTIONS
from listserv.config.values import Endpoint
from listserv.errors import ConfigError, Refused
from listserv.model.lists import ListSettings
from listserv.resources import environment

LEAST = '[site]\ndomain = "lists.example.nz"\n[relay]\ndirectory = "outbox"\n'
SECRET = "h0uhere-tapu"

# Spelt out, not derived: scripts and files of other people depend on these names.
SURFACE = {
    "site": "name domain base_url time_zone locale postmaster",
    "database": "url",
    "smtp": "listen tls_certificate tls_key trusted_networks authserv_id",
    "lmtp": "listen",
    "relay": "host port security username password connections recipients_per_message directory",
    "imap": "host port security username password auth folder done_folder refused_folder",
    "web": "listen",
    "limits": "message_octets header_octets parts depth recipients connections commands",
    "calendar": "terms region quiet_hours",
}


def load(folder: Path, text: str, **environ: str) -> Settings:
    file = folder / "listserv.toml"
    file.write_text(text, "utf-8")
    return load_settings(file, environ)


def faults(folder: Path, text: str, **environ: str) -> list[str]:
    """The lines behind the heading."""
    with pytest.raises(ConfigError) as caught:
        load(folder, text, **environ)
    heading, *lines = caught.value.public.split("\n")
    assert heading.endswith("1 fault" if len(lines) == 1 else f"{len(lines)} faults")
    return lines


def test_the_least_file_serves_on_loopback(tmp_path: Path) -> None:
    settings = load(tmp_path, LEAST)
    assert settings.site.domain == settings.site.name == "lists.example.nz"
    assert str(settings.smtp.listen) == "127.0.0.1:8025"
    assert str(settings.lmtp.listen) == "127.0.0.1:8024"
    assert str(settings.web.listen) == "127.0.0.1:8080"
    assert settings.database.url == f"sqlite:///{tmp_path}/listserv.db"
    assert settings.relay.directory == tmp_path / "outbox"
    assert settings.relay.recipients_per_message == 1
    assert settings.limits.model_dump() == {
        "message_octets": 26214400,
        "header_octets": 102400,
        "field_octets": 65536,
        "parts": 1000,
        "depth": 20,
        "boundary_octets": 2048,
        "recipients": 1000,
        "connections": 256,
        "refused_commands": 20,
        "commands": 1000,
        "answers": 20,
        "idle_seconds": 300,
        "data_seconds": 1800,
    }


@pytest.mark.parametrize("section", SURFACE)
def test_the_names_others_depend_on_exist(section: str) -> None:
    assert set(SURFACE[section].split()) <= set(SECTIONS[section].model_fields)


def test_a_full_file_is_taken(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        """
        [site]
        domain = "Rārangi.example.nz."
        base_url = "https://groups.example.nz/"
        locale = "mi"
        [database]
        url = "postgresql://u:p@db/groups?sslmode=require"
        [smtp]
        listen = "[::1]:25"
        tls_certificate = "tls/chain.pem"
        tls_key = "/etc/key.pem"
        trusted_networks = ["192.0.2.0/24", "2001:db8::1"]
        [lmtp]
        listen = ""
        [relay]
        host = "smtp.example.nz"
        security = "starttls"
        username = "groups"
        password = "p"
        [imap]
        host = "imap.example.nz"
        username = "box@example.nz"
        [calendar]
        terms = "terms.toml"
        quiet_hours = "21:00-07:00"
        """,
    )
    assert settings.site.domain == "xn--rrangi-3za.example.nz"
    assert settings.site.base_url == "https://groups.example.nz"
    assert settings.database.url == "postgresql+psycopg://u:p@db/groups?sslmode=require"
    assert settings.smtp.listen == Endpoint("::1", 25)
    assert settings.smtp.tls_certificate == tmp_path / "tls/chain.pem"
    assert settings.smtp.tls_key == Path("/etc/key.pem")
    assert [str(network) for network in settings.smtp.trusted_networks] == ["192.0.2.0/24", "2001:db8::1/128"]
    assert settings.lmtp.listen is None
    assert (settings.relay.port, settings.relay.directory) == (587, None)
    assert settings.relay.password.get_secret_value() == "p"
    assert settings.imap.port == 993
    assert settings.calendar.terms == tmp_path / "terms.toml"
    assert str(settings.calendar.quiet_hours) == "21:00-07:00"


def test_settings_do_not_change(tmp_path: Path) -> None:
    settings = load(tmp_path, LEAST)
    with pytest.raises(ValueError, match="frozen"):
        settings.site.domain = "other.example.nz"


def test_which_file_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("given", "variable", "here"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "listserv.toml").write_text(LEAST.replace("lists", name))
    monkeypatch.chdir(tmp_path / "here")
    environ = {"LISTSERV_CONFIG": str(tmp_path / "variable" / "listserv.toml")}
    assert load_settings(tmp_path / "given" / "listserv.toml", environ).site.domain == "given.example.nz"
    assert load_settings(None, environ).site.domain == "variable.example.nz"
    assert load_settings(None, {"LISTSERV_CONFIG": ""}).site.domain == "here.example.nz"
    assert load_settings(None, {}).relay.directory == tmp_path / "here" / "outbox"


def test_the_environment_alone_is_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    environ = {"LISTSERV__SITE__DOMAIN": "lists.example.nz", "LISTSERV__RELAY__DIRECTORY": "out"}
    assert load_settings(None, environ).relay.directory == tmp_path / "out"
    with pytest.raises(ConfigError, match="listserv init DIR"):
        load_settings(None, {})


def test_the_environment_wins_also_with_nothing(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        LEAST + '[smtp]\nlisten = "127.0.0.1:2500"\ntrusted_networks = ["192.0.2.0/24"]\n',
        LISTSERV__SMTP__LISTEN="",
        LISTSERV__SMTP__TRUSTED_NETWORKS="10.0.0.0/8, ::1/128",
        LISTSERV__RELAY__DIRECTORY="",
        LISTSERV__RELAY__HOST="relay.example.nz",
        LISTSERV__LIMITS__CONNECTIONS="7",
    )
    assert settings.smtp.listen is None
    assert [str(network) for network in settings.smtp.trusted_networks] == ["10.0.0.0/8", "::1/128"]
    assert (settings.relay.host, settings.relay.directory) == ("relay.example.nz", None)
    assert settings.limits.connections == 7
    assert load(tmp_path, LEAST, LISTSERV__SMTP__TRUSTED_NETWORKS="").smtp.trusted_networks == ()


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    told = faults(
        tmp_path,
        """
        verbose = 1
        [site]
        domian = "x.nz"
        time_zone = "Pacific/Aukland"
        [relay]
        host = "smtp.example.nz:25"
        port = 70000
        security = "ssl"
        directory = "outbox"
        connections = true
        [smpt]
        [smtp]
        tls_key = "key.pem"
        trusted_networks = ["10.0.0.1/8"]
        [lmtp]
        connections = 4
        [limits]
        parts = 3.5
        """,
        LISTSERV__WEB__LISTEN="8080",
        LISTSERV__WBE__LISTEN="",
    )
    expected = [
        "[verbose]: there is no such section; there are site, database, smtp,",
        "site.domian: there is no such key; did you mean site.domain?",
        "[smpt]: there is no such section; did you mean [smtp]?",
        "lmtp.connections: there is no such key; did you mean relay.connections or limits.connections?",
        "LISTSERV__WBE__LISTEN: [wbe]: there is no such section; did you mean [web]?",
        "relay.host and relay.directory are both set: leave one of them empty",
        "smtp.tls_certificate and smtp.tls_key belong together: set both or neither",
        "site.domain is missing: this must be a domain name",
        'site.time_zone = "Pacific/Aukland": this must be a zone of the IANA list',
        'smtp.trusted_networks = ["10.0.0.1/8"]: this must be a list of networks',
        'relay.host = "smtp.example.nz:25": this must be a host name or an IP address, without a port',
        'relay.security = "ssl": this must be one of "none", "starttls", "tls"',
        "relay.port = 70000: this must be a whole number from 1 to 65535",
        "relay.connections = true: this must be a whole number from 1 to 100",
        'web.listen (from LISTSERV__WEB__LISTEN) = "8080": this must be "HOST:PORT"',
        "limits.parts = 3.5: this must be a whole number from 1 to 100000",
    ]
    assert len(told) == len(expected)
    for line, start in zip(told, expected, strict=True):
        assert line.startswith(start)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[relay]\nhost = ''", "relay.host and relay.directory are both empty"),
        ("[relay]\nhost = 'h'\nusername = 'u'", "relay.username and relay.password belong together"),
        ("[relay]\nhost = 'h'\nusername = 'u'\npassword = 'p'", "would send the password in clear"),
        ("[relay]\ndirectory = 'o'\n[imap]\nhost = 'h'", "imap.username is missing"),
        ("[relay]\ndirectory = 'o'\n[imap]\ndone_folder = 'INBOX'", "must not be the folder that is read"),
        (
            "[relay]\ndirectory = 'o'\n[database]\nurl = 'sqlite:///:memory:'",
            "database.url: this must be sqlite:///FILE",
        ),
        ("[relay]\ndirectory = 'o'\n[database]\nurl = 'mysql://h/x'", "database.url: this must be"),
        ("smtp = 5\n[relay]\ndirectory = 'o'", "smtp: this must be a section [smtp] with keys"),
        ("[relay]\ndirectory = 'o'\n[calendar]\nquiet_hours = 21:00:00", "calendar.quiet_hours = "),
        ("[relay]\ndirectory = 'o'\n[calendar]\nquiet_hours = '07:00-07:00'", "two different times"),
        ("[relay]\ndirectory = 'o'\n[calendar]\nregion = 'Auckland'", "calendar.region = "),
        ("[relay]\ndirectory = 'o'\n[web]\nlisten = '::1:80'", "web.listen = "),
        ("[relay]\ndirectory = 'o'\n[smtp]\nauthserv_id = 'a\\nb'", ""),
        ("[relay]\ndirectory = 'o'\n[smtp]\nauthserv_id = \"a\\nb\"", "smtp.authserv_id = "),
    ],
)
def test_faults_one_by_one(tmp_path: Path, text: str, fault: str) -> None:
    head, _, rest = text.partition("\n[")
    whole = f"{text}\n[site]\ndomain = 'lists.example.nz'\n"
    assert head or rest
    if not fault:
        assert load(tmp_path, whole)
        return
    [line] = faults(tmp_path, whole)
    assert fault in line


def test_a_password_may_go_to_this_machine_in_clear(tmp_path: Path) -> None:
    text = '[site]\ndomain = "x.nz"\n[relay]\nhost = "127.0.0.1"\nusername = "u"\npassword = "p"\n'
    assert load(tmp_path, text).relay.port == 25


def test_the_postmaster_is_a_person(tmp_path: Path) -> None:
    [line] = faults(tmp_path, LEAST, LISTSERV__SITE__POSTMASTER="Postmaster@lists.example.nz")
    assert "a person's address" in line
    assert load(tmp_path, LEAST, LISTSERV__SITE__POSTMASTER="aroha@school.nz").site.postmaster == "aroha@school.nz"


def test_no_secret_is_ever_shown(tmp_path: Path) -> None:
    text = f"""
        [site]
        domain = 5
        [database]
        url = "mysql://me:{SECRET}@h/x"
        [relay]
        host = "smtp.example.nz"
        pasword = "{SECRET}"
        password = ["{SECRET}"]
        [imap]
        password = "{SECRET}\\n"
        """
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text)
    assert SECRET not in "".join(traceback.format_exception(caught.value)) + caught.value.private
    assert "relay.password: this must be text" in caught.value.public
    good = load(
        tmp_path,
        LEAST,
        LISTSERV__IMAP__PASSWORD=SECRET,
        LISTSERV__DATABASE__URL=f"postgresql+psycopg://me:{SECRET}@h/x",
    )
    assert SECRET not in repr(good) + str(good)
    assert good.imap.password.get_secret_value() == SECRET


@pytest.mark.parametrize(
    ("octets", "said"),
    [(b"[site\n", "is not TOML"), (b'[site]\nname = "\xff"\n', "is not UTF-8"), (None, "cannot be read")],
)
def test_a_file_that_cannot_be_read(tmp_path: Path, octets: bytes | None, said: str) -> None:
    file = tmp_path / "listserv.toml"
    if octets is not None:
        file.write_bytes(octets)
    with pytest.raises(ConfigError, match=said):
        load_settings(file, {})


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    assert load(tmp_path, "\ufeff" + LEAST)


@given(
    st.dictionaries(
        st.sampled_from(
            [f"LISTSERV__{name}__{key}".upper() for name, model in SECTIONS.items() for key in model.model_fields]
        ),
        st.text(st.characters(blacklist_categories=["Cs"]))
        | st.sampled_from(["1", "::1", "a:1", "INBOX", "é.nz", "/"]),
        min_size=1,
    )
)
def test_any_environment_gives_settings_or_lines(environ: dict[str, str]) -> None:
    try:
        settings = load_settings(None, {"LISTSERV__SITE__DOMAIN": "lists.example.nz", **environ})
    except ConfigError as error:
        assert len(error.public.splitlines()) > 1
        assert error.public.replace("\n", "").isprintable()
    else:
        assert settings.database.url


def test_the_example_serves_as_it_is(tmp_path: Path) -> None:
    file = write_example(tmp_path / "new", "lists.example.nz", environment())
    assert load_settings(file, {}) == load(tmp_path / "new", LEAST)
    assert file.stat().st_mode & 0o777 == 0o600


def test_the_example_shows_true_defaults(tmp_path: Path) -> None:
    file = write_example(tmp_path, "lists.example.nz", environment())
    shown = re.sub("(?m)^# ([a-z_]+ = )", r"\1", file.read_text("utf-8"))
    keys = sum(len(model.model_fields) for model in SECTIONS.values())
    assert len(re.findall("(?m)^[a-z_]+ = ", shown)) == keys
    usual = {"LISTSERV__SITE__NAME": "lists.example.nz"}
    assert load(tmp_path, shown, **usual) == load(tmp_path, LEAST)


def test_the_example_never_replaces_a_file(tmp_path: Path) -> None:
    (tmp_path / "listserv.toml").write_text("mine")
    with pytest.raises(Refused, match="is there already"):
        write_example(tmp_path, "lists.example.nz", environment())
    assert (tmp_path / "listserv.toml").read_text() == "mine"


def test_every_setting_is_described() -> None:
    for table in tables():
        assert table.about.endswith(".")
        for key in table.keys:
            assert key.about.endswith("."), f"{table.name}.{key.name} has no description"
            assert key.allowed


def test_every_setting_of_a_list_is_on_the_page_with_its_values() -> None:
    rows = {line.split("`")[1]: line for line in page().split("## Settings of a list")[1].splitlines() if "| `" in line}
    assert set(rows) == set(ListSettings.model_fields)
    assert all(known.description for known in ListSettings.model_fields.values())
    assert "`accept`, `hold`, `reject`" in rows["nonmember"]
    assert "from -1 to 10" in rows["post_pause_minutes"] and "from 0 to 168" in rows["moderator_hours"]
    assert "| `yes` |" in rows["footer"] and "`friday`" in rows["digest_day"] and "`en`, `mi`" in rows["language"]


def test_the_settings_page_is_fresh(root: Path) -> None:
    assert (root / "docs" / "settings.md").read_text("utf-8") == page(), "run: make docs"


def test_a_command_without_settings_does_not_pay_for_them() -> None:
    program = "import sys, listserv.config; sys.exit('pydantic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
