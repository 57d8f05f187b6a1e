"""Whom one member could meet before any solving: the question, and its answer."""

from __future__ import annotations

from matcher.domain.base import Model
from matcher.domain.explanation import RuleAgainst
from matcher.domain.member import Role
from matcher.domain.policy import Kind


class Asked(Model):
    """A question. `role`: as what; by default as a learner, or as a guide who is no learner. `kind`: the
    program's first by default. `audience`: who reads the answer, as `Audience.of` takes it."""

    program: str
    member: str
    role: Role | None = None
    kind: Kind | None = None
    audience: str = "coordinator"


class RuleCount(Model):
    """How many of the other side a rule stands against, how many it `alone` does, and how many are left after
    it and all rules before it."""

    code: str
    sentence: str
    takes: int
    alone: int
    left: int


class Candidate(Model):
    """Somebody whom every rule lets the member meet. `points` null: the reader may not see them."""

    member: str
    name: str
    organization: str
    points: int | None
    parts: dict[str, int]
    running: bool


class Found(Model):
    """What stands between a member and the other side.

    `against`: the rules that keep the member out; then there are no candidates. `total`: people of the other
    side whom no rule on them alone leaves out. `eligible`: those whom all rules let meet the member;
    `candidates` are those of them whom the reader may see, the best first (for others than coordinators by
    id).
    """

    role: Role
    kind: Kind
    against: tuple[RuleAgainst, ...]
    total: int
    eligible: int
    rules: tuple[RuleCount, ...]
    candidates: tuple[Candidate, ...]
