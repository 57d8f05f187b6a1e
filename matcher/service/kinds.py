"""Every kind of job that the service knows."""

from __future__ import annotations

from matcher.jobs.kind import JobKind
from matcher.service.plans import SOLVE

KINDS: dict[str, JobKind] = {"solve": SOLVE}
"""Kind of job -> the server's two ends of it; the child's end is in `matcher.jobs.work.WORK`."""
