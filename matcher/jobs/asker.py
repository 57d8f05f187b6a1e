"""A process that holds one solved plan and answers questions: `python -m matcher.jobs.asker FOLDER`.

FOLDER holds plan.json, document.jsonl, the plan's family, and sessions.json if it was made around any. The
first line on standard output says that the plan is loaded; then each line of standard input is a question,
each line of output its answer: {"answer": ...} or {"problem": {code, detail}}. The end of standard input
ends it.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from matcher.domain.errors import InputError, PeerloomError, UnknownIdError
from matcher.jobs.kind import DOCUMENT, FAMILY, PLAN, SESSIONS
from matcher.planning.around import read_around
from matcher.planning.commitments import read_commitments
from matcher.planning.families import Ends, ends_of
from solvers.limits import Limits


def _problem(error: PeerloomError) -> dict[str, Any]:
    code = "invalid-request" if isinstance(error, InputError) else "conflict"
    if isinstance(error, UnknownIdError):
        code = "not-found"
    return {"problem": {"code": code, "detail": str(error)}}


def _replied(ends: Ends, asked: Any, line: bytes) -> dict[str, Any]:
    try:
        question = json.loads(line)
        limits = Limits(seconds=question["seconds"])
        return {"answer": ends.answer(asked, question, limits).model_dump(mode="json")}
    except PeerloomError as error:
        return _problem(error)


def main() -> None:
    """Run from the command line."""
    folder = Path(sys.argv[1])
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # whatever a library prints must not look like an answer
    try:
        ends = ends_of((folder / FAMILY).read_text("utf-8"))
        sessions = read_commitments(folder / SESSIONS)
        asked = ends.take_up(folder / PLAN, folder / DOCUMENT, sessions, **read_around(folder))
    except PeerloomError as error:
        out.write(json.dumps(_problem(error)).encode() + b"\n")
        return
    out.write(b'{"ready": true}\n')
    for line in sys.stdin.buffer:
        out.write(json.dumps(_replied(ends, asked, line)).encode() + b"\n")


if __name__ == "__main__":
    main()
