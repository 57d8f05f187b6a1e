"""What a kind of job is: files before, a child's work, and what is stored after.

To add a kind: write `prepare` and `store` (beside the use cases in `matcher.service`), list them in
`matcher.service.kinds.KINDS`; write the work, a function of a `Task`, and list it in `matcher.jobs.work.WORK`
under the same name; queue it with `matcher.store.jobs.enqueue`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matcher.domain.errors import PeerloomError

if TYPE_CHECKING:
    from datetime import datetime

    from matcher.store.database import Connection
    from matcher.store.jobs import Job
    from matcher.wiring import Services
    from solvers.limits import Limits

REQUEST, PROBLEM = "request.json", "problem.json"
"""Files of a job's folder: what is asked of the child, and what it says when it cannot."""

PLAN, DOCUMENT, FAMILY = "plan.json", "document.jsonl", "family"
"""Files of an asker's folder: the plan that it answers for, what was solved, and the plan's family."""

SESSIONS = "sessions.json"
"""Sessions of other plans that a run respects, or that a plan was made around; no file where there are
none."""

ANSWER = "answer.json"
"""What a question that is a job of its own was answered."""


class JobFailure(PeerloomError):
    """A job that ends without a result, for a reason that a person can act on. `code` names it."""

    def __init__(self, code: str, detail: str, errors: tuple[dict[str, str], ...] = ()) -> None:
        super().__init__(detail)
        self.code = code
        self.errors = errors

    @property
    def problem(self) -> dict[str, Any]:
        """As it is stored with the job."""
        told = {"code": self.code, "detail": str(self)}
        return {**told, "errors": list(self.errors)} if self.errors else told


@dataclass(frozen=True)
class Task:
    """What a child is asked: its folder, the request of the job, and the limits that it must obey."""

    folder: Path
    request: dict[str, Any]
    limits: Limits


Work = Callable[[Task], None]
"""Runs in the child, which never sees the database: reads files of the folder, leaves files in it."""


@dataclass(frozen=True)
class JobKind:
    """The server's two ends of one kind of job.

    `prepare` writes what the child needs into the folder, in transactions of its own. `store` runs inside the
    transaction that ends the job, and returns the job's result, such as {"plan": ID}. Both may raise any
    `PeerloomError`: the job then fails with its sentence, and nothing is stored. `aside`: somebody waits for
    its answer, so one at a time runs beside the jobs that workers do (see `matcher.jobs.engine`).
    """

    prepare: Callable[[Services, Job, Path], None]
    store: Callable[[Connection, Job, Path, datetime], dict[str, Any]]
    aside: bool = False
