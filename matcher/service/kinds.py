"""Every kind of job that the service knows."""

from __future__ import annotations

from matcher.jobs.kind import JobKind
from matcher.service.asking import EXPLAIN
from matcher.service.edits import RESOLVE
from matcher.service.plans import AUDIT, COMPARE, SOLVE
from matcher.service.publication import SCHEDULE_JOB
from matcher.service.swaps import EXCHANGE

KINDS: dict[str, JobKind] = {
    "solve": SOLVE,
    "resolve": RESOLVE,
    "compare": COMPARE,
    "audit": AUDIT,
    "explain": EXPLAIN,
    "schedule": SCHEDULE_JOB,
    "exchange": EXCHANGE,
}
"""Kind of job -> the server's two ends of it; the child's end is in `matcher.jobs.work.WORK`."""
