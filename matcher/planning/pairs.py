"""The use case "form pairs": document -> candidates -> instance -> answer -> audited plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matcher.documents.read import NetworkSource
    from matcher.domain.plan import PairsPlan
    from matcher.domain.policy import Kind
    from solvers.limits import Limits


def plan_pairs(
    source: NetworkSource,
    program_id: str | None = None,
    kind: Kind | None = None,
    limits: Limits | None = None,
    previous: PairsPlan | None = None,
) -> PairsPlan:
    """Form the pairs of one program's cycle, audited by two independent checks before they leave.

    `program_id` and `kind` default to the only program and its first kind. `previous` is a plan whose pairs
    count as running. Raises InputError for documents, pins or previous plans that cannot be used, PolicyError
    for policies that contradict themselves.
    """
    raise NotImplementedError
