"""What the world around a run is: the moment, sessions that take place, and the groups that are in force."""

from __future__ import annotations

from pydantic import Field

from matcher.domain.base import Instant, Model
from matcher.domain.history import RunningPod
from matcher.domain.plan import PlanSource
from matcher.domain.policy import Kind
from matcher.domain.rota_plan import RotaPlan
from matcher.domain.session import Session


class Around(Model):
    """What a rota is made around, beside the document.

    as_of: now; what began earlier is not touched. sessions: those that take place whatever the rota says, so
    that their time is taken. pods (with their titles), pairs by kind: what published plans formed; None and
    left out where there is no such plan, so that what runs by the document holds. before: the rota before.
    """

    as_of: Instant
    sessions: tuple[Session, ...] = ()
    before: RotaPlan | None = None
    before_source: PlanSource | None = None
    pods: tuple[RunningPod, ...] | None = None
    titles: dict[str, str] = Field(default_factory=dict)
    pairs: dict[Kind, tuple[tuple[str, str], ...]] = Field(default_factory=dict)
