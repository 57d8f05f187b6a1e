"""`peerloom mail read`: answers from a maildir or a file."""

from __future__ import annotations

import pytest

from api.cli.main import main
from matcher.store.database import Database


@pytest.fixture
def place(tmp_path, monkeypatch):
    database = Database(f"sqlite:///{tmp_path}/peerloom.db")
    database.upgrade()
    database.close()
    monkeypatch.setenv("PEERLOOM_DATABASE", f"sqlite:///{tmp_path}/peerloom.db")
    for name in ("new", "cur"):
        (tmp_path / "mail" / name).mkdir(parents=True)
    return tmp_path / "mail"


def run(*arguments):
    with pytest.raises(SystemExit) as ended:
        main(["mail", "read", *map(str, arguments)])
    return ended.value.code


def test_a_maildir_is_read_and_told_in_sentences(place, monkeypatch, capsys):
    (place / "new" / "1").write_bytes(b"Subject: Hello\r\n\r\nText\r\n")
    (place / "new" / "2").write_bytes(b"Received: x\r\nSubject: Hello\r\n\r\nText\r\n")
    monkeypatch.setenv("PEERLOOM_INBOX_MAILDIR", str(place))
    assert run() == 0
    told = capsys.readouterr().err
    assert "2 read, 0 done, 2 ignored, 1 came before." in told
    assert "2 x no-calendar: There is no calendar in the message" in told
    assert len(list((place / "cur").iterdir())) == 2


def test_one_message_is_read_from_its_file(place, capsys):
    (place / "one.eml").write_bytes(
        b"Content-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"
    )
    assert run(place / "one.eml") == 0
    assert "1 x not-an-answer" in capsys.readouterr().err


def test_what_is_no_maildir_is_told(place, tmp_path, capsys):
    assert run(tmp_path) == 1
    assert "is no maildir" in capsys.readouterr().err
    assert run() == 1
    assert "PEERLOOM_INBOX_MAILDIR" in capsys.readouterr().err
