"""Whom a stored member could meet: found in a process of its own, so that other requests do not wait."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from threading import BoundedSemaphore

from matcher.documents.read import choose
from matcher.domain.candidate import Asked, Found
from matcher.domain.errors import PeerloomError
from matcher.domain.member import Member
from matcher.planning.audience import Audience
from matcher.store.database import Database
from matcher.store.documents import header_of, write_document
from matcher.store.errors import NotFound
from matcher.store.members import find_member

AT_ONCE = 2
"""So many such questions are answered at a time; others wait for their turn."""

SECONDS = 60
_turns = BoundedSemaphore(AT_ONCE)


class Busy(PeerloomError):
    """Too much is asked at once, or the question takes too long."""


def candidates_of(database: Database, network: str, asked: Asked) -> Found:
    """Whom a member could meet in a program, of one moment of the network.

    Raises `NotFound`, also for a reader who may not ask about the member, `InputError` for an audience there
    is none of or a kind that the program lacks, `Busy`.
    """
    audience = Audience.of(asked.audience)
    with tempfile.TemporaryDirectory(prefix="peerloom-") as folder:
        path = Path(folder) / "network.jsonl"
        with database.read() as connection:
            header = header_of(connection, network)
            if all(one.id != asked.program for one in header.programs):
                raise NotFound("program", asked.program)
            choose(header, asked.program, asked.kind)
            row = find_member(connection, network, asked.member)
            organization = Member.model_validate_json(row.body).organization if row is not None else ""
            if row is None or not audience.may_ask((asked.member,), {asked.member: organization}):
                raise NotFound("member", asked.member)
            write_document(connection, network, path)
        if not _turns.acquire(timeout=SECONDS):
            raise Busy("Too many such questions wait: ask again in a moment.")
        try:
            return _answer(path, asked)
        finally:
            _turns.release()


def _answer(path: Path, asked: Asked) -> Found:
    command = [sys.executable, "-m", "matcher.planning.candidates", str(path), asked.model_dump_json()]
    try:
        done = subprocess.run(command, capture_output=True, timeout=SECONDS, check=True)
    except subprocess.TimeoutExpired:
        raise Busy(f"The answer took more than {SECONDS} seconds, and was given up.") from None
    except subprocess.CalledProcessError as error:
        raise RuntimeError(f"candidates: {error.stderr.decode(errors='replace')[-2000:]}") from error
    return Found.model_validate_json(done.stdout)
