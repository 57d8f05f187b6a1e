"""A process that holds one solved plan and answers questions: `python -m matcher.jobs.asker FOLDER`.

FOLDER holds plan.json and document.jsonl. The first line on standard output says that the plan is loaded;
then each line of standard input is a question, each line of output its answer: {"answer": ...} or
{"problem": {code, detail}}. The end of standard input ends it.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel, TypeAdapter

from matcher.domain.edit import Edit
from matcher.domain.errors import InputError, PeerloomError, UnknownIdError
from matcher.domain.program import PinnedPair
from matcher.jobs.kind import DOCUMENT, PLAN
from matcher.planning.audience import Audience
from matcher.planning.pairs.explain.asked import Asked, take_up
from matcher.planning.pairs.explain.edits import price_edit
from matcher.planning.pairs.explain.explain import explain_member, explain_pair
from solvers.limits import Limits

_PINS = TypeAdapter(tuple[PinnedPair, ...])


def answer(asked: Asked, question: dict[str, Any]) -> BaseModel:
    """Answer one question. Raises `PeerloomError`."""
    limits = Limits(seconds=question["seconds"], seed=asked.plan.seed)
    if question["ask"] == "edit":
        edit = Edit.model_validate(question["edit"])
        pins, undone = (_PINS.validate_json(json.dumps(question[name])) for name in ("pins", "undone"))
        return price_edit(asked, edit, pins, undone, limits)
    audience = Audience.of(question["audience"])
    if question["ask"] == "pair":
        return explain_pair(asked, question["learner"], question["guide"], audience, limits)
    return explain_member(asked, question["member"], audience, limits)


def _problem(error: PeerloomError) -> dict[str, Any]:
    code = "invalid-request" if isinstance(error, InputError) else "conflict"
    if isinstance(error, UnknownIdError):
        code = "not-found"
    return {"problem": {"code": code, "detail": str(error)}}


def _replied(asked: Asked, line: bytes) -> dict[str, Any]:
    try:
        return {"answer": answer(asked, json.loads(line)).model_dump(mode="json")}
    except PeerloomError as error:
        return _problem(error)


def main() -> None:
    """Run from the command line."""
    folder = Path(sys.argv[1])
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # whatever a library prints must not look like an answer
    try:
        asked = take_up(folder / PLAN, folder / DOCUMENT)
    except PeerloomError as error:
        out.write(json.dumps(_problem(error)).encode() + b"\n")
        return
    out.write(b'{"ready": true}\n')
    for line in sys.stdin.buffer:
        out.write(json.dumps(_replied(asked, line)).encode() + b"\n")


if __name__ == "__main__":
    main()
