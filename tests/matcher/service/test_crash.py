"""A process killed while it sends: nothing is lost, and no more than the open mail comes twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from email import message_from_bytes
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller

from matcher.mail.senders import FolderSender, SmtpSender
from matcher.service.mailing import LEASE
from matcher.settings import Settings

SCRIPT = """
import os, signal, sys
from datetime import datetime
from matcher.mail.senders import sender_of
from matcher.service.mailing import send_all
from matcher.settings import Settings
from matcher.store.database import Database

settings = Settings.model_validate_json(sys.argv[1])
now, moment, after = datetime.fromisoformat(sys.argv[2]), sys.argv[3], int(sys.argv[4])
sender = sender_of(settings)

class Dying:
    count = 0

    def send(self, mail):
        if moment == "before" and self.count == after:
            os.kill(os.getpid(), signal.SIGKILL)
        sender.send(mail)
        self.count += 1
        if moment == "between" and self.count == after:
            os.kill(os.getpid(), signal.SIGKILL)

    def close(self):
        sender.close()

send_all(Database(settings.database), Dying(), settings.mail_from, "dying", lambda: now)
"""


class Sink:
    def __init__(self):
        self.ids = []

    async def handle_DATA(self, server, session, envelope):
        self.ids.append(message_from_bytes(envelope.content)["Message-ID"])
        return "250 OK"


class FreePort(Controller):
    """On any free port: `port` is the one it got."""

    def _trigger_server(self):
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@pytest.fixture
def smtp():
    controller = FreePort(Sink(), hostname="127.0.0.1", port=0)
    controller.start()
    yield controller
    controller.stop()


def die(world, settings, moment, after):
    root = str(Path(__file__).parents[3])
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, settings.model_dump_json(), world.now.isoformat(), moment, str(after)],
        env={**os.environ, "PYTHONPATH": root}, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr


def invited(world):
    here = world(channel="invites")
    here.publish(here.plan(("ada", "gus"), ("ben", "hal")))
    return here


@pytest.mark.parametrize("moment", ["before", "between"])
def test_over_smtp_only_the_open_mail_comes_twice_under_one_message_id(
    world, database_url, smtp, tmp_path, moment
):
    here = invited(world)
    settings = Settings(database=database_url, mail="smtp", smtp_port=smtp.port)
    die(here, settings, moment, 3)
    assert len(smtp.handler.ids) == 3
    here.sender = SmtpSender(settings)
    assert here.send("other").looked == 0  # the lease of the dead still runs
    here.later(seconds=LEASE.total_seconds())
    here.send("other")
    ids = smtp.handler.ids
    assert {mail.state for mail in here.mails()} == {"sent"}
    assert set(ids) == {mail.letter.message_id for mail in here.mails()}
    assert len(ids) - len(set(ids)) == (1 if moment == "between" else 0)


def test_into_a_folder_each_mail_is_written_once(world, database_url, tmp_path):
    here = invited(world)
    settings = Settings(database=database_url, mail="file", mail_folder=tmp_path / "mails")
    die(here, settings, "between", 3)
    here.sender = FolderSender(tmp_path / "mails")
    here.later(seconds=LEASE.total_seconds())
    here.send("other")
    ids = [message_from_bytes(file.read_bytes())["Message-ID"] for file in (tmp_path / "mails").iterdir()]
    assert sorted(ids) == sorted(mail.letter.message_id for mail in here.mails())
