"""The private servers do what other tests build on."""

from __future__ import annotations

import smtplib
from pathlib import Path

import psycopg
import pytest

from tests.servers.dovecot import Dovecot
from tests.servers.postfix import Postfix
from tests.servers.postgres import PostgresServer
from tests.servers.private import absent, wait_until

MAIL = "Subject: pātai\r\nMIME-Version: 1.0\r\n\r\nKia ora\r\n".encode()


def _query(server: PostgresServer, database: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(host=str(server.folder), user="postgres", dbname=database, autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


@pytest.mark.postgres
def test_what_postgres_committed_survives_a_crash(postgres_server: PostgresServer) -> None:
    name = postgres_server.create_database()
    _query(postgres_server, name, "CREATE TABLE kept AS SELECT 42 AS answer")
    postgres_server.crash()
    postgres_server.start()
    assert _query(postgres_server, name, "SELECT answer FROM kept") == [(42,)]
    postgres_server.drop_database(name)


@pytest.mark.postgres
def test_a_database_can_be_the_template_of_another(postgres_server: PostgresServer) -> None:
    first = postgres_server.create_database()
    _query(postgres_server, first, "CREATE TABLE shape (width int)")
    second = postgres_server.create_database(template=first)
    assert _query(postgres_server, second, "SELECT * FROM shape") == []
    for name in (second, first):
        postgres_server.drop_database(name)


@pytest.mark.postfix
def test_postfix_delivers_keeps_and_routes(postfix: Postfix) -> None:
    with smtplib.SMTP(postfix.host, postfix.port) as session:
        session.sendmail("aroha@example.nz", ["wiremu@example.org"], MAIL, mail_options=["SMTPUTF8"])
    wait_until(lambda: len(postfix.delivered()) == 1, "the delivery")
    octets = postfix.delivered()[0]
    assert b"Return-Path: <aroha@example.nz>" in octets
    assert "Subject: pātai".encode() in octets
    postfix.route("lists.example.nz", "error:5.1.1 not today")
    with (
        smtplib.SMTP(postfix.host, postfix.port) as session,
        pytest.raises(smtplib.SMTPRecipientsRefused, match="not today"),
    ):
        session.sendmail("", ["english@lists.example.nz"], MAIL, mail_options=["SMTPUTF8"])
    wait_until(lambda: not postfix.queued(), "the end of the queue")


@pytest.mark.dovecot
def test_dovecot_holds_mail_and_offers_move_and_idle(dovecot: Dovecot) -> None:
    dovecot.append(MAIL)
    with dovecot.connect() as session:
        offered = session.capability()[1][0].split()
        session.create("Done")
        session.select("INBOX")
        session.xatom("MOVE", "1", "Done")
    assert {b"MOVE", b"IDLE", b"UIDPLUS"} <= set(offered)
    assert dovecot.messages() == []
    assert dovecot.messages("Done") == [MAIL]


@pytest.mark.chromium
def test_chromium_is_a_program(chromium: Path) -> None:
    assert chromium.stat().st_mode & 0o111


def test_ci_does_not_skip(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception):
        absent("nothing is there")
    monkeypatch.setenv("CI", "")
    with pytest.raises(pytest.skip.Exception):
        absent("nothing is there")
