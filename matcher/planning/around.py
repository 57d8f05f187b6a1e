"""What a rota is made around: the moment, the groups that are in force, and the rota before."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from pydantic import Field

from matcher.domain.base import Instant, Model
from matcher.domain.history import RunningPod
from matcher.domain.plan import PlanSource
from matcher.domain.policy import Kind
from matcher.domain.rota_plan import RotaPlan

AROUND, PREVIOUS = "around.json", "previous.json"
"""Files of a folder: what a rota is made around, and the rota before, where it is not in that yet."""


class Around(Model):
    """What a rota is made around, beside the document.

    as_of: now; what began earlier is not touched. pods (with their titles), pairs by kind: what published
    plans formed; None and left out where there is no such plan, so that what runs by the document holds.
    before: the rota before.
    """

    as_of: Instant
    before: RotaPlan | None = None
    before_source: PlanSource | None = None
    pods: tuple[RunningPod, ...] | None = None
    titles: dict[str, str] = Field(default_factory=dict)
    pairs: dict[Kind, tuple[tuple[str, str], ...]] = Field(default_factory=dict)


def read_around(folder: Path) -> dict[str, Around]:
    """What lies in a folder, by the name of the argument that takes it; nothing for families without."""
    path = folder / AROUND
    if not path.exists():
        return {}
    found = json.loads(path.read_bytes())
    previous = folder / PREVIOUS
    if previous.exists():
        body = previous.read_bytes()
        before = json.loads(body)
        named = {"id": before["network"]["id"], "sha256": hashlib.sha256(body).hexdigest()}
        found |= {"before": before, "before_source": named}
    return {"around": Around.model_validate_json(json.dumps(found))}
