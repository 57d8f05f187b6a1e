"""The thread that sends, and the command that sends once."""

from __future__ import annotations

import time

import pytest
from click.testing import CliRunner
from sqlalchemy import update

from api.cli.mail import mail
from matcher.domain.errors import InputError
from matcher.service.dispatcher import Dispatcher
from matcher.settings import Settings
from matcher.store.clock import utc_now
from matcher.store.tables import outbox
from matcher.wiring import Services


@pytest.fixture
def waiting(world):
    """A world with four mails that are due, in the past."""
    here = world(("2126-09-02", "2126-09-29"), channel="invites")  # whatever the clock of this machine says
    here.publish(here.plan(("ada", "gus")))
    here.later(minutes=1)
    return here


def test_the_thread_sends_what_is_due_until_it_is_stopped(waiting, tmp_path):
    settings = Settings(mail="file", mail_folder=tmp_path / "mails")
    services = Services(settings, waiting.database, lambda: waiting.now)
    thread = Dispatcher(services, every_seconds=0.02)
    thread.start()
    end = time.monotonic() + 30
    while len(waiting.mails("sent")) < 4:
        assert time.monotonic() < end
        time.sleep(0.02)
    thread.stop()
    assert len(list((tmp_path / "mails").iterdir())) == 4
    waiting.publish(waiting.plan(("ben", "hal")))
    time.sleep(0.1)
    assert len(waiting.mails("held")) == 8  # four cancellations, four invitations


def test_without_mail_nothing_runs(waiting):
    thread = Dispatcher(Services(Settings(mail="off"), waiting.database, utc_now), every_seconds=0.01)
    thread.start()
    thread.stop()
    assert len(waiting.mails("held")) == 4


def test_the_command_sends_once_and_says_what_it_did(waiting, database_url, tmp_path, monkeypatch):
    monkeypatch.setenv("PEERLOOM_MAIL", "file")
    monkeypatch.setenv("PEERLOOM_MAIL_FOLDER", str(tmp_path / "mails"))
    with waiting.database.write() as connection:
        connection.execute(update(outbox).values(due_at=utc_now()))
    done = CliRunner().invoke(mail, ["send", "--database", database_url])
    assert done.exit_code == 0, done.output
    assert "4 sent, 0 failed" in done.stderr
    assert len(list((tmp_path / "mails").iterdir())) == 4
    monkeypatch.setenv("PEERLOOM_MAIL", "off")
    refused = CliRunner().invoke(mail, ["send", "--database", database_url])
    assert isinstance(refused.exception, InputError)
